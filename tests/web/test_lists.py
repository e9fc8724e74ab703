"""Lists of people at the desk: made, filled by paste and by file, searched, taken away, retired."""

from __future__ import annotations

import csv
import html
import io
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from perennial.facts.actions.record import record
from perennial.facts.actions.stores import open_store, source_of
from perennial.facts.models.loop import Job
from perennial.facts.models.people import Customer
from perennial.facts.rules import records as r
from perennial.segments.actions.list_files import place
from perennial.segments.models import Listed, StaticList
from perennial.segments.rules.listing import SENTENCES
from perennial.values.ids import public
from perennial.web.lists.words import REASONS
from perennial.web.models import Audit
from tests.web.conftest import NOW, signed_in
from tests.web.files import work

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("emptied")]
HERE = "/b/main/lists/"
FAIR = f"{HERE}spring-fair/"


@pytest.fixture
def fair(owner: Client) -> StaticList:
    answer = owner.post(f"{HERE}new/", {"title": "Spring fair"})
    assert answer["Location"] == FAIR
    return StaticList.objects.get()


def met(store: Any, *whom: r.Who) -> None:
    people = tuple(r.Customer(who=who, updated_at=NOW, created_at=NOW, first_name="Ana") for who in whom)
    record(r.Batch(customers=people), source=source_of(store, "test"), now=NOW)


def text(client: Client, address: str = FAIR, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status
    return words(answer)


def words(answer: Any) -> str:
    plain = re.sub(r"<[^>]+>", " ", answer.content.decode())
    return " ".join(html.unescape(plain).split())


def paste(client: Client, people: str, **more: str) -> Any:
    return client.post(f"{FAIR}add/", {"people": people, **more})


def upload(client: Client, content: bytes, **more: str) -> Any:
    return client.post(f"{FAIR}upload/", {"file": SimpleUploadedFile("fair.csv", content), **more})


def test_every_reason_has_its_words():
    assert {code: REASONS[code] for code in SENTENCES} == dict(SENTENCES)


def test_pasted_people_are_on_it_at_once(owner: Client, store: Any, fair: StaticList):
    met(store, r.Who(account="17", email="ana@example.com"))
    answer = paste(owner, "ANA@example.com\nbo@example.com, bo@example.com\n\nnobody\n")
    assert answer.status_code == 302
    found = text(owner)
    assert "2 were put on the list. 1 stood on it already, or twice in what you pasted" in found
    assert "1 line was not understood" in found
    assert "4 this is neither an e-mail address" in found
    assert "Matched 1 lead to a customer" in found
    assert "Waiting 1 lead to nobody yet" in found
    assert "ana@example.com E-mail Ana" in found
    assert "bo@example.com" not in found
    assert "bo@example.com E-mail" in text(owner, f"{FAIR}?show=waiting")
    assert list(Audit.objects.values_list("verb", flat=True).order_by("-id")[:2]) == ["list.add", "list.make"]
    assert "Spring fair 1 1" in text(owner, HERE)


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"people": "  \n"}, "People: paste at least one"),
        ({"people": "a@example.com", "kind": "name"}, "What they are: choose one of the list."),
        ({"people": "a@example.com", "store": "nowhere"}, "Shop: choose one of the brand's shops."),
        ({"people": "x" * 1_000_001}, "that is too much to paste"),
    ],
)
def test_bad_input_changes_nothing_and_stays_in_the_form(
    owner: Client, fair: StaticList, told: dict[str, str], why: str
):
    answer = owner.post(f"{FAIR}add/", told)
    assert answer.status_code == 400
    assert why in words(answer)
    assert told["people"] in html.unescape(answer.content.decode())
    assert not Listed.objects.exists()
    assert not Job.objects.exists()


def test_numbers_of_customers_need_their_shop_where_there_are_several(owner: Client, store: Any, fair: StaticList):
    met(store, r.Who(account="17"))
    assert paste(owner, "17", kind="account").status_code == 302
    assert Listed.objects.get().customer_id is not None
    open_store(now=NOW, currency="EUR", zone="Europe/Madrid", key="beside", brand="main", name="Beside")
    answer = paste(owner, "18", kind="account")
    assert answer.status_code == 400
    assert "say of which shop" in words(answer)
    assert paste(owner, "17", kind="account", store="beside").status_code == 302
    assert "17 Customer's number Beside" in text(owner, f"{FAIR}?show=waiting")


