"""The page of audiences: made, changed, ended; how they stand; what was typed stays; keys are kept apart."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest

from perennial.channels.audiences.actions.keys import key_of
from perennial.channels.audiences.models import AudienceMember, AudienceState
from perennial.database import ids
from perennial.documents.actions import save
from perennial.documents.queries import latest
from tests.web.conftest import NOW, signed_in

FORM = {
    "title": "Loyal customers", "segment": "loyal", "list_id": "a1b2c3", "server": "us6", "tag": "Loyal",
    "leavers": "untag", "f_first_name": "FNAME", "further": "GOLD = label:tier:gold", "key": "", "seen_version": 0,
}  # fmt: skip
NEW = "/b/main/audiences/new/?service=mailchimp"
ONE = "/b/main/audiences/loyal-customers/"


@pytest.fixture(autouse=True)
def home(settings, tmp_path: Path) -> Path:
    (tmp_path / "nodes").mkdir()
    settings.PERENNIAL_HOME = tmp_path
    return tmp_path


@pytest.fixture
def segment(store: Any) -> None:
    save(
        brand_id=store.brand_id, kind="segment", key="loyal", body={"title": "Loyal", "rule": "orders >= 2"},
        author="ada", seen_version=0, now=NOW, state="live",
    )  # fmt: skip


def document(store: Any) -> Any:
    return latest(brand_id=store.brand_id, kind="audience", key="loyal-customers")


def test_without_a_segment_it_says_what_to_do_first(store, owner):
    assert "Make a segment first" in owner.get("/b/main/audiences/").content.decode()


def test_an_audience_is_made_and_its_key_kept_beside(store, owner, segment, home):
    assert owner.get(NEW).status_code == 200
    done = owner.post(NEW, {**FORM, "key": "abc-us6"})
    assert done.status_code == 302
    assert document(store).stored == {
        "title": "Loyal customers", "segment": "loyal",
        "where": {"kind": "mailchimp", "list_id": "a1b2c3", "server": "us6"},
        "fields": [{"tag": "FNAME", "says": "first_name"}, {"tag": "GOLD", "says": "label:tier:gold"}],
        "tag": "Loyal", "leavers": "untag", "paused": False,
    }  # fmt: skip
    assert key_of(store.brand_id, "mailchimp") == "abc-us6"
    (kept,) = (home / "keys").iterdir()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    page = owner.get(ONE).content.decode()
    assert "abc-us6" not in page
    assert 'value="FNAME"' in page
    assert "GOLD = label:tier:gold" in page
    assert "Loyal customers" in owner.get("/b/main/audiences/").content.decode()
    log = owner.get("/b/main/log/").content.decode()
    assert "saved an audience" in log
    assert "gave a mailing service" in log


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"f_first_name": "first name"}, "is no merge tag"),
        ({"list_id": "../evil"}, "should match pattern"),
        ({"server": "x.evil"}, "server"),
        ({"tag": ""}, "there is no tag to take off"),
        ({"further": "GOLD tier"}, "Write lines such as"),
        ({"further": "X = shoe_size"}, "should match pattern"),
        ({"key": "two words"}, "without spaces"),
        ({"segment": "nobody"}, "Select a valid choice"),
        ({"f_country": "FNAME"}, "stands twice"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_changes(store, owner, segment, wrong, told):
    page = owner.post(NEW, {**FORM, **wrong})
    assert page.status_code == 400
    text = page.content.decode()
    assert told in text
    assert "Loyal customers" in text  # what was typed stays
    assert document(store) is None
    assert key_of(store.brand_id, "mailchimp") == ""


def test_two_audiences_in_one_list_need_tags_of_their_own(store, owner, segment):
    assert owner.post(NEW, FORM).status_code == 302
    again = owner.post(NEW, {**FORM, "title": "Second"})
    assert again.status_code == 400
    assert "puts the same tag" in again.content.decode()
    assert owner.post(NEW, {**FORM, "title": "Second", "tag": "Other"}).status_code == 302


def test_two_people_at_once_see_each_others_changes(store, owner, segment):
    owner.post(NEW, FORM)
    assert owner.post(ONE, {**FORM, "seen_version": 1, "tag": "Best"}).status_code == 302
    late = owner.post(ONE, {**FORM, "seen_version": 1, "title": "Mine"})
    assert late.status_code == 409
    assert document(store).stored["tag"] == "Best"


def test_pausing_going_on_asking_and_ending(store, owner, segment):
    owner.post(NEW, FORM)
    owner.post(f"{ONE}do/", {"do": "pause"})
    assert document(store).stored["paused"] is True
    assert "paused" in owner.get("/b/main/audiences/").content.decode()
    assert owner.post(ONE, {**FORM, "seen_version": 2}).status_code == 302
    assert document(store).stored["paused"] is True  # saving does not take it up again
    owner.post(f"{ONE}do/", {"do": "go_on"})
    assert document(store).stored["paused"] is False
    owner.post(f"{ONE}do/", {"do": "test"})
    assert AudienceState.objects.get().test_wanted_at is not None
    assert "is being tested" in owner.get(ONE).content.decode()
    assert owner.post(f"{ONE}do/", {"do": "nonsense"}).status_code == 404
    version = document(store).version
    assert owner.post(f"{ONE}end/", {"seen_version": version}).status_code == 302
    assert owner.get(ONE).status_code == 404
    assert owner.post(f"{ONE}do/", {"do": "go_on"}).status_code == 404


def test_it_tells_who_was_refused_and_what_is_in_the_way(store, owner, segment):
    owner.post(NEW, FORM)
    AudienceState.objects.update(error="key_refused: API Key Invalid", due_at=NOW, planned_at=NOW, in_step_at=NOW)
    AudienceMember.objects.bulk_create(
        AudienceMember(
            id=ids.new(), brand_id=store.brand_id, audience="loyal-customers", customer_id=ids.new(), key=str(n),
            address="a@b.example", goal="in", wanted="w", there="other", state="barred", error="status: unsubscribed",
            changed_at=NOW,
        )
        for n in range(3)
    )  # fmt: skip
    text = owner.get(ONE).content.decode()
    assert "The service refuses the API key" in text
    assert "API Key Invalid" in text
    assert "3 refused" in text
    assert "status: unsubscribed" in text
    assert "a@b.example" not in text
    owner.post(f"{ONE}do/", {"do": "again"})
    assert set(AudienceMember.objects.values_list("state", flat=True)) == {"planned"}


@pytest.mark.parametrize(("role", "status"), [("marketer", 200), ("support", 403), ("analyst", 403)])
def test_who_may(store, segment, role, status):
    assert signed_in(store, role).get("/b/main/audiences/").status_code == status


def test_a_page_asks_the_same_however_many_there_are(store, owner, segment, django_assert_max_num_queries):
    for n in range(4):
        assert owner.post(NEW, {**FORM, "title": f"A{n}", "tag": f"T{n}"}).status_code == 302
    with django_assert_max_num_queries(20):
        owner.get("/b/main/audiences/")
