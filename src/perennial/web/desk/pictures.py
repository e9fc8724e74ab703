"""Charts that several pages of answers draw: a rate, several rates or counts by month."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from perennial.display import axes, lines

if TYPE_CHECKING:
    from markupsafe import Markup

    from perennial.web.desk.answers import Row
    from perennial.web.desk.look import DeskLook

_HEIGHT = 200


def trend(look: DeskLook, rows: Sequence[Row], label: str) -> Markup:
    """A share by month (``month``, ``rate``, ``low``, ``high``) with its interval; at least two rows, rising."""
    f = look.format
    y = axes.ticks(max(row["high"] for row in rows), 4)
    return look.picture(
        lambda wide: lines.trend(
            rows,
            axes.months(rows, f.short_month, f.year, wide=wide),
            axes.axis(y, [f.percent(v, 0) for v in y]),
            y[-1],
            f.percent(rows[-1]["rate"]),
        ),
        label,
        height=_HEIGHT,
    )


def several(
    look: DeskLook, rows: Sequence[Row], rates: Sequence[str], label: str, told: Callable[[float], str]
) -> Markup:
    """Up to three lines: rows of ``month``, ``rate`` (which line) and ``value``; ``told`` writes a value."""
    f = look.format
    y = axes.ticks(max(row["value"] for row in rows), 4)
    months = [{"month": month} for month in sorted({row["month"] for row in rows})]
    return look.picture(
        lambda wide: lines.rates(
            rows,
            axes.months(months, f.short_month, f.year, wide=wide),
            axes.axis(y, [told(v) for v in y]),
            y[-1],
            rates,
        ),
        label,
        height=_HEIGHT,
    )


def counts(look: DeskLook, rows: Sequence[Row], label: str) -> Markup:
    """Counts by month (``month``, ``n``)."""
    f = look.format
    y = axes.ticks(max(row["n"] for row in rows), 4)
    return look.picture(
        lambda wide: lines.bars(
            rows,
            axes.months(rows, f.short_month, f.year, wide=wide),
            axes.axis(y, [f.count(v) for v in y]),
            y[-1],
        ),
        label,
        height=_HEIGHT,
    )
