"""Lists by the API: made, filled, read a page at a time, taken off."""

from __future__ import annotations

import pytest

from perennial.segments.models import Listed, StaticList
from perennial.web.models import Audit
from tests.web.api.conftest import House, told

pytestmark = pytest.mark.django_db
FAIR = "/lists/fair"


def test_made_and_named(house: House):
    answer = house.call("POST", "/lists", body={"title": "Été à Paris"})
    assert answer.status_code == 201
    assert told(answer) | {"created_at": ""} == {
        "key": "ete-a-paris", "title": "Été à Paris", "matched": 0, "waiting": 0, "created_at": "",
    }  # fmt: skip
    assert [one["key"] for one in told(house.call("GET", "/lists"))["items"]] == ["fair", "ete-a-paris"]
    assert Audit.objects.latest("id").verb == "list.make"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"title": ""}, "#/title"), ({"title": "  "}, "#/title"), ({"title": "x", "key": "new"}, "#/key"),
        ({"title": "x", "key": "fair"}, "#/key"), ({"title": "x", "key": "A"}, "#/key"), ({}, "#/title"),
    ],
)  # fmt: skip
def test_what_cannot_be_a_list_is_refused(house: House, body: dict[str, str], pointer: str):
    answer = house.call("POST", "/lists", body=body)
    assert answer.status_code == 422
    assert [one["pointer"] for one in told(answer)["errors"]] == [pointer]
    assert StaticList.objects.count() == 2


def test_entries_are_put_on_and_what_is_none_is_told(house: House):
    given = ["new@example.org", "OURSWORD@example.org", house.ours.customer, "bo@", "Bo"]
    answer = house.call("POST", f"{FAIR}/entries", body={"entries": given})
    assert answer.status_code == 200
    found = told(answer)
    assert [found[name] for name in ("new", "known", "matched")] == [2, 1, 1]
    assert [(one["index"], one["code"]) for one in found["not_read"]] == [(3, "listing.email"), (4, "listing.unknown")]
    assert found["not_read"][0]["detail"] == "this is no e-mail address. To mend it: write it as ana@example.com"
    again = told(house.call("POST", f"{FAIR}/entries", body={"entries": given[:3]}))
    assert [again[name] for name in ("new", "known", "matched")] == [0, 3, 0]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"entries": []}, "#/entries"), ({"entries": ["x"] * 501}, "#/entries"), ({"entries": [""]}, "#/entries/0"),
        ({"entries": ["17"], "kind": "account"}, "#/store"), ({"entries": ["1"], "store": "nowhere"}, "#/store"),
        ({"entries": ["17"], "kind": "name"}, "#/kind"),
    ],
)  # fmt: skip
def test_what_cannot_be_put_on_changes_nothing(house: House, body: dict[str, object], pointer: str):
    before = Listed.objects.count()
    answer = house.call("POST", f"{FAIR}/entries", body=body)
    assert answer.status_code == 422
    assert [one["pointer"] for one in told(answer)["errors"]] == [pointer]
    assert Listed.objects.count() == before


def test_the_same_call_twice_is_one(house: House):
    body = {"entries": ["twice@example.org"]}
    first = house.call("POST", f"{FAIR}/entries", body=body, idempotency_key="one")
    again = house.call("POST", f"{FAIR}/entries", body=body, idempotency_key="one")
    assert told(first) == told(again)
    assert told(first)["new"] == 1


def test_read_a_page_at_a_time(house: House):
    given = [f"p{n}@example.org" for n in range(5)]
    house.call("POST", f"{FAIR}/entries", body={"entries": given})
    matched = told(house.call("GET", FAIR))
    assert matched["matched"] == 1
    assert matched["waiting"] == 6
    assert [(one["value"], one["customers"]) for one in matched["items"]] == [
        ("oursword@example.org", [house.ours.customer])
    ]
    seen: list[str] = []
    query = "?show=waiting&limit=2"
    while query:
        page = told(house.call("GET", FAIR + query))
        seen += [one["value"] for one in page["items"]]
        query = f"?show=waiting&limit=2&cursor={page['next']}" if page["next"] else ""
    assert seen == [*given, "waits.oursword@example.org"]
    assert house.call("GET", f"{FAIR}?cursor=made-up").status_code == 400


def test_taken_off(house: House):
    address = f"{FAIR}/entries?value=OURSWORD@example.org"
    assert told(house.call("DELETE", address)) == {"removed": True}
    assert told(house.call("DELETE", address)) == {"removed": False}
    assert told(house.call("GET", FAIR))["matched"] == 0
    assert house.call("DELETE", f"{FAIR}/entries?value=Bo").status_code == 422
    assert house.call("DELETE", f"{FAIR}/entries").status_code == 422


def test_a_number_of_one_store(house: House):
    body = {"entries": ["account-oursword"], "kind": "account", "store": "here"}
    assert told(house.call("POST", f"{FAIR}/entries", body=body))["matched"] == 1
    beside = {**body, "store": "beside"}
    assert told(house.call("POST", f"{FAIR}/entries", body=beside))["matched"] == 0
    address = f"{FAIR}/entries?value=account-oursword&kind=account&store=beside"
    assert told(house.call("DELETE", address)) == {"removed": True}


def test_there_is_no_such_list(house: House):
    for method, path, body in (
        ("GET", "/lists/none", None), ("POST", "/lists/none/entries", {"entries": ["a@example.org"]}),
        ("DELETE", "/lists/none/entries?value=a@example.org", None),
    ):  # fmt: skip
        assert house.call(method, path, body=body).status_code == 404


def test_a_key_bound_to_a_store_hears_of_no_list(house: House):
    assert house.call("GET", "/lists", "store").status_code == 403
    assert house.call("GET", FAIR, "store").status_code == 403
