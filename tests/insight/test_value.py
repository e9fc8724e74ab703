from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perennial.insight.revenue import new_and_returning, winning_and_keeping, winning_by_channel
from perennial.insight.tables import Treatment
from perennial.insight.value import clv, pareto, realised
from perennial.insight.yearly import profit_of_year
from perennial.values.time import LocalDay

from . import reference
from .shop import START, Shop, end_of, moments, on, rows_of, shops

treatments = st.builds(Treatment, tax=st.booleans(), shipping=st.booleans())


def sums(shop, as_of, treatment=reference.GOODS):
    """person -> (orders, revenue, profit, costed revenue, first day, last day)"""
    orders = reference.orders(shop, as_of, treatment)
    found = {}
    for person in {o.person for o in orders if o.person is not None}:
        mine = [o for o in orders if o.person == person]
        days = [o.day for o in mine if o.counts]
        costed = [o for o in mine if o.profit is not None]
        profit = sum(o.profit for o in costed) if costed else None
        found[person] = (len(days), sum(o.revenue for o in mine), profit, sum(o.revenue for o in costed),
                         min(days, default=None), max(days, default=None))  # fmt: skip
    return found


@settings(max_examples=12)
@given(shops(), moments, treatments)
def test_realised_value_is_that_of_plain_python(shop, as_of, treatment):
    found = rows_of(realised(shop.tables(), as_of, treatment=treatment))
    columns = ("orders", "revenue", "profit", "costed_revenue", "first_day", "last_day")
    assert {r["person_id"]: tuple(r[c] for c in columns) for r in found} == sums(shop, as_of, treatment)
    for row in found:
        last = row["last_day"]
        assert row["days_since_last_order"] == (None if last is None else max(as_of.day - last, 0))


