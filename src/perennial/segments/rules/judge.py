"""Whether a rule holds for one person: the second evaluator, beside `segments.compile`, with the same meaning."""

from __future__ import annotations

from collections.abc import Callable

from perennial.insight.tables import AsOf
from perennial.segments.rules.conditions.base import Condition
from perennial.segments.rules.conditions.counted import Counted
from perennial.segments.rules.conditions.dated import Dated, Since, Yearly
from perennial.segments.rules.conditions.named import Bucket, Labelled, Member, Score
from perennial.segments.rules.conditions.ranked import Ranked
from perennial.segments.rules.conditions.sequence import Sequence
from perennial.segments.rules.conditions.standing import Attribute, Fact, Permission, Standing
from perennial.segments.rules.fold.comparing import bounds, holding, plain_bounds, score_bounds
from perennial.segments.rules.fold.measures import measure
from perennial.segments.rules.fold.person import Person
from perennial.segments.rules.fold.sequences import sequence
from perennial.segments.rules.fold.standing import (
    among_days,
    attribute,
    day_of,
    days_since,
    fact,
    permission,
    standing,
    yearly,
)
from perennial.segments.rules.history import History
from perennial.segments.rules.known import CannotCount, Known
from perennial.segments.rules.rule import All, Either, Not, Rule
from perennial.values.hashing import hex_below, stable_hex

Check = Callable[[Person], bool]


def judge(rule: Rule, history: History, known: Known, now: AsOf) -> bool:
    """Whether ``rule`` holds for the person of ``history`` at ``now``.

    Nothing recorded of later instants counts. Segments that the rule names must have been put in their places
    (`expand`). Raises CannotCount for a name, a rate or a cut-point that ``known`` does not have.
    """
    return prepare(rule, known)(Person(history, known, now))


def prepare(rule: Rule, known: Known) -> Check:
    """``rule`` made ready to be asked of many persons."""
    match rule:
        case All():
            parts = [prepare(one, known) for one in rule.of]
            return lambda person: all(part(person) for part in parts)
        case Either():
            parts = [prepare(one, known) for one in rule.of]
            return lambda person: any(part(person) for part in parts)
        case Not():
            inner = prepare(rule.of, known)
            return lambda person: not inner(person)
        case _:
            return _condition(rule, known)


def _condition(rule: Condition, known: Known) -> Check:  # noqa: PLR0911  # one line a condition
    match rule:
        case Counted():
            find, test = measure(rule, known), holding(*bounds(rule, known))
            return lambda person: test(find(person))
        case Dated():
            return lambda person: among_days(day_of(rule.kind, person), rule.when, person.as_of.day)
        case Since():
            test = holding(*plain_bounds(rule.holds))
            return lambda person: test(days_since(rule.event, person))
        case Standing():
            return standing(rule, known)
        case Attribute():
            return attribute(rule)
        case Yearly():
            return yearly(rule)
        case Permission():
            return permission(rule)
        case Fact():
            return fact(rule)
        case Sequence():
            return sequence(rule, known)
        case Ranked():
            return _ranked(rule, known)
        case _:
            return _named(rule, known)


def _ranked(rule: Ranked, known: Known) -> Check:
    find, cut, top = measure(rule.by, known), known.cut(rule.text()), rule.kind == "top"

    def check(person: Person) -> bool:
        value = find(person)
        # Who has nothing of it has no place among those who have.
        return cut is not None and bool(value) and value is not None and (value >= cut if top else value <= cut)

    return check


def _named(rule: Condition, known: Known) -> Check:
    match rule:
        case Labelled():
            return lambda person: any(
                one.name == rule.name
                and one.from_at <= person.as_of.at
                and (one.to_at is None or one.to_at > person.as_of.at)
                for one in person.history.labels
            )
        case Member(kind="listed"):
            return lambda person: rule.name in person.history.listed
        case Bucket():
            bound, below = hex_below(float(rule.holds.value)), rule.holds.op == "<"
            return lambda person: (stable_hex(rule.salt, person.history.person_id) < bound) == below
        case Score():
            test, end = holding(*score_bounds(rule.name, rule.holds, known)), rule.bound
            return lambda person: any(test(getattr(one, end)) for one in person.history.scores.get(rule.name, ()))
        case _:
            raise CannotCount(f"{rule.text()} was not put in its place: it cannot be judged alone")
