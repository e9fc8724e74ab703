from itertools import pairwise

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perennial.insight.cohorts import cohort_value, cohorts
from perennial.insight.gaps import dormancy, gap_histogram, gap_quantiles, gaps
from perennial.insight.quantiles import permille_names
from perennial.insight.retention import cohort_of, retention, retention_trend
from perennial.values.time import LocalDay

from . import reference
from .shop import START, Shop, end_of, moments, on, rows_of, shops


def days_by_person(shop, as_of):
    return reference.days_of(reference.orders(shop, as_of))


def rate_of(days, start, end, horizon):
    """(base, retained): straight from the definition."""
    base = retained = 0
    for mine in days.values():
        inside = [d for d in mine if start <= d <= end]
        if inside:
            base += 1
            retained += any(inside[-1] < d <= inside[-1] + horizon for d in mine)
    return base, retained


@settings(max_examples=12)
@given(shops(), moments, st.sampled_from((None, 10, 400)))
def test_retention_is_that_of_plain_python(shop, as_of, base_days):
    days = days_by_person(shop, as_of)
    found = rows_of(retention(shop.tables(), as_of, horizons=(7, 60, 200), base_days=base_days))
    assert [r["horizon"] for r in found] == [7, 60, 200]
    began = min((mine[0] for mine in days.values()), default=None)
    for row in found:
        h = row["horizon"]
        end = as_of.day - h
        start = end - (base_days or h) + 1
        base, retained = rate_of(days, start, end, h)
        assert (row["base_from"], row["base_to"]) == (start, end)
        assert (row["base"], row["retained"]) == (base, retained)
        assert row["rate"] == (retained / base if base else None)
        assert row["complete"] == (began is not None and began <= start)
        if base:
            assert 0 <= row["low"] <= row["rate"] <= row["high"] <= 1


@settings(max_examples=12)
@given(shops(), moments)
def test_the_trend_is_that_of_plain_python(shop, as_of):
    days = days_by_person(shop, as_of)
    expected = []
    for month in sorted({LocalDay(d).month for mine in days.values() for d in mine}):
        start = LocalDay.on(LocalDay(0).plus_months(month).date)
        end = int(start.plus_months(1)) - 1
        if end + 45 <= as_of.day:
            expected.append((month, *rate_of(days, int(start), end, 45)))
    found = rows_of(retention_trend(shop.tables(), as_of, horizon=45))
    assert [(r["month"], r["base"], r["retained"]) for r in found] == expected


def test_groups_split_the_rate_and_someone_may_be_in_two():
    shop = Shop()
    for customer, days in {1: (0, 30), 2: (0,), 3: (0, 20)}.items():
        for day in days:
            shop.order(customer, START + day)
    groups = ibis.memtable(pa.table({"person_id": [1, 2, 2], "group": ["a", "a", "b"]}))
    found = rows_of(retention(shop.tables(), end_of(START + 50), horizons=(50,), groups=groups))
    assert [(r["group"], r["base"], r["retained"]) for r in found] == [("a", 2, 1), ("b", 1, 0)]
    trend = retention_trend(shop.tables(), end_of(START + 90), horizon=25, groups=groups)
    assert [(r["group"], r["base"], r["retained"]) for r in rows_of(trend)] == [("a", 2, 0), ("b", 1, 0)]


def test_by_cohort():
    shop = Shop()
    for customer, day in ((1, "2023-01-05"), (1, "2023-02-01"), (2, "2023-02-10")):
        shop.order(customer, on(day))
    t, as_of = shop.tables(), end_of(on("2023-04-30"))
    assert sorted((r["person_id"], r["group"]) for r in rows_of(cohort_of(t, as_of))) == [(1, 636), (2, 637)]
    found = rows_of(retention(t, as_of, horizons=(60,), base_days=90, groups=cohort_of(t, as_of)))
    assert [(r["group"], r["base"]) for r in found] == [(636, 1), (637, 1)]


def test_a_return_on_the_last_day_counts_and_a_day_later_does_not():
    for wait, retained in ((30, 1), (31, 0)):
        shop = Shop()
        shop.order(1, START)
        shop.order(1, START + wait)
        found = rows_of(retention(shop.tables(), end_of(START + 40), horizons=(30,), base_days=11))[0]
        assert (found["base"], found["retained"]) == (1, retained)


