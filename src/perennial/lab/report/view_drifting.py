"""Who is drifting now, what they are worth, and why they may have left."""

from __future__ import annotations

from typing import Any

from perennial.display.definitions import REASONS, STATES
from perennial.lab.report.page import Page


def drifting(page: Page) -> dict[str, Any] | None:
    """All customers by where they are in their rhythm, and the drifting ones worth most; None: too early."""
    found, w, f = page.found, page.words, page.format
    rows = found.all("states")
    known = [row for row in rows if row["state"] != "unknown"]
    if not known:
        return None
    everybody = sum(row["customers"] for row in known)
    states = []
    start = 0.0
    for state, name in STATES.items():
        mine = [row for row in known if row["state"] == state]
        customers = sum(row["customers"] for row in mine)
        regulars = sum(row["customers"] for row in mine if not row["too_early"])
        width = 100 * customers / everybody
        states.append(
            {
                "state": state,
                "name": w.text(name),
                "customers": f.count(customers),
                "share": f.percent(customers / everybody),
                "regulars": f.count(regulars),
                "worth": f.money(sum(row["yearly_value"] or 0 for row in mine if not row["too_early"])),
                "from": round(start, 2),
                "width": round(width, 2),
            }
        )
        start += width
    late = [row for row in known if row["state"] == "drifting" and not row["too_early"]]
    return {
        "states": states,
        "customers": sum(row["customers"] for row in late),
        "count": f.count(sum(row["customers"] for row in late)),
        "worth": f.money(sum(row["yearly_value"] or 0 for row in late)),
        "people": _people(page),
    }


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
    w, f = page.words, page.format
    rows = {row["reason"]: row for row in page.found.all("reasons_summary")}
    if not set(rows) - {"unknown"}:
        return []
    return [
        {
            "name": w.text(name),
            "customers": f.count(rows[reason]["customers"]),
            "share": f.percent(rows[reason]["share"]),
            "worth": f.money(rows[reason]["yearly_value"]),
            "bar": round(100 * rows[reason]["share"], 1),
            "known": reason != "unknown",
        }
        for reason, name in REASONS.items()
        if reason in rows
    ]
