from hypothesis import given, settings
from hypothesis import strategies as st

from perennial.insight.summary import monthly, summary
from perennial.insight.tables import Treatment
from perennial.values.time import LocalDay

from . import reference
from .shop import START, Shop, end_of, moments, on, rows_of, shops

treatments = st.builds(Treatment, tax=st.booleans(), shipping=st.booleans())


def ratio(part, whole):
    return part / whole if whole else None


@settings(max_examples=12)
@given(shops(), moments, treatments)
def test_summary_is_that_of_plain_python(shop, as_of, treatment):
    orders = reference.orders(shop, as_of, treatment)
    mine = reference.by_person(orders)
    days = reference.days_of(orders)
    good = [o for o in orders if o.counts]
    costed = [o for o in orders if o.profit is not None]
    revenue, gross = sum(o.revenue for o in orders), sum(o.gross for o in orders)
    back = sum(len(d) > 1 for d in days.values())
    placed = [o for o in shop.rows["orders"] if o["ordered_at"] <= as_of.at]
    gone = [o for o in placed if o["cancelled_at"] is not None and o["cancelled_at"] <= as_of.at]
    known_orders = sum(map(len, mine.values()))
    expected = {
        "orders": len(good),
        "anonymous_orders": len(good) - known_orders,
        "customers": len(mine),
        "repeat_customers": back,
        "gross": gross,
        "refunded": gross - revenue,
        "revenue": revenue,
        "known_revenue": sum(o.revenue for o in orders if o.person is not None),
        "profit": sum(o.profit for o in costed) if costed else None,
        "costed_revenue": sum(o.revenue for o in costed),
        "first_order_day": min((o.day for o in good), default=None),
        "last_order_day": max((o.day for o in good), default=None),
        "cancelled": len(gone),
        "unconverted": sum(o["net"] is None for o in placed) - sum(o["net"] is None for o in gone),
        "refunded_share": ratio(gross - revenue, gross),
        "costed_share": ratio(sum(o.revenue for o in costed), revenue),
        "aov": ratio(revenue, len(good)),
        "purchase_frequency": ratio(known_orders, len(mine)),
        "repeat_rate": ratio(back, len(mine)),
        "items_per_order": ratio(sum(o.items for o in good), 1000 * len(good)),
    }
    assert rows_of(summary(shop.tables(), as_of, treatment=treatment)) == [expected]


@settings(max_examples=12)
@given(shops(), moments)
def test_monthly_is_that_of_plain_python(shop, as_of):
    orders = reference.orders(shop, as_of)
    first = {person: LocalDay(mine[0].day).month for person, mine in reference.by_person(orders).items()}
    expected = []
    for month in sorted({LocalDay(o.day).month for o in orders}):
        here = [o for o in orders if LocalDay(o.day).month == month]
        good = [o for o in here if o.counts]
        customers = {o.person for o in good if o.person is not None}
        new = sum(first[person] == month for person in customers)
        profits = [o.profit for o in here if o.profit is not None]
        expected.append((month, len(good), len(customers), new, len(customers) - new,
                         sum(o.revenue for o in here), sum(profits) if profits else None))  # fmt: skip
    columns = ("month", "orders", "customers", "new_customers", "returning_customers", "revenue", "profit")
    found = rows_of(monthly(shop.tables(), as_of))
    assert [tuple(row[c] for c in columns) for row in found] == expected
    for row in found:
        after = LocalDay(row["first_day"]).plus_months(1)
        assert (LocalDay(row["first_day"]).month, LocalDay(row["first_day"]).date.day) == (row["month"], 1)
        assert row["complete"] == (int(after) - 1 <= as_of.day)


def test_two_orders_on_one_day_are_no_return():
    shop = Shop()
    shop.order(1, START, hour=9)
    shop.order(1, START, hour=20)
    row = rows_of(summary(shop.tables(), end_of(START)))[0]
    assert (row["orders"], row["customers"], row["repeat_customers"], row["repeat_rate"]) == (2, 1, 0, 0.0)


def test_since_leaves_out_earlier_orders():
    shop = Shop()
    shop.order(1, START, 500)
    shop.order(2, START + 5, 700)
    row = rows_of(summary(shop.tables(), end_of(START + 9), since=START + 1))[0]
    assert (row["orders"], row["revenue"], row["first_order_day"]) == (1, 700, START + 5)


def test_a_month_is_complete_from_its_last_day_on():
    shop = Shop()
    shop.order(1, on("2024-02-03"))
    complete = [rows_of(monthly(shop.tables(), end_of(on(day))))[0]["complete"] for day in ("2024-02-28", "2024-02-29")]
    assert complete == [False, True]
