"""Every endpoint with every key that must not get in: nothing of others comes out, nothing of theirs is changed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from perennial.web.api.endpoints import ENDPOINTS, Endpoint
from perennial.web.api.urls import api
from tests.web.api.conftest import House, told

assert api  # importing the addresses fills the list
BODIES: dict[str, Any] = {
    "record_facts": {"store": "here", "batch": {"orders": []}},
    "record_behaviour": {"store": "here", "visitor": "v1", "events": [{"kind": "page_viewed"}]},
    "record_consent": {"channel": "sms", "given": True},
    "save_document": {"body": {}},
    "make_a_list": {"title": "Spring fair"},
    "add_entries": {"entries": ["ana@example.org"]},
    "parse_rule": {"rule": "orders > 2"},
    "preview_rule": {"rule": "orders > 2"},
}
BY_NAME = {one.name: one for one in ENDPOINTS}
WRITES = ("facts:write", "customers:write", "documents:write", "behaviour:write", "erase")
NOT_OF_A_STORE = {"read_document", "save_document", "list_figures", "parse_rule"}


def call(house: House, one: Endpoint, key: str):
    path = one.path.format(
        customer_id=house.ours.customer, order_id=house.ours.order, name="realised", kind="reporting", key="default",
        list_key="fair", preview_id=house.preview,
    )  # fmt: skip
    if one.name == "remove_entry":
        path += "?value=oursword@example.org"
    headers = {"if_none_match": "*"} if one.method == "PUT" else {}
    return house.call(one.method, path, key, BODIES.get(one.name), **headers)


def rows() -> dict[str, int]:
    """How much there is of everything that a call could add to."""
    from django.apps import apps

    return {
        model._meta.db_table: model.objects.count() for model in apps.get_app_config("perennial").get_models()
    }  # fmt: skip


def test_every_endpoint_stands_in_the_matrix():
    assert {one.name for one in ENDPOINTS if one.body is not None} == set(BODIES)
    assert len(BY_NAME) == len(ENDPOINTS) > 10


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_the_right_key_gets_in(house: House, name: str):
    one = BY_NAME[name]
    found = call(house, one, "page" if one.publishable else "all")
    assert found.status_code in (200, 201, 202, 404), found.content
    assert (found.status_code == 404) == (name == "read_document")


@pytest.mark.parametrize("key", ["", "wrong", "revoked", "psk_", "nonsense", "sécret"])
@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_without_a_good_key_nobody_gets_in(house: House, name: str, key: str):
    before = rows()
    found = call(house, BY_NAME[name], key)
    assert found.status_code == 401
    assert found.headers["WWW-Authenticate"].startswith("Bearer")
    nothing_of(house, found, before)


@pytest.mark.parametrize("key", ["page", "their page"])
@pytest.mark.parametrize("name", sorted(name for name, one in BY_NAME.items() if not one.publishable))
def test_a_publishable_key_reads_nothing(house: House, name: str, key: str):
    before = rows()
    found = call(house, BY_NAME[name], key)
    assert found.status_code == 403
    nothing_of(house, found, before)


@pytest.mark.parametrize("name", sorted(name for name, one in BY_NAME.items() if one.scope in WRITES))
def test_a_key_that_reads_writes_nothing(house: House, name: str):
    before = rows()
    found = call(house, BY_NAME[name], "reading")
    assert found.status_code == 403
    nothing_of(house, found, before)


@pytest.mark.parametrize("name", sorted(name for name, one in BY_NAME.items() if one.scope not in (*WRITES, None)))
def test_a_key_that_writes_reads_nothing(house: House, name: str):
    before = rows()
    found = call(house, BY_NAME[name], "writing")
    assert found.status_code == 403
    nothing_of(house, found, before)


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_another_brand_sees_and_changes_nothing_of_ours(house: House, name: str):
    one = BY_NAME[name]
    before = ours(house)
    found = call(house, one, "their page" if one.publishable else "other brand")
    assert found.status_code < 500
    if "{customer_id}" in one.path or "{order_id}" in one.path:
        assert found.status_code == 404
    if name in ("record_facts", "record_behaviour"):
        assert found.status_code == 422  # it named our store
    nothing_told(house, found)
    assert ours(house) == before


@pytest.mark.parametrize("name", sorted(set(BY_NAME) - NOT_OF_A_STORE))
def test_a_key_of_another_store_sees_and_changes_nothing_of_ours(house: House, name: str):
    before = rows()
    found = call(house, BY_NAME[name], "other store")
    assert found.status_code in (200, 403, 404, 422)
    nothing_told(house, found)
    assert {key: n for key, n in rows().items() if n != before[key]} == {}


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_a_key_of_our_store_sees_nothing_of_the_one_beside(house: House, name: str):
    found = call(house, BY_NAME[name], "store")
    text = found.content.decode()
    assert not [mark for mark in house.beside.marks if mark in text]


def test_a_stores_key_gets_no_figures_of_the_brand(house: House):
    one = told(house.call("GET", f"/customers/{house.ours.customer}", "store"))
    assert one["figures"] is None
    assert house.call("GET", "/customers?stage=new", "store").status_code == 403
    assert house.call("GET", "/figures/realised?store=beside", "store").status_code == 422
    assert told(house.call("GET", "/figures/realised?store=here", "store"))["total"] == 3


def test_figures_and_addresses_need_their_own_scope(house: House):
    from datetime import UTC, datetime

    from perennial.web.access.keys import make_key

    def key(*scopes: str) -> str:
        brand = house.ours.store.brand_id
        return make_key(brand_id=brand, kind="secret", name="k", scopes=scopes, now=datetime.now(UTC))[1]

    people, facts = key("customers:read"), key("facts:read")
    assert told(house.call("GET", f"/customers/{house.ours.customer}", people))["figures"] is None
    assert house.call("GET", "/customers?stage=new", people).status_code == 403
    assert told(house.call("GET", f"/orders/{house.ours.order}", facts))["delivery"] is None


@pytest.mark.parametrize("path", ["/customers/{}", "/orders/{}", "/customers/{}/orders", "/customers/{}/timeline"])
@pytest.mark.parametrize("wrong", ["cus_0000000000000", "17", "cus_zzzzzzzzzzzzz", "ord_", "%F0%9F%92%A9", "..%2F"])
def test_what_is_no_id_is_not_there(house: House, path: str, wrong: str):
    assert house.call("GET", path.format(wrong)).status_code == 404


def ours(house: House) -> dict[str, int]:
    """How much there is of our brand."""
    from django.apps import apps

    return {
        model._meta.db_table: model.objects.filter(brand_id=house.ours.store.brand_id).count()
        for model in apps.get_app_config("perennial").get_models()
        if any(field.attname == "brand_id" for field in model._meta.fields)
    }  # fmt: skip


def nothing_told(house: House, found) -> None:
    text = found.content.decode()
    told_of = [mark for mark in house.ours.marks if mark in text]
    # What the caller said itself may be repeated.
    assert told_of == [], text
    json.loads(text)


def nothing_of(house: House, found, before: dict[str, int]) -> None:
    nothing_told(house, found)
    assert not [mark for mark in (*house.beside.marks, *house.theirs.marks) if mark in found.content.decode()]
    assert {key: n for key, n in rows().items() if n != before[key]} == {}
