from datetime import date, timedelta

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perennial.insight import calendar, net
from perennial.insight.tables import AsOf, Treatment
from perennial.values.time import LocalDay

from . import reference
from .shop import START, Shop, end_of, moments, rows_of, shops

treatments = st.builds(Treatment, tax=st.booleans(), shipping=st.booleans())


def listed(shop: Shop, as_of: AsOf, treatment: Treatment) -> list[dict]:
    table = net.net_orders(shop.tables(), as_of, treatment, profit=True)
    return rows_of(table.order_by("order_id"))


@settings(max_examples=25)
@given(shops(), moments, treatments)
def test_net_orders_are_those_of_plain_python(shop, as_of, treatment):
    expected = {o.order_id: o for o in reference.orders(shop, as_of, treatment)}
    found = listed(shop, as_of, treatment)
    assert [r["order_id"] for r in found] == sorted(expected)
    for row in found:
        o = expected[row["order_id"]]
        assert (row["person_id"], row["ordered_day"], row["gross"]) == (o.person, o.day, o.gross)
        assert (row["refunded"], row["revenue"], row["counts"]) == (o.refunded, o.revenue, o.counts)
        assert (row["items"], row["profit"]) == (o.items, o.profit)


@settings(max_examples=15)
@given(shops(), moments, treatments)
def test_later_facts_change_nothing(shop, as_of, treatment):
    assert listed(shop, as_of, treatment) == listed(shop.cut(as_of), as_of, treatment)


@settings(max_examples=12)
@given(shops(), moments)
def test_occasions_are_days_with_a_counting_order(shop, as_of):
    found = rows_of(net.occasions(net.net_orders(shop.tables(), as_of)).order_by("person_id", "day"))
    days = reference.days_of(reference.orders(shop, as_of))
    assert [(r["person_id"], r["day"]) for r in found] == [(p, d) for p in sorted(days) for d in days[p]]
    mine = reference.by_person(reference.orders(shop, as_of))
    assert sum(r["orders"] for r in found) == sum(len(orders) for orders in mine.values())
    assert sum(r["revenue"] for r in found) == sum(o.revenue for orders in mine.values() for o in orders)


def test_a_refund_counts_from_its_own_time_on():
    shop = Shop()
    shop.order(1, START, 1000, cost=400)
    shop.refund(1, START + 10, 1000, cost=400)
    before, after = (listed(shop, end_of(START + n), Treatment())[0] for n in (9, 10))
    assert (before["revenue"], before["profit"], before["counts"]) == (1000, 600, True)
    assert (after["revenue"], after["profit"], after["counts"]) == (0, 0, False)


def test_shipping_that_was_kept_remains_as_revenue_of_an_order_that_no_longer_counts():
    shop = Shop()
    shop.order(1, START, 1000, shipping=500, tax=210, shipping_tax=105)
    shop.refund(1, START, 1000, tax=210)
    row = listed(shop, end_of(START), Treatment(tax=True, shipping=True))[0]
    assert (row["gross"], row["refunded"], row["revenue"], row["counts"]) == (1815, 1210, 605, False)
    row = listed(shop, end_of(START), Treatment(shipping=True))[0]
    assert (row["gross"], row["revenue"], row["counts"]) == (1500, 500, False)


def test_a_free_sample_is_an_order():
    shop = Shop()
    shop.order(1, START, 0)
    assert listed(shop, end_of(START), Treatment())[0]["counts"]


def test_people_are_customers_or_what_they_are_known_as():
    shop = Shop()
    for number in (1, 2, 3):
        shop.customer(number)
    shop.alias(2, 1, confirmed=False)
    found = rows_of(net.people(shop.tables()).order_by("customer_id"))
    assert [(r["customer_id"], r["person_id"]) for r in found] == [(1, 1), (2, 1), (3, 3)]


def test_anonymous_orders_can_be_left_out():
    shop = Shop()
    shop.order(None, START)
    shop.order(7, START)
    table = net.net_orders(shop.tables(), end_of(START), anonymous=False)
    assert [r["person_id"] for r in rows_of(table)] == [7]


def every_day():
    day, last = date(1900, 1, 1), date(2200, 12, 31)
    while day <= last:
        yield day
        day += timedelta(days=1)


def test_months_of_all_days_of_three_centuries():
    days = [int(LocalDay.on(d)) for d in every_day()]
    months = [LocalDay(d).month for d in days]
    table = ibis.memtable(pa.table({"day": days}))
    found = rows_of(table.mutate(month=calendar.month_of(table.day)).order_by("day"))
    assert [r["month"] for r in found] == months
    assert [calendar.month_of(d) for d in days] == months


@pytest.mark.parametrize("year", [1, 1582, 1899, 1970, 2000, 2100, 2199, 9999])
def test_months_begin_on_their_first(year):
    firsts = [int(LocalDay.on(date(year, month, 1))) for month in range(1, 13)]
    months = [(year - 1970) * 12 + month for month in range(12)]
    assert [calendar.first_day(m) for m in months] == firsts
    table = ibis.memtable(pa.table({"month": months}))
    found = rows_of(table.mutate(day=calendar.first_day(table.month)).order_by("month"))
    assert [r["day"] for r in found] == firsts
    assert [calendar.label(m) for m in months] == [f"{year:04d}-{n:02d}" for n in range(1, 13)]
