"""Handing a file in at the desk: looked at, corrected, imported, mended; and whatever people upload by mistake."""

from __future__ import annotations

import gzip
import html
import io
import re
import stat
import zipfile
from typing import Any

import pytest
from django.test import Client

from perennial.facts.models.loop import Job
from perennial.facts.models.orders import Order
from perennial.stores.uploads.models import OrderFile
from perennial.stores.uploads.queries import folder, place, rejected_rows, told
from perennial.web.models import Audit
from tests.web.conftest import NOW, signed_in
from tests.web.files import handed_in, orders, page, upload, work

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("emptied")]


def text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def left() -> list[str]:
    return sorted(path.name for path in folder().iterdir() if path.suffix == ".part")


def state(file: OrderFile) -> str:
    return OrderFile.objects.values_list("state", flat=True).get(id=file.id)


def said(client: Client, answer: Any) -> str:
    """The messages on the page that an answer leads to."""
    found = client.get(answer["Location"]).content.decode()
    return " ".join(re.findall(r'<p class="message[^"]*">(.*?)</p>', found, re.DOTALL))


def test_uploaded_looked_at_and_imported(owner: Client) -> None:
    file = handed_in(owner, orders(12))
    assert stat.S_IMODE(place(file.id, "upload").stat().st_mode) == 0o600
    assert place(file.id, "upload").read_bytes() == orders(12)
    assert "being read" in text(owner, page(file))
    work()
    assert stat.S_IMODE(place(file.id, "look").stat().st_mode) == 0o600
    found = text(owner, page(file))
    assert "Import 12 orders" in found
    assert "plain orders" in found
    assert "Té verde 茶 0" in found
    assert not Order.objects.exists()
    assert said(owner, owner.post(page(file, "do/"), {"do": "record"})).startswith("It will be imported now")
    work()
    assert Order.objects.count() == 12
    found = text(owner, page(file))
    assert "New orders" in found
    assert "What is in it" in found
    for address in ("/b/main/data/", "/b/main/data/imports/"):
        assert re.search(r'orders.csv</a></th><td><span class="badge good">imported', text(owner, address))
    verbs = list(Audit.objects.order_by("id").filter(subject="order_file").values_list("verb", flat=True))
    assert verbs == ["file.upload", "file.record"]
    assert left() == []


def test_what_is_polled_ends_in_the_whole_page(owner: Client) -> None:
    file = handed_in(owner, orders(3))
    polled = owner.get(page(file), headers={"HX-Request": "true"})
    assert polled.status_code == 200
    assert b"<html" not in polled.content
    work()
    polled = owner.get(page(file), headers={"HX-Request": "true"})
    assert (polled.status_code, polled["HX-Refresh"]) == (204, "true")


def test_the_same_file_twice_is_one_and_says_so(owner: Client) -> None:
    file = handed_in(owner, orders(5))
    work()
    again = upload(owner, orders(5), "other-name.csv")
    assert again["Location"] == page(file)
    assert "very file was uploaded" in said(owner, again)
    owner.post(page(file, "do/"), {"do": "record"})
    OrderFile.objects.update(state="importing")
    assert "is being imported now" in said(owner, upload(owner, orders(5)))
    OrderFile.objects.update(state="queued")
    work()
    assert "was imported already" in said(owner, upload(owner, orders(5)))
    # Looked at again and imported again, it says that it was imported whole.
    owner.post(page(file, "options/"), {"how": "guess"})
    work()
    owner.post(page(file, "do/"), {"do": "record"})
    work()
    assert "was imported whole" in text(owner, page(file))
    assert (Order.objects.count(), OrderFile.objects.count(), left()) == (5, 1, [])


