"""Segments by the API: read, counted, their members in pages; saved as documents, with the rule as text."""

from __future__ import annotations

from datetime import timedelta

import pytest

from perennial.segments.rules.rule import read
from perennial.values.ids import parse
from tests.web.api.conftest import House, told
from tests.web.people import make_many
from tests.web.segments import made

TEXT = 'spent(6 months) >= 250 and not bought(category "Gift cards")'


@pytest.fixture
def people(house: House) -> list[int]:
    return make_many(house.ours.store, 30)


def test_a_segment_is_saved_with_its_rule_as_text_and_read_as_both(house: House):
    body = {"title": "Spenders", "rule": TEXT}
    saved = house.call("PUT", "/documents/segment/spenders", body={"state": "live", "body": body}, if_none_match="*")
    assert saved.status_code == 200, saved.content
    assert told(saved)["body"]["rule"] == read(TEXT).content()
    one = told(house.call("GET", "/segments/spenders"))
    assert (one["text"], one["rule"], one["state"], one["members"]) == (TEXT, read(TEXT).content(), "counting", None)
    wrong = {"state": "live", "body": {**body, "rule": "spent(6 months) => 250"}}
    refused = house.call("PUT", "/documents/segment/spenders", body=wrong, if_match='"1"')
    assert refused.status_code == 422
    assert told(refused)["errors"][0]["pointer"] == "#/body/rule"
    assert "letter" in told(refused)["errors"][0]["detail"]


def test_all_of_them_come_in_pages(house: House, people: list[int]):
    brand = house.ours.store.brand_id
    made.saved(brand, "idea", "orders > 8", state="draft")
    made.saved(brand, "vip", "orders > 9")
    made.filled(brand, "vip", people[:7])
    found, cursor = [], ""
    while cursor is not None:
        page = told(house.call("GET", f"/segments?limit=2{cursor and '&cursor=' + cursor}"))
        found += page["items"]
        cursor = page["next"]
    assert [(one["key"], one["state"], one["members"]) for one in found] == [
        ("default", "counting", None), ("idea", "draft", None), ("vip", "live", 7),
    ]  # fmt: skip


@pytest.mark.parametrize("past", [False, True])
def test_members_come_in_pages_now_and_as_recorded(house: House, people: list[int], past: bool):
    brand = house.ours.store.brand_id
    made.saved(brand, "vip", "orders > 9")
    made.filled(brand, "vip", people[:11], ago=9)
    made.left(brand, "vip", people[0], days=2)
    asked = f"&at={(made.now() - timedelta(days=3)):%Y-%m-%dT%H:%M:%SZ}" if past else ""
    found, cursor = [], ""
    while cursor is not None:
        page = told(house.call("GET", f"/segments/vip/members?limit=4{asked}{cursor and '&cursor=' + cursor}"))
        assert len(page["items"]) <= 4
        found += [parse("cus", one["customer"]) for one in page["items"]]
        cursor = page["next"]
    assert sorted(found) == sorted(people[0 if past else 1 : 11])
    assert len(found) == len(set(found))
    ahead = house.call("GET", "/segments/vip/members?at=2199-01-01T00:00:00Z")
    assert ahead.status_code == 422
    assert house.call("GET", "/segments/none/members").status_code == 404


def test_a_customers_segments_are_those_of_the_person(house: House, people: list[int]):
    from perennial.facts.models.people import Alias

    brand = house.ours.store.brand_id
    made.saved(brand, "vip", "orders > 9", title="Very important")
    made.filled(brand, "vip", people[:1])
    found = told(house.call("GET", f"/customers/{house.ours.customer}/segments"))["items"]
    assert found == []
    mine = parse("cus", house.ours.customer)
    Alias.objects.create(id=mine, brand_id=brand, into_id=people[0], person_id=people[0], confirmed=True)
    found = told(house.call("GET", f"/customers/{house.ours.customer}/segments"))["items"]
    assert [(one["key"], one["title"]) for one in found] == [("vip", "Very important")]


