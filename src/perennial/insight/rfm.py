"""RFM: when a person last ordered, how often, for how much; five scores each; groups with names.

Scores compare a person's number with four cut-points, the 0.2, 0.4, 0.6 and 0.8 quantiles over all people
(smallest value that at least that share of people does not exceed). **Equal numbers get equal scores**: a tie
is never broken by chance or by an engine's order, and a score can be judged for one person from the
cut-points alone. The price: where most people ordered once, they all have frequency score 1 and some scores
in between occur for nobody.

Source: A. M. Hughes, "Strategic Database Marketing", 1994 (quintiles); cut-points instead of equal counts:
own. Group names follow the trade; which cell bears which name is our own choice and stands in `GROUPS`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from perennial.insight.net import GOODS, days_between, net_orders
from perennial.insight.quantiles import histogram, quantiles
from perennial.insight.tables import AsOf, Tables, Treatment

if TYPE_CHECKING:
    from collections.abc import Mapping

    import ibis.expr.types as ir

SCORES = 5

# Rows: score of days since the last order, 5 (latest) to 1. Columns: mean of frequency and monetary score,
# 1 to 5, halves rounded up. Every cell has a name.
_GRID = {
    5: ("new", "promising", "promising", "loyal", "champions"),
    4: ("new", "promising", "promising", "loyal", "champions"),
    3: ("needs_attention", "needs_attention", "needs_attention", "loyal", "loyal"),
    2: ("hibernating", "hibernating", "at_risk", "at_risk", "cannot_lose"),
    1: ("lost", "lost", "hibernating", "at_risk", "cannot_lose"),
}
GROUPS: Mapping[tuple[int, int], str] = {
    (r, fm): name for r, names in _GRID.items() for fm, name in enumerate(names, start=1)
}


def rfm(
    t: Tables,
    as_of: AsOf,
    *,
    treatment: Treatment = GOODS,
    window_days: int | None = None,
    cuts: ir.Table | None = None,
) -> ir.Table:
    """One row per person with an order that counts (in the last ``window_days`` local days, if given).

    Columns (int64 unless said): ``person_id``, ``days_since_last_order``, ``orders`` (that count),
    ``revenue`` (net, minor units, of those orders), ``last_day``; ``r``, ``f``, ``m`` (1 to 5, 5 best),
    ``code`` = 100 r + 10 f + m, ``group`` (string, see `GROUPS`). Formula: r = 5 - how many of its
    cut-points the days exceed; f and m = 1 + how many theirs exceed.

    ``cuts``: cut-points found before (a row of `rfm_cuts`), to score a few people whose tables these are
    against the whole store; default: those of the people in the tables.
    """
    import ibis

    each = _measures(t, as_of, treatment, window_days)
    j = each.cross_join(_cuts(each) if cuts is None else cuts)
    r = SCORES - _exceeded(j, "days_since_last_order", "r_cut")
    f = _exceeded(j, "orders", "f_cut") + 1
    m = _exceeded(j, "revenue", "m_cut") + 1
    j = j.mutate(r=r, f=f, m=m)
    cell = j.r * 10 + (j.f + j.m + 1) // 2
    return j.select(
        "person_id",
        "days_since_last_order",
        "orders",
        "revenue",
        "last_day",
        "r",
        "f",
        "m",
        code=j.r * 100 + j.f * 10 + j.m,
        group=ibis.cases(*((cell == of_r * 10 + fm, name) for (of_r, fm), name in GROUPS.items())),
    )


def rfm_cuts(t: Tables, as_of: AsOf, *, treatment: Treatment = GOODS, window_days: int | None = None) -> ir.Table:
    """The cut-points of `rfm`: one row, ``r_cut_1`` to ``m_cut_4`` (int64; days, orders, minor units)."""
    return _cuts(_measures(t, as_of, treatment, window_days))


def rfm_groups(t: Tables, as_of: AsOf, *, treatment: Treatment = GOODS, window_days: int | None = None) -> ir.Table:
    """The groups of `rfm`: ``group``, ``customers``, ``orders``, ``revenue`` (int64); most revenue first."""
    import ibis

    each = rfm(t, as_of, treatment=treatment, window_days=window_days)
    found = each.group_by("group").aggregate(
        customers=each.count(), orders=each.orders.sum(), revenue=each.revenue.sum()
    )
    return found.order_by(ibis.desc("revenue"), "group")


def _measures(t: Tables, as_of: AsOf, treatment: Treatment, window_days: int | None) -> ir.Table:
    if window_days is not None and window_days < 1:
        raise ValueError(f"a window lasts at least one day, not {window_days}")
    o = net_orders(t, as_of, treatment, anonymous=False)
    o = o.filter(o.counts)
    if window_days is not None:
        o = o.filter(o.ordered_day > as_of.day - window_days)
    each = o.group_by("person_id").aggregate(orders=o.count(), revenue=o.revenue.sum(), last_day=o.ordered_day.max())
    return each.mutate(days_since_last_order=days_between(each.last_day, as_of))


def _cuts(each: ir.Table) -> ir.Table:
    parts = []
    for name, column in (("r", "days_since_last_order"), ("f", "orders"), ("m", "revenue")):
        steps = {f"{name}_cut_{k}": 1000 * k // SCORES for k in range(1, SCORES)}
        parts.append(quantiles(histogram(each, column), steps))
    return parts[0].cross_join(parts[1]).cross_join(parts[2])


def _exceeded(table: ir.Table, column: str, cut: str) -> ir.IntegerValue:
    """How many of the four cut-points the value exceeds (they rise, so the highest exceeded says it)."""
    import ibis

    value = table[column]
    return ibis.cases(
        *((value > table[f"{cut}_{k}"], ibis.literal(k, "int64")) for k in range(SCORES - 1, 0, -1)),
        else_=ibis.literal(0, "int64"),
    )