def test_a_file_is_worked_on_by_the_loop(owner: Client, store: Any, fair: StaticList):
    content = "correo;nombre\n" + "".join(f"p{n}@example.com;P {n}\n" for n in range(700)) + "nada;x\n"
    assert upload(owner, content.encode("latin-1"), kind="email").status_code == 302
    assert "fair.csv: 0 lines read" in text(owner)
    part = owner.get(FAIR, headers={"hx-request": "true"})
    assert part.status_code == 200
    assert "hx-trigger" in part.content.decode()
    assert "<html" not in part.content.decode()
    assert len(list(place(0).parent.iterdir())) == 1
    work("lists")
    assert list(place(0).parent.iterdir()) == []
    assert owner.get(FAIR, headers={"hx-request": "true"}).headers["HX-Refresh"] == "true"
    found = text(owner)
    assert "fair.csv 700 were new (0 of them matched), 1 line was not understood." in found
    assert "702 this is no e-mail address write it as ana@example.com" in found
    assert Listed.objects.count() == 700
    met(store, r.Who(email="p7@example.com"))
    work("listed")
    assert "Matched 1 lead" in text(owner)


def test_much_that_is_pasted_is_left_to_the_loop(owner: Client, fair: StaticList):
    answer = paste(owner, "\r\n".join(f"p{n}@example.com" for n in range(1_500)))
    assert answer.status_code == 302
    assert not Listed.objects.exists()
    assert "pasted: 0 lines read" in text(owner)
    work("lists")
    assert Listed.objects.count() == 1_500
    assert list(place(0).parent.iterdir()) == []


def test_what_is_no_list_is_said_to_be_none(owner: Client, fair: StaticList):
    upload(owner, b"%PDF-1.7")
    work("lists")
    assert "this is a PDF, not a CSV file" in text(owner)
    answer = owner.post(f"{FAIR}upload/", {})
    assert answer.status_code == 400
    assert "Choose a file first." in words(answer)


def test_too_large_a_file_is_refused(owner: Client, fair: StaticList, settings: Any):
    settings.PERENNIAL_UPLOAD_MB = 0
    answer = upload(owner, b"a@example.com")
    assert answer.status_code == 400
    assert "The file is larger than 0 B" in words(answer)
    assert not Job.objects.exists()


def test_entries_are_searched_and_paged(owner: Client, fair: StaticList):
    paste(owner, "\n".join(f"p{n:03}@example.com" for n in range(120)))
    page, seen = f"{FAIR}?show=waiting", []
    while page:
        found = owner.get(page).content.decode()
        seen += re.findall(r'class="name">([^<]+)<', found)
        following = re.search(r'rel="next" href="([^"]+)#entries"', found)
        page = html.unescape(following[1]) if following else ""
    assert seen == [f"p{n:03}@example.com" for n in range(120)]
    assert "p110@example.com" in text(owner, f"{FAIR}?show=waiting&q=P11")
    assert "p100@example.com" not in text(owner, f"{FAIR}?show=waiting&q=P11")
    assert "Nothing here begins so." in text(owner, f"{FAIR}?show=waiting&q=zz")
    assert text(owner, f"{FAIR}?show=waiting&after=made-up")


def test_taken_off(owner: Client, fair: StaticList):
    paste(owner, "a@example.com\nb@example.com\nc@example.com")
    tokens = re.findall(r'name="entry" value="([^"]+)"', owner.get(FAIR).content.decode())
    assert len(tokens) == 3
    answer = owner.post(f"{FAIR}remove/", {"entry": [*tokens[:2], "made-up"], "show": "waiting", "q": ""})
    assert "2 were taken off the list." in text(owner, answer["Location"])
    assert list(Listed.objects.values_list("value", flat=True)) == ["c@example.com"]
    answer = owner.post(f"{FAIR}remove/", {"entry": ["made-up"]})
    assert "Tick whom to take off" in text(owner, answer["Location"])


