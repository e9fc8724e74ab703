"""The retention rate, one definition for every horizon, and its trend.

**Retention rate at a horizon of H days**: of the people who ordered in a base window, the share who ordered
again within H days after their last order in it. An order here is a purchase occasion (a day with an order
that counts), so two orders of one day are no return; "within H days" is a gap of at most H days. Everyone in
a base window is followed for the full H days before they are counted, so no rate is too low because it is
young, and rates of different windows compare.

An export that begins mid-life does no harm here: being in a base window asks for an order, not for the first.
Source: own, after the usual repurchase rate (tactic T57: one definition per horizon, by cohort and segment).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from perennial.insight.calendar import first_day, month_of
from perennial.insight.intervals import rate
from perennial.insight.net import how_many, net_orders
from perennial.insight.tables import AsOf, Tables

if TYPE_CHECKING:
    import ibis.expr.types as ir

HORIZONS = (30, 90, 180, 365)


def retention(
    t: Tables,
    as_of: AsOf,
    *,
    horizons: tuple[int, ...] = HORIZONS,
    base_days: int | None = None,
    groups: ir.Table | None = None,
) -> ir.Table:
    """The latest retention rate that is known in full, for each horizon.

    The base window of a horizon H is the ``base_days`` local days (default: H) that end H days before
    ``as_of``'s day. ``groups`` (columns ``person_id`` and ``group`` of any type; a segment, a tier, a first
    channel, see `cohort_of`) splits it; someone in several groups counts in each, someone in none in none.

    Columns: [``group``,] ``horizon`` (int64, days), ``base_from``, ``base_to`` (int64, local days),
    ``base`` (int64, people who ordered in it), ``retained`` (int64, those who came back in time),
    ``rate`` = retained / base with ``low`` and ``high`` (float64, 95 %; null where base is 0), ``complete``
    (boolean: the store's first order is not younger than the base window). Sorted. ValueError for a horizon
    or a window below one day.
    """
    import ibis

    if not horizons or min(*horizons, 1 if base_days is None else base_days, 1) < 1:
        raise ValueError(f"a horizon and a base window last at least one day: {horizons}, {base_days}")
    o = net_orders(t, as_of, anonymous=False)
    o = o.filter(o.counts)
    day = o.ordered_day
    columns = {}
    for h in horizons:
        start, end = _window(as_of, h, base_days)
        columns[f"last_{h}"] = day.max(where=(day >= start) & (day <= end))
        columns[f"next_{h}"] = day.min(where=day > end)
    each = o.group_by("person_id").aggregate(began=day.min(), **columns)
    by: list[str] = []
    if groups is not None:
        # Named apart: joining on equal names would keep both.
        of = groups.select(member="person_id", group="group")
        each, by = each.inner_join(of, each.person_id == of.member), ["group"]
    sums = {"began": each.began.min()}
    for h in horizons:
        last, following = each[f"last_{h}"], each[f"next_{h}"]
        sums[f"base_{h}"] = last.count()
        sums[f"retained_{h}"] = how_many(following - last <= h)
    wide = each.group_by(by).aggregate(**sums) if by else each.aggregate(**sums)
    long = wide.mutate(horizon=ibis.array([ibis.literal(h, "int64") for h in horizons]).unnest())

    def pick(name: str) -> ir.IntegerValue:
        branches = [(long.horizon == h, long[f"{name}_{h}"]) for h in horizons]
        return ibis.cases(*branches).fill_null(0)

    end_of_base = ibis.literal(as_of.day, "int64") - long.horizon
    length = long.horizon if base_days is None else ibis.literal(base_days, "int64")
    found = long.select(
        *by,
        "horizon",
        base_from=end_of_base - length + 1,
        base_to=end_of_base,
        base=pick("base"),
        retained=pick("retained"),
        began=long.began,
    )
    return found.select(
        *by,
        "horizon",
        "base_from",
        "base_to",
        "base",
        "retained",
        **rate(found.retained, found.base),
        complete=(found.began <= found.base_from).fill_null(False),
    ).order_by(*by, "horizon")


def retention_trend(t: Tables, as_of: AsOf, *, horizon: int = 90, groups: ir.Table | None = None) -> ir.Table:
    """The retention rate at one horizon of each calendar month as base window, rising.

    A month is there once ``horizon`` days have passed after its last day, so every rate is final but for
    later refunds. Columns: [``group``,] ``month`` (int64, since January 1970), ``base``, ``retained``
    (int64, people), ``rate``, ``low``, ``high`` (float64). ``groups`` as in `retention`.
    """
    import ibis

    if horizon < 1:
        raise ValueError(f"a horizon lasts at least one day, not {horizon}")
    o = net_orders(t, as_of, anonymous=False)
    o = o.filter(o.counts)
    m = o.group_by("person_id", month=month_of(o.ordered_day)).aggregate(
        first=o.ordered_day.min(), last=o.ordered_day.max()
    )
    mine = ibis.window(group_by=m.person_id, order_by=m.month)
    m = m.mutate(gap=m["first"].lead().over(mine) - m["last"])
    m = m.filter(first_day(m.month + 1) - 1 + horizon <= as_of.day)
    by = ["month"]
    if groups is not None:
        of = groups.select(member="person_id", group="group")
        m, by = m.inner_join(of, m.person_id == of.member), ["group", "month"]
    found = m.group_by(by).aggregate(base=m.count(), retained=how_many(m.gap <= horizon))
    return found.mutate(**rate(found.retained, found.base)).order_by(*by)


def cohort_of(t: Tables, as_of: AsOf) -> ir.Table:
    """Groups by month of the first order: ``person_id`` and ``group`` (int64, months since January 1970)."""
    o = net_orders(t, as_of, anonymous=False)
    o = o.filter(o.counts)
    first = o.group_by("person_id").aggregate(day=o.ordered_day.min())
    return first.select("person_id", group=month_of(first.day))


def _window(as_of: AsOf, horizon: int, base_days: int | None) -> tuple[int, int]:
    """First and last day of the base window."""
    end = as_of.day - horizon
    return end - (base_days or horizon) + 1, end
