"""What a key may not do through one door it may not do through another either."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.web.api.conftest import House, told

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
