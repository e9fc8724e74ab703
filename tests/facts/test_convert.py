"""New exchange rates for many orders: given in steps, and in the end as if each had found its rate at once."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from perennial.facts.actions.convert import convert_steps, orders_wait
from perennial.facts.actions.record import record
from perennial.facts.actions.recording import rates
from perennial.facts.rules import records as r
from perennial.models import Dirty, Order, Touched
from perennial.values.time import LocalDay
from tests.facts.builders import DRIFTING, LOYAL, NOW, at, order, refund

pytestmark = pytest.mark.django_db


@pytest.fixture
def many(monkeypatch) -> None:
    """Two orders are too many for the recording itself."""
    monkeypatch.setattr(rates, "AT_ONCE", 1)


def put(source, **kinds):
    return record(r.Batch(**kinds), source=source, now=NOW).counts


def rate(source, day: float, value: float, currency: str = "USD") -> r.Rate:
    return r.Rate(currency=currency, day=LocalDay.of(at(day), source.zone).date, rate=value)


def worked(source) -> int:
    return sum(convert_steps(brand_id=source.brand_id, now=NOW))


def held() -> dict[str, int | None]:
    return dict(Order.objects.values_list("name", "rate_e12"))


def test_many_are_left_to_the_loop_and_few_are_not(source, many):
    put(source, orders=(order("o1", currency="USD"), order("o2", DRIFTING, currency="USD", day=1)))
    counts = put(source, rates=(rate(source, -1, 0.9),))
    assert (counts["rate.taken"], counts["rate.later"], counts["order.converted"]) == (1, 1, 0)
    assert set(held().values()) == {None}
    put(source, orders=(order("o3", currency="USD", day=2),))
    assert held()["o3"] == 900_000_000_000, "who is recorded meanwhile takes it at once"
    assert orders_wait(source.brand_id)
    for table in (Touched, Dirty):
        table.objects.all().delete()
    worked(source)
    assert set(held().values()) == {900_000_000_000}
    assert not orders_wait(source.brand_id)
    assert worked(source) == 0
    assert {"orders", "lines"} <= set(Dirty.objects.values_list("table", flat=True))
    touched = set(Touched.objects.values_list("customer_id", flat=True))
    assert touched >= set(Order.objects.filter(name__in=("o1", "o2")).values_list("customer_id", flat=True))
    counts = put(source, orders=(order("o4", currency="JPY"),), rates=(rate(source, -1, 0.01, "JPY"),))
    assert (counts["rate.later"], counts["order.converted"]) == (0, 0)


def test_refunds_of_converted_orders_are_mirrored_again(source, many):
    put(source, orders=(order("o1", currency="USD"), order("o2", currency="USD")), refunds=(refund(),))
    put(source, rates=(rate(source, -1, 0.9),))
    Dirty.objects.all().delete()
    worked(source)
    assert {"refunds", "refund_lines"} <= set(Dirty.objects.values_list("table", flat=True))


def test_stated_rates_and_restated_orders_are_left_alone(source, many):
    put(source, orders=(order("a", currency="USD"), order("b", currency="USD"), order("c", currency="USD", rate=0.5)))
    put(source, rates=(rate(source, -1, 0.9),))
    put(source, orders=(order("a", currency="USD", rate=0.7, updated=5), order("b", currency="EUR", updated=5)))
    worked(source)
    assert held() == {"a": 700_000_000_000, "b": rates.ONE, "c": 500_000_000_000}


@pytest.mark.parametrize("seed", range(12))
def test_whatever_comes_first_and_wherever_the_loop_is_stopped_the_rates_are_the_same(source, monkeypatch, seed):
    chance = random.Random(seed)
    orders = [
        order(
            f"o{n}", chance.choice((LOYAL, DRIFTING)), currency=chance.choice(("USD", "JPY")), day=chance.randrange(90)
        )
        for n in range(40)
    ]
    stated = [
        rate(source, day, chance.randrange(1, 999) / 100, currency)
        for currency in ("USD", "JPY") for day in chance.sample(range(-5, 90), 7)
    ]  # fmt: skip
    monkeypatch.setattr(rates, "AT_ONCE", chance.choice((0, 1, 5, 500)))
    monkeypatch.setattr("perennial.facts.actions.convert._MOST", chance.choice((1, 3, 7)))
    monkeypatch.setattr("perennial.facts.actions.convert._FEWEST", 1)
    things: list[tuple[str, object]] = [("orders", one) for one in orders] + [("rates", one) for one in stated]
    chance.shuffle(things)
    for kind, one in things:
        put(source, **{kind: (one,)})
        steps = convert_steps(brand_id=source.brand_id, now=NOW)
        for _ in range(chance.randrange(4)):
            next(steps, None)
        steps.close()
    worked(source)
    days: dict[str, list[tuple[int, float]]] = {}
    for one in sorted(stated, key=lambda one: one.day):
        days.setdefault(one.currency, []).append((int(LocalDay.on(one.day)), one.rate))
    for kept in Order.objects.all():
        before = [
            (day, value) for day, value in days[kept.currency] if kept.ordered_day - 31 <= day <= kept.ordered_day
        ]
        assert kept.rate_e12 == (round(before[-1][1] * rates.ONE) if before else None), kept.name


@pytest.mark.only_on("sqlite")  # PostgreSQL knows its rows, and a table without any is another matter
def test_a_step_reads_no_more_orders_than_it_converts(source, many):
    put(source, orders=(order("o1", currency="USD"), order("o2", currency="USD")), rates=())
    put(source, rates=(rate(source, -1, 0.9),))
    with CaptureQueriesContext(connection) as asked:
        worked(source)
    (sql,) = (one["sql"] for one in asked if one["sql"].startswith("SELECT id, customer_id, ordered_day"))
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
        steps = " ".join(str(row[-1]) for row in cursor.fetchall())
    assert "order_unconverted" in steps
    assert "FOR ORDER BY" not in steps, "only the orders of one day may be sorted"


def test_steps_are_short(source, monkeypatch):
    """No transaction of a conversion keeps others from writing for long, however many orders there are."""
    import time

    monkeypatch.setattr(rates, "AT_ONCE", 10)
    put(source, orders=tuple(order(f"o{n}", r.Who(account=f"c{n}"), currency="USD") for n in range(600)))
    put(source, rates=(rate(source, -1, 0.9),))
    ends = [time.perf_counter(), *(time.perf_counter() for _ in convert_steps(brand_id=source.brand_id, now=NOW))]
    assert len(ends) > 3
    assert sorted(b - a for a, b in pairwise(ends))[len(ends) // 2] < 0.5
    assert set(held().values()) == {900_000_000_000}
