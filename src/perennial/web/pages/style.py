"""The living style page: every part of the design system, as the pages have it."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse

from perennial.web.desk.charts import picture
from perennial.web.desk.page import Desk, page

_MONTHS = [(670, 12_400, 8_100), (671, 13_900, 9_600), (672, 11_200, 10_800), (673, 15_100, 12_000)]


@page("see")
def style(desk: Desk) -> HttpResponse:
    """Tokens, figures, tables, forms, messages, charts."""
    from perennial.display import axes, charts

    rows: list[dict[str, Any]] = [
        {"month": month, "new_revenue": new * 100, "returning_revenue": back * 100, "anonymous_revenue": 0,
         "complete": month < 673}
        for month, new, back in _MONTHS
    ]  # fmt: skip
    f = desk.format
    for row in rows:
        row["tips"] = {
            kind: f"tip:{f.month(row['month'])}: {f.money(row[kind])}" for kind in ("new_revenue", "returning_revenue")
        }
    steps = axes.ticks(2_800_000)

    def spec(wide: bool) -> axes.Spec:
        return charts.new_and_returning(
            rows,
            axes.axis(steps, [f.short_money(step) for step in steps]),
            axes.months(rows, f.short_month, f.year, wide),
            steps[-1],
        )

    table = {
        "columns": [desk.words.text("Month"), desk.words.text("New"), desk.words.text("Returning")],
        "rows": [[f.month(r["month"]), f.money(r["new_revenue"]), f.money(r["returning_revenue"])] for r in rows],
    }
    return desk.render(
        "style.html",
        picture=picture(desk, spec, desk.words.text("New and returning revenue by month")),
        table=table,
        tokens=("paper", "card", "ink", "muted", "grid", "line", "green", "amber", "red", "grey", "blue"),
    )