def test_text_is_json_and_json_is_text(house: House):
    found = told(house.call("POST", "/segments/parse", body={"rule": TEXT}))
    again = told(house.call("POST", "/segments/parse", body={"rule": found["rule"]}))
    assert found == again == {"rule": read(TEXT).content(), "text": TEXT, "contradictions": []}
    odd = told(house.call("POST", "/segments/parse", body={"rule": "orders > 5 and orders < 3"}))
    assert "cannot both hold" in odd["contradictions"][0]


@pytest.mark.parametrize("call", ["parse", "preview"])
@pytest.mark.parametrize(
    ("rule", "where", "at"),
    [
        ("orders(5 weeks) >> 5", "#/rule", {"start": 17, "end": 18}),
        ("", "#/rule", {"start": 0, "end": 0}),
        ({"kind": "orders", "holds": {"op": ">=", "value": "many"}}, "#/rule", None),
        ({"kind": "sold"}, "#/rule", None),
    ],
)
def test_what_is_wrong_with_a_rule_is_told_at_its_place(house: House, call: str, rule: object, where: str, at: object):
    wrong = house.call("POST", f"/segments/{call}", body={"rule": rule})
    assert wrong.status_code == 422, wrong.content
    assert told(wrong)["errors"][0]["pointer"].startswith(where)
    assert told(wrong).get("at") == at


def test_a_rule_is_counted_when_the_loop_comes_to_it(house: House, people: list[int]):
    brand = house.ours.store.brand_id
    asked = house.call("POST", "/segments/preview", body={"rule": TEXT}, idempotency_key="one")
    assert asked.status_code == 202
    id_ = told(asked)["id"]
    waiting = house.call("GET", f"/segments/preview/{id_}")
    assert (waiting.status_code, waiting.headers["Retry-After"]) == (202, "2")
    overlap = [{"segment": "default", "members": 20, "both": 3}]
    made.counted(brand, TEXT, made.found(sample=tuple(people[:2]), overlap=overlap))
    found = told(house.call("GET", f"/segments/preview/{id_}"))
    assert (found["members"], found["of"], found["text"]) == (34, 600, TEXT)
    assert found["revenue"] == {"amount": 1_234_500, "currency": "EUR"}
    assert [parse("cus", one) for one in found["sample"]] == people[:2]
    assert found["overlap"] == overlap
    again = house.call("POST", "/segments/preview", body={"rule": read(TEXT).content()})
    assert told(again) == {"id": id_, "state": "counted"}
    replayed = house.call("POST", "/segments/preview", body={"rule": TEXT}, idempotency_key="one")
    assert (told(replayed), replayed.headers["Idempotency-Replayed"]) == (told(asked), "true")
    assert house.call("GET", f"/segments/preview/{id_}", "other brand").status_code == 404
    for rule in ("orders > 5 and orders < 3", 'segment("none")'):
        assert house.call("POST", "/segments/preview", body={"rule": rule}).status_code == 422


def test_why_a_customer_is_in_a_segment_is_worked_out_when_it_is_asked(house: House):
    from perennial.segments.actions.explain import explain_wanted
    from perennial.segments.models import Preview

    at = f"/customers/{house.ours.customer}/segments/default"
    waiting = house.call("GET", at)
    assert (waiting.status_code, waiting.headers["Retry-After"]) == (202, "2")
    assert house.call("GET", at, "other brand").status_code == 404
    assert house.call("GET", f"/customers/{house.ours.customer}/segments/none").status_code == 404
    wish = Preview.objects.get(rule__has_key="explain", brand_id=house.ours.store.brand_id)
    now = made.now()
    found = explain_wanted(brand_id=wish.brand_id, wish=wish.rule, now=now)
    Preview.objects.filter(id=wish.id).update(found=found, wanted_at=None, counted_at=now, as_of=now)
    one = told(house.call("GET", at))
    assert (one["key"], one["inside"], one["stays"]) == ("default", False, [])
    assert one["verdict"]["text"] == "orders >= 1"
    assert one["verdict"]["held"]["unit"] == "count"
    assert house.call("GET", f"/segments/preview/{wish.key}").status_code == 404
