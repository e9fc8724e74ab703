"""Whoever is erased is taken out of every handed-in file, whatever state it is in and whatever it is packed in."""

from __future__ import annotations

import gzip
import io
import zipfile
from typing import Any

import pytest
from django.test import Client

from perennial.facts.actions.erasing.person import Known
from perennial.facts.actions.record import record
from perennial.facts.actions.stores import source_of
from perennial.facts.models.erasure import Erased
from perennial.facts.rules import records as r
from perennial.stores.uploads.actions import carry_on
from perennial.stores.uploads.actions.forget_person import forget_person
from perennial.stores.uploads.models import OrderFile
from perennial.stores.uploads.queries import folder, place, rejected_rows
from tests.web.conftest import NOW
from tests.web.files import HEADER, handed_in, orders, page, work
from tests.web.people import cus, customer

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("emptied")]

ANA = b"order,customer,date,amount\nN1,ana@example.com,2026-02-01,12.00\n"
LEO = ANA.replace(b"ana@", b"leo@")


@pytest.fixture
def ana(store: Any) -> str:
    record(r.Batch(customers=(customer("ana-1", email="ana@example.com", first_name="Ana", last_name="Olivera"),)),
           source=source_of(store, "test"), now=NOW)  # fmt: skip
    return cus("ana-1")


def erase(owner: Client, who: str) -> None:
    assert owner.post(f"/b/main/customers/{who}/erase/", {"word": "erase"}).status_code == 302
    assert Erased.objects.count() == 1


def row(file: OrderFile) -> OrderFile:
    return OrderFile.objects.get(id=file.id)


def parts(file: OrderFile) -> list[str]:
    return [path.name for path in folder().iterdir() if path.name.startswith(str(file.id))]