@pytest.mark.parametrize("wrong", [{"horizons": ()}, {"horizons": (0,)}, {"base_days": 0}])
def test_a_horizon_below_a_day_is_refused(wrong):
    with pytest.raises(ValueError, match="at least one day"):
        retention(Shop().tables(), end_of(START), **wrong)


@settings(max_examples=12)
@given(shops(), moments, st.sampled_from((None, START + 30)))
def test_cohorts_are_those_of_plain_python(shop, as_of, known_before):
    orders = reference.orders(shop, as_of)
    old = {
        reference.person_of(shop, c["customer_id"])
        for c in shop.rows["customers"]
        if known_before is not None and c["created_day"] < known_before
    }
    first = {
        person: LocalDay(mine[0].day).month for person, mine in reference.by_person(orders).items() if person not in old
    }
    expected = []
    for cohort in sorted(set(first.values()), reverse=True):
        members = {p for p, month in first.items() if month == cohort}
        total = 0
        for age in range(LocalDay(as_of.day).month - cohort + 1):
            here = [o for o in orders if o.person in members and max(LocalDay(o.day).month - cohort, 0) == age]
            active = {o.person for o in here if o.counts}
            total += sum(o.revenue for o in here)
            expected.append((cohort, age, len(members), len(active), sum(o.counts for o in here),
                             sum(o.revenue for o in here), total, total / len(members)))  # fmt: skip
    found = rows_of(cohorts(shop.tables(), as_of, known_before=known_before))
    columns = (
        "cohort",
        "age",
        "customers",
        "active",
        "orders",
        "revenue",
        "cumulative_revenue",
        "revenue_per_customer",
    )
    assert [tuple(row[c] for c in columns) for row in found] == expected
    assert all(row["rate"] == row["active"] / row["customers"] for row in found)


def test_cells_beyond_as_of_are_absent_and_the_cut_one_is_marked():
    shop = Shop()
    shop.order(1, on("2023-01-31"), 1000)
    shop.order(1, on("2023-03-01"), 500)
    found = rows_of(cohorts(shop.tables(), end_of(on("2023-04-15"))))
    assert [(r["age"], r["active"], r["cumulative_revenue"], r["complete"]) for r in found] == [
        (0, 1, 1000, True), (1, 0, 1000, True), (2, 1, 1500, True), (3, 0, 1500, False),
    ]  # fmt: skip
    value = rows_of(cohort_value(shop.tables(), end_of(on("2023-04-15"))))
    assert [(r["age"], r["revenue_per_customer"]) for r in value] == [(0, 1000.0), (2, 1500.0)]


@settings(max_examples=12)
@given(shops(), moments)
def test_gaps_and_their_quantiles_are_those_of_plain_python(shop, as_of):
    days = days_by_person(shop, as_of)
    expected = sorted((p, b, b - a, n) for p, d in days.items() for n, (a, b) in enumerate(pairwise(d), start=1))
    found = rows_of(gaps(shop.tables(), as_of))
    assert sorted((r["person_id"], r["day"], r["gap"], r["number"]) for r in found) == expected
    values = sorted(gap for _, _, gap, _ in expected)
    row = rows_of(gap_quantiles(shop.tables(), as_of))[0]
    assert (row["gaps"], row["people"]) == (len(values), sum(len(d) > 1 for d in days.values()))
    assert row["mean"] == (pytest.approx(sum(values) / len(values)) if values else None)
    for name, permille in permille_names((0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)).items():
        at_least = -(-permille * len(values) // 1000)
        assert row[name] == (values[max(at_least, 1) - 1] if values else None)
    assert rows_of(dormancy(shop.tables(), as_of))[0]["dormancy_days"] == row["p95"]
    counted = {r["value"]: (r["n"], r["first"]) for r in rows_of(gap_histogram(shop.tables(), as_of))}
    assert sum(n for n, _ in counted.values()) == len(values)
    assert sum(first for _, first in counted.values()) == row["people"]


def test_quantile_names():
    assert permille_names((0.5, 0.995, 0.05)) == {"p50": 500, "p995": 995, "p05": 50}
    with pytest.raises(ValueError, match="between 0 and 1"):
        permille_names((1.5,))
