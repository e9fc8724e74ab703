"""The charts as Vega-Lite specifications: plain dicts of results. No text of a file is ever in one.

Every chart exists in two widths, for a desk and for a telephone; the page shows the one that fits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from perennial.display.axes import Spec, points, told
from perennial.display.definitions import FAMILY
from perennial.display.svg import AMBER, GREEN, GREY, GRID, INK, MUTED, PAPER, TOKENS


def new_and_returning(rows: Sequence[Mapping[str, Any]], money_axis: Spec, x_axis: Spec, top: float) -> Spec:
    """Revenue by month, stacked: returning below, new above, unknown buyers on top; a month not over is pale."""
    kinds = [("returning_revenue", GREEN), ("new_revenue", AMBER), ("anonymous_revenue", GREY)]
    values = []
    for row in rows:
        below = 0
        for kind, colour in kinds:
            amount = max(row[kind], 0)
            if amount:
                values.append(
                    {
                        "month": row["month"],
                        "from": below,
                        "to": below + amount,
                        "colour": colour,
                        "whole": row["complete"],
                        **({"tip": text} if (text := row.get("tips", {}).get(kind)) else {}),
                    }
                )
            below += amount
    months_shown = [row["month"] for row in rows]
    return {
        "data": {"values": values},
        "mark": {"type": "bar", "width": {"band": 0.78}},
        "encoding": {
            "x": {"field": "month", "type": "ordinal", "scale": {"domain": months_shown}, "axis": x_axis},
            "y": {
                "field": "from",
                "type": "quantitative",
                "axis": money_axis,
                "scale": {"domain": [0, top], "nice": False},
            },
            "y2": {"field": "to"},
            "color": {"field": "colour", "type": "nominal", "scale": None, "legend": None},
            "opacity": {"condition": {"test": "datum.whole", "value": 1}, "value": 0.45},
            **told(values),
        },
    }


def pareto(
    rows: Sequence[Mapping[str, Any]],
    x_axis: Spec,
    y_axis: Spec,
    marks: Sequence[Mapping[str, Any]],
    *,
    profit: bool,
    profit_name: str,
    revenue_name: str,
) -> Spec:
    """Share of revenue (and profit) by share of customers, best first; the points to read are marked."""
    line = [{"x": 0, "y": 0.0}, *({"x": row["percent"], "y": row["revenue_share"]} for row in rows)]
    lit = [
        {"x": row["percent"], "y": row["revenue_share"], "tip": row["tip"]}
        for row in rows
        if row.get("tip") and (row["percent"] % 5 == 0 or row["percent"] == 1)
    ]
    layers: list[Spec] = [
        {
            "data": {"values": [{"x": 0, "y": 0}, {"x": 100, "y": 1}]},
            "mark": {"type": "line", "color": GRID, "strokeWidth": 1, "strokeDash": [3, 3]},
            "encoding": _XY,
        },
        {"data": {"values": line}, "mark": {"type": "area", "color": GREEN, "opacity": 0.13}, "encoding": _XY},
    ]
    if profit:
        second = [{"x": 0, "y": 0.0}, *({"x": row["percent"], "y": row["profit_share"]} for row in rows)]
        layers.append(
            {"data": {"values": second}, "mark": {"type": "line", "color": AMBER, "strokeWidth": 1.75}, "encoding": _XY}
        )
    layers += [
        {"data": {"values": line}, "mark": {"type": "line", "color": GREEN, "strokeWidth": 2.25}, "encoding": _XY},
        {
            "data": {"values": list(marks)},
            "mark": {
                "type": "point",
                "filled": True,
                "color": GREEN,
                "stroke": PAPER,
                "strokeWidth": 1.5,
                "size": 70,
                "opacity": 1,
            },
            "encoding": _XY,
        },
        {
            "data": {"values": list(marks)},
            "mark": {"type": "text", "align": "left", "dx": 9, "dy": 11, "color": INK, "fontWeight": "bold"},
            "encoding": {**_XY, "text": {"field": "label"}},
        },
    ]
    top = max([1.0, *(row["revenue_share"] for row in rows), *((row["profit_share"] or 0.0) for row in rows if profit)])
    shared = {
        "x": {"field": "x", "type": "quantitative", "axis": x_axis, "scale": {"domain": [0, 100], "nice": False}},
        "y": {"field": "y", "type": "quantitative", "axis": y_axis, "scale": {"domain": [0, top], "nice": False}},
    }
    if profit:
        at = next((row for row in rows if row["percent"] == 62), rows[-1])
        names = [
            {"x": 62, "y": at["revenue_share"], "label": revenue_name, "colour": GREEN, "dy": 16},
        ]
        second_at = next((row for row in rows if row["percent"] == 40), rows[-1])
        names2 = [{"x": 40, "y": second_at["profit_share"], "label": profit_name}]
        higher = (second_at["profit_share"] or 0) >= second_at["revenue_share"]
        layers.append(
            {
                "data": {"values": names},
                "mark": {"type": "text", "align": "left", "baseline": "top", "dy": 10, "color": GREEN},
                "encoding": {**_XY, "text": {"field": "label"}},
            }
        )
        layers.append(
            {
                "data": {"values": names2},
                "mark": {
                    "type": "text",
                    "align": "right" if higher else "left",
                    "baseline": "bottom",
                    "dy": -6,
                    "color": AMBER,
                },
                "encoding": {**_XY, "text": {"field": "label"}},
            }
        )
    layers += points(lit, GREEN, _XY["x"], _XY["y"])
    for layer in layers:
        layer["encoding"] = {**layer["encoding"], **shared}
    return {"layer": layers}


_XY: Spec = {"x": {"field": "x", "type": "quantitative"}, "y": {"field": "y", "type": "quantitative"}}


def gaps(
    bars: Sequence[Mapping[str, Any]], x_axis: Spec, y_axis: Spec, marks: Sequence[Mapping[str, Any]], top: float
) -> Spec:
    """How long people wait between orders: bars of equal width, the quantiles to read as lines with words."""
    last = max(bar["to"] for bar in bars)
    x = {"type": "quantitative", "axis": x_axis, "scale": {"domain": [0, last], "nice": False}}
    y_scale = {"domain": [0, top], "nice": False}
    return {
        "layer": [
            {
                "data": {"values": list(bars)},
                "mark": {"type": "rect", "color": GREEN, "opacity": 0.85, "stroke": PAPER, "strokeWidth": 1},
                "encoding": {
                    "x": {"field": "from", **x}, "x2": {"field": "to"},
                    "y": {"field": "share", "type": "quantitative", "axis": y_axis, "scale": y_scale},
                    "y2": {"datum": 0},
                    **told(bars),
                },
            },
            {
                "data": {"values": list(marks)},
                "mark": {"type": "rule", "color": INK, "strokeWidth": 1, "strokeDash": [2, 2]},
                "encoding": {"x": {"field": "value", **x}},
            },
            *(
                {
                    "data": {"values": [mark for mark in marks if mark["turned"] is turned]},
                    "mark": {
                        "type": "text", "align": "right" if turned else "left", "dx": -5 if turned else 5,
                        "baseline": "middle", "color": INK,
                    },
                    "encoding": {
                        "x": {"field": "value", **x},
                        "y": {"field": "height", "type": "quantitative", "scale": y_scale},
                        "text": {"field": "label"},
                    },
                }
                for turned in (False, True)
            ),
        ]
    }  # fmt: skip


def rfm_map(
    cells: Sequence[Mapping[str, Any]], groups: Mapping[tuple[int, int], str], x_title: str, y_title: str
) -> Spec:
    """Five by five: further right, bought later; further up, more often and for more. Area: customers."""
    grid = [{"r": r, "fm": fm, "colour": TOKENS[FAMILY[name]]} for (r, fm), name in groups.items()]
    circles = [
        {"r": c["r"], "fm": c["fm"], "n": c["customers"], "colour": TOKENS[FAMILY[c["group"]]], "label": c["label"]}
        for c in cells
    ]
    scale = {"domain": [1, 2, 3, 4, 5]}
    x = {
        "field": "r",
        "type": "ordinal",
        "scale": {**scale, "padding": 0.04},
        "axis": {"title": x_title, "labels": False, "titlePadding": 6, "grid": False},
    }
    y = {
        "field": "fm",
        "type": "ordinal",
        "scale": {"domain": [5, 4, 3, 2, 1], "padding": 0.04},
        "axis": {"title": y_title, "labels": False, "titlePadding": 6, "grid": False},
    }
    most = max((c["n"] for c in circles), default=1)
    xy = {"x": x, "y": y}
    area = {"domain": [0, most], "range": [0, 1050]}
    size = {"field": "n", "type": "quantitative", "legend": None, "scale": area}
    colour = {"field": "colour", "type": "nominal", "scale": None, "legend": None}
    return {
        "layer": [
            {"data": {"values": grid}, "mark": {"type": "rect", "opacity": 0.13}, "encoding": {**xy, "color": colour}},
            {
                "data": {"values": circles},
                "mark": {"type": "point", "shape": "circle", "filled": True, "opacity": 0.9, "yOffset": -6},
                "encoding": {**xy, "color": colour, "size": size},
            },
            {
                "data": {"values": circles},
                "mark": {"type": "text", "baseline": "bottom", "dy": 27, "fontSize": 11, "color": MUTED},
                "encoding": {**xy, "text": {"field": "label"}},
            },
        ]
    }  # fmt: skip
