"""Who brings the money, new against returning, and what a customer is worth."""

from __future__ import annotations

from typing import Any

from perennial.display import axes, charts
from perennial.lab.report.page import ENOUGH, Page

_STEPS = (1, 5, 10, 20, 50)  # percent of customers in the table
_MONTHS = 25


def few(page: Page) -> dict[str, Any] | None:
    """Pareto: curve and table, and the best customers."""
    found, w, f = page.found, page.words, page.format
    rows = found.all("pareto")
    everybody = found.one("summary")["customers"]
    if everybody < ENOUGH or not rows or rows[-1]["revenue_share"] is None:
        return None
    profit = page.costs_known and rows[-1]["profit_share"] is not None
    by = {row["percent"]: row for row in rows}
    marks = [
        {
            "x": percent,
            "y": by[percent]["revenue_share"],
            "label": w.text(
                "%(some)s bring %(share)s", some=f.percent(percent / 100), share=f.percent(by[percent]["revenue_share"])
            ),
        }
        for percent in (10, 30)
    ]
    x, y = [0, 20, 40, 60, 80, 100], [0, 0.25, 0.5, 0.75, 1]
    picture = page.picture(
        lambda wide: charts.pareto(  # noqa: ARG005  # one shape fits both
            rows,
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
    return {"picture": picture, "rows": listed, "profit": profit, "best": _best(page, profit=profit)}


def _best(page: Page, *, profit: bool) -> list[dict[str, Any]]:
    f = page.format
    return [
        {
            "name": page.customer(row),
            "orders": f.count(row["orders"]),
            "revenue": f.money(row["revenue"]),
            "profit": f.money(row["profit"]) if profit else None,
            "last": f.day(row["last_day"]),
        }
        for row in page.found.all("best")
        if row["orders"] > 0 and row["revenue"] > 0
    ]


def balance(page: Page) -> dict[str, Any] | None:
    """New against returning revenue by month, and the cost of winning where it is known."""
    found, w, f = page.found, page.words, page.format
    rows = found.all("new_and_returning")[-_MONTHS:]
    if len(rows) < 2:
        return None
    top = axes.ticks(max(_up(row) for row in rows) / 100, 4)
    steps = [value * 100 for value in top]
    names = {
        "returning": w.text("returning customers"),
        "new": w.text("new customers"),
        "anonymous": w.text("not known"),
    }
    picture = page.picture(
        lambda wide: charts.new_and_returning(
            rows,
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
        "winning": _winning(page),
    }


def _up(row: dict[str, Any]) -> int:
    return sum(max(int(row[kind]), 0) for kind in ("new_revenue", "returning_revenue", "anonymous_revenue"))


def _winning(page: Page) -> str | None:
    rows = page.found.all("winning_and_keeping")
    if not rows or rows[0]["cost_per_new"] is None or not rows[0]["winning_cost"]:
        return None
    w, f, row = page.words, page.format, rows[0]
    return w.text(
        "Winning a new customer cost %(cost)s in the last 365 days (%(spend)s for %(n)s new customers); "
        "a new customer's first orders brought %(revenue)s.",
        cost=f.money(row["cost_per_new"]),
        spend=f.money(row["winning_cost"]),
        n=f.count(row["new_customers"]),
        revenue=f.money(row["revenue_per_new"]),
    )


def lifetime(page: Page) -> dict[str, Any] | None:
    """Both formulas with every input; None: too early."""
    f = page.format
    row = page.found.one("clv")
    if row["customers"] < ENOUGH or row["years"] is None or row["dormant_customers"] < ENOUGH:
        return None
    return {
        "a": f.money(row["clv_a"]),
        "b": f.money(row["clv_b"]),
        "aov": f.money(row["aov"], exact=True),
        "frequency": f.decimal(row["purchase_frequency"], 2),
        "repeats": f.decimal(row["repeat_purchases"], 2),
        "value": f.money(row["customer_value"], exact=True),
        "years": f.decimal(row["years"], 2),
        "months": f.decimal(row["months"], 1),
        "dormancy": f.count(row["dormancy_days"]),
        "dormant": f.count(row["dormant_customers"]),
        "everybody": f.count(row["all_customers"]),
        "customers": f.count(row["customers"]),
        "orders": f.count(row["orders"]),
    }
