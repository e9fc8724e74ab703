"""People recorded through the door, with figures put beside them, for the tests of customers' pages."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from perennial.facts.rules import records as r
from perennial.values.ids import public

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
DAY = 20_513  # 1 March 2026


def source(store: Any) -> Any:
    from perennial.facts.actions.stores import source_of

    return source_of(store, "test")


def record(store: Any, **parts: Any) -> None:
    from perennial.facts.actions.record import record as door

    door(r.Batch(**{name: tuple(items) for name, items in parts.items()}), source=source(store), now=NOW)


def customer(account: str, **stated: Any) -> r.Customer:
    email, phone = stated.pop("email", None), stated.pop("phone", None)
    who = r.Who(account=account, email=email, phone=phone)
    return r.Customer(**{"who": who, "created_at": NOW, "updated_at": NOW, **stated})


def id_of(account: str) -> int:
    from perennial.models import Identity

    return Identity.objects.get(kind="account", value=account).customer_id


def cus(account: str) -> str:
    return public("cus", id_of(account))


def figures(store: Any, id_: int, **given: Any) -> None:
    """A row of figures as the loop would write it."""
    from perennial.models import CustomerFigures

    values = {
        "orders": 0, "revenue": 0, "occasions": 0, "stage": "prospect", "rfm_group": "", "rhythm": "unknown",
        "too_early": True, "model": "test", "as_of": NOW, "as_of_day": DAY, "population_as_of": NOW,
    }  # fmt: skip
    CustomerFigures.objects.update_or_create(id=id_, defaults={"brand_id": store.brand_id, **values, **given})


def find_all(store: Any) -> None:
    """Let the reader of words do its work."""
    from perennial.facts.actions.search_words import touched_steps

    for _ in touched_steps(brand_id=store.brand_id):
        pass


def make_many(store: Any, count: int) -> list[int]:
    """People with figures that differ, some of them unknown, without going through the door."""
    from perennial.database import ids
    from perennial.models import Customer, CustomerFigures

    made = ids.take(count)
    Customer.objects.bulk_create(
        Customer(
            id=id_, brand_id=store.brand_id, store_id=store.id, version_at=NOW, version_rank=0, version_hash=0,
            account=True, email=f"p{n}@example.org", first_name=f"Person{n}", country=("ES", "FR", "IT")[n % 3],
            recorded_at=NOW,
        )
        for n, id_ in enumerate(made)
    )  # fmt: skip
    CustomerFigures.objects.bulk_create(
        CustomerFigures(
            id=id_, brand_id=store.brand_id, orders=n % 7, revenue=(n * 7919) % 1000 * 10, occasions=n % 7,
            profit=None if n % 4 == 0 else n * 3, first_order_day=None if n % 7 == 0 else DAY - 700 + n % 400,
            last_order_day=None if n % 7 == 0 else DAY - n % 300,
            stage=("prospect", "new", "active", "loyal", "won_back", "drifting", "lost")[n % 7],
            rfm_group=("", "champions", "loyal")[n % 3],
            rhythm=("unknown", "on_time", "due", "drifting", "lost")[n % 5], too_early=True,
            expected_day=None if n % 5 == 0 else DAY + n % 60,
            yearly_value=None if n % 5 == 0 else n % 50, model="test", as_of=NOW, as_of_day=DAY, population_as_of=NOW,
        )
        for n, id_ in enumerate(made)
    )  # fmt: skip
    return made
