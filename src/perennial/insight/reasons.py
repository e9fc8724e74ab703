"""Why people who fell silent may have left, as far as the store's own facts can tell.

Only dissatisfaction leaves traces here. That someone left the market, was taken by a competitor, or believes
the store does not care, cannot be inferred from orders: these are in ``unknown``, and are to be asked.
A trace is a coincidence in time, no proof: it says where to ask first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from perennial.insight.calendar import month_of
from perennial.insight.net import GOODS, how_many, share
from perennial.insight.rhythm import rhythm
from perennial.insight.service import BAD, experiences
from perennial.insight.tables import AsOf, Tables, Treatment

if TYPE_CHECKING:
    import ibis.expr.types as ir

UNKNOWN = "unknown"


def reasons(t: Tables, as_of: AsOf, *, treatment: Treatment = GOODS, within: int = 90) -> ir.Table:
    """The likeliest known reason of each person who is drifting or lost. Source: Tactics T08, inferred half.

    Formula: of the bad experiences (`service.experiences`) from the day of the last purchase occasion to
    ``within`` days after it, the one closest to it; at equal distance in this order: late_delivery, refund,
    complaint, unanswered_ticket, low_rating. None: ``unknown``.

    Columns: ``person_id``, ``last_day`` (int64), ``state`` (drifting or lost, see `rhythm`), ``too_early``
    (boolean), ``left_month`` (int64, months since January 1970, in which they went past their due day),
    ``reason`` (string), ``reason_day`` (int64, null: unknown), ``yearly_value`` (float64, minor units, as in
    `rhythm`, by ``treatment``).
    """
    import ibis

    r = rhythm(t, as_of, treatment=treatment)
    r = r.filter(r.state.isin(("drifting", "lost")))
    seen = experiences(t, as_of)
    seen = seen.filter(seen.kind.isin(BAD))
    order = ibis.cases(*((seen.kind == name, ibis.literal(i, "int64")) for i, name in enumerate(BAD)))
    seen = seen.select(whose="person_id", seen_day="day", order=order)
    near = [r.person_id == seen.whose, seen.seen_day >= r.last_day, seen.seen_day <= r.last_day + within]
    j = r.left_join(seen, near)
    # Distance and order in one number: its minimum needs no second pass over everybody's rhythm.
    place = (j.seen_day - j.last_day) * len(BAD) + j.order
    keys = ("person_id", "last_day", "state", "too_early", "due_day", "yearly_value")
    j = j.group_by(*keys).aggregate(place=place.min())
    reason = ibis.cases(*((j.place % len(BAD) == i, name) for i, name in enumerate(BAD)), else_=UNKNOWN)
    return j.select(
        "person_id",
        "last_day",
        "state",
        "too_early",
        left_month=month_of(j.due_day + 1),
        reason=reason,
        reason_day=j.last_day + j.place // len(BAD),
        yearly_value=j.yearly_value,
    )


def reasons_summary(t: Tables, as_of: AsOf, *, treatment: Treatment = GOODS, within: int = 90) -> ir.Table:
    """How many people who are drifting or lost have which reason, and what they were worth.

    Columns: ``reason`` (string, see `reasons`), ``customers``, ``early`` (int64: those of them of whom it is
    too early to know a rhythm), ``share`` (float64, of all drifting or lost), ``yearly_value`` (float64,
    minor units), ``value_share`` (float64).
    """
    r = reasons(t, as_of, treatment=treatment, within=within)
    by = r.group_by("reason").aggregate(
        customers=r.count(), early=how_many(r.too_early), yearly_value=r.yearly_value.sum()
    )
    by = by.mutate(everybody=by.customers.sum().over(), value=by.yearly_value.sum().over())
    return by.select(
        "reason",
        "customers",
        "early",
        "yearly_value",
        share=share(by.customers, by.everybody),
        value_share=share(by.yearly_value, by.value),
    )


def reasons_trend(t: Tables, as_of: AsOf, *, treatment: Treatment = GOODS, within: int = 90) -> ir.Table:
    """The reasons by the month in which people went past their due day, of those still silent on ``as_of``.

    Columns: ``month`` (int64, months since January 1970), ``reason``, ``customers`` (int64), ``share``
    (float64, of the month), ``yearly_value`` (float64, minor units).
    """
    r = reasons(t, as_of, treatment=treatment, within=within)
    by = r.group_by("reason", month=r.left_month).aggregate(customers=r.count(), yearly_value=r.yearly_value.sum())
    by = by.mutate(everybody=by.customers.sum().over(group_by="month"))
    return by.select("month", "reason", "customers", "yearly_value", share=share(by.customers, by.everybody))
