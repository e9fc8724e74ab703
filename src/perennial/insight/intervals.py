"""Shares with their intervals, so that no rate is ever shown bare, one named rate per row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perennial.insight.net import share

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import ibis.expr.types as ir

Z_95 = 1.959963984540054


def rate(part: ir.NumericValue, whole: ir.NumericValue, name: str = "rate") -> dict[str, ir.FloatingValue]:
    """``part / whole`` and its 95 % score interval: columns ``<name>``, ``low``, ``high``, all float64.

    (k + z^2/2 -+ z sqrt(k (n - k) / n + z^2/4)) / (n + z^2), with k of n and z = 1.96; E. B. Wilson,
    "Probable inference, the law of succession, and statistical inference", JASA 1927. Null where nothing
    was counted, and the interval also where ``part`` is no part of ``whole`` (more orders than visitors).
    """
    import ibis

    k, n = part.cast("float64"), whole.cast("float64")
    zero, one = ibis.literal(0.0), ibis.literal(1.0)
    inside = (whole > 0) & (part >= 0) & (part <= whole)
    middle = k + Z_95 * Z_95 / 2
    # The greatest() keeps rows that are masked below from raising inside an engine's sqrt.
    spread = ibis.greatest(k * (n - k) / n.nullif(0.0) + Z_95 * Z_95 / 4, zero).sqrt() * Z_95
    span = n + Z_95 * Z_95
    return {
        name: share(part, whole),
        "low": ibis.ifelse(inside, ibis.greatest((middle - spread) / span, zero), ibis.null("float64")),
        "high": ibis.ifelse(inside, ibis.least((middle + spread) / span, one), ibis.null("float64")),
    }


def one_row_each(table: ir.Table, column: str, names: Sequence[str]) -> ir.Table:
    """Each row of ``table`` once per name, the name in ``column`` (string).

    Not a union of one selection per name: Spark would compute the table anew for each of them.
    """
    import ibis

    return table.mutate(**{column: ibis.array([ibis.literal(name) for name in names]).unnest()})


def pick(table: ir.Table, column: str, of: Mapping[str, str]) -> ir.Value:
    """In each row the value of the column that ``of`` gives for the name in ``column``; else null."""
    import ibis

    return ibis.cases(*((table[column] == name, table[source]) for name, source in of.items()))
