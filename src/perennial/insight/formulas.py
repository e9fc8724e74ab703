"""Formulas that people may try with numbers of their own: plain arithmetic, on numbers and on columns alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, overload

if TYPE_CHECKING:
    import ibis.expr.types as ir


@overload
def lifetime_value(amount: float, purchases: float, years: float) -> float: ...
@overload
def lifetime_value(amount: ir.NumericValue, purchases: ir.NumericValue, years: ir.NumericValue) -> ir.NumericValue: ...
def lifetime_value(
    amount: float | ir.NumericValue, purchases: float | ir.NumericValue, years: float | ir.NumericValue
) -> float | ir.NumericValue:
    """What a customer brings while they stay: ``amount`` per order x ``purchases`` a year x ``years``.

    Formula A (T03) takes all orders a year, formula B (T04) only those that were nobody's first. Times a margin
    it is profit. In the unit of ``amount``.
    """
    return amount * purchases * years
