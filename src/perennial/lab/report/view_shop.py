"""First products, delivery and conversion: what the shop itself does."""

from __future__ import annotations

from typing import Any

from perennial.display import axes, charts
from perennial.display.definitions import RATES
from perennial.lab.report.page import ENOUGH, Page

_MONTHS = 25


def products(page: Page) -> dict[str, Any] | None:
    """Which first products (and categories) make people return; None: none has enough first buyers."""
    first = _rates(page, page.found.all("first_products"), "title")
    categories = _rates(page, [row for row in page.found.all("first_categories") if row["category"]], "category")
    if len(first) < 2 and len(categories) < 2:
        return None
    return {"products": first, "categories": categories}


def _rates(page: Page, rows: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    f = page.format
    rows = [row for row in rows if row["enough"] and row["repeat_rate"] is not None]
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
            "low": round(100 * row["low"] / top, 1),
            "span": round(100 * (row["high"] - row["low"]) / top, 1),
            "at": round(100 * row["repeat_rate"] / top, 1),
        }
        for row in rows
    ]


def delivery(page: Page) -> dict[str, Any] | None:
    """Promises kept, overall and by carrier."""
    found, w, f = page.found, page.words, page.format
    rows = found.all("delivery")
    if not rows or rows[0]["promised"] < ENOUGH:
        return None
    row = rows[0]
    carriers = sorted(
        (r for r in found.all("delivery_by_carrier") if r["promised"] >= ENOUGH),
        key=lambda r: (-r["promised"], r["carrier"]),
    )
    return {
        "kept": f.percent(row["kept_rate"]),
        "between": f.between(row["low"], row["high"]),
        "promised": f.count(row["promised"]),
        "late_now": row["late_now"],
        "late_now_text": f.count(row["late_now"]),
        "days_late": f.decimal(row["days_late"]),
        "untold": f.count(row["untold"]) if row["untold"] else None,
        "carriers": [
            {
                "name": r["carrier"],
                "unnamed": w.text("not shipped yet, or no carrier named"),
                "kept": f.percent(r["kept_rate"]),
                "between": f.between(r["low"], r["high"]),
                "promised": f.count(r["promised"]),
                "days": f.decimal(r["days_late"]),
                "low": round(100 * r["low"], 1),
                "span": round(100 * (r["high"] - r["low"]), 1),
                "at": round(100 * r["kept_rate"], 1),
            }
            for r in carriers
        ],
    }


def conversion(page: Page) -> dict[str, Any] | None:
    """Named rates by month."""
    found, w, f = page.found, page.words, page.format
    rows = [row for row in found.all("conversion") if row["denominator"] >= ENOUGH and row["value"] is not None]
    rows.sort(key=lambda row: (row["rate"], row["month"]))
    whole = {row["month"] for row in found.all("new_and_returning") if row["complete"]}
    shown = sorted({row["month"] for row in rows if row["month"] in whole})[-_MONTHS:]
    rows = [row for row in rows if row["month"] in shown]
    if len(shown) < 3:
        return None
    y = axes.ticks(max(row["value"] for row in rows), 4)
    names = {rate: w.text(name) for rate, name in RATES.items() if any(row["rate"] == rate for row in rows)}
    picture = page.picture(
        lambda wide: charts.rates(
            rows,
            axes.months([{"month": m} for m in shown], f.short_month, f.year, wide=wide),
            axes.axis(y, [f.percent(v, 0 if y[1] >= 0.01 else 1) for v in y]),
            y[-1],
            list(names),
        ),
        w.text("Conversion by month."),
        height=200,
    )
    last = {row["rate"]: row for row in rows if row["month"] == shown[-1]}
    return {
        "picture": picture,
        "names": list(names.values()),
        "legend": list(zip(charts.RATES, names.values(), strict=False)),
        "month": f.month(shown[-1]),
        "rows": [(f.month(month), [_cell(page, rows, rate, month) for rate in names]) for month in shown],
        "visitors": page.rate(last["visitor_conversion"], "value") if "visitor_conversion" in last else None,
        "buyers": f.count(last["visitor_conversion"]["numerator"]) if "visitor_conversion" in last else None,
        "of": f.count(last["visitor_conversion"]["denominator"]) if "visitor_conversion" in last else None,
    }


def _cell(page: Page, rows: list[dict[str, Any]], rate: str, month: int) -> str:
    f = page.format
    row = next((row for row in rows if row["rate"] == rate and row["month"] == month), None)
    if row is None:
        return f.percent(None)
    return f"{f.count(row['numerator'])} / {f.count(row['denominator'])} = {f.percent(row['value'])}"
