"""What a key may not do through one door it may not do through another either."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.web.api.conftest import AT, House, told

RATE = {"currency": "USD", "day": "2026-02-01", "rate": 0.9}


def key_of(house: House, *scopes: str, bound: bool = False) -> str:
    from perennial.web.access.keys import make_key

    store = house.ours.store
    return make_key(
        brand_id=store.brand_id, kind="secret", name="k", scopes=scopes, now=datetime.now(UTC),
        store_id=store.id if bound else 0,
    )[1]  # fmt: skip


def test_consents_among_facts_need_the_scope_of_consents_and_are_logged(house: House):
    from perennial.facts.models.people import Consent
    from perennial.web.models import Audit

    withdrawn = {
        "who": {"email": "oursword@example.org"}, "at": "2026-02-20T18:04:00Z", "channel": "email", "given": False
    }  # fmt: skip
    body = {"store": "here", "batch": {"consents": [withdrawn]}}
    before = Consent.objects.count()
    refused = house.call("POST", "/facts", key_of(house, "facts:write"), body)
    assert (refused.status_code, told(refused)["code"]) == (403, "scope")
    assert Consent.objects.count() == before
    key = key_of(house, "facts:write", "customers:write")
    for _ in range(2):  # told twice it counts, and is logged, once
        assert house.call("POST", "/facts", key, body).status_code == 200
    assert Consent.objects.count() == before + 1
    (line,) = Audit.objects.filter(verb="customer.consent")
    assert line.fields == ["email.marketing"]
    assert line.api_key_id


def test_a_stores_key_leaves_the_brands_exchange_rates_alone(house: House):
    from perennial.facts.models.brands import ExchangeRate

    body = {"store": "here", "batch": {"rates": [RATE]}}
    refused = house.call("POST", "/facts", key_of(house, "facts:write", bound=True), body)
    assert (refused.status_code, told(refused)["code"]) == (403, "scope")
    assert not ExchangeRate.objects.exists()
    assert house.call("POST", "/facts", key_of(house, "facts:write"), body).status_code == 200
    assert ExchangeRate.objects.count() == 1


def test_a_guest_whom_two_stores_know_is_found_and_read_whole_with_both_keys(house: House):
    from datetime import timedelta

    from perennial.facts.actions.record import record
    from perennial.facts.actions.stores import source_of
    from perennial.facts.rules import records as r

    who = r.Who(email="guest@example.org")

    def tells(store, days: int, **more: str) -> None:
        at = AT + timedelta(days=days)
        stated = r.Customer(who=who, updated_at=at, created_at=AT, attributes={f"days{days}": "x"}, **more)
        record(r.Batch(customers=(stated,)), source=source_of(store, "test"), now=at)

    def seen(key: str) -> list[dict]:
        found = told(house.call("GET", "/customers?email=guest@example.org", key))["items"]
        assert found == [one for one in told(house.call("GET", "/customers", key))["items"] if one in found]
        return [told(house.call("GET", f"/customers/{one['id']}", key)) for one in found]

    tells(house.ours.store, 0)
    assert len(seen("store")) == 1
    assert seen("other store") == []
    tells(house.beside.store, 1, first_name="Ana")
    assert seen("store") == seen("other store")
    (guest,) = seen("store")
    assert [one["value"] for one in guest["identities"]] == ["guest@example.org"]
    assert set(guest["attributes"]) == {"days0", "days1"}
    tells(house.ours.store, 2, first_name="Anna")
    assert seen("other store") == seen("store") != []
    house.call("DELETE", f"/customers/{guest['id']}")
    assert seen("store") == seen("other store") == []


def test_the_erased_are_not_told_to_a_store_that_never_knew_them(house: House):
    assert house.call("DELETE", f"/customers/{house.beside.customer}").status_code == 202
    listed = told(house.call("GET", "/customers", "store"))["items"]
    assert [one["id"] for one in listed] == [house.ours.customer]
