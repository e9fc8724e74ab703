"""Size over time: the chart and its numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from perennial.display import axes
from perennial.display.svg import GREEN
from perennial.values.time import LocalDay
from perennial.web.desk.charts import picture
from perennial.web.segments.reading import Day

if TYPE_CHECKING:
    from perennial.web.desk.page import Desk

_MARKS = 6  # days that are written below it on a wide screen


def size_over_time(desk: Desk, days: Sequence[Day]) -> dict[str, Any] | None:
    """``picture`` and ``table`` of (day, members, entered, left); None: there are fewer than two days."""
    if len(days) < 2:
        return None
    f, w = desk.format, desk.words
    steps = [step for step in axes.ticks(max(n for _, n, *_ in days)) if step == int(step)]
    rows = [{"day": day, "n": n, "tip": f"tip:{f.day(day)}: {f.count(n)}"} for day, n, *_ in days]

    def spec(wide: bool) -> axes.Spec:
        marked = _some([day for day, *_ in days], _MARKS if wide else 3)
        labels = [f.day(day) for day in marked]
        x = {
            "field": "day",
            "type": "quantitative",
            "axis": axes.axis(marked, labels, grid=False, labelAngle=0, labelOverlap="greedy", labelPadding=9),
            "scale": {"domain": [days[0][0], days[-1][0]], "nice": False, "zero": False},
        }
        y = {
            "field": "n",
            "type": "quantitative",
            "axis": axes.axis(steps, [f.count(step) for step in steps]),
            "scale": {"domain": [0, steps[-1]], "nice": False},
        }
        return {
            "layer": [
                {"data": {"values": rows}, "mark": {"type": mark, "color": GREEN, **look}, "encoding": {"x": x, "y": y}}
                for mark, look in (("area", {"opacity": 0.13}), ("line", {"strokeWidth": 2.25}))
            ]
            + axes.points(rows, GREEN, x, y)
        }

    names = [w.text("Day"), w.text("Members"), w.text("Came"), w.text("Left")]
    table = [[f.day(day), f.count(n), f.count(came), f.count(left)] for day, n, came, left in reversed(days)]
    return {
        "picture": picture(desk, spec, w.text("Members by day."), height=200),
        "table": {"columns": names, "rows": table},
    }


def _some(days: Sequence[int], most: int) -> list[int]:
    """Days at equal distances, the first and not quite the last among them, whose label would be cut."""
    span = days[-1] - days[0]
    step = max(span // most, 1)
    return [int(LocalDay(day)) for day in range(days[0] + step // 2, days[-1] - step // 3 + 1, step)] or [days[0]]
