"""Charts of rates by month, as Vega-Lite specifications."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from perennial.display.axes import Spec, points, told
from perennial.display.svg import AMBER, BLUE, GREEN, INK


def trend(
    rows: Sequence[Mapping[str, Any]], x_axis: Spec, y_axis: Spec, top: float, last: str, *, goal: float | None = None
) -> Spec:
    """A rate by month with its interval; the last value in words; ``goal``: a line to reach."""
    x = {
        "field": "month",
        "type": "quantitative",
        "axis": x_axis,
        "scale": {"domain": [rows[0]["month"] - 0.3, rows[-1]["month"] + 0.8], "nice": False},
    }
    y = {"type": "quantitative", "axis": y_axis, "scale": {"domain": [0, top], "nice": False}}
    values = [dict(row) for row in rows]
    line = {"type": "rule", "color": AMBER, "strokeWidth": 1.5, "strokeDash": [4, 3]}
    reach = [{"data": {"values": [{"goal": goal}]}, "mark": line, "encoding": {"y": {"field": "goal", **y}}}]
    return {
        "layer": [
            *(reach if goal is not None else []),
            {
                "data": {"values": values},
                "mark": {"type": "area", "color": GREEN, "opacity": 0.15},
                "encoding": {"x": x, "y": {"field": "low", **y}, "y2": {"field": "high"}},
            },
            {
                "data": {"values": values},
                "mark": {"type": "line", "color": GREEN, "strokeWidth": 2.25},
                "encoding": {"x": x, "y": {"field": "rate", **y}},
            },
            {
                "data": {"values": values[-1:]},
                "mark": {"type": "point", "filled": True, "color": GREEN, "size": 60, "opacity": 1},
                "encoding": {"x": x, "y": {"field": "rate", **y}},
            },
            {
                "data": {"values": [{**values[-1], "label": last}]},
                "mark": {"type": "text", "align": "right", "dy": -14, "fontWeight": "bold", "color": INK},
                "encoding": {"x": x, "y": {"field": "rate", **y}, "text": {"field": "label"}},
            },
            *points(values, GREEN, x, {"field": "rate", **y}),
        ]
    }


RATES = ("green", "amber", "blue")
_RATES = (GREEN, AMBER, BLUE)


def rates(rows: Sequence[Mapping[str, Any]], x_axis: Spec, y_axis: Spec, top: float, names: Sequence[str]) -> Spec:
    """Several rates by month, in the colours `RATES` in the order of ``names``."""
    colours = dict(zip(names, _RATES, strict=False))
    first, last = min(r["month"] for r in rows), max(r["month"] for r in rows)
    x = {
        "field": "month",
        "type": "quantitative",
        "axis": x_axis,
        "scale": {"domain": [first - 0.3, last + 0.8], "nice": False},
    }
    y = {"field": "value", "type": "quantitative", "axis": y_axis, "scale": {"domain": [0, top], "nice": False}}
    layers: list[Spec] = []
    for rate in names:
        mine = [dict(row) for row in rows if row["rate"] == rate]
        if not mine:
            continue
        layers.append(
            {
                "data": {"values": mine},
                "mark": {"type": "line", "color": colours[rate], "strokeWidth": 2},
                "encoding": {"x": x, "y": y},
            }
        )
        layers += points(mine, colours[rate], x, y)
    return {"layer": layers}


def bars(rows: Sequence[Mapping[str, Any]], x_axis: Spec, y_axis: Spec, top: float) -> Spec:
    """Counts by month: each row has ``month`` and ``n``."""
    scale = {"domain": [row["month"] for row in rows]}
    return {
        "data": {"values": [dict(row) for row in rows]},
        "mark": {"type": "bar", "width": {"band": 0.78}, "color": GREEN, "opacity": 0.85},
        "encoding": {
            "x": {"field": "month", "type": "ordinal", "scale": scale, "axis": x_axis},
            "y": {
                "field": "n",
                "type": "quantitative",
                "axis": y_axis,
                "scale": {"domain": [0, top], "nice": False},
            },
            **told(rows),
        },
    }
