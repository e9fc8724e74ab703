"""What a customer has been worth so far, who brings most of it, and the two formulas for a lifetime."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perennial.insight.calendar import DAYS_PER_YEAR
from perennial.insight.formulas import lifetime_value
from perennial.insight.gaps import dormancy
from perennial.insight.net import GOODS, days_between, how_many, net_orders, share
from perennial.insight.tables import AsOf, Tables, Treatment

if TYPE_CHECKING:
    import ibis.expr.types as ir

PERCENTILES = 100
_YEAR = 365


def realised(t: Tables, as_of: AsOf, *, treatment: Treatment = GOODS) -> ir.Table:
    """What each person brought by ``as_of``: one row per person with any order, counting or not.

    Columns (int64 unless said; money in minor units): ``person_id``, ``orders`` (that count), ``revenue``
    (net), ``profit`` (of the orders whose costs are known; null: of none), ``costed_revenue`` (the revenue of
    those orders), ``first_day``, ``last_day`` (of orders that count; null without), ``days_since_last_order``.
    Source: own (T06, realised profit per person).
    """
    o = net_orders(t, as_of, treatment, profit=True, anonymous=False)
    each = o.group_by("person_id").aggregate(
        orders=how_many(o.counts),
        revenue=o.revenue.sum(),
        profit=o.profit.sum(),
        costed_revenue=o.revenue.sum(where=o.profit.notnull()).fill_null(0),
        first_day=o.ordered_day.min(where=o.counts),
        last_day=o.ordered_day.max(where=o.counts),
    )
    return each.mutate(days_since_last_order=days_between(each.last_day, as_of))


def pareto(t: Tables, as_of: AsOf, *, treatment: Treatment = GOODS) -> ir.Table:
    """Which few customers bring most: the shares of the best 1, 2 ... 100 percent, by revenue and by profit.

    The best p percent of n people are the first ceil(n p / 100), ranked by the sum, ties by person number
    (so the same people on every engine). People: all with an order that counts; ranked by profit: those of
    them with an order whose costs are known. 100 rows, rising; none without people.

    Columns (int64 unless said): ``percent``; ``customers`` (how many people that is), ``revenue`` (theirs,
    minor units), ``revenue_share`` (float64, of the revenue of all); ``costed_customers``, ``profit``,
    ``profit_share`` (float64): the same by profit; null where nobody's costs are known. A share can pass 1
    where some people cost more than they bring. Source: V. Pareto's rule as in T06.
    """
    import ibis

    each = realised(t, as_of, treatment=treatment)
    each = each.filter(each.orders > 0)
    by_revenue = _ranked(each.select("person_id", amount="revenue"))
    profits = each.filter(each.profit.notnull())
    by_profit = _ranked(profits.select("person_id", amount="profit"))
    # Both are aggregated to 100 rows before they meet. With fewer than 100 people some steps are empty:
    # the grid has them all, but none where there are no people.
    r = by_revenue.select("step", "amount", n="people")
    some = r.aggregate(n=r.count())
    some = some.filter(some.n > 0)
    steps = some.select(percent=ibis.range(ibis.literal(1, "int64"), PERCENTILES + 1).unnest())
    p = by_profit.select(profit_step="step", profit_n="people", profit_amount="amount")
    j = steps.left_join(r, steps.percent == r.step)
    j = j.left_join(p, j.percent == p.profit_step)
    up_to, total = ibis.cumulative_window(order_by=j.percent), ibis.window()
    known = j.profit_n.sum().over(total).notnull()
    nothing = ibis.null("int64")
    j = j.select(
        "percent",
        customers=j.n.fill_null(0).sum().over(up_to),
        revenue=j.amount.fill_null(0).sum().over(up_to),
        all_revenue=j.amount.sum().over(total),
        costed_customers=ibis.ifelse(known, j.profit_n.fill_null(0).sum().over(up_to), nothing),
        profit=ibis.ifelse(known, j.profit_amount.fill_null(0).sum().over(up_to), nothing),
        all_profit=j.profit_amount.sum().over(total),
    )
    return j.select(
        "percent",
        "customers",
        "revenue",
        "costed_customers",
        "profit",
        revenue_share=share(j.revenue, j.all_revenue),
        profit_share=share(j.profit, j.all_profit),
    ).order_by("percent")


def clv(
    t: Tables,
    as_of: AsOf,
    *,
    treatment: Treatment = GOODS,
    years: float | None = None,
    dormancy_days: int | None = None,
) -> ir.Table:
    """Lifetime value of the average customer by the two formulas, with all inputs: one row.

    Over the last 365 local days, ``as_of``'s included, known people only:

    - A (T03): ``clv_a`` = CV x t with CV = AOV x F, AOV = revenue / orders, F = orders / customers;
    - B (T04): ``clv_b`` = AOV x repeat purchases x t, repeat purchases = orders that were nobody's first /
      customers. By the year here; by the month it is the same (a twelfth of the purchases, twelve times t).

    They differ by first orders: A takes every year to be as the last one was, orders of the just won
    included; B counts only what came back. Both take each year for the same and know no future: a rule of
    thumb to set beside a model.

    t is ``years`` where given (1 to 3 is usual), else *measured*: the mean time from the first order until
    someone goes dormant, which is when their silence passes ``dormancy_days`` (default: `gaps.dormancy`, the
    0.95 quantile of all gaps). Who is not dormant yet is followed until ``as_of`` and counted as censored:

        t = days from first order to going dormant or to ``as_of``, summed over all people / dormant people

    (maximum likelihood for a constant hazard; Lawless, "Statistical Models and Methods for Lifetime Data",
    2003, 4.1). A silence that ended in another order was no leaving. Someone who bought once and is gone
    stayed for just ``dormancy_days``. Null while nobody is dormant: then only a given t answers.

    Columns: ``orders``, ``repeat_orders``, ``customers``, ``revenue`` (int64, of the 365 days; revenue in minor
    units, of orders that count); ``aov``, ``customer_value`` (CV), ``clv_a``, ``clv_b`` (float64, minor
    units); ``purchase_frequency`` (F) and ``repeat_purchases`` (float64, per customer and year);
    ``all_customers`` and ``dormant_customers`` of them, ``dormancy_days`` (int64); ``measured_years``,
    ``years`` (the t used) and ``months`` = 12 years (float64). ValueError for a t or a silence not above 0.
    """
    import ibis

    if (years is not None and years <= 0) or (dormancy_days is not None and dormancy_days <= 0):
        raise ValueError(f"a lifetime and a silence last more than nothing: {years}, {dormancy_days}")
    o = net_orders(t, as_of, treatment, anonymous=False)
    o = o.filter(o.counts)
    start = as_of.day - _YEAR + 1
    lately = o.ordered_day >= start
    each = o.group_by("person_id").aggregate(
        orders=how_many(lately),
        revenue=o.revenue.sum(where=lately),
        first_day=o.ordered_day.min(),
        last_day=o.ordered_day.max(),
    )
    if dormancy_days is None:
        each = each.cross_join(dormancy(t, as_of))
    else:
        each = each.mutate(dormancy_days=ibis.literal(dormancy_days, "int64"))
    silence = days_between(each.last_day, as_of)
    dormant = (silence > each.dormancy_days).fill_null(False)
    followed = each.last_day - each.first_day + ibis.ifelse(dormant, each.dormancy_days, silence)
    s = each.aggregate(
        orders=each.orders.sum().fill_null(0),
        first_orders=how_many(each.first_day >= start),
        customers=how_many(each.orders > 0),
        revenue=each.revenue.sum().fill_null(0),
        all_customers=each.count(),
        dormant_customers=how_many(dormant),
        dormancy_days=each.dormancy_days.max(),
        followed=followed.sum(),
    )
    measured = share(s.followed, s.dormant_customers) / DAYS_PER_YEAR
    s = s.mutate(
        repeat_orders=s.orders - s.first_orders,
        aov=share(s.revenue, s.orders),
        purchase_frequency=share(s.orders, s.customers),
        repeat_purchases=share(s.orders - s.first_orders, s.customers),
        measured_years=measured,
        years=measured if years is None else ibis.literal(float(years), "float64"),
    )
    return s.mutate(
        customer_value=s.aov * s.purchase_frequency,
        clv_a=lifetime_value(s.aov, s.purchase_frequency, s.years),
        clv_b=lifetime_value(s.aov, s.repeat_purchases, s.years),
        months=s.years * 12.0,
    ).drop("followed", "first_orders")


def _ranked(amounts: ir.Table) -> ir.Table:
    """People summed up by the percent of people they rank in: ``step`` (1: the best), ``people``, ``amount``."""
    import ibis

    best = [amounts.amount.desc(), amounts.person_id]
    ranked = amounts.select(
        "amount",
        rank=ibis.row_number().over(ibis.window(order_by=best)),  # from 0
        n=amounts.count().over(ibis.window()),
    )
    return ranked.group_by(step=ranked["rank"] * PERCENTILES // ranked.n + 1).aggregate(
        people=ranked.count(), amount=ranked.amount.sum()
    )