def test_a_file_that_another_process_imports_waits_for_it(owner: Client) -> None:
    from django.conf import settings

    from perennial.stores.csv.actions import _lock
    from perennial.stores.uploads.actions.look import opened

    file = handed_in(owner, orders(4))
    work()
    owner.post(page(file, "do/"), {"do": "record"})
    file.options = {"currency": "EUR", "zone": "Europe/Madrid"}
    with opened(file) as source:
        name = settings.PERENNIAL_HOME / "imports" / f"{source.fingerprint}.lock"
    name.parent.mkdir(exist_ok=True)
    with name.open("a+") as held:
        import fcntl

        fcntl.flock(held, fcntl.LOCK_EX)
        assert _lock(name) is None
        work()
        assert state(file) == "queued"
        assert "being imported by another process" in text(owner, page(file))
    work()
    assert (state(file), Order.objects.count()) == ("done", 4)


def test_columns_that_are_not_known_are_chosen(owner: Client) -> None:
    content = orders(6, header=("aa", "bb", "cc", "dd", "ee", "ff"))
    file = handed_in(owner, content)
    work()
    assert state(file) == "unclear"
    found = text(owner, page(file))
    assert '<option value="aa"' in found
    assert "aa (N0)" in found
    wrong = owner.post(page(file, "options/"), {"how": "own", "column-order": "aa", "column-total": "ff"})
    assert "date of the order" in said(owner, wrong)
    assert state(file) == "unclear"
    wrong = owner.post(page(file, "options/"), {"how": "own", "column-order": "zz"})
    assert "no column zz" in said(owner, wrong)
    chosen = {"column-order": "aa", "column-email": "bb", "column-ordered_at": "cc", "column-line_total": "ff",
              "column-title": "dd", "how": "own", "currency": "usd", "zone": "America/New_York"}  # fmt: skip
    owner.post(page(file, "options/"), chosen)
    work()
    assert state(file) == "ready"
    assert told(file.id, "look")["guess"]["columns"]["email"] == "bb"
    owner.post(page(file, "do/"), {"do": "record"})
    work()
    assert set(Order.objects.values_list("currency", flat=True)) == {"USD"}
    assert Order.objects.count() == 6


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [("currency", "EURO", "three letters"), ("zone", "Madrid", "time zone"), ("delimiter", "x", "separator"),
     ("encoding", "klingon", "encoding"), ("store", "99", "stores")],
)  # fmt: skip
def test_an_option_that_cannot_be_is_named(owner: Client, field: str, value: str, says: str) -> None:
    file = handed_in(owner, orders(2))
    work()
    assert says in said(owner, owner.post(page(file, "options/"), {"how": "guess", field: value}))
    assert state(file) == "ready"


def test_rejects_are_mended_in_place_and_imported_as_a_file(owner: Client) -> None:
    file = handed_in(owner, orders(12, bad=(2, 5)))
    work()
    found = text(owner, page(file))
    assert "is not an amount" in found
    owner.post(page(file, "do/"), {"do": "record"})
    work()
    assert (Order.objects.count(), OrderFile.objects.get(id=file.id).rejected) == (10, 6)
    assert stat.S_IMODE(place(file.id, "rejects").stat().st_mode) == 0o600
    header, *rows = rejected_rows(file.id)
    column = header.index("amount")
    found = text(owner, page(file, "rejects/"))
    seen = re.findall(r'name="seen" value="(\w+)"', found)[0]
    wrong = [number for number, row in enumerate(rows) if row[column] == "twelve"]
    saved = owner.post(page(file, "rejects/"), {"seen": seen, f"cell-{wrong[0]}-{column}": "12.00", "first": "0"})
    assert "One cell was changed" in said(owner, saved)
    late = owner.post(page(file, "rejects/"), {"seen": seen, f"cell-{wrong[1]}-{column}": "13.13", "do": "import"})
    assert late.status_code == 409
    assert "13.13" in late.content.decode()
    assert "now: twelve" in late.content.decode()
    seen = re.findall(r'name="seen" value="(\w+)"', late.content.decode())[0]
    made = owner.post(page(file, "rejects/"), {"seen": seen, f"cell-{wrong[1]}-{column}": "13.00", "do": "import"})
    mended = OrderFile.objects.get(parent_id=file.id)
    assert made["Location"] == page(mended)
    work()
    assert (state(mended), told(mended.id, "look")["problems"]) == ("ready", [])
    owner.post(page(mended, "do/"), {"do": "record"})
    work()
    assert Order.objects.count() == 12
    whole = handed_in(owner, orders(12))
    work()
    owner.post(page(whole, "do/"), {"do": "record"})
    work()
    assert Order.objects.count() == 12
    got = b"".join(owner.get(page(file, "rejects.csv")).streaming_content)
    assert got == place(file.id, "rejects").read_bytes()


