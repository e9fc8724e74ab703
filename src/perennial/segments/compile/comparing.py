"""Columns held against numbers. What is not known holds against nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from perennial.segments.rules.fold.comparing import Bound


def held(value: ir.NumericValue, bounds: tuple[str, Bound, Bound]) -> ir.BooleanValue:
    """Whether ``value`` is as the operator says; false where it is null."""
    op, low, high = bounds
    found = {
        ">=": lambda: value >= low, ">": lambda: value > low, "<=": lambda: value <= low,
        "<": lambda: value < low, "=": lambda: value == low, "!=": lambda: value != low,
        "between": lambda: (value >= low) & (value <= high),
    }[op]()  # fmt: skip
    return found.fill_null(False)
