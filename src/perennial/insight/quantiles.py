"""Quantiles that are equal on every engine: the smallest value that at least that share of rows stays within.

Source: the inverse of the distribution function (type 1 of Hyndman and Fan, "Sample Quantiles in Statistical
Packages", 1996). No interpolation, so a quantile is always a value that occurs; no engine's own function, as
those differ.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ibis.expr.types as ir


def histogram(table: ir.Table, column: str) -> ir.Table:
    """How often each value of a whole-number ``column`` occurs: ``value``, ``n`` (int64); without nulls."""
    rows = table.filter(table[column].notnull())
    return rows.group_by(value=rows[column]).aggregate(n=rows.count())


def quantiles(counted: ir.Table, permille: Mapping[str, int]) -> ir.Table:
    """One row: for each ``name: p`` the p-thousandths quantile (int64) of a `histogram`.

    All null where the histogram is empty. ``p = 1000`` is the largest value, ``p = 0`` the smallest.
    """
    import ibis

    ranked = counted.select(
        "value",
        reached=counted.n.sum().over(ibis.cumulative_window(order_by=counted.value)),
        rows=counted.n.sum().over(ibis.window()),
    )
    return ranked.aggregate(
        **{name: ranked.value.min(where=ranked.reached * 1000 >= ranked.rows * p) for name, p in permille.items()}
    )


def permille_names(probabilities: tuple[float, ...]) -> dict[str, int]:
    """Column names of probabilities: ``p50`` for 0.5, ``p995`` for 0.995. ValueError outside 0 to 1."""
    names = {}
    for probability in probabilities:
        if not 0 <= probability <= 1:
            raise ValueError(f"a probability lies between 0 and 1, not {probability}")
        p = round(probability * 1000)
        names[f"p{p // 10:02d}" if p % 10 == 0 else f"p{p:03d}"] = p
    return names
