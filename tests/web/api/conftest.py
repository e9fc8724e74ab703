"""Two brands, one of them with two stores, people in each, and keys of every kind."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from perennial.facts.rules import records as r
from perennial.values.ids import public

if TYPE_CHECKING:
    from django.http import HttpResponse

    from perennial.facts.models.brands import Store

AT = datetime(2026, 2, 1, 10, tzinfo=UTC)
READING = ("facts:read", "customers:read", "figures:read", "documents:read", "segments:read")
WRITING = ("facts:write", "customers:write", "documents:write", "erase")


@dataclass
class Shop:
    """A store with people in it. ``marks`` stand in its data and nowhere else."""

    store: Store
    marks: list[str]
    customer: str = ""
    order: str = ""


@dataclass
class House:
    """``ours`` and ``beside`` are stores of one brand; ``theirs`` is another brand's."""

    ours: Shop
    beside: Shop
    theirs: Shop
    preview: str = ""
    keys: dict[str, str] = field(default_factory=dict)

    def call(self, method: str, path: str, key: str = "all", body: Any = None, **headers: str) -> HttpResponse:
        """A call with the key of this name; ``body`` JSON, or bytes as they are."""
        from django.test import Client

        if key:
            headers = {"authorization": f"Bearer {self.keys.get(key, key)}", **headers}
        data = body if isinstance(body, bytes | str) else json.dumps(body) if body is not None else ""
        client = Client(headers={"host": "localhost", **headers}, raise_request_exception=False)
        return client.generic(method, f"/api/v1{path}", data, content_type="application/json")


def told(response: HttpResponse) -> Any:
    return json.loads(response.content)


def an_order(name: str, email: str = "ana@example.com", **more: Any) -> dict[str, Any]:
    """An order as a shop would send it."""
    stated = {
        "name": name, "who": {"email": email}, "ordered_at": "2026-02-20T18:04:00Z",
        "updated_at": "2026-02-20T18:05:00Z", "currency": "EUR", "total": 1000,
        "lines": [{"name": "1", "product": "tea", "title": "Green tea", "total": 1000}],
    }  # fmt: skip
    return stated | more


def shop(brand: str, key: str, word: str) -> Shop:
    from perennial.facts.actions.record import record
    from perennial.facts.actions.stores import open_store, source_of
    from perennial.facts.models.brands import Brand
    from perennial.facts.models.orders import Order

    store = open_store(now=AT, currency="EUR", zone="Europe/Madrid", name=f"Shop {word}", key=key, brand=brand)
    Brand.objects.filter(id=store.brand_id).update(name=f"Brand {brand}")  # else its first store's name
    who = r.Who(account=f"account-{word}", email=f"{word}@example.org")
    batch = r.Batch(
        customers=(
            r.Customer(who=who, updated_at=AT, first_name=word.title(), created_at=AT, attributes={"size": word}),
        ),
        orders=(
            r.Order(
                name=f"order-{word}", who=who, ordered_at=AT, paid_at=AT, updated_at=AT, currency="EUR", total=4_200,
                lines=(r.Line(name="1", product=f"product-{word}", title=f"Title {word}", total=4_200),),
                delivery=r.Address(line1=f"Street {word}"),
            ),
        ),
        refunds=(r.Refund(name=f"refund-{word}", order=f"order-{word}", refunded_at=AT, updated_at=AT, amount=100),),
        consents=(r.Consent(who=who, at=AT, channel="email", given=True, text_version=f"text-{word}"),),
    )  # fmt: skip
    record(batch, source=source_of(store, "test"), now=AT)
    order = Order.objects.get(store_id=store.id)
    assert order.customer_id is not None
    marks = [word, public("sto", store.id), public("ord", order.id), public("cus", order.customer_id)]
    return Shop(store, marks, marks[3], marks[2])


def figures_of(one: Shop, **more: Any) -> None:
    """Figures of the shop's customer, as the loop would have stored them."""
    from perennial.figures.models import CustomerFigures
    from perennial.values.ids import parse

    CustomerFigures.objects.create(
        **{
            "id": parse("cus", one.customer), "brand_id": one.store.brand_id, "orders": 1, "revenue": 4_100,
            "occasions": 1, "stage": "new", "rhythm": "on_time", "too_early": True, "rfm_group": "new",
            "first_order_day": 20_485, "last_order_day": 20_485, "model": "test", "as_of": AT, "as_of_day": 20_485,
            "population_as_of": AT,
        }
        | more
    )  # fmt: skip


