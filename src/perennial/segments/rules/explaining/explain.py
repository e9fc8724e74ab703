"""Why a rule holds for one person or does not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from perennial.segments.rules.conditions.base import Condition
from perennial.segments.rules.conditions.named import Labelled, Member
from perennial.segments.rules.expand import expand
from perennial.segments.rules.explaining.ahead import Ahead
from perennial.segments.rules.explaining.missing import missing
from perennial.segments.rules.explaining.values import value_of
from perennial.segments.rules.explaining.verdict import Held, Sort, Verdict
from perennial.segments.rules.fold.person import Person
from perennial.segments.rules.judge import Check, prepare
from perennial.segments.rules.known import Known
from perennial.segments.rules.rule import All, Either, Not, Rule
from perennial.segments.rules.segment import OWN, Segment

NO_SEGMENTS: Mapping[str, Segment] = {}
_LASTING = ("money", "count", "pieces", "share", "word", "steps")


@dataclass(frozen=True, slots=True)
class _Part:
    """A part with what it takes to look ahead: its check, and the days to come on which time may turn it."""

    verdict: Verdict
    check: Check
    turning: frozenset[int]


def explain(rule: Rule, person: Person, known: Known, segments: Mapping[str, Segment] = NO_SEGMENTS) -> Verdict:
    """``rule`` for ``person`` as a tree: what holds and why, what is missing, and until when.

    ``segments``: those that the rule may name, by key; each becomes a node of its own. Raises CannotCount as
    `segments.rules.judge` and `segments.rules.expand` do.
    """
    rules = {key: segment.rule for key, segment in segments.items()}
    expand(rule, rules)  # tells of rings and of names that are not there before anything is explained
    return _Explaining(person, known, segments).part(rule, wanted=True).verdict


class _Explaining:
    def __init__(self, person: Person, known: Known, segments: Mapping[str, Segment]) -> None:
        self._person, self._known, self._segments = person, known, segments
        self._ahead = Ahead(person)

    def part(self, rule: Rule, *, wanted: bool) -> _Part:
        match rule:
            case All():
                parts = [self.part(one, wanted=wanted) for one in rule.of]
                checks = [one.check for one in parts]
                return self._group("all", rule, lambda p: all(check(p) for check in checks), parts, wanted=wanted)
            case Either():
                parts = [self.part(one, wanted=wanted) for one in rule.of]
                checks = [one.check for one in parts]
                return self._group("any", rule, lambda p: any(check(p) for check in checks), parts, wanted=wanted)
            case Not():
                inner = self.part(rule.of, wanted=not wanted)
                return self._group("not", rule, lambda p: not inner.check(p), [inner], wanted=wanted)
            case Member(kind="segment"):
                return self._segment(rule, rule.name, wanted=wanted)
            case Labelled() if rule.name.startswith(OWN):
                return self._segment(rule, rule.name.removeprefix(OWN), wanted=wanted)
            case _:
                return self._condition(rule, wanted=wanted)

    def _segment(self, rule: Member | Labelled, key: str, *, wanted: bool) -> _Part:
        segment = self._segments[key]
        inner = self.part(segment.rule, wanted=wanted)
        found = self._group("segment", rule, inner.check, [inner], wanted=wanted)
        return replace(found, verdict=replace(found.verdict, key=key, title=segment.title))

    def _group(self, sort: Sort, rule: Rule, check: Check, parts: list[_Part], *, wanted: bool) -> _Part:
        turning = frozenset[int]().union(*(one.turning for one in parts))
        verdict = Verdict(
            sort, rule.text(), check(self._person), wanted, stays=self._ahead.first_other(check, turning),
            parts=tuple(one.verdict for one in parts),
        )  # fmt: skip
        return _Part(verdict, check, turning)

    def _condition(self, rule: Condition, *, wanted: bool) -> _Part:
        check, find = prepare(rule, self._known), value_of(rule, self._known)  # type: ignore[arg-type]  # one of them
        turning = self._ahead.turning(rule)
        holds, held = check(self._person), find(self._person)
        stays = self._ahead.first_other(check, turning)
        verdict = Verdict(
            "condition", rule.text(), holds, wanted, held,
            None if holds == wanted else missing(rule, held, self._person, wanted=wanted, stays=stays),
            self._ahead.first_other(lambda person: find(person).value, turning) if _lasts(held) else None, stays,
        )  # fmt: skip
        return _Part(verdict, check, turning)


def _lasts(held: Held) -> bool:
    """Whether a value stays as it is until something leaves a window; the days since something change every day."""
    return held.unit in _LASTING
