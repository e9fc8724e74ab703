"""Is what was promised delivered when it was promised: by carrier, by month, and what is late now.

A *promise* is judged per parcel: the parcel's promised day, else its order's. An order of which nothing was
shipped by ``as_of`` is one promise without a carrier; once parcels are under way they are judged alone (which
lines are still missing is in no table). Days are compared, not hours: a promise is kept when delivery comes
on the promised local day or before. Orders cancelled by ``as_of`` are left out.

Outcomes as of a moment:

- ``kept``, ``late``: delivered, by the promised day or after it;
- ``late_now``: not delivered, and the promised day is over;
- ``open``: not delivered, and there is time;
- ``untold``: not delivered more than ``patience`` days after the promise. Some shops never report a
  delivery; taking these for late would slander the carrier, so they are counted apart;
- ``unpromised``: no day was promised.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from perennial.insight.calendar import month_of
from perennial.insight.intervals import rate
from perennial.insight.net import how_many, placed, share, with_person
from perennial.insight.tables import AsOf, Tables

if TYPE_CHECKING:
    import ibis.expr.types as ir

PATIENCE = 60  # days after the promise in which an undelivered parcel counts as late


def delivery(
    t: Tables,
    as_of: AsOf,
    *,
    by: Literal["all", "carrier", "month"] = "all",
    patience: int = PATIENCE,
    days: int | None = None,
) -> ir.Table:
    """The promise-kept rate, overall, by carrier or by month of the promise. Source: own.

    Formula: kept / (kept + late + late_now), outcomes as in the module. ``days``: only promises for the last so
    many local days, ``as_of``'s included, and none for later.

    Columns (int64 unless said): ``carrier`` (string, "" where nothing is shipped or none is named) or
    ``month`` (months since January 1970 of the promised day; null: unpromised), unless by "all";
    ``promised`` = kept + late + late_now; ``kept``, ``late``, ``late_now``, ``open``, ``untold``,
    ``unpromised``; ``kept_rate``, ``low``, ``high`` (float64, Wilson 95 %); ``days_late`` (float64, mean
    over late and late_now, so far), ``most_days_late``.
    """

    if by not in ("all", "carrier", "month"):
        raise ValueError(f"deliveries are not told by {by!r}: choose all, carrier or month")
    if days is not None and days < 1:
        raise ValueError(f"a window lasts at least one day, not {days}")
    j = promises(t, as_of, patience=patience)
    if days is not None:
        j = j.filter(j.promised_day > as_of.day - days, j.promised_day <= as_of.day)
    late = (j.outcome == "late") | (j.outcome == "late_now")
    names = ("kept", "late", "late_now", "open", "untold", "unpromised")
    sums = {name: how_many(j.outcome == name) for name in names}
    sums["days"] = j.days_late.sum(where=late)
    sums["most_days_late"] = j.days_late.max(where=late)
    keys = {"carrier": j.carrier, "month": month_of(j.promised_day)} if by != "all" else {}
    a = j.group_by(**{by: keys[by]}).aggregate(**sums) if keys else j.aggregate(**sums)
    failed = a.late + a.late_now
    a = a.mutate(promised=a.kept + failed)
    a = a.mutate(days_late=share(a.days, a.late + a.late_now), **rate(a.kept, a.promised, "kept_rate"))
    shown = ("promised", *names, "kept_rate", "low", "high", "days_late", "most_days_late")
    return a.select(*([by] if keys else []), *shown)


def late_now(t: Tables, as_of: AsOf, *, patience: int = PATIENCE) -> ir.Table:
    """Parcels and unshipped orders that are late at this moment, to be told before they ask. Source: own.

    Columns (int64 unless said): ``order_id``, ``customer_id``, ``person_id`` (both null: anonymous),
    ``carrier`` (string, "" where not shipped), ``promised_day``, ``days_late``, ``shipped`` (boolean),
    ``first_order`` (boolean: the person has no earlier order, cancelled ones aside; null: anonymous).
    Sorted by ``days_late``, the longest first.
    """
    import ibis

    j = promises(t, as_of, patience=patience)
    j = j.filter(j.outcome == "late_now")
    o = with_person(t, placed(t, as_of))
    first = o.filter(o.person_id.notnull()).group_by(buyer=o.person_id).aggregate(began_at=o.ordered_at.min())
    j = j.left_join(first, j.person_id == first.buyer)
    known = j.person_id.notnull()
    return j.select(
        "order_id",
        "customer_id",
        "person_id",
        "carrier",
        "promised_day",
        "days_late",
        "shipped",
        first_order=ibis.ifelse(known, j.ordered_at == j.began_at, ibis.null("boolean")),
    ).order_by(ibis.desc("days_late"), "order_id")


def promises(t: Tables, as_of: AsOf, *, patience: int = PATIENCE) -> ir.Table:
    """One row per promise as the module defines it.

    Columns (int64 unless said): ``order_id``, ``customer_id``, ``person_id``, ``ordered_at``,
    ``ordered_day``, ``carrier`` (string), ``shipped`` (boolean), ``promised_day``, ``delivered_day`` (null:
    not by ``as_of``), ``outcome`` (string), ``days_late`` (0 unless late or late_now).
    """
    import ibis

    orders = with_person(t, placed(t, as_of)).select(
        "order_id",
        "customer_id",
        "person_id",
        "ordered_at",
        "ordered_day",
        order_promised="promised_day",
    )
    f = t.fulfilments
    started = ibis.coalesce(f.shipped_at, f.delivered_at)
    f = f.filter(started <= as_of.at)
    f = f.select(
        of_order="order_id",
        parcel_carrier="carrier",
        parcel_promised="promised_day",
        arrived=ibis.ifelse(f.delivered_at <= as_of.at, f.delivered_day, ibis.null("int64")),
    )
    j = orders.left_join(f, orders.order_id == f.of_order)
    j = j.select(
        "order_id",
        "customer_id",
        "person_id",
        "ordered_at",
        "ordered_day",
        carrier=j.parcel_carrier.fill_null(""),
        shipped=j.of_order.notnull(),
        promised_day=ibis.coalesce(j.parcel_promised, j.order_promised),
        delivered_day=j.arrived,
    )
    today = ibis.literal(as_of.day, "int64")
    outcome = ibis.cases(
        (j.promised_day.isnull(), "unpromised"),
        (j.delivered_day <= j.promised_day, "kept"),
        (j.delivered_day > j.promised_day, "late"),
        (today <= j.promised_day, "open"),
        (today <= j.promised_day + patience, "late_now"),
        else_="untold",
    )
    j = j.mutate(outcome=outcome)
    days = ibis.cases(
        (j.outcome == "late", j.delivered_day - j.promised_day),
        (j.outcome == "late_now", today - j.promised_day),
        else_=ibis.literal(0, "int64"),
    )
    return j.mutate(days_late=days)