def test_mended_rows_are_copied_before_anything_is_written(owner: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever writes waits for a transaction: it must not last as long as a file takes to be copied."""
    from django.db import connection

    from perennial.stores.uploads.actions import hand_in

    file = handed_in(owner, orders(12, bad=(2, 5)))
    work()
    owner.post(page(file, "do/"), {"do": "record"})
    work()
    copied: list[bool] = []
    real = hand_in.shutil.copyfile

    def watched(*told: Any) -> Any:
        copied.append(connection.in_atomic_block)
        return real(*told)

    monkeypatch.setattr(hand_in.shutil, "copyfile", watched)
    seen = re.findall(r'name="seen" value="(\w+)"', text(owner, page(file, "rejects/")))[0]
    asked = {"seen": seen, "do": "import", f"cell-{10**30}-1": "x"}
    assert owner.post(page(file, "rejects/"), asked).status_code == 302
    assert copied == [False]
    assert OrderFile.objects.filter(parent_id=file.id).count() == 1
    assert left() == []


ENGLISH = re.compile(r"\b(?:the|could|rows|assumed|amount|sampled|written|mend|line|column|otherwise|cells)\b")


@pytest.mark.parametrize(
    ("lang", "says"),
    [("es", ("podría ser lo uno o lo otro", "por los nombres de las columnas", "no es un importe", "escríbel")),
     ("it", ("potrebbe essere", "dai nomi delle colonne", "non è un importo", "scriv")),
     ("fr", ("pourrait être", "d’après les noms des colonnes", "pas un montant", "écri"))],
)  # fmt: skip
def test_a_file_is_told_in_the_readers_language(owner: Client, lang: str, says: tuple[str, ...]) -> None:
    content = "order,email,date,total,status\n1,a@x.example,03/04/2025,5.00,zapped\n2,b@x.example,03/04/2025,xx,paid\n"
    file = handed_in(owner, content.encode())
    work()
    owner.post(page(file, "do/"), {"do": "record"})
    work()
    here = {"headers": {"accept-language": lang}}
    looked, rejected = (owner.get(page(file, part), **here).content.decode() for part in ("", "rejects/"))
    told = [
        *re.findall(r'<p class="message warning">(.*?)</p>', looked),
        *re.findall(r'<td class="fine">(.*?)</td>', looked),
        *re.findall(r'<p id="why-\d+">(.*?)</p>', rejected),
    ]
    assert len(told) >= 10
    text = html.unescape(" ".join(told))
    assert [said for said in says if said not in text] == [], text
    assert ENGLISH.findall(text) == [], text


def test_stopped_it_goes_on_and_forgotten_it_is_gone(owner: Client) -> None:
    file = handed_in(owner, orders(4))
    owner.post(page(file, "do/"), {"do": "stop"})
    work()
    assert (state(file), told(file.id, "look")) == ("stopped", {})
    assert "cannot be done now" in said(owner, owner.post(page(file, "do/"), {"do": "stop"}))
    # Nobody has seen what is in it: it is looked at before it is imported.
    assert "looked at first" in said(owner, owner.post(page(file, "do/"), {"do": "record"}))
    work()
    assert (state(file), Order.objects.count()) == ("ready", 0)
    owner.post(page(file, "do/"), {"do": "record"})
    work()
    assert (state(file), Order.objects.count()) == ("done", 4)
    owner.post(page(file, "do/"), {"do": "forget"})
    assert [path for path in folder().iterdir() if path.name.startswith(str(file.id))] == []
    assert "was removed" in text(owner, page(file))
    assert owner.get(page(file, "rejects/")).status_code == 404
    assert handed_in(owner, orders(4)).id != file.id
    assert Order.objects.count() == 4


def test_sample_orders_show_the_time_of_the_zone_the_file_is_read_in(owner: Client) -> None:
    file = handed_in(owner, b"order,email,date,amount\nN1,a@example.com,2026-01-05 23:30:00,10.00\n")
    work()
    assert re.search(r"Jan 5, 2026, 11:30\sPM", text(owner, page(file)))
    owner.post(page(file, "options/"), {"how": "guess", "zone": "America/New_York"})
    work()
    assert re.search(r"Jan 5, 2026, 11:30\sPM", text(owner, page(file)))


def test_stopped_while_it_is_looked_at_otherwise_the_look_before_does_not_count(owner: Client) -> None:
    file = handed_in(owner, orders(4))
    work()
    owner.post(page(file, "options/"), {"how": "guess", "currency": "USD"})
    owner.post(page(file, "do/"), {"do": "stop"})
    assert "guess" in told(file.id, "look"), "the one in euros"
    owner.post(page(file, "do/"), {"do": "record"})
    assert state(file) == "reading"
    work()
    owner.post(page(file, "do/"), {"do": "record"})
    owner.post(page(file, "do/"), {"do": "stop"})
    # This one was seen as it stands: it goes on at once.
    owner.post(page(file, "do/"), {"do": "record"})
    assert state(file) == "queued"


def test_a_bomb_that_was_stopped_while_it_was_looked_at_is_not_imported(owner: Client, settings: Any) -> None:
    settings.PERENNIAL_UPLOAD_MB = 1
    file = handed_in(owner, zipped(b"order,date,amount\n" + b"0" * (21 << 20)), "bomb.zip")
    owner.post(page(file, "do/"), {"do": "stop"})
    owner.post(page(file, "do/"), {"do": "record"})
    work()
    assert state(file) == "refused"


def test_a_file_that_waits_for_another_process_is_not_read_each_time(
    owner: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from contextlib import ExitStack

    from perennial.stores.csv.actions import _alone
    from perennial.stores.csv.mapping.source import Source
    from perennial.stores.uploads.actions.carry_on import _staged
    from perennial.stores.uploads.actions.look import opened

    first, second = handed_in(owner, orders(4)), handed_in(owner, orders(5))
    work()
    for file in (first, second):
        owner.post(page(file, "do/"), {"do": "record"})
    first.options = {"currency": "EUR", "zone": "Europe/Madrid"}
    with ExitStack() as held:
        source = held.enter_context(opened(first))
        _alone(source, _staged())
        work()
        assert (state(first), state(second)) == ("queued", "done"), "those behind it do not wait along"
        read: list[str] = []
        asked = Source.fingerprint
        monkeypatch.setattr(Source, "fingerprint", property(lambda self: read.append("") or asked.__get__(self)))
        work()
        assert (state(first), read) == ("queued", [])
    work()
    assert state(first) == "done"
    assert read


def test_files_expire(owner: Client) -> None:
    from datetime import timedelta

    from perennial.stores.uploads.actions.expire import expire_steps

    file = handed_in(owner, orders(4))
    work()
    late = OrderFile.objects.get(id=file.id).uploaded_at + timedelta(days=30)
    assert list(expire_steps(brand_id=file.brand_id, now=late)) == []
    list(expire_steps(brand_id=file.brand_id, now=late + timedelta(seconds=1)))
    assert OrderFile.objects.get(id=file.id).expired_at is not None
    assert not place(file.id, "look").exists()


NULS = b"\0" * (2 << 20)
PDF = b"%PDF-1.7\n" + b"x" * 100


def zipped(content: bytes, name: str = "orders.csv") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "becomes", "says"),
    [(b"", "refused", "the file is empty"), (NULS, "refused", ""), (PDF, "refused", "this is a PDF"),
     (gzip.compress(orders(60))[:-30], "ready", "ends too early"), (zipped(orders(8)), "ready", "Import 8 orders"),
     (gzip.compress(orders(8)), "ready", "Import 8 orders"), (zipped(b""), "refused", "the file is empty"),
     (b"\x00\xff\xfe\xfa" * 400, "refused", ""), (b"a,b\n1,2\n", "unclear", "cannot be told")],
    ids=["empty", "nuls", "pdf", "cut", "zip", "gzip", "empty-zip", "noise", "two-columns"],
)  # fmt: skip
def test_whatever_is_uploaded_is_told(owner: Client, content: bytes, becomes: str, says: str) -> None:
    file = handed_in(owner, content)
    work()
    assert state(file) in (becomes, "unclear" if becomes == "refused" and not says else becomes)
    found = text(owner, page(file))
    assert says in found
    assert "To mend it" in found or becomes == "ready"
    assert not Order.objects.exists()


def test_a_bomb_is_refused_before_it_goes_off(owner: Client, settings: Any) -> None:
    settings.PERENNIAL_UPLOAD_MB = 1
    bomb = zipped(b"order,date,amount\n" + b"0" * (21 << 20))
    assert len(bomb) < 1 << 20
    file = handed_in(owner, bomb, "bomb.zip")
    work()
    assert state(file) == "refused"
    assert "unpacks to more than 21" in text(owner, page(file))


def test_too_large_a_file_is_refused_and_nothing_stays(owner: Client, settings: Any) -> None:
    settings.PERENNIAL_UPLOAD_MB = 1
    answer = upload(owner, b"x" * ((1 << 20) + 1))
    assert "larger than" in said(owner, answer)
    assert (OrderFile.objects.count(), left()) == (0, [])


def test_a_path_in_the_name_is_only_a_name(owner: Client) -> None:
    file = handed_in(owner, orders(2), "../../etc/<b>passwd</b>.csv")
    assert "/" not in file.name.replace("</b>", "")
    assert place(file.id, "upload").parent == folder()
    assert "<b>passwd" not in text(owner, page(file))


def test_without_a_file_or_a_right_or_a_token_nothing_is_taken(owner: Client, store: Any) -> None:
    assert "Choose a file" in said(owner, owner.post("/b/main/data/imports/upload/", {}))
    for role in ("marketer", "support", "read_only"):
        client = signed_in(store, role)
        assert upload(client, orders(2)).status_code == 403
    assert upload(Client(), orders(2)).status_code == 302  # to the sign-in page
    strict = Client(enforce_csrf_checks=True, headers={"host": "localhost"})
    strict.force_login(signed_in(store, "owner").get("/").wsgi_request.user)
    assert upload(strict, orders(2)).status_code == 403
    assert (OrderFile.objects.count(), left()) == (0, [])


def test_another_brands_file_is_not_there(owner: Client) -> None:
    from perennial.facts.actions.stores import open_store

    file = handed_in(owner, orders(2))
    other = signed_in(open_store(now=NOW, brand="other", name="Other"), "analyst")
    for part in ("", "rejects/", "rejects.csv"):
        assert other.get(f"/b/other/data/imports/{file.id}/{part}").status_code == 404
        assert other.get(page(file, part)).status_code == 404
    assert other.post(f"/b/other/data/imports/{file.id}/do/", {"do": "forget"}).status_code == 404
    assert Job.objects.count() == 0