def best(amounts, percent):
    """(people, sum) of the best percent, ties by person."""
    ranked = sorted(amounts, key=lambda pair: (-pair[1], pair[0]))
    count = -(-len(ranked) * percent // 100)
    return count, sum(amount for _, amount in ranked[:count])


@settings(max_examples=12)
@given(shops(customers=9), moments)
def test_pareto_shares_are_those_of_plain_python(shop, as_of):
    each = {p: v for p, v in sums(shop, as_of).items() if v[0] > 0}
    revenue = [(p, v[1]) for p, v in each.items()]
    profit = [(p, v[2]) for p, v in each.items() if v[2] is not None]
    found = rows_of(pareto(shop.tables(), as_of))
    assert [r["percent"] for r in found] == (list(range(1, 101)) if each else [])
    for row in found:
        assert (row["customers"], row["revenue"]) == best(revenue, row["percent"])
        expected = best(profit, row["percent"]) if profit else (None, None)
        assert (row["costed_customers"], row["profit"]) == expected
        total = sum(v for _, v in revenue)
        assert row["revenue_share"] == (pytest.approx(row["revenue"] / total) if total else None)


def test_pareto_of_many():
    shop = Shop()
    for customer in range(1, 201):
        shop.order(customer, START, 10_000 if customer <= 40 else 625, cost=0)
    found = {r["percent"]: r for r in rows_of(pareto(shop.tables(), end_of(START)))}
    assert found[20]["customers"] == 40
    assert (found[20]["revenue_share"], found[20]["profit_share"]) == (0.8, 0.8)
    assert (found[100]["customers"], found[100]["revenue_share"]) == (200, 1.0)


def gap_quantile(days):
    values = sorted(b - a for d in days.values() for a, b in pairwise(d))
    return values[-(-950 * len(values) // 1000) - 1] if values else None


@settings(max_examples=12)
@given(shops(), moments, st.sampled_from((None, 2.0)), st.sampled_from((None, 40)))
def test_clv_is_that_of_plain_python(shop, as_of, years, dormancy_days):
    orders = reference.orders(shop, as_of)
    days, mine = reference.days_of(orders), reference.by_person(orders)
    silence = dormancy_days or gap_quantile(days)
    dormant = [p for p, d in days.items() if silence is not None and as_of.day - d[-1] > silence]
    followed = sum((d[-1] - d[0] + silence) if p in dormant else max(as_of.day, d[-1]) - d[0]
                   for p, d in days.items())  # fmt: skip
    measured = followed / len(dormant) / 365.25 if dormant else None
    start = as_of.day - 364
    lately = {p: [o for o in found if o.day >= start] for p, found in mine.items()}
    count = sum(map(len, lately.values()))
    customers = sum(map(bool, lately.values()))
    repeat = count - sum(d[0] >= start for d in days.values())
    revenue = sum(o.revenue for found in lately.values() for o in found)
    row = rows_of(clv(shop.tables(), as_of, years=years, dormancy_days=dormancy_days))[0]
    assert (row["orders"], row["repeat_orders"], row["customers"], row["revenue"]) == (
        count,
        repeat,
        customers,
        revenue,
    )
    assert (row["all_customers"], row["dormant_customers"]) == (len(days), len(dormant))
    assert row["measured_years"] == (None if measured is None else pytest.approx(measured))
    t = years or measured
    assert row["years"] == (None if t is None else pytest.approx(t))
    if count and t:
        aov = revenue / count
        assert row["aov"] == pytest.approx(aov)
        assert row["clv_a"] == pytest.approx(aov * count / customers * t)
        assert row["clv_b"] == pytest.approx(aov * repeat / customers * t)
        assert row["months"] == pytest.approx(12 * t)
        assert row["customer_value"] == pytest.approx(revenue / customers)
    else:
        assert row["clv_a"] is None
        assert row["clv_b"] is None


def test_clv_by_hand():
    shop = Shop()
    for day in (0, 100, 200, 300):
        shop.order(1, START + day, 5000)
    shop.order(2, START + 265, 3000)
    # In the year to day 400: customer 1 ordered on 100, 200, 300 (all repeats), customer 2 once (a first).
    row = rows_of(clv(shop.tables(), end_of(START + 400), dormancy_days=100))[0]
    assert (row["orders"], row["customers"], row["repeat_orders"], row["revenue"]) == (4, 2, 3, 18_000)
    assert (row["aov"], row["purchase_frequency"], row["customer_value"]) == (4500.0, 2.0, 9000.0)
    # Customer 1 is silent for 100 days (not longer: followed 400), customer 2 for 135 (gone after 100).
    assert (row["dormant_customers"], row["measured_years"]) == (1, pytest.approx(500 / 365.25))
    row = rows_of(clv(shop.tables(), end_of(START + 400), years=2))[0]
    assert (row["clv_a"], row["clv_b"], row["months"]) == (18_000.0, 4500.0 * 1.5 * 2, 24.0)


def test_measured_lifetimes_find_the_truth():
    """Exponential stays of 200 days, an order every 10 days while staying: t = 200 days + the wait."""
    from random import Random

    rnd, shop = Random(3), Shop()
    for customer in range(1, 801):
        begin, stay = rnd.randint(0, 500), rnd.expovariate(1 / 200)
        for day in range(begin, min(int(begin + stay), 599) + 1, 10):
            shop.order(customer, START + day, lines=[])
    row = rows_of(clv(shop.tables(), end_of(START + 599), dormancy_days=10))[0]
    # An order every 10 days is on average 5 days short of the stay's end; the wait adds 10.
    assert row["measured_years"] * 365.25 == pytest.approx(205, rel=0.1)


@pytest.mark.parametrize("wrong", [{"years": 0}, {"dormancy_days": -1}])
def test_a_lifetime_of_nothing_is_refused(wrong):
    with pytest.raises(ValueError, match="more than nothing"):
        clv(Shop().tables(), end_of(START), **wrong)


@settings(max_examples=12)
@given(shops(), moments)
def test_new_and_returning_are_those_of_plain_python(shop, as_of):
    orders = reference.orders(shop, as_of)
    first = {p: d[0] for p, d in reference.days_of(orders).items()}

    def kind(o):
        if o.person is None:
            return "anonymous"
        return "new" if o.day <= first.get(o.person, o.day) else "returning"

    found = rows_of(new_and_returning(shop.tables(), as_of))
    assert [r["month"] for r in found] == sorted({LocalDay(o.day).month for o in orders})
    for row in found:
        here = [o for o in orders if LocalDay(o.day).month == row["month"]]
        for name in ("new", "returning", "anonymous"):
            those = [o for o in here if kind(o) == name]
            assert row[f"{name}_revenue"] == sum(o.revenue for o in those)
            assert row[f"{name}_orders"] == sum(o.counts for o in those)
            if name != "anonymous":
                assert row[f"{name}_customers"] == len({o.person for o in those if o.counts})
    whole = rows_of(winning_and_keeping(shop.tables(), as_of, days=10_000))[0]
    for name in ("new", "returning", "anonymous"):
        assert whole[f"{name}_revenue"] == sum(r[f"{name}_revenue"] for r in found)
        assert whole[f"{name}_orders"] == sum(r[f"{name}_orders"] for r in found)


def test_winning_against_keeping_by_hand():
    shop = Shop()
    for customer, channel in ((1, "ads"), (2, "ads"), (3, "mail"), (4, None)):
        shop.customer(customer, START, acquired_by=channel)
        shop.order(customer, START + customer, 2000)
    shop.order(1, START + 40, 6000)
    for channel, amount in (("ads", 500), ("ads", 300), ("radio", 400)):
        shop.add("spend", day=START + 5, channel=channel, campaign="c", amount=amount)
    shop.add("spend", day=START + 99, channel="ads", campaign="c", amount=7777)
    t, as_of = shop.tables(), end_of(START + 50)
    row = rows_of(winning_and_keeping(t, as_of, keeping_cost=100))[0]
    assert (row["winning_cost"], row["new_customers"], row["cost_per_new"]) == (1200, 4, 300.0)
    assert (row["returning_customers"], row["cost_per_kept"], row["times_dearer"]) == (1, 100.0, 3.0)
    assert (row["revenue_per_new"], row["revenue_per_kept"]) == (2000.0, 6000.0)
    row = rows_of(winning_and_keeping(t, as_of, winning_cost=40))[0]
    assert (row["cost_per_new"], row["keeping_cost"], row["times_dearer"]) == (10.0, None, None)
    found = rows_of(winning_by_channel(t, as_of))
    assert [(r["channel"], r["new_customers"], r["revenue"], r["spend"], r["cost_per_new"]) for r in found] == [
        ("ads", 2, 10_000, 800, 400.0), ("radio", 0, 0, 400, None), ("mail", 1, 2000, None, None),
        (None, 1, 2000, None, None),
    ]  # fmt: skip
    late = rows_of(winning_by_channel(t, end_of(on("2023-02-15")), days=12))
    assert late == []


@settings(max_examples=12)
@given(shops(), moments, treatments)
def test_the_profit_of_a_year_is_that_of_plain_python(shop, as_of, treatment):
    orders = [o for o in reference.orders(shop, as_of, treatment) if o.person is not None]
    found = {row["person_id"]: row for row in rows_of(profit_of_year(shop.tables(), as_of, treatment=treatment))}
    assert found.keys() == {o.person for o in orders}
    for person, row in found.items():
        mine = [o for o in orders if o.person == person]
        lately = [o for o in mine if o.day > as_of.day - 365]
        costed = [o.profit for o in mine if o.profit is not None]
        of_year = [o.profit for o in lately if o.profit is not None]
        assert row["orders"] == sum(o.counts for o in lately)
        assert row["revenue"] == sum(o.revenue for o in lately)
        assert row["profit"] == (sum(of_year) if of_year or not lately else None)
        days = max(365, as_of.day - min(o.day for o in mine) + 1)
        assert row["mean_profit"] == (int(Fraction(sum(costed) * 365, days)) if costed else None)


def test_a_year_has_365_days_and_the_first_year_is_not_made_longer():
    shop = Shop()
    shop.customer(1)
    last = START + 400
    for day, total in ((last - 365, 7000), (last - 364, 100), (last, 20)):
        shop.order(1, day, total, cost=0)
    (row,) = rows_of(profit_of_year(shop.tables(), end_of(last)))
    assert (row["orders"], row["revenue"], row["profit"]) == (2, 120, 120)
    assert row["mean_profit"] == 7120 * 365 // 366
    (row,) = rows_of(profit_of_year(shop.tables(), end_of(last - 364)))
    assert (row["profit"], row["mean_profit"]) == (7100, 7100)
