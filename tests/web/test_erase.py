"""A person's two requests at the desk: a copy of everything, and to be erased."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta

import pytest
from django.test import Client

from perennial.database import ids
from perennial.facts.actions.record import record
from perennial.facts.actions.stores import source_of
from perennial.facts.models.desk import Note
from perennial.facts.models.erasure import Erased, Erasure
from perennial.facts.models.loop import Pending
from perennial.facts.models.orders import Order
from perennial.facts.models.people import Customer, Identity
from perennial.stores.uploads.models import OrderFile
from perennial.stores.uploads.queries import place
from perennial.values.ids import public
from perennial.web.access.roles import ROLES, may
from perennial.web.models import Audit, SavedView
from tests.facts.test_erase import ANA, SECRETS, everything, hits
from tests.web.conftest import NOW, signed_in


@pytest.fixture
def ana(store, settings, tmp_path) -> str:
    (tmp_path / "nodes").mkdir()
    settings.PERENNIAL_HOME = tmp_path
    record(everything(), source=source_of(store, "test"), now=NOW)
    return public("cus", Order.objects.get(name="a1").customer_id)


def address(customer: str, what: str) -> str:
    return f"/b/main/customers/{customer}/{what}/"


def told(page) -> str:
    return page.content.decode()


def test_what_will_happen_is_told_first_and_the_word_is_asked_for(owner: Client, ana):
    page = owner.get(address(ana, "erase"))
    assert page.status_code == 200
    assert "1 order stays for the accounts" in told(page)
    assert "2 addresses will never be written to again" in told(page)
    assert "Notes of the staff" not in told(page), "there are none"
    refused = owner.post(address(ana, "erase"), {"word": "yes"})
    assert refused.status_code == 400
    assert "write the word erase" in told(refused)
    assert not Erasure.objects.exists()
    assert Identity.objects.filter(value="ana.torrente@example.com").exists()


def test_erasing_erases_is_written_down_and_says_when_it_is_done(owner: Client, ana, store):
    assert owner.post(address(ana, "erase"), {"word": " Erase "}).status_code == 302
    left = hits()
    assert left == {}, left
    entry = Audit.objects.get(verb="customer.erase")
    assert (public("cus", entry.subject_id), entry.fields) == (ana, [])
    assert Erasure.objects.get().by == entry.user_id != 0
    page = owner.get(address(ana, "erase"))
    assert page.status_code == 200
    again = owner.post(address(ana, "erase"), {"word": "erase"})
    assert again.status_code == 200
    assert Erasure.objects.count() == 1
    assert owner.get(f"/b/main/customers/{ana}/").status_code == 200


def test_while_parts_of_the_house_have_to_follow_the_page_asks_again(owner: Client, ana, store):
    owner.post(address(ana, "erase"), {"word": "erase"})
    erasure = Erasure.objects.get()
    Erasure.objects.update(done_at=None)
    page = owner.get(address(ana, "erase"))
    assert "hx-trigger" in told(page)
    assert "entries so far" in told(page)
    Erasure.objects.filter(id=erasure.id).update(done_at=NOW + timedelta(days=1))
    part = owner.get(address(ana, "erase"), headers={"hx-request": "true"})
    assert (part.status_code, part.headers["HX-Refresh"]) == (204, "true")
    assert "Erased on" in told(owner.get(address(ana, "erase")))
    assert not Pending.objects.exists()


def test_a_guest_at_the_address_goes_along_only_when_that_is_chosen(owner: Client, ana, store):
    from tests.facts.builders import order, r

    guest = r.Who(email="ana.torrente@example.com")
    record(r.Batch(orders=(order("g1", guest),)), source=source_of(store, "test"), now=NOW)
    assert "1 more record has the same address" in told(owner.get(address(ana, "erase")))
    chosen = owner.get(address(ana, "erase"), {"likely": "1"})
    assert "2 orders stay" in told(chosen)
    assert "erased along with this one" in told(chosen)
    owner.post(address(ana, "erase"), {"word": "erase", "likely": "1"})
    assert Erased.objects.count() == 2
    assert not Customer.objects.exclude(email="").exists()


def test_saved_lists_and_uploaded_files_forget_the_person(owner: Client, ana, store, tmp_path):
    brand = store.brand_id
    for name, query in (("mine", {"q": "ana.torrente@example.com"}), ("theirs", {"q": "leo"})):
        SavedView.objects.create(id=ids.new(), brand_id=brand, page="customers", name=name, query=query, at=NOW)
    files = {}
    for name, body in (("hers", "Email\nANA.torrente@example.com\n"), ("others", "Email\nleo@example.com\n")):
        files[name] = file = OrderFile.objects.create(
            id=ids.new(), brand_id=brand, store_id=store.id, user_id=1, name=f"{name}.csv", digest=name, size=1,
            state="done", uploaded_at=NOW, changed_at=NOW,
        )  # fmt: skip
        place(file.id, "upload").write_text(body)
    rejects = place(files["others"].id, "rejects")
    rejects.write_text("Email,Phone,reject line\nleo@example.com,,1\n,600 11-12 22,2\n", encoding="utf-8-sig")
    owner.post(address(ana, "erase"), {"word": "erase"})
    assert list(SavedView.objects.values_list("name", flat=True)) == ["theirs"]
    assert not place(files["hers"].id, "upload").exists()
    assert OrderFile.objects.get(id=files["hers"].id).expired_at is not None
    assert place(files["others"].id, "upload").exists()
    assert "leo@example.com" in rejects.read_text()
    assert "600" not in rejects.read_text()


def test_the_copy_holds_everything_and_is_written_down(owner: Client, ana):
    page = owner.get(address(ana, "export"))
    assert page.status_code == 200
    answer = owner.post(address(ana, "export"))
    assert answer.headers["Content-Type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as archive:
        assert archive.testzip() is None
        assert "Casa Verde" in archive.read("README.txt").decode()
        text = archive.read("person.json").decode()
    found = json.loads(text)
    assert found["person"] == ana
    missing = [secret for secret in SECRETS if secret.casefold() not in text.casefold()]
    assert missing == []
    (bought,) = found["tables"]["order"]
    assert (bought["total"], bought["ordered_day"]) == (2500, "2026-03-02")
    assert Audit.objects.get(verb="customer.export").user_id
    assert len(found["tables"]["behaviour"]) == 2, "the one from before they were known, too"


def test_about_whom_was_erased_nothing_is_written_and_the_page_says_so(owner: Client, ana):
    owner.post(address(ana, "erase"), {"word": "erase"})
    answer = owner.post(address(ana, "notes"), {"do": "add", "body": "Ana Torrente called"})
    assert answer.status_code == 400
    assert "This person was erased" in told(answer)
    spanish = owner.post(address(ana, "notes"), {"body": "Ana"}, headers={"accept-language": "es"})
    assert "Se ha borrado a esta persona" in told(spanish)
    assert not Note.objects.exists()


def test_a_copy_of_an_erased_person_names_nobody(owner: Client, ana):
    owner.post(address(ana, "erase"), {"word": "erase"})
    answer = owner.post(address(ana, "export"))
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as archive:
        text = archive.read("person.json").decode().casefold()
    assert [secret for secret in SECRETS if secret.casefold() in text] == []
    assert '"total": 2500' in text


@pytest.mark.parametrize("role", sorted(ROLES))
@pytest.mark.parametrize(("what", "right"), [("erase", "erase"), ("export", "export")])
def test_only_who_may_does(store, ana, role, what, right):
    client = signed_in(store, role)
    allowed = may(role, right)
    assert client.get(address(ana, what)).status_code == (200 if allowed else 403)
    answer = client.post(address(ana, what), {"word": "erase"})
    assert (answer.status_code == 403) is not allowed
    links = told(client.get(f"/b/main/customers/{ana}/"))
    assert (address(ana, what) in links) is allowed


def test_a_stranger_is_not_there(owner: Client, ana):
    for what in ("erase", "export"):
        assert owner.get(address(public("cus", 5), what)).status_code == 404
        assert owner.post(address("cus_nonsense", what)).status_code == 404
    assert ANA.account is not None
