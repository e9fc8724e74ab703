"""RFM and stages of life."""

from collections import Counter
from dataclasses import replace
from itertools import pairwise, product

import pytest
from hypothesis import given, settings

from perennial.insight.lifecycle import DAY_US, STAGES, lifecycle, lifecycle_flow, lifecycle_stages
from perennial.insight.rfm import GROUPS, SCORES, rfm, rfm_cuts, rfm_groups
from perennial.insight.rhythm import rhythm
from perennial.insight.tables import AsOf

from . import reference
from .shop import START, Shop, end_of, moments, rows_of, shops


def cuts_of(values):
    ranked = sorted(values)
    return [ranked[max(-(-len(ranked) * k // SCORES), 1) - 1] for k in range(1, SCORES)]


def exceeded(value, cuts):
    return sum(value > cut for cut in cuts)


@settings(max_examples=12)
@given(shops(customers=10, orders=30), moments)
def test_rfm_is_that_of_plain_python(shop, as_of):
    mine = reference.by_person(reference.orders(shop, as_of))
    days = {p: max(as_of.day - found[-1].day, 0) for p, found in mine.items()}
    orders = {p: len(found) for p, found in mine.items()}
    revenue = {p: sum(o.revenue for o in found) for p, found in mine.items()}
    found = rows_of(rfm(shop.tables(), as_of))
    assert {r["person_id"] for r in found} == set(mine)
    cuts = rows_of(rfm_cuts(shop.tables(), as_of))[0]
    for row in found:
        p = row["person_id"]
        assert (row["days_since_last_order"], row["orders"], row["revenue"]) == (days[p], orders[p], revenue[p])
        r = SCORES - exceeded(days[p], cuts_of(days.values()))
        f = 1 + exceeded(orders[p], cuts_of(orders.values()))
        m = 1 + exceeded(revenue[p], cuts_of(revenue.values()))
        assert (row["r"], row["f"], row["m"], row["code"]) == (r, f, m, 100 * r + 10 * f + m)
        assert row["group"] == GROUPS[r, (f + m + 1) // 2]
    if mine:
        for letter, values in (("r", days), ("f", orders), ("m", revenue)):
            assert [cuts[f"{letter}_cut_{k}"] for k in range(1, SCORES)] == cuts_of(values.values())
    groups = rows_of(rfm_groups(shop.tables(), as_of))
    assert sum(g["customers"] for g in groups) == len(mine)
    assert [g["revenue"] for g in groups] == sorted((g["revenue"] for g in groups), reverse=True)


def test_every_cell_has_a_name():
    assert set(GROUPS) == {(r, fm) for r in range(1, 6) for fm in range(1, 6)}
    assert {GROUPS[5, 5], GROUPS[5, 1], GROUPS[1, 1], GROUPS[1, 5]} == {"champions", "new", "lost", "cannot_lose"}


def test_equal_customers_get_equal_scores():
    shop = Shop()
    for customer in range(1, 8):
        shop.order(customer, START + (0 if customer < 7 else 3))
    found = rows_of(rfm(shop.tables(), end_of(START + 9)))
    assert len({(r["r"], r["f"], r["m"]) for r in found if r["person_id"] < 7}) == 1


def test_a_window_forgets_older_orders():
    shop = Shop()
    shop.order(1, START)
    shop.order(1, START + 50, 300)
    shop.order(2, START)
    found = rows_of(rfm(shop.tables(), end_of(START + 50), window_days=50))
    assert [(r["person_id"], r["orders"], r["revenue"]) for r in found] == [(1, 1, 300)]
    with pytest.raises(ValueError, match="at least one day"):
        rfm(shop.tables(), end_of(START), window_days=0)


def long_gaps_are_rare(days, dormancy):
    long = [b - a > dormancy for a, b in pairwise(days)]
    return long == [True] or sum(long) <= len(long) / 2


@settings(max_examples=8)
@given(shops(customers=14, orders=45), moments)
def test_stages_follow_from_rhythm_occasions_and_gaps(shop, as_of):
    days = reference.days_of(reference.orders(shop, as_of))
    known = {reference.person_of(shop, c["customer_id"]) for c in shop.rows["customers"] if c["created_at"] <= as_of.at}
    own = {r["person_id"]: r for r in rows_of(rhythm(shop.tables(), as_of))}
    values = sorted(b - a for d in days.values() for a, b in pairwise(d))
    dormancy = values[-(-950 * len(values) // 1000) - 1] if values else None
    found = rows_of(lifecycle(shop.tables(), as_of))
    assert sorted(r["person_id"] for r in found) == sorted(known | set(days))
    for row in found:
        mine = days.get(row["person_id"], [])
        assert row["occasions"] == len(mine)
        gap = mine[-1] - mine[-2] if len(mine) > 1 else None
        assert row["last_gap"] == gap
        if not mine:
            expected = "prospect"
        elif (state := own[row["person_id"]]["state"]) in ("lost", "drifting"):
            expected = state
        elif gap is not None and gap > dormancy and long_gaps_are_rare(mine, dormancy):
            expected = "won_back"
        elif len(mine) == 1:
            expected = "new"
        else:
            expected = "loyal" if len(mine) >= 4 else "active"
        assert row["stage"] == expected
    stages = rows_of(lifecycle_stages(shop.tables(), as_of))
    assert [s["stage"] for s in stages] == [s for s in STAGES if any(r["stage"] == s for r in found)]
    assert sum(s["customers"] for s in stages) == len(found)


def monthly_store(people=30, orders=8):
    shop = Shop()
    for customer in range(1, people + 1):
        shop.customer(customer, START)
        for n in range(orders):
            shop.order(customer, START + 30 * n + (customer * 7 + n * 5) % 9)
    return shop


def test_stages_of_a_store_with_a_monthly_rhythm():
    shop, last = monthly_store(), START + 215
    for customer, days in {101: (), 102: (last,), 103: (last - 30, last), 104: (0, 200 + START)}.items():
        shop.customer(customer, START)
        for day in days:
            shop.order(customer, day or START)
    shop.order(105, START + 10)
    stage = {r["person_id"]: r["stage"] for r in rows_of(lifecycle(shop.tables(), end_of(last + 5)))}
    assert stage[1] == "loyal"
    assert (stage[101], stage[102], stage[103]) == ("prospect", "new", "active")
    assert (stage[104], stage[105]) == ("won_back", "lost")


@settings(max_examples=5)
@given(shops(customers=14, orders=45), moments)
def test_a_flow_joins_the_stages_of_two_moments(shop, as_of):
    """Everybody who is known now, by their stage then and now; who was not known then comes from nowhere."""
    then = AsOf(as_of.at - 30 * DAY_US, as_of.day - 30)
    tables = shop.tables()
    past = replace(tables, orders=tables.orders.filter(tables.orders.ordered_day <= then.day))
    now, before = (
        {r["person_id"]: r["stage"] for r in rows_of(lifecycle(t, when))} for t, when in ((tables, as_of), (past, then))
    )
    moved = Counter((before.get(person, ""), stage) for person, stage in now.items())
    found = rows_of(lifecycle_flow(shop.tables(), as_of))
    assert [(r["before"], r["stage"], r["customers"]) for r in found] == [
        (*pair, moved[pair]) for pair in product(("", *STAGES), STAGES) if moved[pair]
    ]
    every = {r["person_id"]: r["revenue"] for r in rows_of(lifecycle(shop.tables(), as_of))}
    assert sum(r["revenue"] for r in found) == sum(every.values())


def test_loyalty_cannot_begin_with_the_first_order():
    with pytest.raises(ValueError, match="second order"):
        lifecycle(Shop().tables(), end_of(START), loyal_from=1)
