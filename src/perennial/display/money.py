"""Who brings the money, and new against returning revenue."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from perennial.display import axes, charts
from perennial.display.look import ENOUGH, Look, Row, tip

_STEPS = (1, 5, 10, 20, 50)  # percent of customers in the table
_READ = (10, 30)  # percent of customers that are read off the curve
_MONTHS = 25
_COSTED = 0.1  # share of the revenue whose costs are known, from which on profit is shown


def profit_known(summary: Row) -> bool:
    """Whether the costs of enough is known to speak of profit."""
    share = summary["costed_share"]
    return share is not None and share >= _COSTED


def few(look: Look, rows: Sequence[Row], everybody: int, *, profit: bool) -> dict[str, Any] | None:
    """Pareto: curve and table; ``profit``: whether its costs are known. None: too early."""
    w, f = look.words, look.format
    if everybody < ENOUGH or not rows or rows[-1]["revenue_share"] is None:
        return None
    profit = profit and rows[-1]["profit_share"] is not None
    by = {row["percent"]: row for row in rows}
    marks = [
        {
            "x": percent,
            "y": by[percent]["revenue_share"],
            "label": w.text(
                "%(some)s bring %(share)s", some=f.percent(percent / 100), share=f.percent(by[percent]["revenue_share"])
            ),
        }
        for percent in _READ
    ]
    x, y = [0, 20, 40, 60, 80, 100], [0, 0.25, 0.5, 0.75, 1]
    shown = [{**row, **tip(look, f.percent(row["percent"] / 100, 0), f.percent(row["revenue_share"]))} for row in rows]
    picture = look.picture(
        lambda wide: charts.pareto(  # noqa: ARG005  # one shape fits both
            shown,
            axes.axis(x, [f.percent(v / 100, 0) for v in x], grid=False, title=w.text("customers, the best first")),
            axes.axis(y, [f.percent(v, 0) for v in y]),
            marks,
            profit=profit,
            profit_name=w.text("profit"),
            revenue_name=w.text("revenue"),
        ),
        w.text("Which share of the revenue the best customers bring."),
        height=260,
    )
    listed = [
        {
            "best": f.percent(percent / 100, 0),
            "customers": f.count(by[percent]["customers"]),
            "revenue": f.money(by[percent]["revenue"]),
            "share": f.percent(by[percent]["revenue_share"]),
            "profit_share": f.percent(by[percent]["profit_share"]) if profit else None,
        }
        for percent in _STEPS
    ]
    return {"picture": picture, "rows": listed, "profit": profit}


def balance(look: Look, found: Sequence[Row]) -> dict[str, Any] | None:
    """New against returning revenue by month. None: too early."""
    w, f = look.words, look.format
    rows = found[-_MONTHS:]
    if len(rows) < 2:
        return None
    top = axes.ticks(max(_up(row) for row in rows) / 100, 4)
    steps = [value * 100 for value in top]
    names = {
        "returning": w.text("returning customers"),
        "new": w.text("new customers"),
        "anonymous": w.text("not known"),
    }
    shown = [{**row, "tips": _tips(look, row, names)} for row in rows]
    picture = look.picture(
        lambda wide: charts.new_and_returning(
            shown,
            axes.axis(steps, [f.short_money(v) for v in steps]),
            axes.months(rows, f.short_month, f.year, wide=wide),
            steps[-1],
        ),
        w.text("Revenue by month, from returning customers, from new ones, and from buyers who are not known."),
        height=240,
    )
    listed = [
        {
            "month": f.month(row["month"]),
            "whole": row["complete"],
            "new_customers": f.count(row["new_customers"]),
            "returning_customers": f.count(row["returning_customers"]),
            "new": f.money(row["new_revenue"]),
            "returning": f.money(row["returning_revenue"]),
            "anonymous": f.money(row["anonymous_revenue"]),
            "share": f.percent(row["returning_share"]),
        }
        for row in rows
    ]
    whole = [row for row in rows if row["complete"] and row["returning_share"] is not None]
    last = whole[-1] if whole else None
    return {
        "picture": picture,
        "rows": listed,
        "names": names,
        "anonymous": any(row["anonymous_revenue"] for row in rows),
        "unfinished": not rows[-1]["complete"],
        "last_month": f.month(last["month"]) if last else None,
        "last_share": f.percent(last["returning_share"]) if last else None,
    }


def _tips(look: Look, row: Row, names: dict[str, str]) -> dict[str, str]:
    f = look.format
    return {
        f"{kind}_revenue": tip(look, f.month(row["month"]), name, f.money(row[f"{kind}_revenue"])).get("tip", "")
        for kind, name in names.items()
    }


def _up(row: Row) -> int:
    return sum(max(int(row[kind]), 0) for kind in ("new_revenue", "returning_revenue", "anonymous_revenue"))
