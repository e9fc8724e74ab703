"""The store in one row, and month by month."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perennial.insight.calendar import first_day, month_of
from perennial.insight.net import GOODS, how_many, net_orders, share
from perennial.insight.tables import AsOf, Tables, Treatment

if TYPE_CHECKING:
    import ibis.expr.types as ir


def summary(t: Tables, as_of: AsOf, *, treatment: Treatment = GOODS, since: int | None = None) -> ir.Table:
    """A store at a glance, by ``as_of``: one row. ``since``: only orders from that local day on.

    Columns (int64 unless said; money in minor units of the reporting currency, net of cancellations and, as
    `net_orders` says, of refunds):

    - ``orders`` that count; ``anonymous_orders`` among them; ``cancelled``; ``unconverted`` (no exchange
      rate yet: in no sum); ``first_order_day``, ``last_order_day``;
    - ``customers``: people with an order that counts; ``repeat_customers``: on two or more different days;
    - ``gross``, ``refunded``, ``revenue`` = gross - refunded; ``known_revenue``: that of known people;
    - ``profit``: summed over the orders whose costs are known (null if there are none) and
      ``costed_revenue``, the revenue of those orders;
    - float64, null where the divisor is 0: ``refunded_share`` = refunded / gross; ``costed_share`` =
      costed_revenue / revenue; ``aov`` = revenue / orders (minor units per order);
      ``purchase_frequency`` = orders of known people / customers; ``repeat_rate`` = repeat_customers /
      customers; ``items_per_order`` = pieces of product / orders, before returns.

    Source: the usual definitions (AOV = revenue / orders, F = orders / customers); repeat rate: own, by days,
    so that an order split in two on one day is no return.
    """
    cut = _since(t, since)
    o = net_orders(cut, as_of, treatment, profit=True)
    each = o.group_by("person_id").aggregate(
        orders=how_many(o.counts),
        gross=o.gross.sum(),
        refunded=o.refunded.sum(),
        revenue=o.revenue.sum(),
        profit=o.profit.sum(),
        costed_revenue=o.revenue.sum(where=o.profit.notnull()),
        items=o["items"].sum(where=o.counts),
        from_day=o.ordered_day.min(where=o.counts),
        to_day=o.ordered_day.max(where=o.counts),
    )
    known = each.person_id.notnull()
    s = each.aggregate(
        orders=each.orders.sum().fill_null(0),
        anonymous_orders=each.orders.sum(where=~known).fill_null(0),
        customers=how_many(known & (each.orders > 0)),
        repeat_customers=how_many(known & (each.to_day > each.from_day)),
        gross=each.gross.sum().fill_null(0),
        refunded=each.refunded.sum().fill_null(0),
        revenue=each.revenue.sum().fill_null(0),
        known_revenue=each.revenue.sum(where=known).fill_null(0),
        profit=each.profit.sum(),
        costed_revenue=each.costed_revenue.sum().fill_null(0),
        pieces=each["items"].sum(),
        first_order_day=each.from_day.min(),
        last_order_day=each.to_day.max(),
    )
    s = s.cross_join(_left_out(cut, as_of))
    return s.mutate(
        refunded_share=share(s.refunded, s.gross),
        costed_share=share(s.costed_revenue, s.revenue),
        aov=share(s.revenue, s.orders),
        purchase_frequency=share(s.orders - s.anonymous_orders, s.customers),
        repeat_rate=share(s.repeat_customers, s.customers),
        items_per_order=share(s.pieces, s.orders * 1000),
    ).drop("pieces")


def monthly(t: Tables, as_of: AsOf, *, treatment: Treatment = GOODS) -> ir.Table:
    """The store by month of order, rising; a month without any order has no row.

    Columns (int64 unless said): ``month`` (since January 1970), ``first_day``; ``complete`` (boolean: the
    month was over by ``as_of``); ``orders``, ``customers`` (people with an order that counts),
    ``new_customers`` (of these, whose first order ever it is), ``returning_customers`` = customers -
    new_customers; ``revenue``, ``profit`` (of orders whose costs are known; null: none), ``aov`` (float64).
    Source: the usual definitions.
    """
    import ibis

    o = net_orders(t, as_of, treatment, profit=True)
    o = o.mutate(month=month_of(o.ordered_day))
    each = o.group_by("person_id", "month").aggregate(
        orders=how_many(o.counts), revenue=o.revenue.sum(), profit=o.profit.sum()
    )
    mine = ibis.window(group_by=each.person_id)
    each = each.mutate(began=each.month.min(where=each.orders > 0).over(mine))
    bought = each.person_id.notnull() & (each.orders > 0)
    m = each.group_by("month").aggregate(
        orders=each.orders.sum(),
        customers=how_many(bought),
        new_customers=how_many(bought & (each.began == each.month)),
        revenue=each.revenue.sum(),
        profit=each.profit.sum(),
    )
    return m.select(
        "month",
        "orders",
        "customers",
        "new_customers",
        "revenue",
        "profit",
        first_day=first_day(m.month),
        complete=first_day(m.month + 1) <= as_of.day + 1,
        returning_customers=m.customers - m.new_customers,
        aov=share(m.revenue, m.orders),
    ).order_by("month")


def _left_out(t: Tables, as_of: AsOf) -> ir.Table:
    """One row: how many orders placed by ``as_of`` no sum holds, and why."""
    o = t.orders.filter(t.orders.ordered_at <= as_of.at)
    cancelled = (o.cancelled_at <= as_of.at).fill_null(False)
    return o.aggregate(cancelled=how_many(cancelled), unconverted=how_many(~cancelled & o.net.isnull()))


def _since(t: Tables, day: int | None) -> Tables:
    from dataclasses import replace

    if day is None:
        return t
    return replace(
        t,
        orders=t.orders.filter(t.orders.ordered_day >= day),
        lines=t.lines.filter(t.lines.ordered_day >= day),
    )
