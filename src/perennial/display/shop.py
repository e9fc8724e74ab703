"""First products, delivery and conversion: what the shop itself does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from perennial.display import axes, lines
from perennial.display.look import ENOUGH, Look, Row, rate, tip

_MONTHS = 25


def first_rates(look: Look, found: Iterable[Row], name: str) -> list[dict[str, Any]]:
    """Rows of `first_products` of which enough is known, those first whose customers came back most."""
    f = look.format
    rows = [row for row in found if row["enough"] and row["repeat_rate"] is not None]
    rows = sorted(rows, key=lambda row: (-row["repeat_rate"], str(row[name])))
    top = max((row["high"] for row in rows), default=1.0) or 1.0
    return [
        {
            "name": row[name] or "",
            "rate": f.percent(row["repeat_rate"]),
            "between": f.between(row["low"], row["high"]),
            "judged": f.count(row["judged"]),
            "later": f.money(row["revenue_later"]),
            "returned": f.percent(row["return_rate"]),
            **interval(row["low"], row["repeat_rate"], row["high"], top),
        }
        for row in rows
    ]


def interval(low: float, at: float, high: float, top: float = 1.0) -> dict[str, float]:
    """Where a bar from 0 to ``top`` shows a rate and its range: ``low``, ``span``, ``at``, in 100ths of the bar."""
    return {
        "low": round(100 * low / top, 1),
        "span": round(100 * (high - low) / top, 1),
        "at": round(100 * at / top, 1),
    }


def carriers(look: Look, found: Iterable[Row]) -> list[dict[str, Any]]:
    """Rows of `delivery_by_carrier` of which enough is known, most promises first."""
    w, f = look.words, look.format
    rows = sorted((r for r in found if r["promised"] >= ENOUGH), key=lambda r: (-r["promised"], r["carrier"]))
    return [
        {
            "name": r["carrier"],
            "unnamed": w.text("not shipped yet, or no carrier named"),
            "kept": f.percent(r["kept_rate"]),
            "between": f.between(r["low"], r["high"]),
            "promised": f.count(r["promised"]),
            "days": f.decimal(r["days_late"]),
            **interval(r["low"], r["kept_rate"], r["high"]),
        }
        for r in rows
    ]


def conversion(
    look: Look, found: Iterable[Row], whole: Iterable[int], names: Mapping[str, str]
) -> dict[str, Any] | None:
    """Named rates by month, of the months that are over (``whole``); ``names`` by rate. None: too early."""
    w, f = look.words, look.format
    over = set(whole)
    rows = [row for row in found if row["denominator"] >= ENOUGH and row["value"] is not None]
    rows = sorted((row for row in rows if row["rate"] in names), key=lambda row: (row["rate"], row["month"]))
    shown = sorted({row["month"] for row in rows if row["month"] in over})[-_MONTHS:]
    rows = [row for row in rows if row["month"] in shown]
    if len(shown) < 3:
        return None
    y = axes.ticks(max(row["value"] for row in rows), 4)
    named = {one: name for one, name in names.items() if any(row["rate"] == one for row in rows)}
    points = [{**row, **tip(look, f.month(row["month"]), names[row["rate"]], rate(look, row, "value"))} for row in rows]
    picture = look.picture(
        lambda wide: lines.rates(
            points,
            axes.months([{"month": m} for m in shown], f.short_month, f.year, wide=wide),
            axes.axis(y, [f.percent(v, 0 if y[1] >= 0.01 else 1) for v in y]),
            y[-1],
            list(named),
        ),
        w.text("Conversion by month."),
        height=200,
    )
    return {
        "picture": picture,
        "names": list(named.values()),
        "legend": list(zip(lines.RATES, named.values(), strict=False)),
        "month": f.month(shown[-1]),
        "rows": [(f.month(month), [_cell(look, rows, one, month) for one in named]) for month in shown],
        "last": {row["rate"]: row for row in rows if row["month"] == shown[-1]},
    }


def _cell(look: Look, rows: Sequence[Row], one: str, month: int) -> str:
    f = look.format
    row = next((row for row in rows if row["rate"] == one and row["month"] == month), None)
    if row is None:
        return f.percent(None)
    return f"{f.count(row['numerator'])} / {f.count(row['denominator'])} = {f.percent(row['value'])}"
