"""Who is drifting now, what they are worth, and why they may have left."""

from __future__ import annotations

from typing import Any

from perennial.display import drifting as shown
from perennial.lab.report.page import Page


def drifting(page: Page) -> dict[str, Any] | None:
    """All customers by where they are in their rhythm, and the drifting ones worth most; None: too early."""
    found = shown.states(page, page.found.all("states"))
    return found and {**found, "people": _people(page)}


def _people(page: Page) -> list[dict[str, Any]]:
    f = page.format
    rows = page.found.all("drifting")
    longest = max((max(row["days_since_last_order"], row["usual_gap"]) for row in rows), default=1)
    return [
        {
            "name": page.customer(row),
            "orders": f.count(row["occasions"]),
            "usual": f.count(row["usual_gap"]),
            "silent": f.count(row["days_since_last_order"]),
            "last": f.day(row["last_day"]),
            "worth": f.money(row["yearly_value"]),
            "chance": f.percent(row["probability"]),
            "usual_bar": round(100 * row["usual_gap"] / longest, 1),
            "silent_bar": round(100 * row["days_since_last_order"] / longest, 1),
        }
        for row in rows
    ]


def reasons(page: Page) -> list[dict[str, Any]]:
    """Likely reasons of those who are drifting or lost; none where nothing could be inferred of anyone."""
    return shown.reasons(page, page.found.all("reasons_summary"))
