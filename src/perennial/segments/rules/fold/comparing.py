"""Numbers held against what a rule says: in one unit, the same for both evaluators."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from perennial.segments.rules.compare import Compare, measured
from perennial.segments.rules.conditions.counted import Counted
from perennial.segments.rules.known import Known
from perennial.values.money import exponent

Bound = int | float
THOUSANDTHS = 1000


def bounds(condition: Counted, known: Known) -> tuple[str, Bound, Bound]:
    """The operator and its one or two bounds in the unit in which the condition is measured.

    Without a comparison: at least once. Sums are in minor units, pieces in thousandths, shares parts of 1.
    """
    holds = condition.holds
    if holds is None:
        return ">=", 1, 1
    return _bounds(holds, lambda value: _bound(condition, value, known))


def plain_bounds(holds: Compare, digits: int = 0) -> tuple[str, Bound, Bound]:
    """The same of a bare number; ``digits``: of the minor unit in which the other side is kept."""
    return _bounds(holds, lambda value: float(measured(value)[0].scaleb(digits)))


def score_bounds(name: str, holds: Compare, known: Known) -> tuple[str, Bound, Bound]:
    """The same of a score: one in money is kept in minor units and compared in major ones."""
    return plain_bounds(holds, exponent(known.currency) if known.scores.get(name) == "money" else 0)


def holding(op: str, low: Bound, high: Bound) -> Callable[[Bound | None], bool]:
    """Whether a number is as the operator says; what is not known never is."""
    tests: dict[str, Callable[[Bound], bool]] = {
        ">=": lambda value: value >= low, ">": lambda value: value > low, "<=": lambda value: value <= low,
        "<": lambda value: value < low, "=": lambda value: value == low, "!=": lambda value: value != low,
        "between": lambda value: low <= value <= high,
    }  # fmt: skip
    test = tests[op]
    return lambda value: value is not None and test(value)


def _bounds(holds: Compare, unit: Callable[[float | str], Bound]) -> tuple[str, Bound, Bound]:
    low = unit(holds.value)
    return holds.op, low, low if holds.to is None else unit(holds.to)


def _bound(condition: Counted, value: float | str, known: Known) -> Bound:
    if condition.unit == "sum":
        minor = known.minor(value)
        return float(minor) if condition.kind == "aov" else minor
    if condition.kind == "items":
        return int(value) * THOUSANDTHS
    return float(Decimal(repr(value))) if condition.unit == "share" else int(value)
