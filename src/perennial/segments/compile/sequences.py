"""One thing after the other, for everybody: whoever is left after each step."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from perennial.segments.compile.counted import occurrences
from perennial.segments.compile.plan import Plan, Read
from perennial.segments.compile.sources import at_store, fits
from perennial.segments.rules.conditions.counted import Counted
from perennial.segments.rules.conditions.sequence import Sequence, Step
from perennial.segments.rules.fold.measures import EVER, first_day, narrowing
from perennial.values.time import LocalDay, Period

if TYPE_CHECKING:
    import ibis.expr.types as ir

_YEARS = 60 * 366
_ZONES = 2


def sequence(condition: Sequence, plan: Plan) -> Read:
    """Whether the steps were done in their order."""
    name = condition.text()
    plan.source(name, lambda _first: _people(condition, plan))
    read = plan.column(name, name, lambda t: t.count())
    return lambda wide: read(wide).fill_null(0) > 0


def _people(condition: Sequence, plan: Plan) -> ir.Table:
    first = first_day(condition.window, plan.as_of.day)
    anchors = _moments(condition.steps[0].does, plan, first).distinct()
    for step in condition.steps[1:]:
        # What comes later may be of an earlier local day, by the two days between the outermost zones.
        anchors = _after(anchors, step, plan, _moments(step.does, plan, max(first - _ZONES, EVER)))
    return anchors


def _moments(does: Counted, plan: Plan, first: int) -> ir.Table:
    """When it was done, from the local day ``first`` on: ``person_id``, ``at``, ``day``."""
    narrowed = narrowing(does, plan.known)
    if does.kind in ("orders", "bought"):
        if narrowed.goods:
            rows = plan.rows("lines")
            rows = rows.filter(rows.counts & at_store(rows, narrowed) & fits(rows, narrowed))
        else:
            rows = plan.rows("orders")
            rows = rows.filter(rows.counts & at_store(rows, narrowed))
            rows = rows.select("person_id", at="ordered_at", day="ordered_day")
    else:
        source, happened = occurrences(does, narrowed)
        rows = plan.rows(source)
        rows = rows.filter(happened(rows))
    if first != EVER:
        rows = rows.filter(rows.day >= first)
    return rows.select("person_id", "at", "day")


def _after(anchors: ir.Table, step: Step, plan: Plan, done: ir.Table) -> ir.Table:
    """The moments of ``done``, when the step was done, after each anchor; of one not done, the anchors themselves."""
    done = done.select(who="person_id", later_at="at", later_day="day")
    if step.never:
        assert step.within is not None  # noqa: S101  # a validator's word
        anchors = anchors.filter(anchors.day < int(step.within.first_day(LocalDay(plan.as_of.day))))
    if step.within is not None:
        # A view: two steps with one window would else join one and the same table twice.
        ends = _last_days(step.within, plan.as_of.day).view()
        anchors = anchors.join(ends, anchors.day == ends.of_day).select("person_id", "at", "day", "last_day")
    after = [anchors.person_id == done.who, done.later_at > anchors.at]
    if step.within is not None:
        after.append(done.later_day <= anchors.last_day)
    if step.never:
        return anchors.anti_join(done, after).select("person_id", "at", "day")
    return anchors.join(done, after).select("person_id", at="later_at", day="later_day").distinct()


@lru_cache(maxsize=64)
def _last_days(window: Period, today: int) -> ir.Table:
    """``of_day`` and the ``last_day`` whose window of this length still holds it, for the days of 60 years.

    `Period.first_day` turned round, as a table: no engine has its arithmetic, and as columns it would be very long.
    """
    import ibis
    import pyarrow as pa

    days: list[int] = []
    last: list[int] = []
    end = today - _YEARS
    first = int(window.first_day(LocalDay(end)))
    while first <= today + 1:
        begins_next = int(window.first_day(LocalDay(end + 1)))
        # Every day that is in the window of this end, and in none of a later one.
        days.extend(range(first, begins_next))
        last.extend([end] * (begins_next - first))
        first, end = begins_next, end + 1
    return ibis.memtable(pa.table({"of_day": pa.array(days, pa.int64()), "last_day": pa.array(last, pa.int64())}))
