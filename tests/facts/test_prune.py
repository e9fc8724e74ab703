"""Visits are forgotten by whole months, prices thirty days after they ended."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection, transaction

from perennial.facts.actions import prune
from perennial.facts.actions.prune import prune_steps
from perennial.facts.actions.record import record
from perennial.facts.rules import records as r
from perennial.facts.rules.keeping import oldest_month
from perennial.models import Behaviour, Dirty, PriceChange
from tests.facts.builders import NOW, at

pytestmark = pytest.mark.django_db


def test_whole_months_of_visits_go_and_the_mirror_is_told(source):
    seen = [
        r.Behaviour(name=f"e{day}", who=r.Who(visitor="v"), at=NOW - timedelta(days=day), kind="page_viewed")
        for day in range(0, 390, 10)
    ]
    record(r.Batch(behaviour=tuple(seen)), source=source, now=NOW)
    assert Behaviour.objects.count() == len(seen)
    Dirty.objects.all().delete()
    later = NOW + timedelta(days=200)
    gone = sum(prune_steps(brand_id=source.brand_id, now=later))
    kept = Behaviour.objects.values_list("month", flat=True)
    assert min(kept) == oldest_month(later)
    assert gone == len(seen) - len(kept) > 0
    assert set(Dirty.objects.values_list("table", flat=True)) == {"behaviour"}
    assert sum(prune_steps(brand_id=source.brand_id, now=later)) == 0
    record(r.Batch(behaviour=tuple(seen)), source=source, now=later)
    assert Behaviour.objects.count() == len(kept), "a month that was forgotten does not come back"


def test_a_price_stays_thirty_days_after_it_ended(source):
    for day, price in ((0, 1000), (10, 900), (20, 950)):
        variant = r.Variant(name="s", price=price)
        product = r.Product(name="p1", updated_at=at(day), currency="EUR", variants=(variant,))
        record(r.Batch(products=(product,)), source=source, now=at(day))
    prices = PriceChange.objects.order_by("at").values_list("price", flat=True)
    list(prune_steps(brand_id=source.brand_id, now=at(39)))
    assert list(prices.all()) == [1000, 900, 950]
    list(prune_steps(brand_id=source.brand_id, now=at(41)))
    assert list(prices.all()) == [900, 950]
    list(prune_steps(brand_id=source.brand_id, now=at(400)))
    assert list(prices.all()) == [950], "the price that holds is never forgotten"


def test_prices_are_read_in_slices_and_go_in_short_transactions(source, monkeypatch):
    monkeypatch.setattr(prune, "_SLICE", 7)
    for day in range(12):
        products = tuple(
            r.Product(name=f"p{n}", updated_at=at(day), currency="EUR",
                      variants=(r.Variant(name=f"s{n}", price=100 * n + day),))
            for n in range(5)
        )  # fmt: skip
        record(r.Batch(products=products), source=source, now=at(day))
    assert PriceChange.objects.count() == 60
    taken = list(prune_steps(brand_id=source.brand_id, now=at(38.5)))
    assert sum(taken) == 5 * 8, "day 9 is the first that ended less than thirty days ago"
    assert max(taken) <= 7
    assert sorted({price % 100 for price in PriceChange.objects.values_list("price", flat=True)}) == [8, 9, 10, 11]


def visit(name: str, days: float) -> r.Batch:
    seen = r.Behaviour(name=name, who=r.Who(visitor="v"), at=NOW - timedelta(days=days), kind="page_viewed")
    return r.Batch(behaviour=(seen,))


@contextmanager
def read_by_somebody() -> Iterator[None]:
    """Another connection reads visits, as a back-up does, and goes on doing so."""
    begun, over = threading.Event(), threading.Event()

    def read() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM behaviour")
            begun.set()
            over.wait(60)
        connection.close()

    thread = threading.Thread(target=read)
    thread.start()
    assert begun.wait(20)
    try:
        yield
    finally:
        over.set()
        thread.join(20)


@pytest.mark.only_on("postgres")
@pytest.mark.django_db(transaction=True)
def test_visits_are_recorded_beside_a_long_reader_and_old_ones_wait_for_the_next_night(source):
    record(visit("old", 300), source=source, now=NOW)
    later = NOW + timedelta(days=200)
    with read_by_somebody():
        assert sum(prune_steps(brand_id=source.brand_id, now=later)) == 0
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '5s'")  # it must not wait at all: this says so instead of hanging
        record(visit("new", -4000), source=source, now=later)  # a month that nobody has seen yet
        with connection.cursor() as cursor:
            cursor.execute("RESET lock_timeout")
    assert Behaviour.objects.count() == 2
    assert sum(prune_steps(brand_id=source.brand_id, now=later)) == 1
    assert Behaviour.objects.count() == 1


@pytest.mark.only_on("postgres")
@pytest.mark.django_db(transaction=True)
def test_of_two_workers_one_drops_a_month_and_the_other_finds_it_gone(source, monkeypatch):
    record(visit("old", 300), source=source, now=NOW)
    drop = prune._drop
    dropped: list[int] = []

    def after_another(month: int) -> int:
        thread = threading.Thread(target=lambda: (dropped.append(drop(month)), connection.close()))
        thread.start()
        thread.join(20)
        return drop(month)

    monkeypatch.setattr(prune, "_drop", after_another)
    assert sum(prune_steps(brand_id=source.brand_id, now=NOW + timedelta(days=200))) == 0
    assert sum(dropped) == 1
    record(visit("again", -300), source=source, now=NOW + timedelta(days=200))
    assert Behaviour.objects.count() == 1


@pytest.mark.only_on("postgres")
def test_a_month_has_every_index_of_the_table(source):
    record(visit("v", 5000 - 4400), source=source, now=NOW - timedelta(days=600))
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_index WHERE indrelid = 'behaviour'::regclass")
        (wanted,) = cursor.fetchone()
        cursor.execute(
            "SELECT relname, (SELECT count(*) FROM pg_index WHERE indrelid = c.oid),"
            " (SELECT count(*) FROM pg_index i JOIN pg_inherits h ON h.inhrelid = i.indexrelid WHERE indrelid = c.oid)"
            " FROM pg_class c WHERE relname LIKE 'behaviour_m%' AND relkind = 'r'"
        )
        found = cursor.fetchall()
    assert found
    assert {(indexes, attached) for _, indexes, attached in found} == {(wanted, wanted)}


@pytest.mark.only_on("sqlite")  # PostgreSQL drops a month's table whole
def test_forgetting_visits_reads_by_month_never_a_whole_brand(source):
    """Its first look at a hundred million visits took minutes, when it went through the index of the brand."""
    from django.test.utils import CaptureQueriesContext

    old = r.Behaviour(name="e", who=r.Who(visitor="v"), at=NOW - timedelta(days=300), kind="page_viewed")
    record(r.Batch(behaviour=(old,)), source=source, now=NOW)
    with CaptureQueriesContext(connection) as asked:
        assert sum(prune_steps(brand_id=source.brand_id, now=NOW + timedelta(days=200))) == 1
    steps = {}
    with connection.cursor() as cursor:
        for sql in (one["sql"] for one in asked.captured_queries):
            if "behaviour" in sql and "dirty" not in sql:
                cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
                steps |= {str(row[-1]): sql for row in cursor.fetchall()}
    assert [step for step in steps if step.startswith("SEARCH")]
    assert {step: sql for step, sql in steps.items() if "(brand_id=?" in step or step.startswith("SCAN beh")} == {}
