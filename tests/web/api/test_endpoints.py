"""What each endpoint gives and takes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.web.api.conftest import House, an_order, told


def test_a_key_tells_whose_it_is(house: House):
    me = told(house.call("GET", "/me"))
    assert (me["brand_name"], me["store"], me["kind"]) == ("Brand one", None, "secret")
    assert me["key"] == house.keys["all"].rpartition("_")[0][: len(me["key"])]
    bound = told(house.call("GET", "/me", "store"))
    assert bound["store"]["key"] == "here"
    stores = told(house.call("GET", "/stores"))["items"]
    assert [one["key"] for one in stores] == ["here", "beside"]


def test_facts_are_recorded_and_read_back(house: House, record):
    done = record(an_order("1001"), an_order("1002", currency="USD"))
    assert done.status_code == 200
    assert told(done) == {
        "records": 2,
        "counts": {"customer.met": 1, "order.foreign": 1, "order.new": 2, "product.met": 1},
    }
    assert told(record(an_order("1001")))["counts"] == {"order.same": 1}
    found = told(house.call("GET", "/customers?email=Ana@Example.com"))["items"]
    assert [one["email"] for one in found] == [""]  # known from orders alone
    orders = told(house.call("GET", f"/customers/{found[0]['id']}/orders"))["items"]
    assert {one["name"] for one in orders} == {"1001", "1002"}
    assert {one["total"]["currency"] for one in orders} == {"EUR", "USD"}
    one = told(house.call("GET", f"/orders/{orders[0]['id']}"))
    assert one == orders[0]
    assert one["lines"][0]["title"] == "Green tea"
    assert one["lines"][0]["total"] == {"amount": 1000, "currency": one["total"]["currency"]}


def test_a_customer_with_all_that_is_known(house: House):
    one = told(house.call("GET", f"/customers/{house.ours.customer}"))
    assert one["first_name"] == "Oursword"
    assert one["attributes"] == {"size": "oursword"}
    assert [(each["channel"], each["given"]) for each in one["consents"]] == [("email", True)]
    assert {each["kind"] for each in one["identities"]} == {"account", "email"}
    assert one["figures"]["revenue"] == {"amount": 4_100, "currency": "EUR"}
    assert one["figures"]["last_order"] == "2026-02-01"
    order = told(house.call("GET", f"/orders/{house.ours.order}"))
    assert order["delivery"]["line1"] == "Street oursword"
    assert order["refunds"][0]["amount"]["amount"] == 100
    timeline = told(house.call("GET", f"/customers/{house.ours.customer}/timeline"))["items"]
    assert {"order.placed", "order.paid", "order.refunded", "consent.given"} <= {each["kind"] for each in timeline}
    placed = next(each for each in timeline if each["kind"] == "order.placed")
    assert placed["subject"] == house.ours.order


def test_the_scores_of_a_customer_in_their_unit(house: House):
    from datetime import UTC, datetime

    from perennial.database import ids
    from perennial.segments.models import Score
    from perennial.values.ids import parse

    at = datetime(2026, 3, 1, 3, tzinfo=UTC)
    for name, value, low in (("care", 1_847.0, None), ("of-a-plug-in", 0.5, 0.25), ("revenue", 1.0, None)):
        Score.objects.create(
            id=ids.new(), brand_id=house.ours.store.brand_id, customer_id=parse("cus", house.ours.customer), name=name,
            value=value, low=low, high=low and 0.75, model="test", as_of=at,
        )  # fmt: skip
    path = f"/customers/{house.ours.customer}"
    found = {one["name"]: one for one in told(house.call("GET", path))["scores"]}
    assert found["care"] == {
        "name": "care", "value": 1847.0, "unit": "money", "low": None, "high": None, "as_of": "2026-03-01T03:00:00Z",
    }  # fmt: skip
    assert (found["of-a-plug-in"]["unit"], found["of-a-plug-in"]["low"]) == ("number", 0.25)
    # What is kept in the figures is told from there alone; what is not known is not told.
    assert found["revenue"]["value"] == 4_100
    assert set(found) == {"care", "of-a-plug-in", "revenue"}
    # A key that is bound to a store does not see what counts all stores together.
    assert told(house.call("GET", path, "store"))["scores"] == []


def test_a_link_to_a_customer_s_card_ends_with_its_key(house: House, client):
    from datetime import UTC, datetime

    from perennial.web.access.keys import revoke_key
    from perennial.web.models import ApiKey

    made = told(house.call("GET", f"/customers/{house.ours.customer}/card?days=7"))
    seen = client.get(made["path"], headers={"host": "localhost"})
    assert (seen.status_code, "Oursword" in seen.text) == (200, True)
    assert house.call("GET", f"/customers/{house.ours.customer}/card?days=8").status_code == 422
    assert house.call("GET", f"/customers/{house.ours.customer}/card", "store").status_code == 403
    assert house.call("GET", f"/customers/{house.theirs.customer}/card").status_code == 404
    key = ApiKey.objects.get(brand_id=house.ours.store.brand_id, name="all")
    revoke_key(brand_id=key.brand_id, key_id=key.id, now=datetime.now(UTC))
    assert client.get(made["path"], headers={"host": "localhost"}).status_code == 404


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("email=oursword@example.org", 1),
        ("email=nobody@example.org", 0),
        ("email=no-address", 0),
        ("account=account-oursword", 1),
        ("account=account-theirsword", 0),
        ("phone=%2B34600111222", 0),
        ("stage=new", 2),
        ("stage=loyal", 0),
        ("rhythm=on_time&min_orders=1", 2),
        ("min_revenue=4101", 0),
        ("max_revenue=4100&last_order_from=2026-02-01", 2),
        ("last_order_before=2026-02-01", 0),
    ],
)
def test_customers_are_found_by_address_and_by_figures(house: House, query: str, found: int):
    answer = house.call("GET", f"/customers?{query}")
    assert answer.status_code == 200, answer.content
    assert len(told(answer)["items"]) == found


def test_an_address_and_figures_do_not_go_together(house: House):
    assert house.call("GET", "/customers?email=a@b.org&stage=new").status_code == 422


def test_a_consent_is_given_and_withdrawn(house: House):
    path = f"/customers/{house.ours.customer}/consents"
    given = house.call("POST", path, body={"channel": "sms", "given": True, "at": "2026-02-02T10:00:00Z"})
    assert given.status_code == 201
    assert told(given)["new"] is True
    again = house.call("POST", path, body={"channel": "sms", "given": True, "at": "2026-02-02T10:00:00Z"})
    assert told(again)["new"] is False
    house.call("POST", path, body={"channel": "sms", "given": False})
    held = told(house.call("GET", f"/customers/{house.ours.customer}"))["consents"]
    assert {(each["channel"], each["given"]) for each in held} == {("email", True), ("sms", False)}
    ahead = house.call("POST", path, body={"channel": "sms", "given": True, "at": "2099-02-02T10:00:00Z"})
    assert ahead.status_code == 422

    from perennial.web.models import Audit

    logged = Audit.objects.filter(verb="customer.consent")
    assert logged.count() == 2
    assert all(line.api_key_id and line.fields == ["sms.marketing"] for line in logged)


def test_a_person_is_erased_once_and_named_no_more(house: House):
    path = f"/customers/{house.ours.customer}"
    assert house.call("DELETE", path, "store").status_code == 403
    done = house.call("DELETE", path)
    assert (done.status_code, told(done)["customer"]) == (202, house.ours.customer)
    left = told(house.call("GET", path))
    assert (left["email"], left["first_name"], left["identities"], left["attributes"]) == ("", "", [], {})
    assert house.call("DELETE", path).status_code == 404
    assert house.call("POST", f"{path}/consents", body={"channel": "sms", "given": True}).status_code == 404
    assert told(house.call("GET", "/customers?email=oursword@example.org"))["items"] == []

    from perennial.web.models import Audit

    assert Audit.objects.filter(verb="customer.erase", api_key_id__gt=0).count() == 1


@pytest.mark.parametrize(("seconds", "blank"), [(60, True), (-1, False)])
def test_the_answer_to_an_erasure_says_whether_orders_are_blank(house: House, monkeypatch, seconds: float, blank: bool):
    from perennial.web.person import at_once

    monkeypatch.setitem(at_once.blank_at_once.__kwdefaults__, "seconds", seconds)
    done = told(house.call("DELETE", f"/customers/{house.ours.customer}"))
    assert done["orders_blank"] is blank
    order = told(house.call("GET", f"/orders/{house.ours.order}"))
    assert (order["delivery"] is None) is blank


def test_a_guest_is_named_by_the_address_that_made_them(house: House, record):
    record(an_order("1", email="guest@example.org"))
    guest = told(house.call("GET", "/customers?email=guest@example.org"))["items"][0]
    done = house.call("POST", f"/customers/{guest['id']}/consents", body={"channel": "email", "given": True})
    assert done.status_code == 201
    held = told(house.call("GET", f"/customers/{guest['id']}"))["consents"]
    assert [each["given"] for each in held] == [True]


def test_visits_of_a_page_make_nothing_but_visits(house: House):
    body = {
        "visitor": "v1",
        "events": [
            {"id": "e1", "kind": "product_viewed", "product": "product-oursword"},
            {"id": "e2", "kind": "product_viewed", "product": "made up", "order": "m", "at": "2199-01-01T00:00:00Z"},
        ],
    }  # fmt: skip
    done = house.call("POST", "/behaviour", "page", body, origin="https://shop.example")
    assert done.status_code == 200
    assert done.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in done.headers
    assert told(done)["counts"] == {"behaviour.new": 2}
    assert told(house.call("POST", "/behaviour", "page", body))["counts"] == {"behaviour.same": 2}

    from django.utils.timezone import now

    from perennial.facts.models.activity import Behaviour
    from perennial.facts.models.catalogue import Product

    seen = {row.product_id is not None: row for row in Behaviour.objects.filter(store_id=house.ours.store.id)}
    assert set(seen) == {True, False}
    assert seen[False].at <= now()
    assert Product.objects.filter(store_id=house.ours.store.id).count() == 1
    somebody = {"visitor": "v1", "who": {"email": "a@b.org"}, "events": [{"kind": "page_viewed"}]}
    assert house.call("POST", "/behaviour", "page", somebody).status_code == 422


def test_a_browser_may_ask_before_it_calls_and_elsewhere_not(house: House):
    asked = house.call("OPTIONS", "/behaviour", "", origin="https://shop.example")
    assert asked.status_code == 204
    assert "Authorization" in asked.headers["Access-Control-Allow-Headers"]
    other = house.call("OPTIONS", "/facts", "", origin="https://shop.example")
    assert other.status_code == 405
    assert "Access-Control-Allow-Origin" not in other.headers


def test_an_answer_is_there_or_on_its_way(house: House):
    there = told(house.call("GET", "/figures/realised"))
    assert there["columns"] == ["name", "revenue"]
    assert there["currency"] == "EUR"
    first = house.call("GET", "/figures/retention_trend?horizon=60")
    assert (first.status_code, first.headers["Retry-After"]) == (202, "2")

    from perennial.figures.models import Answer

    wanted = Answer.objects.get(name="retention_trend")
    assert (wanted.params, wanted.brand_id) == ({"horizon": 60}, house.ours.store.brand_id)
    assert house.call("GET", "/figures/retention_trend?horizon=60").status_code == 202
    assert Answer.objects.filter(name="retention_trend").count() == 1
    assert house.call("GET", "/figures/nonsense").status_code == 404
    assert house.call("GET", "/figures/summary?horizon=60").status_code == 422
    assert house.call("GET", "/figures/retention_trend?horizon=5").status_code == 422
    names = {one["name"] for one in told(house.call("GET", "/figures"))["items"]}
    assert "retention_trend" in names


@pytest.mark.parametrize("path", ["/figures/realised", "/figures/realised?store=beside", "/figures/rhythm?limit=1"])
def test_an_answer_of_days_ago_is_given_and_computed_anew(house: House, path: str):
    from datetime import UTC, datetime, timedelta

    from perennial.figures.models import Answer

    def aged(age: timedelta, **more: object) -> None:
        Answer.objects.update(
            computed_at=datetime.now(UTC) - age, as_of=datetime.now(UTC) - age, wanted_at=None,
            body={"columns": ["name"], "types": ["string"], "rows": [["Ana"]]}, **more,
        )  # fmt: skip

    house.call("GET", path)  # has it made
    aged(timedelta(hours=25))
    assert house.call("GET", path).status_code == 200
    assert not Answer.objects.filter(wanted_at__isnull=False).exists()
    aged(timedelta(hours=27))
    assert house.call("GET", path).status_code == 200
    (wanted,) = Answer.objects.filter(wanted_at__isnull=False)
    assert f"/figures/{wanted.name}" in path
    aged(timedelta(hours=27), error="it failed")
    assert told(house.call("GET", path))["error"] == "it failed"
    assert not Answer.objects.filter(wanted_at__isnull=False).exists(), "it is tried again at night"


def test_what_may_be_asked_of_answers_is_what_they_take():
    import inspect

    from perennial.insight.registry import ANSWERS
    from perennial.web.api.figures import PARAMETERS

    for parameter, names in PARAMETERS.items():
        for name in names:
            assert parameter in inspect.signature(ANSWERS[name].load()).parameters, f"{name} takes no {parameter}"


def good(share: float) -> dict[str, Any]:
    return {"conversion": {"benchmark": {"good": share}}}


def test_a_document_is_saved_with_the_version_that_was_seen(house: House):
    path = "/documents/reporting/default"
    assert house.call("GET", path).status_code == 404
    body = {"state": "live", "body": good(0.05)}
    assert house.call("PUT", path, body=body).status_code == 428
    first = house.call("PUT", path, body=body, if_none_match="*")
    assert (first.status_code, first.headers["ETag"]) == (200, '"1"')
    second = house.call("PUT", path, body={"body": good(0.06)}, if_match='"1"')
    assert told(second)["version"] == 2
    stale = house.call("PUT", path, body={"body": good(0.07)}, if_match='"1"')
    assert stale.status_code == 409
    assert told(stale)["theirs"] == [{"pointer": "#/body/conversion/benchmark/good", "old": 0.05, "new": 0.06}]
    assert told(stale)["yours"] == [{"pointer": "#/body/conversion/benchmark/good", "old": 0.06, "new": 0.07}]
    wrong = house.call("PUT", path, body={"body": good(7)}, if_match='"2"')
    assert told(wrong)["errors"][0]["pointer"] == "#/body/conversion/benchmark/good"
    read = house.call("GET", path)
    assert (told(read)["version"], read.headers["ETag"]) == (2, '"2"')
    assert house.call("GET", path, "other brand").status_code == 404
    assert house.call("PUT", "/documents/nonsense/x", body=body, if_none_match="*").status_code == 404
    assert house.call("PUT", path, "store", body=body, if_match='"2"').status_code == 403
