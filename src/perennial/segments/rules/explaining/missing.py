"""What would have to happen for one condition to be as it is wanted."""

from __future__ import annotations

from perennial.segments.rules.conditions.base import Condition
from perennial.segments.rules.conditions.counted import Counted
from perennial.segments.rules.conditions.dated import Dated, Since, Yearly
from perennial.segments.rules.conditions.named import Bucket, Score
from perennial.segments.rules.conditions.ranked import Ranked
from perennial.segments.rules.conditions.sequence import Sequence
from perennial.segments.rules.conditions.standing import Attribute
from perennial.segments.rules.explaining.apart import apart, one_order
from perennial.segments.rules.explaining.verdict import Held, Missing
from perennial.segments.rules.fold.comparing import holding, plain_bounds
from perennial.segments.rules.fold.measures import first_day
from perennial.segments.rules.fold.person import Person
from perennial.segments.rules.fold.standing import among_days, day_of

_EVENTS = {"first_order": "first order", "last_order": "order", "joined": "joining", "last_visit": "visit"}


def missing(  # noqa: PLR0911  # one line a condition
    one: Condition, held: Held, person: Person, *, wanted: bool, stays: int | None
) -> Missing | None:
    """For a condition that is not as ``wanted``. ``stays``: as of `Verdict`."""
    wait = None if stays is None else Missing("wait", stays + 1 - person.as_of.day, "days")
    match one:
        case Counted():
            return _counted(one, held, person, wanted=wanted)
        case Ranked():
            return _ranked(one, held, person, wanted=wanted)
        case Since():
            return _since(one, held, person, wanted=wanted) or wait
        case Dated():
            return wait or (_dated(one, person) if wanted else _undated(one, person))
        case Score():
            return apart(held, wanted=wanted)
        case Attribute(holds=holds) if holds is not None:
            return apart(held, wanted=wanted)
        case Bucket():
            return Missing("never", unit="share")
        case Sequence():
            return _steps(one, held, wait) if wanted else wait or Missing("never", unit="steps")
        case Yearly():
            return wait or (Missing("unknown", unit="day") if held.value is None else None)
        case _:
            return wait or Missing("become", unit=held.unit)


def _counted(one: Counted, held: Held, person: Person, *, wanted: bool) -> Missing | None:
    found = apart(held, wanted=wanted)
    if found is None or one.kind != "aov":
        return found
    return one_order(held, found, *_average(one, person), wanted=wanted)


def _average(one: Counted, person: Person) -> tuple[int, int]:
    """Revenue and orders of the average."""
    first = first_day(one.window, person.as_of.day)
    stores = {part.name for part in one.of if part.by == "store"}
    ids = person.known.store_ids(frozenset(stores)) if stores else None
    mine = [row for row in person.orders if row.day >= first and (ids is None or row.store_id in ids)]
    return sum(row.revenue for row in mine), sum(row.counts for row in mine)


def _ranked(one: Ranked, held: Held, person: Person, *, wanted: bool) -> Missing | None:
    cut = held.low
    # Who has nothing of it has no place, wherever the cut is; where nobody has, there is no cut.
    if cut is None or (wanted and not held.value and cut <= 0):
        return Missing("unknown", unit=held.unit)
    if not wanted:
        return apart(held, wanted=False)
    if not held.value and one.kind == "bottom":
        held = Held(held.unit, 0 if held.value is None else held.value, ">", 0)
    return _counted(one.by, held, person, wanted=True)


def _since(one: Since, held: Held, person: Person, *, wanted: bool) -> Missing | None:
    day = day_of(one.event, person)
    if day is None:
        return _again(one, wanted=wanted) if wanted else None
    found = apart(held, wanted=wanted)
    if found is None or found.amount is None:
        return None
    if found.how == "more":
        # A day of a store east of the brand may be tomorrow's: it has to be waited for, too.
        return Missing("wait", found.amount + max(day - person.as_of.day, 0), "days")
    return _again(one, wanted=wanted) if one.event.startswith("last") else Missing("never", unit="days")


def _again(one: Since, *, wanted: bool) -> Missing:
    """It is done today, and then so many days pass."""
    op, low, high = plain_bounds(one.holds)
    test = holding(op, low, high)
    after = next((n for n in (0, int(low), int(low) + 1, int(high) + 1) if test(n) == wanted), None)
    if after is None:
        return Missing("never", unit="days")
    return Missing("do", after or None, "days", what=_EVENTS[one.event])


def _dated(one: Dated, person: Person) -> Missing:
    """Doing it today would do, or nothing will."""
    fresh = one.kind.startswith("last") or day_of(one.kind, person) is None
    today = person.as_of.day
    if not fresh:
        return Missing("never", unit="day")
    if among_days(today, one.when, today):
        return Missing("do", unit="day", what=_EVENTS[one.kind])
    later = any(among_days(today + n, one.when, today) for n in _SOON)
    return Missing("do" if later else "never", unit="day", what=_EVENTS[one.kind] if later else "")


_SOON = (*range(1, 32), *range(32, 3 * 366, 7))


def _undated(one: Dated, person: Person) -> Missing:
    """Doing it again, where what was done last is asked for and today is not among the days."""
    today = person.as_of.day
    if one.kind.startswith("last") and not among_days(today, one.when, today):
        return Missing("do", unit="day", what=_EVENTS[one.kind])
    return Missing("never", unit="day")


def _steps(one: Sequence, held: Held, wait: Missing | None) -> Missing:
    done = held.value
    assert isinstance(done, int)  # noqa: S101  # how many
    step = one.steps[done]
    if step.never:
        return wait or Missing("never", unit="steps", what=step.does.text())
    return Missing("do", unit="steps", what=step.does.text())
