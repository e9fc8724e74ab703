"""What each person brings in a year: as the last year was, and in the mean of their years.

Both are realised: nothing is expected or extrapolated. Whoever began less than a year ago has brought in a year
what they have brought so far.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from perennial.insight.net import GOODS, days_between, how_many, net_orders
from perennial.insight.tables import AsOf, Tables, Treatment

if TYPE_CHECKING:
    import ibis.expr.types as ir

YEAR = 365


def profit_of_year(t: Tables, as_of: AsOf, *, treatment: Treatment = GOODS) -> ir.Table:
    """One row per person with any order by ``as_of``, counting or not, by person.

    Columns (int64; money in minor units): ``person_id``; of the orders of the last 365 local days, ``as_of``'s
    included: ``orders`` (that count), ``revenue`` (net), ``discount`` (as stated), ``profit`` (of those whose costs
    are known; 0 without an order in them, null where there are some and the costs of none are known);
    ``mean_profit`` = the profit of all their orders x 365 / max(365, days from the first order to ``as_of``, both
    included), towards zero; null where the costs of none are known.
    Source: own (T59).
    """
    import ibis

    o = net_orders(t, as_of, treatment, profit=True, anonymous=False)
    lately = o.ordered_day > as_of.day - YEAR
    nothing = ibis.literal(0, "int64")
    each = o.group_by("person_id").aggregate(
        orders=how_many(o.counts & lately),
        placed=how_many(lately),
        revenue=o.revenue.sum(where=lately).fill_null(0),
        discount=o.discount.sum(where=lately).fill_null(0),
        lately=o.profit.sum(where=lately),
        ever=o.profit.sum(),
        began=o.ordered_day.min(),
    )
    days = days_between(each.began, as_of) + 1
    days = ibis.ifelse(days < YEAR, ibis.literal(YEAR, "int64"), days)
    # Engines round the quotient of a negative number differently: only sizes are divided.
    size = ibis.ifelse(each.ever < 0, -each.ever, each.ever) * YEAR // days
    return each.select(
        "person_id",
        "orders",
        "revenue",
        "discount",
        profit=ibis.ifelse(each.placed == 0, nothing, each.lately),
        mean_profit=ibis.ifelse(each.ever < 0, -size, size),
    ).order_by("person_id")
