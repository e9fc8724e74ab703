"""Rules that nobody can ever meet: "more than 5 and fewer than 3" is said, not counted as 0."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from perennial.segments.rules.compare import Compare, measured
from perennial.segments.rules.conditions.base import Condition
from perennial.segments.rules.conditions.counted import Counted
from perennial.segments.rules.conditions.dated import Since
from perennial.segments.rules.conditions.named import Bucket, Score
from perennial.segments.rules.conditions.standing import Standing
from perennial.segments.rules.rule import All, Either, Not, Rule

Ends = tuple[Decimal, bool, Decimal, bool]
"""The lowest and highest value that is left, each with whether it is still in."""
_ALL: Ends = (Decimal("-Infinity"), False, Decimal("Infinity"), False)


def contradictions(rule: Rule) -> Iterator[str]:
    """What makes parts of the rule hold for nobody, in words; nothing where all parts may hold.

    Looked at: parts that must hold together and are about the same. It proves nothing about others.
    """
    match rule:
        case All():
            yield from _together(_flat(rule))
            for one in rule.of:
                yield from contradictions(one)
        case Either():
            for one in rule.of:
                yield from contradictions(one)
        case Not():
            yield from contradictions(rule.of)
        case Counted() | Since() if rule.holds is not None and _never(rule.holds):
            yield f"{rule.text()} holds for nobody: nothing is counted below 0"


def _flat(rule: All) -> list[Rule]:
    return [part for one in rule.of for part in (_flat(one) if isinstance(one, All) else [one])]


def _never(holds: Compare) -> bool:
    return holds.op == "<" and holds.value == 0


def _together(parts: Sequence[Rule]) -> Iterator[str]:
    ranges: dict[str, tuple[Ends, str]] = {}
    values: dict[str, tuple[set[str], str]] = {}
    said: set[str] = set()
    for part in parts:
        text = part.text()
        opposite = part.of.text() if isinstance(part, Not) else f"not {text}"
        if opposite in said:
            yield f"{opposite} and {text} cannot both hold: take one of them out"
        said.add(text)
        if isinstance(part, Standing):
            left, before = values.get(part.kind, (set(part.values), text))
            if not (both := left & set(part.values)):
                yield f"{before} and {text} cannot both hold: write one of them with in (...), or join them with or"
            values[part.kind] = (both, text)
        elif (found := _held(part)) is not None:
            what, holds = found
            ends, before = ranges.get(what, (_ALL, ""))
            narrowed = _narrowed(ends, holds)
            if before and not _open(narrowed):
                yield f"{before} and {text} cannot both hold: no number is both"
            ranges[what] = (narrowed, text)


def _held(part: Rule) -> tuple[str, Compare] | None:
    """What is measured, in words, and what it is held against."""
    match part:
        case Counted() if part.holds is not None:
            return f"{part.measure.text()} {measured(part.holds.value)[1]}", part.holds
        case Since() | Score() | Bucket():
            whole: Condition = part.model_copy(update={"holds": Compare(op="=", value=0)})
            return whole.text(), part.holds
    return None


def _narrowed(ends: Ends, holds: Compare) -> Ends:
    low, low_in, high, high_in = ends
    value = measured(holds.value)[0]
    least, most = {
        ">=": (value, None), ">": (value, None), "<=": (None, value), "<": (None, value), "=": (value, value),
        "!=": (None, None), "between": (value, measured(holds.to)[0] if holds.to is not None else None),
    }[holds.op]  # fmt: skip
    inside = holds.op not in (">", "<")
    if least is not None and (least > low or (least == low and not inside)):
        low, low_in = least, inside
    if most is not None and (most < high or (most == high and not inside)):
        high, high_in = most, inside
    return low, low_in, high, high_in


def _open(ends: Ends) -> bool:
    low, low_in, high, high_in = ends
    return low < high or (low == high and low_in and high_in)
