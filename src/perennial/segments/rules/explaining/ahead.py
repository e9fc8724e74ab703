"""The days to come on which time alone may turn a condition for one person, and the person as they stand on each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from perennial.insight.delivery import PATIENCE
from perennial.insight.own import turns
from perennial.insight.tables import AsOf
from perennial.segments.rules.compare import Within, measured
from perennial.segments.rules.conditions.base import Condition
from perennial.segments.rules.conditions.counted import Counted
from perennial.segments.rules.conditions.dated import Dated, Since, Yearly
from perennial.segments.rules.conditions.ranked import Ranked
from perennial.segments.rules.conditions.sequence import Sequence
from perennial.segments.rules.conditions.standing import Attribute, Standing
from perennial.segments.rules.fold.cut import cut
from perennial.segments.rules.fold.person import Person
from perennial.segments.rules.fold.standing import day_of
from perennial.segments.rules.turns import Source, source_of
from perennial.segments.rules.yearly import first_before, occurrences
from perennial.values.time import DAY_US, LocalDay, Period

FAR = 731  # days: what turns later than that is not told


class Ahead:
    """One person on days to come, nothing being recorded any more."""

    def __init__(self, person: Person) -> None:
        self._now = Person(cut(person.history, person.as_of.at), person.known, person.as_of)
        self._on: dict[int, Person] = {}

    @property
    def today(self) -> int:
        """The local day from which on is looked ahead."""
        return self._now.as_of.day

    def on(self, day: int) -> Person:
        """The person on a local day."""
        if day not in self._on:
            at = self._now.as_of.at + (day - self.today) * DAY_US
            self._on[day] = self._now.later(AsOf(at, day))
        return self._on[day]

    def first_other(self, find: Callable[[Person], object], days: Iterable[int]) -> int | None:
        """The last day on which ``find`` gives what it gives today, where one of ``days`` ends that."""
        today = find(self._now)
        for day in sorted(days):
            if find(self.on(day)) != today:
                return day - 1
        return None

    def turning(self, condition: Condition) -> frozenset[int]:
        """The days to come, tomorrow first and no further than `FAR`, on which time may turn ``condition``."""
        days = {int(day) for day in _turning(condition, self._now)}
        return frozenset(day for day in days if self.today < day <= self.today + FAR)


def last_day(window: Period, day: int) -> int:
    """The last local day whose window still holds ``day``."""
    if window.unit in ("day", "week"):
        return day + window.count * (7 if window.unit == "week" else 1) - 1
    end = LocalDay(day).plus_months(window.count * (12 if window.unit == "year" else 1))
    while window.first_day(end.plus(1)) <= day:  # the 29th to 31st look back to the last of a short month, too
        end = end.plus(1)
    return int(end)


def _turning(one: Condition, person: Person) -> Iterator[int]:
    match one:
        case Counted():
            yield from _left(one.window, _counted_days(one, person))
            yield from _promised(source_of(one), person)
        case Ranked():
            yield from _turning(one.by, person)
        case Dated(when=Within(window=window)):
            yield from _left(window, _known(day_of(one.kind, person)))
        case Since():
            yield from _ages(one, person)
        case Sequence():
            yield from _sequence(one, person)
        case Attribute(when=Within(window=window)):
            days = [row.day for row in person.history.attributes if row.name == one.name and row.day is not None]
            yield from _left(window, days)
        case Yearly():
            yield from _yearly(one, person)
        case Standing(kind="rhythm" | "lifecycle") if person.occasions and person.known.rhythm is not None:
            own = turns(person.occasions, person.known.rhythm)
            yield from (own.expected_day + 1, own.due_day + 1, own.lost_day + 1)
        case Standing(kind="rfm") if person.occasions and person.known.rfm is not None:
            yield from (person.occasions[-1] + person.known.rfm[f"r_cut_{k}"] + 1 for k in range(1, 5))


def _known(day: int | None) -> list[int]:
    return [] if day is None else [day]


def _left(window: Period | None, days: Iterable[int]) -> Iterator[int]:
    """The days on which what happened on ``days`` is in the window no more."""
    if window is not None:
        for day in set(days):
            yield last_day(window, day) + 1


def _counted_days(one: Counted, person: Person) -> list[int]:
    return days_in(source_of(one), person)


def days_in(source: Source, person: Person) -> list[int]:
    """The local days of a person's facts of a source."""
    match source:
        case "acts":
            return [act.day for act in person.acts]
        case "refunds":
            return [refund.refunded_day for refund in person.refunds]
        case "tickets":
            return [ticket.opened_day for ticket in person.history.tickets]
        case "promises":
            return [day + 1 for day in _promises(person)]
        case _:
            return [order.day for order in person.orders]


def _promises(person: Person) -> list[int]:
    promised = [order.promised_day for order in person.placed]
    promised += [parcel.promised_day for parcel in person.history.parcels]
    return [day for day in promised if day is not None]


def _promised(source: Source, person: Person) -> Iterator[int]:
    """A promise is broken on the day after it, and taken for untold once patience is over."""
    if source == "promises":
        for day in _promises(person):
            yield from (day + 1, day + PATIENCE + 1)


def _ages(one: Since, person: Person) -> Iterator[int]:
    day = day_of(one.event, person)
    if day is not None:
        for bound in (one.holds.value, one.holds.to):
            if bound is not None:
                age = int(measured(bound)[0])
                yield from (day + age, day + age + 1)


def _sequence(one: Sequence, person: Person) -> Iterator[int]:
    for source in {source_of(step.does) for step in one.steps}:
        days = days_in(source, person)
        yield from _left(one.window, days)
        yield from _promised(source, person)
        for step in one.steps:
            if step.never:
                yield from _left(step.within, days)


def _yearly(one: Yearly, person: Person) -> Iterator[int]:
    today = person.as_of.day
    for day in yearly_days(one, person):
        for comes in occurrences(day, today - FAR, today + 2 * FAR):
            if one.way == "last":
                yield from (comes, last_day(one.window, comes) + 1)
            else:
                yield from (first_before(one.window, comes), comes + 1)


def yearly_days(one: Yearly, person: Person) -> list[int]:
    """The days, of whatever year, that come round for a person by ``one``."""
    name = "birthday" if one.name is None else one.name
    if one.kind == "beneficiary":
        return [row.day for row in person.history.yearly if row.name == name]
    return [row.day for row in person.history.attributes if row.name == name and row.day is not None]