def a_segment(store: Store, key: str) -> str:
    """A live segment of the brand that nobody is in; gives back the id of a preview that was counted."""
    from tests.web.segments import made

    made.saved(store.brand_id, key, "orders >= 1")
    counted: str = made.counted(store.brand_id, "orders >= 1", made.found()).key
    return counted


@pytest.fixture
def house(db: None) -> House:
    from perennial.figures.actions.compute_answers import want
    from perennial.figures.models import Answer
    from perennial.segments.actions.lists import add_to_list, make_list
    from perennial.segments.rules.listing import Entry
    from perennial.web.access.keys import make_key, revoke_key
    from perennial.web.api import limits

    for buckets in (limits.SECRET, limits.PUBLISHABLE):
        buckets.fill()
    made = House(shop("one", "here", "oursword"), shop("one", "beside", "besideword"), shop("two", "far", "theirsword"))
    now = datetime.now(UTC)
    for one in (made.ours, made.beside, made.theirs):
        figures_of(one)
        for store_id in (0, one.store.id):
            kept = want(brand_id=one.store.brand_id, name="realised", store_id=store_id, now=now)
            rows = [[f"row {one.marks[0]}", index] for index in range(3)]
            if store_id or not kept.body:
                body = {"columns": ["name", "revenue"], "types": ["string", "int64"], "rows": rows}
                Answer.objects.filter(id=kept.id).update(
                    body=body, as_of=AT, computed_at=AT, total=3, wanted_at=None
                )  # fmt: skip

    for one in (made.ours, made.theirs):
        made_list = make_list(brand_id=one.store.brand_id, title=f"List {one.marks[0]}", key="fair", now=now)
        entries = [Entry("email", f"{one.marks[0]}@example.org"), Entry("email", f"waits.{one.marks[0]}@example.org")]
        add_to_list(brand_id=one.store.brand_id, list_id=made_list.id, entries=entries, now=now)
    made.preview = a_segment(made.ours.store, "default")

    def key(name: str, one: Shop, *scopes: str, kind: str = "secret", bound: bool = False) -> None:
        row, secret = make_key(
            brand_id=one.store.brand_id, kind=kind, name=name, scopes=scopes, now=now,
            store_id=one.store.id if bound else 0,
        )  # fmt: skip
        made.keys[name] = secret
        if name == "revoked":
            revoke_key(brand_id=one.store.brand_id, key_id=row.id, now=now)

    key("all", made.ours, *READING, *WRITING)
    key("reading", made.ours, *READING)
    key("writing", made.ours, *WRITING)
    key("store", made.ours, *READING, *WRITING, bound=True)
    key("other store", made.beside, *READING, *WRITING, bound=True)
    key("other brand", made.theirs, *READING, *WRITING)
    key("revoked", made.ours, *READING, *WRITING)
    key("page", made.ours, "behaviour:write", kind="publishable", bound=True)
    key("their page", made.theirs, "behaviour:write", kind="publishable")
    made.keys["wrong"] = made.keys["all"][:-3] + "xyz"
    return made


@pytest.fixture
def record(house: House) -> Callable[..., HttpResponse]:
    """Orders sent to our store."""

    def send(*orders: dict[str, Any], key: str = "all", **headers: str) -> HttpResponse:
        return house.call("POST", "/facts", key, {"store": "here", "batch": {"orders": list(orders)}}, **headers)

    return send


@pytest.fixture
def real_transactions(transactional_db: None) -> Iterator[None]:
    """What commits. Afterwards the tables are emptied, for which the log of changes must let go of its rows."""
    from django.db import connection

    from perennial.database import append_only

    yield
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            for verb in ("update", "delete"):  # made again with the tables' emptying
                cursor.execute(f'DROP TRIGGER IF EXISTS "{append_only.name_of("audit", verb)}"')
