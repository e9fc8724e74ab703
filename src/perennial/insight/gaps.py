"""Time between orders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perennial.insight.net import how_many, net_orders, occasions
from perennial.insight.quantiles import permille_names, quantiles
from perennial.insight.tables import AsOf, Tables

if TYPE_CHECKING:
    import ibis.expr.types as ir

DORMANT = 0.95  # a silence longer than this quantile of all gaps: dormant


def gaps(t: Tables, as_of: AsOf) -> ir.Table:
    """One row per gap: days from one purchase occasion of a person to the next (own definition).

    Orders of one day are one occasion, so a gap is at least one day. Columns, all int64: ``person_id``,
    ``day`` (of the later occasion), ``gap`` (days), ``number`` (1: between the first and the second).
    """
    import ibis

    found = occasions(net_orders(t, as_of, anonymous=False))
    mine = ibis.window(group_by=found.person_id, order_by=found.day)
    rows = found.select(
        "person_id",
        "day",
        gap=found.day - found.day.lag().over(mine),
        number=ibis.row_number().over(mine),
    )
    return rows.filter(rows.gap.notnull())


def gap_histogram(t: Tables, as_of: AsOf) -> ir.Table:
    """How often each gap occurs: ``value`` (the gap, days), ``n``, ``first`` (how many were a first gap)."""
    found = gaps(t, as_of)
    return found.group_by(value=found.gap).aggregate(n=found.count(), first=how_many(found.number == 1))


def gap_quantiles(
    t: Tables, as_of: AsOf, *, probabilities: tuple[float, ...] = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
) -> ir.Table:
    """The distribution of all gaps of all people by ``as_of``: one row.

    Only gaps that ended are seen: who has not come back yet has none, so this is the rhythm of those who do
    come back. Formula: the p quantile is the smallest number of days which at least a share p of the gaps
    does not exceed. Columns: ``gaps`` (int64), ``people`` (int64, with at least one gap), ``mean``
    (float64, days), and for each probability one such as ``p50`` (int64, days). Null without gaps.
    """
    # Everything from one histogram: there are few different gaps, however many there are.
    counted = gap_histogram(t, as_of)
    counts = counted.aggregate(
        gaps=counted.n.sum().fill_null(0),
        people=counted["first"].sum().fill_null(0),
        mean=(counted.value * counted.n).sum().cast("float64") / counted.n.sum().cast("float64"),
    )
    return counts.cross_join(quantiles(counted, permille_names(probabilities)))


def dormancy(t: Tables, as_of: AsOf) -> ir.Table:
    """One row: ``dormancy_days`` (int64), the 0.95 quantile of all gaps; null without gaps.

    Someone whose silence is longer is called dormant: of the gaps that ended, 1 in 20 was longer.
    """
    return quantiles(gap_histogram(t, as_of), {"dormancy_days": round(DORMANT * 1000)})
