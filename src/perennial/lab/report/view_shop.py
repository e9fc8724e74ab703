"""First products, delivery and conversion: what the shop itself does."""

from __future__ import annotations

from typing import Any

from perennial.display import shop
from perennial.display.definitions import RATES
from perennial.display.look import ENOUGH, rate
from perennial.lab.report.page import Page


def products(page: Page) -> dict[str, Any] | None:
    """Which first products (and categories) make people return; None: none has enough first buyers."""
    first = shop.first_rates(page, page.found.all("first_products"), "title")
    categories = [row for row in page.found.all("first_categories") if row["category"]]
    of_categories = shop.first_rates(page, categories, "category")
    if len(first) < 2 and len(of_categories) < 2:
        return None
    return {"products": first, "categories": of_categories}


def delivery(page: Page) -> dict[str, Any] | None:
    """Promises kept, overall and by carrier."""
    found, f = page.found, page.format
    rows = found.all("delivery")
    if not rows or rows[0]["promised"] < ENOUGH:
        return None
    row = rows[0]
    return {
        "kept": f.percent(row["kept_rate"]),
        "between": f.between(row["low"], row["high"]),
        "promised": f.count(row["promised"]),
        "late_now": row["late_now"],
        "late_now_text": f.count(row["late_now"]),
        "days_late": f.decimal(row["days_late"]),
        "untold": f.count(row["untold"]) if row["untold"] else None,
        "carriers": shop.carriers(page, found.all("delivery_by_carrier")),
    }


def conversion(page: Page) -> dict[str, Any] | None:
    """Named rates by month."""
    found, w, f = page.found, page.words, page.format
    whole = [row["month"] for row in found.all("new_and_returning") if row["complete"]]
    names = {key: w.text(name) for key, name in RATES.items()}
    told = shop.conversion(page, found.all("conversion"), whole, names)
    if told is None:
        return None
    last = told.pop("last").get("visitor_conversion")
    return told | {
        "visitors": rate(page, last, "value") if last else None,
        "buyers": f.count(last["numerator"]) if last else None,
        "of": f.count(last["denominator"]) if last else None,
    }
