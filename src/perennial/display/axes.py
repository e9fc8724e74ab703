"""Size and look that all charts share, and their axes: finished texts in the reader's language."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from perennial.display.svg import GRID, INK, MUTED

Spec = dict[str, Any]
WIDE, NARROW = 640, 330  # pixels, axes and labels included
_FONT = 12

_CONFIG: Spec = {
    "background": None,
    "padding": {"left": 2, "right": 2, "top": 4, "bottom": 2},
    "font": "Liberation Sans, Arial, Helvetica, sans-serif",
    "view": {"stroke": None},
    "axis": {
        "labelColor": MUTED, "titleColor": MUTED, "domainColor": GRID, "tickColor": GRID, "gridColor": GRID,
        "labelFontSize": _FONT, "titleFontSize": _FONT, "titleFontWeight": "normal", "labelPadding": 5,
        "domain": False, "ticks": False,
    },
    "text": {"fontSize": _FONT, "color": INK},
}  # fmt: skip


def finish(spec: Spec, width: int, height: int) -> Spec:
    """The specification with its size and the look that all share."""
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "width": width,
        "height": height,
        "autosize": {"type": "fit", "contains": "padding"},
        "config": _CONFIG,
        **spec,
    }


def ticks(top: float, about: int = 4) -> list[float]:
    """Round numbers from 0 to just past ``top``."""
    if top <= 0:
        return [0, 1]
    raw = top / about
    size = 10 ** math.floor(math.log10(raw))
    step = next(size * k for k in (1, 2, 2.5, 5, 10) if size * k >= raw * 0.999)
    return [step * i for i in range(math.ceil(top / step * 0.999) + 1)]


def axis(values: Sequence[float], labels: Sequence[str], **more: Any) -> Spec:
    """An axis with these labels at these values; no engine formats numbers for people here."""
    names = {repr(round(float(v), 6)): label for v, label in zip(values, labels, strict=True)}
    # Vega reads 5 and 5.0 as one number: look up what it would print.
    keyed = {(k.removesuffix(".0")): v for k, v in names.items()}
    return {"values": list(values), "labelExpr": f"({json.dumps(keyed)})[datum.value] || ''", "title": None, **more}


def months(
    rows: Sequence[Mapping[str, Any]], label: Callable[[int], str], year: Callable[[int], str], wide: bool
) -> Spec:
    """An axis of months: each January and, where there is room, some of the others."""
    all_months = [row["month"] for row in rows]
    room = 12 if wide else 6
    step = next(s for s in (1, 2, 3, 6, 12, 24, 60, 1200) if len(all_months) / s <= room)
    first = all_months[0]
    shown = (
        [m for m in all_months if (m % 12) % step == 0]
        if step <= 12
        else [m for m in all_months if (m // 12) % (step // 12) == 0 and m % 12 == 0]
    )
    names = (
        [f"{label(m)} {year(m)}" if m % 12 == 0 or m == shown[0] else label(m) for m in shown]
        if step < 12
        else [year(m) for m in shown]
    )
    return axis(
        shown or [first], names or [label(first)], grid=False, labelAngle=0, labelOverlap="greedy", labelPadding=9
    )


def told(values: Sequence[Mapping[str, Any]]) -> Spec:
    """The encoding by which marks carry their numbers, where the values have any."""
    return {"description": {"field": "tip", "type": "nominal"}} if any(value.get("tip") for value in values) else {}


def points(values: Sequence[Mapping[str, Any]], colour: str, x: Spec, y: Spec) -> list[Spec]:
    """Points that nobody sees until they are pointed at: lines have no marks of their own to carry numbers."""
    text = told(values)
    if not text:
        return []
    mark = {"type": "point", "filled": True, "color": colour, "size": 170, "opacity": 0}
    return [{"data": {"values": list(values)}, "mark": mark, "encoding": {"x": x, "y": y, **text}}]
