"""What time alone changes: whose facts leave a window, or reach an age, between two local days."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from perennial.insight.delivery import PATIENCE
from perennial.segments.rules.compare import Compare, Within, measured
from perennial.segments.rules.conditions.counted import Counted
from perennial.segments.rules.conditions.dated import Dated, Since, Yearly
from perennial.segments.rules.conditions.ranked import Ranked
from perennial.segments.rules.conditions.sequence import Sequence
from perennial.segments.rules.conditions.standing import Attribute, Standing
from perennial.segments.rules.known import Known
from perennial.segments.rules.rule import Rule, conditions
from perennial.segments.rules.yearly import days_of
from perennial.values.time import LocalDay, Period

Source = Literal["orders", "refunds", "acts", "tickets", "promises", "joined", "attribute", "rhythm", "last order"]


@dataclass(frozen=True, slots=True)
class Aged:
    """People with a fact of ``source`` dated ``first`` to ``last`` (both included) may have changed by time alone.

    ``name``: of the attribute. ``rhythm``: the last days of being on time, due and drifting.
    """

    source: Source
    first: int
    last: int
    name: str = ""


@dataclass(frozen=True, slots=True)
class CameRound:
    """People for whom ``name`` (of an attribute, or of somebody they buy for) is on one of the days of the year."""

    source: Literal["attributes", "yearly"]
    name: str
    days: frozenset[int]


Turn = Aged | CameRound
_ACTS = ("viewed", "carted", "visited", "did", "opened", "clicked", "replied", "answered", "has_referred")
_EVENTS: dict[str, Source] = {
    "first_order": "orders", "last_order": "orders", "joined": "joined", "last_visit": "acts",
}  # fmt: skip


def turns(rule: Rule, known: Known, before: int, today: int) -> Iterator[Turn]:
    """What must be looked at when ``today`` begins, where ``before`` was the last local day looked at.

    Whoever is in none of these is in or out at the end as at the beginning, as long as nothing is recorded of them.
    """
    for one in conditions(rule):
        match one:
            case Counted():
                yield from _counted(one, before, today)
            case Sequence():
                yield from _sequence(one, before, today)
            case Dated(when=Within(window=window)):
                yield from _left(_EVENTS[one.kind], window, before, today)
            case Since():
                yield from _ages(_EVENTS[one.event], one.holds, before, today)
            case Attribute(when=Within(window=window)):
                yield from _left("attribute", window, before, today, one.name)
            case Yearly():
                yield from _yearly(one, before, today)
            case Standing(kind="rhythm" | "lifecycle"):
                yield Aged("rhythm", before, today - 1)
            case Standing(kind="rfm") if known.rfm is not None:
                for k in range(1, 5):
                    cut = known.rfm[f"r_cut_{k}"]
                    yield Aged("last order", before - cut, today - cut - 1)
            case Ranked():
                yield from _counted(one.by, before, today)


def source_of(counted: Counted) -> Source:
    """Where a counting condition's facts are dated."""
    if counted.kind in _ACTS:
        return "acts"
    return {"refunds": "refunds", "refunded": "refunds", "complained": "tickets", "late_delivery": "promises"}.get(
        counted.kind, "orders"
    )  # type: ignore[return-value]  # a Source each


def _counted(one: Counted, before: int, today: int) -> Iterator[Turn]:
    source = source_of(one)
    if source == "promises":
        # A promise is broken on the day after it, and taken for untold once patience is over.
        yield Aged(source, before, today - 1)
        yield Aged(source, before - PATIENCE, today - PATIENCE - 1)
    yield from _left(source, one.window, before, today)


def _sequence(one: Sequence, before: int, today: int) -> Iterator[Turn]:
    sources = {source_of(step.does) for step in one.steps}
    for source in sources:
        yield from _left(source, one.window, before, today)
        if source == "promises":
            yield Aged(source, before, today - 1)
            yield Aged(source, before - PATIENCE, today - PATIENCE - 1)
        for step in one.steps:
            if step.never:
                yield from _left(source, step.within, before, today)


def _left(source: Source, window: Period | None, before: int, today: int, name: str = "") -> Iterator[Turn]:
    """Facts that were in the window on ``before`` and are not any more today."""
    if window is None:
        return
    first, last = int(window.first_day(LocalDay(before))), int(window.first_day(LocalDay(today))) - 1
    if source == "promises":
        first, last = first - 1, last - 1  # dated by the day after the promise
    if first <= last:
        yield Aged(source, first, last, name)


def _ages(source: Source, holds: Compare, before: int, today: int) -> Iterator[Turn]:
    """Facts that reach an age, or pass it."""
    for bound in {holds.value, holds.value if holds.to is None else holds.to}:
        for age in (int(measured(bound)[0]), int(measured(bound)[0]) + 1):
            # A store east of the reporting zone may be a day ahead: its facts have the age 0 for two days.
            yield Aged(source, before + 1 - age, today - age)
    yield Aged(source, today, today + 1)


def _yearly(one: Yearly, before: int, today: int) -> Iterator[Turn]:
    name = "birthday" if one.name is None else one.name
    changed = days_of(one, before) ^ days_of(one, today)
    yield CameRound("yearly" if one.kind == "beneficiary" else "attributes", name, frozenset(changed))