def test_whoever_is_waited_for_as_a_file_that_can_be_put_on_again(owner: Client, store: Any, fair: StaticList):
    met(store, r.Who(email="ana@example.com"))
    paste(owner, "ana@example.com\nbo@example.com\n+34600123456\n=1@example.com")
    answer = owner.get(f"{FAIR}waiting.csv")
    data = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(data))) == [
        ["kind", "value"], ["email", "'=1@example.com"], ["email", "bo@example.com"], ["phone", "'+34600123456"],
    ]  # fmt: skip
    assert Audit.objects.latest("id").verb == "list.export"
    owner.post(f"{HERE}new/", {"title": "Again"})
    upload_to = f"{HERE}again/upload/"
    owner.post(upload_to, {"file": SimpleUploadedFile("waiting.csv", data.encode())})
    work("lists")
    again = StaticList.objects.get(key="again")
    assert set(Listed.objects.filter(list_id=again.id).values_list("value", flat=True)) == {
        "=1@example.com", "bo@example.com", "+34600123456",
    }  # fmt: skip


def test_retired(owner: Client, fair: StaticList):
    paste(owner, "a@example.com")
    answer = owner.post(f"{FAIR}retire/")
    assert "The list “Spring fair” is retired." in text(owner, answer["Location"])
    assert text(owner, FAIR, status=404)
    work("lists")
    assert not Listed.objects.exists()
    answer = owner.post(f"{HERE}new/", {"title": "Spring fair"})
    assert answer["Location"] == f"{HERE}spring-fair-2/"


def test_a_list_that_a_segment_names_stays(owner: Client, store: Any, fair: StaticList):
    from perennial.documents.actions import save

    save(
        brand_id=store.brand_id, kind="segment", key="fair", seen_version=0, now=NOW, author="test",
        body={"title": "Fair goers", "rule": 'listed("spring-fair")'},
    )  # fmt: skip
    answer = owner.post(f"{FAIR}retire/")
    assert "Segments name this list: Fair goers. Change them first" in text(owner, answer["Location"])


def test_a_name_that_is_none(owner: Client):
    answer = owner.post(f"{HERE}new/", {"title": "x" * 121})
    assert answer.status_code == 400
    assert "Name: write 1 to 120 letters." in words(answer)
    assert 'value="' + "x" * 121 in answer.content.decode()
    assert not StaticList.objects.exists()


@pytest.mark.parametrize("role", ["support", "analyst", "read_only"])
def test_who_may_not_change_lists_sees_no_forms(store: Any, owner: Client, fair: StaticList, role: str):
    paste(owner, "a@example.com")
    client = signed_in(store, role)
    found = client.get(FAIR).content.decode()
    assert "a@example.com" in found
    assert 'action="' + FAIR + "add" not in found
    assert 'name="entry"' not in found
    for part in ("add/", "upload/", "remove/", "retire/"):
        assert client.post(FAIR + part).status_code == 403
    assert client.post(f"{HERE}new/", {"title": "x"}).status_code == 403
    assert client.get(f"{FAIR}waiting.csv").status_code == (200 if role == "analyst" else 403)


def test_a_list_of_another_brand_is_not_there(owner: Client, store: Any):
    from perennial.segments.actions.lists import make_list

    theirs = open_store(now=NOW, currency="EUR", zone="Europe/Madrid", brand="other")
    make_list(brand_id=theirs.brand_id, title="Theirs", now=NOW)
    assert owner.get(f"{HERE}theirs/").status_code == 404
    for part in ("add/", "upload/", "remove/", "retire/"):
        assert owner.post(f"{HERE}theirs/{part}").status_code == 404


def test_two_at_one_address_are_both_named(owner: Client, store: Any, fair: StaticList):
    met(store, r.Who(account="1", email="ana@example.com"), r.Who(account="2", email="ana@example.com"))
    paste(owner, "ana@example.com")
    found = owner.get(FAIR).content.decode()
    for one in Customer.objects.all():
        assert f"/customers/{public('cus', one.id)}/" in found
    assert "Matched 1 lead" in text(owner)
