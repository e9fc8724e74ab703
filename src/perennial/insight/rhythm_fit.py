"""What the rhythms of a store's customers have in common: the prior that `rhythm` shrinks people towards.

The formulas and their sources stand in `perennial.insight.rhythm`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from perennial.insight.net import how_many, share
from perennial.insight.tables import AsOf

if TYPE_CHECKING:
    import ibis.expr.types as ir

REPEATERS_NEEDED = 10  # people who came back, below which the store's rhythm is a guess
_LEAST_FOLLOWED = 0.05
_MOST_PRIOR_GAPS = 100.0
LEAST_SPREAD = 0.1  # no rhythm is steadier than a tenth of it, however few gaps say so: weekends, whole days
_SHAPE_LOW, _SHAPE_HIGH = 2.5, 50.0  # of the inverse gamma; its mean needs more than 1, its spread 2
_EXCESS = 1.2  # excess kurtosis of the logistic


def store_rhythm(people: ir.Table, as_of: AsOf) -> ir.Table:
    """One row of the store's parameters; all but the counts null where too few people came back."""
    import ibis

    j = _within(people).cross_join(_first_gaps(people, as_of))
    # Where nobody has two gaps, people cannot be told apart: all variance is taken as within them.
    within = ibis.ifelse(j.free > 0, share(j.squares, j.free), j.total)
    within = at_least(within, LEAST_SPREAD * LEAST_SPREAD)
    j = j.mutate(within=within)
    j = j.mutate(between=at_least(j.total - j.within, 0.0))
    most = ibis.literal(_MOST_PRIOR_GAPS)
    known = j.repeaters >= REPEATERS_NEEDED
    values = {
        "log_mean": j.log_mean,
        "within": j.within,
        "between": j.between,
        "prior_gaps": ibis.least((j.within / j.between.nullif(0.0)).fill_null(most), most),
        "shape": _shape(j),
        "mean_first_gap": j.mean_first_gap,
    }
    nothing = ibis.null("float64")
    return j.select(
        "people",
        "repeaters",
        all_gaps="gaps",
        **{name: ibis.ifelse(known, value, nothing) for name, value in values.items()},
    )


def _within(people: ir.Table) -> ir.Table:
    """Pooled squares of log gaps within people, and what the spread of those variances needs."""
    p = people.mutate(
        n=people.gaps.cast("float64"),
        squares=at_least(
            people.log_squares
            - people.log_sum * people.log_sum / people.gaps.cast("float64").nullif(0.0).fill_null(1.0),
            0.0,
        ),
    )
    several = p.gaps >= 3
    less = p.n - 1.0
    # E[S^2] = sigma^4 ((n - 1)(n + 1) + excess (n - 1)^2 / n) for the squares S of n values about their mean.
    expected = less * (p.n + 1.0) + less * less / p.n.nullif(0.0) * _EXCESS
    return p.aggregate(
        people=p.count(),
        repeaters=how_many(p.gaps > 0),
        gaps=p.gaps.sum().fill_null(0),
        squares=p.squares.sum(),
        free=(p.gaps - 1).sum(where=p.gaps > 0).fill_null(0),
        few_squares=p.squares.sum(where=several),
        few_free=less.sum(where=several),
        fourth=(p.squares * p.squares).sum(where=several),
        fourth_free=expected.sum(where=several),
    )


def _shape(j: ir.Table) -> ir.FloatingValue:
    """The inverse gamma's shape: 2 + 1 / (R - 1), with R = E[sigma^4] / E[sigma^2]^2 over people."""
    import ibis

    variance = j.few_squares / j.few_free.nullif(0.0)
    ratio = j.fourth / j.fourth_free.nullif(0.0) / (variance * variance).nullif(0.0)
    shape = 1.0 / (ratio - 1.0).nullif(0.0) + 2.0
    high = ibis.literal(_SHAPE_HIGH)
    shape = ibis.ifelse(ratio > 1.0, ibis.least(shape, high), high)
    return ibis.greatest(shape, ibis.literal(_SHAPE_LOW)).fill_null(_SHAPE_HIGH)


def _first_gaps(people: ir.Table, as_of: AsOf) -> ir.Table:
    """Mean and variance of the log of first gaps, and the mean first gap, weighted for censoring.

    Summed by day first, so that the window runs over some thousand days, not over people.
    """
    import ibis

    p = people
    started = p.group_by(at="first_day").aggregate(started=p.count()).mutate(returned=ibis.literal(0, "int64"))
    back = p.filter(p.gaps > 0)
    # Someone is followed for a gap g when they first bought on or before as_of - g: both lie on one axis.
    back = back.group_by(at=ibis.literal(as_of.day, "int64") - back.first_gap).aggregate(returned=back.count())
    back = back.select("at", started=ibis.literal(0, "int64"), returned="returned")
    days = started.select("at", "started", "returned").union(back)
    days = days.group_by("at").aggregate(started=days.started.sum(), returned=days.returned.sum())
    so_far = ibis.window(order_by="at", preceding=None, following=0)
    days = days.mutate(followed=days.started.sum().over(so_far), all=days.started.sum().over(ibis.window()))
    days = days.filter(days.returned > 0)
    followed = at_least(share(days.followed, days["all"]), _LEAST_FOLLOWED)
    gap = (ibis.literal(as_of.day, "int64") - days.at).cast("float64")
    days = days.select(w=days.returned.cast("float64") / followed, gap=gap, y=gap.ln())
    sums = days.aggregate(
        w=days.w.sum(),
        wg=(days.w * days.gap).sum(),
        wy=(days.w * days.y).sum(),
        wyy=(days.w * days.y * days.y).sum(),
    )
    mean = sums.wy / sums.w
    return sums.select(
        log_mean=mean,
        total=at_least(sums.wyy / sums.w - mean * mean, 0.0),
        mean_first_gap=sums.wg / sums.w,
    )


def at_least(value: ir.FloatingValue, least: float) -> ir.FloatingValue:
    """``value``, but not below ``least``; null stays null (greatest() would drop it)."""
    import ibis

    return ibis.ifelse(value < least, ibis.literal(least), value)