def packed(content: bytes, method: int = zipfile.ZIP_DEFLATED, flags: int = 0) -> bytes:
    """A zip of one part, with a method or flags of its own: 9 is Deflate64, flag 1 is locked."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("orders.csv", content)
    found = bytearray(out.getvalue())
    local, central = found.index(b"PK\x03\x04"), found.index(b"PK\x01\x02")
    for place_, at in ((local, 6), (central, 8)):
        found[place_ + at] |= flags
        found[place_ + at + 2] = method
    return bytes(found)


@pytest.mark.parametrize(
    "content",
    [packed(ANA, flags=1), packed(ANA, method=9), packed(ANA)[:-30], b"PK\x03\x04" + b"noise" * 50,
     gzip.compress(ANA)[:10] + b"\xff" * 60],
    ids=["locked", "deflate64", "without-its-end", "noise", "nothing-left"],
)  # fmt: skip
def test_what_nobody_can_look_through_goes_whole_and_keeps_nobody_from_being_erased(
    owner: Client, ana: str, content: bytes
) -> None:
    file, other = handed_in(owner, content, "orders.zip"), handed_in(owner, LEO)
    work()
    erase(owner, ana)
    assert (row(file).expired_at is not None, parts(file)) == (True, [])
    assert row(other).expired_at is None


def test_a_bomb_is_not_unpacked_to_look_for_somebody(owner: Client, ana: str, settings: Any, monkeypatch: Any) -> None:
    from perennial.stores.csv.parser.containers import Container

    settings.PERENNIAL_UPLOAD_MB = 1
    refused = handed_in(owner, packed(b"order,date,amount\n" + b"0" * (30 << 20)), "bomb.zip")
    work()
    assert row(refused).state == "refused"
    waiting = handed_in(owner, packed(b"order,date,amount\n" + b"0" * (60 << 20)), "larger.zip")
    read: list[int] = []
    chunks = Container.chunks

    def counted(self: Container, member: int, skip: int = 0) -> Any:
        for chunk in chunks(self, member, skip):
            read.append(len(chunk))
            yield chunk

    monkeypatch.setattr(Container, "chunks", counted)
    erase(owner, ana)
    assert sum(read) <= (20 + 1) << 20
    assert [parts(file) for file in (refused, waiting)] == [[], []]


def test_packed_files_are_looked_through(owner: Client, ana: str) -> None:
    with_her = [handed_in(owner, packed(ANA), "a.zip"), handed_in(owner, gzip.compress(ANA), "a.gz")]
    without = [handed_in(owner, packed(LEO), "b.zip"), handed_in(owner, gzip.compress(LEO), "b.gz")]
    work()
    erase(owner, ana)
    assert [parts(file) for file in with_her] == [[], []]
    assert [row(file).state for file in without] == ["ready", "ready"]


@pytest.mark.parametrize("state", ["reading", "queued"])
def test_a_file_that_waits_for_its_turn_goes_at_once(owner: Client, ana: str, state: str) -> None:
    file = handed_in(owner, ANA)
    if state == "queued":
        work()
        owner.post(page(file, "do/"), {"do": "record"})
    assert row(file).state == state
    erase(owner, ana)
    assert (row(file).state, row(file).expired_at is not None, parts(file)) == ("stopped", True, [])
    work()
    assert parts(file) == []


@pytest.mark.parametrize("ends", ["well", "stopped", "badly"])
def test_a_file_that_is_being_imported_goes_when_that_ends(
    owner: Client, ana: str, ends: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = handed_in(owner, ANA + b"N2,leo@example.com,2026-02-01,twelve\n")
    work()
    owner.post(page(file, "do/"), {"do": "record"})
    write = carry_on.write_rejects

    def meanwhile(*given: Any, **more: Any) -> int:
        erase(owner, ana)
        assert row(file).expired_at is None
        assert "was erased" in owner.get(page(file)).content.decode()
        if ends == "stopped":
            owner.post(page(file, "do/"), {"do": "stop"})
        if ends == "badly":
            raise ValueError("no")
        return write(*given, **more)

    monkeypatch.setattr(carry_on, "write_rejects", meanwhile)
    if ends == "badly":
        with pytest.raises(AssertionError):
            work()
    else:
        work()
    assert (row(file).expired_at is not None, parts(file)) == (True, [])


def test_looked_at_while_somebody_in_it_is_erased_nothing_of_the_look_stays(
    owner: Client, ana: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = handed_in(owner, ANA)
    look = carry_on.looking.look

    def meanwhile(*given: Any, **more: Any) -> dict[str, Any]:
        found = look(*given, **more)
        erase(owner, ana)
        return found

    monkeypatch.setattr(carry_on.looking, "look", meanwhile)
    work()
    assert (row(file).expired_at is not None, parts(file)) == (True, [])


def test_who_has_a_number_and_a_name_only_is_taken_out_too(owner: Client, store: Any) -> None:
    person = customer("17850", first_name="Jo", last_name="Li")
    record(r.Batch(customers=(person,)), source=source_of(store, "test"), now=NOW)
    header = ("order", "customer id", "date", "product", "quantity", "amount")
    mine = orders(3, bad=(1,), header=header).decode().replace("c1@example.com", "17850")
    cells = orders(4, header=(*HEADER[:1], "email", *HEADER[2:])).decode().replace(",10.00", ",17850")
    files = {
        "hers": handed_in(owner, mine.replace("c0@example.com", "17850.0").encode()),
        "another number": handed_in(owner, mine.replace("17850", "178501").encode()),
        "no number of accounts in it": handed_in(owner, cells.encode()),
    }
    work()
    for file in files.values():
        owner.post(page(file, "do/"), {"do": "record"})
    work()
    assert {row(file).state for file in files.values()} == {"done"}
    rejects = place(files["another number"].id, "rejects")
    _, *rows = rejected_rows(files["another number"].id)
    text = rejects.read_text(encoding="utf-8-sig")
    line = '"N9","{}","2025-01-01","{}","1","x","9","","",""\n'
    text += line.format("17850", "Té") + line.format("5", "for Jo Li") + line.format("6", "Joan Olivera")
    rejects.write_text(text, encoding="utf-8-sig")
    erase(owner, cus("17850"))
    assert [name for name, file in files.items() if row(file).expired_at] == ["hers"]
    _, *left = rejected_rows(files["another number"].id)
    assert left == [*rows, ["N9", "6", "2025-01-01", "Joan Olivera", "1", "x", "9", "", "", ""]]


def test_uploads_that_are_still_arriving_are_left_alone(owner: Client, store: Any) -> None:
    arriving = folder() / "9.part"
    arriving.write_bytes(packed(LEO)[:40])
    gone = folder() / "10.part"
    gone.write_bytes(ANA)
    known = Known((), (("ana@example.com", 1),), (), ())
    forget_person(store.brand_id, known, NOW)
    assert (arriving.exists(), gone.exists()) == (True, False)
    arriving.unlink()
