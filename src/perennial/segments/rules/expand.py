"""A rule with the segments it names put in their places, so that it can be judged without asking for others."""

from __future__ import annotations

from collections.abc import Mapping

from perennial.segments.rules.conditions.named import Labelled, Member
from perennial.segments.rules.known import CannotCount
from perennial.segments.rules.rule import All, Either, Not, Rule
from perennial.segments.rules.segment import OWN


def expand(rule: Rule, segments: Mapping[str, Rule], within: tuple[str, ...] = ()) -> Rule:
    """``rule`` with the rules of ``segments`` for their names. Raises CannotCount for an unknown name or a ring."""
    match rule:
        case All():
            return All(of=tuple(expand(one, segments, within) for one in rule.of))
        case Either():
            return Either(of=tuple(expand(one, segments, within) for one in rule.of))
        case Not():
            return Not(of=expand(rule.of, segments, within))
        case Member(kind="segment"):
            return _put(rule.name, segments, within)
        case Labelled() if rule.name.startswith(OWN):
            return _put(rule.name.removeprefix(OWN), segments, within)
        case _:
            return rule


def _put(name: str, segments: Mapping[str, Rule], within: tuple[str, ...]) -> Rule:
    if name in within:
        raise CannotCount(f"segments name each other in a ring: {' names '.join((*within, name))}")
    if name not in segments:
        raise CannotCount(f"there is no live segment {name!r}: publish it, or take it out of the rule")
    return expand(segments[name], segments, (*within, name))
