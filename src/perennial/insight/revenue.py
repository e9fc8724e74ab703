"""New against returning revenue, and what winning a customer costs against keeping one (T10).

A **new** order stands on the day of a person's first order that counts; all later ones are **returning**. So
a purchase split into two orders on one day is new as a whole, and revenue is the sum of new, returning and
anonymous revenue to the last unit.

In an export that begins mid-life the first order seen is often not the first: new is then too high in the
earliest months (see `cohorts` for what can be done).

Source: own, after T10 (the balance of new and returning revenue; winning against keeping).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from perennial.insight.calendar import first_day, month_of
from perennial.insight.net import GOODS, how_many, net_orders, people, share
from perennial.insight.tables import AsOf, Tables, Treatment

if TYPE_CHECKING:
    import ibis.expr.types as ir

YEAR = 365


def new_and_returning(t: Tables, as_of: AsOf, *, treatment: Treatment = GOODS) -> ir.Table:
    """New against returning revenue by month of order, rising.

    Columns (int64 unless said): ``month`` (since January 1970), ``first_day``, ``complete`` (boolean: the
    month was over by ``as_of``); ``new_customers``, ``returning_customers`` (people with such an order that
    counts; someone can be both in one month); ``new_orders``, ``returning_orders``, ``anonymous_orders``;
    ``new_revenue``, ``returning_revenue``, ``anonymous_revenue`` (minor units, net), ``returning_share``
    (float64) = returning / (new + returning) revenue; null where that is 0.
    """
    each = _by_day(t, as_of, treatment)
    each = each.group_by("person_id", "new", month=month_of(each.day)).aggregate(
        orders=each.orders.sum(), revenue=each.revenue.sum()
    )
    m = each.group_by("month").aggregate(**_split(each))
    return m.mutate(
        first_day=first_day(m.month),
        complete=first_day(m.month + 1) <= as_of.day + 1,
        returning_share=share(m.returning_revenue, m.new_revenue + m.returning_revenue),
    ).order_by("month")


def winning_and_keeping(
    t: Tables,
    as_of: AsOf,
    *,
    treatment: Treatment = GOODS,
    days: int = YEAR,
    winning_cost: int | None = None,
    keeping_cost: int | None = None,
) -> ir.Table:
    """What a new and what a kept customer cost and brought in the last ``days`` local days: one row.

    ``winning_cost``: what was spent on winning, minor units of the reporting currency (default: the table
    ``spend``); ``keeping_cost``: what was spent on keeping (an input; null where it is not told).

    Columns (int64 unless said): ``new_customers``, ``returning_customers``, ``new_orders``,
    ``returning_orders``, ``anonymous_orders``, ``new_revenue``, ``returning_revenue``, ``anonymous_revenue``
    as in `new_and_returning`, over the window; ``winning_cost``, ``keeping_cost``; float64, minor
    units: ``cost_per_new`` = winning_cost / new_customers, ``cost_per_kept`` = keeping_cost /
    returning_customers, ``revenue_per_new``, ``revenue_per_kept``; ``times_dearer`` (float64) =
    cost_per_new / cost_per_kept. Null where the divisor is 0 or an input is not told.
    """
    import ibis

    start = _start(as_of, days)
    each = _by_day(t, as_of, treatment)
    each = each.filter(each.day >= start)
    each = each.group_by("person_id", "new").aggregate(orders=each.orders.sum(), revenue=each.revenue.sum())
    s = each.aggregate(**_split(each))
    s = s.mutate(**{name: s[name].fill_null(0) for name in s.columns})
    keeping = ibis.null("int64") if keeping_cost is None else ibis.literal(keeping_cost, "int64")
    if winning_cost is None:
        spent = _spent(t, as_of, start)
        s = s.cross_join(spent.aggregate(winning_cost=spent.amount.sum()))
    else:
        s = s.mutate(winning_cost=ibis.literal(winning_cost, "int64"))
    s = s.mutate(keeping_cost=keeping)
    per_new, per_kept = share(s.winning_cost, s.new_customers), share(s.keeping_cost, s.returning_customers)
    return s.mutate(
        cost_per_new=per_new,
        cost_per_kept=per_kept,
        revenue_per_new=share(s.new_revenue, s.new_customers),
        revenue_per_kept=share(s.returning_revenue, s.returning_customers),
        times_dearer=share(per_new, per_kept),
    )


def winning_by_channel(t: Tables, as_of: AsOf, *, treatment: Treatment = GOODS, days: int = YEAR) -> ir.Table:
    """The cost of winning by acquisition channel, over the last ``days`` local days.

    A person's channel is ``customers.acquired_by`` of their earliest account (ties: the smallest number); it
    meets ``spend.channel`` of the same name. Columns: ``channel`` (string; null: unknown), ``new_customers``
    (people whose first order that counts lies in the window), ``revenue`` (what they have brought by
    ``as_of``, net), ``spend`` (all int64, minor units; spend null: none recorded), ``cost_per_new`` =
    spend / new_customers and ``revenue_per_new`` (float64, minor units). A channel has a row for spend
    without customers too. Sorted by spend, then new customers, the most first.
    """
    import ibis

    start = _start(as_of, days)
    o = net_orders(t, as_of, treatment, anonymous=False)
    each = o.group_by("person_id").aggregate(began=o.ordered_day.min(where=o.counts), revenue=o.revenue.sum())
    each = each.filter(each.began >= start)
    p = people(t)
    p = p.filter(p.created_at.isnull() | (p.created_at <= as_of.at))
    order = ibis.row_number().over(ibis.window(group_by=p.person_id, order_by=[p.created_at, p.customer_id]))
    p = p.mutate(nth=order)
    p = p.filter(p.nth == 0).select(known="person_id", channel="acquired_by")
    won = each.left_join(p, each.person_id == p.known)
    won = won.select("channel", one=ibis.literal(1, "int64"), revenue=won.revenue, spend=ibis.null("int64"))
    spent = _spent(t, as_of, start)
    spent = spent.select("channel", one=ibis.literal(0, "int64"), revenue=ibis.literal(0, "int64"), spend=spent.amount)
    both = won.union(spent)
    c = both.group_by("channel").aggregate(
        new_customers=both.one.sum(), revenue=both.revenue.sum(), spend=both.spend.sum()
    )
    return c.mutate(
        cost_per_new=share(c.spend, c.new_customers), revenue_per_new=share(c.revenue, c.new_customers)
    ).order_by(c.spend.fill_null(-1).desc(), c.new_customers.desc(), "channel")


def _by_day(t: Tables, as_of: AsOf, treatment: Treatment) -> ir.Table:
    """Per person (null: anonymous) and day: ``orders`` that count, ``revenue``, ``new`` (null: anonymous)."""
    import ibis

    o = net_orders(t, as_of, treatment)
    each = o.group_by("person_id", day=o.ordered_day).aggregate(orders=how_many(o.counts), revenue=o.revenue.sum())
    began = each.day.min(where=each.orders > 0).over(ibis.window(group_by=each.person_id))
    each = each.mutate(began=began)
    # What is left of refunded orders before the first that counts, or of people without any, is new too.
    new = (each.day <= each.began).fill_null(True)
    return each.select(
        "person_id",
        "day",
        "orders",
        "revenue",
        new=ibis.ifelse(each.person_id.notnull(), new, ibis.null("boolean")),
    )


def _split(each: ir.Table) -> dict[str, ir.IntegerScalar]:
    """Sums of new, returning and anonymous rows of one person each."""
    kinds = {"new": each.new, "returning": ~each.new, "anonymous": each.new.isnull()}
    sums = {}
    for name, rows in kinds.items():
        if name != "anonymous":
            sums[f"{name}_customers"] = how_many(rows & (each.orders > 0))
        sums[f"{name}_orders"] = each.orders.sum(where=rows).fill_null(0)
        sums[f"{name}_revenue"] = each.revenue.sum(where=rows).fill_null(0)
    return sums


def _start(as_of: AsOf, days: int) -> int:
    if days < 1:
        raise ValueError(f"a window lasts at least one day, not {days}")
    return as_of.day - days + 1


def _spent(t: Tables, as_of: AsOf, start: int) -> ir.Table:
    return t.spend.filter(t.spend.day >= start, t.spend.day <= as_of.day)
