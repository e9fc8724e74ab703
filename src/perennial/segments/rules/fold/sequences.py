"""One thing after the other, for one person."""

from __future__ import annotations

from collections.abc import Callable

from perennial.segments.rules.conditions.sequence import Sequence, Step
from perennial.segments.rules.fold.measures import Moment, first_day, moments
from perennial.segments.rules.fold.person import Person
from perennial.segments.rules.fold.standing import Check
from perennial.segments.rules.known import Known


def sequence(condition: Sequence, known: Known) -> Check:
    """Whether the steps were done in their order. What is done later in the same instant is not after it."""
    done = steps_done(condition, known)
    return lambda person: done(person) == len(condition.steps)


def steps_done(condition: Sequence, known: Known) -> Callable[[Person], int]:
    """How many of the steps were done in their order.

    All that may have been the step before is kept: the first of them is not always the one that goes on.
    """
    found = [(step, moments(step.does, known)) for step in condition.steps]

    def count(person: Person) -> int:
        today = person.as_of.day
        first = first_day(condition.window, today)
        anchors: set[Moment] = {one for one in found[0][1](person) if one[1] >= first}
        for number, (step, done) in enumerate(found[1:], 1):
            if not anchors:
                return number - 1
            anchors = {anchor for one in anchors for anchor in _after(one, step, done(person), today)}
        return len(found) if anchors else len(found) - 1

    return count


def _after(anchor: Moment, step: Step, done: list[Moment], today: int) -> list[Moment]:
    at, day = anchor
    later = [one for one in done if one[0] > at and (step.within is None or first_day(step.within, one[1]) <= day)]
    if not step.never:
        return later
    over = step.within is not None and first_day(step.within, today) > day
    return [anchor] if over and not later else []
