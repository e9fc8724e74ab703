"""Who brings the money, new against returning, and what a customer is worth."""

from __future__ import annotations

from typing import Any

from perennial.display import money
from perennial.display.look import ENOUGH
from perennial.lab.report.page import Page


def few(page: Page) -> dict[str, Any] | None:
    """Pareto: curve and table, and the best customers."""
    everybody = page.found.one("summary")["customers"]
    found = money.few(page, page.found.all("pareto"), everybody, profit=page.costs_known)
    return found and {**found, "best": _best(page, profit=found["profit"])}


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
    found = money.balance(page, page.found.all("new_and_returning"))
    return found and {**found, "winning": _winning(page)}


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
