"""Who is where in their own rhythm, what they are worth, and why they may have left."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from perennial.display.definitions import REASONS, STATES
from perennial.display.look import Look, Row


def sentence(look: Look, rows: Sequence[Row]) -> str:
    """How many regulars are late now and what a year of them is worth, of rows of `rhythm_states`."""
    w, f = look.words, look.format
    regulars = [r for r in rows if not r["too_early"] and r["state"] != "unknown"]
    late = [r for r in regulars if r["state"] == "drifting"]
    if not regulars:
        return w.text("It is too early to say who is late: too few customers have come back so far.")
    n = sum(r["customers"] for r in late)
    if not n:
        return w.text("None of your regular customers is later than usual.")
    return w.plural(
        "%(n)s regular customer is later than usual now; at their rhythm that is worth %(worth)s a year.",
        "%(n)s regular customers are later than usual now; at their rhythm they are worth %(worth)s a year.",
        n,
        n=f.count(n),
        worth=f.money(sum(r["yearly_value"] or 0 for r in late)),
    )


def states(look: Look, rows: Sequence[Row]) -> dict[str, Any] | None:
    """All customers by where they are in their rhythm; None: too early."""
    w, f = look.words, look.format
    known = [row for row in rows if row["state"] != "unknown"]
    if not known:
        return None
    everybody = sum(row["customers"] for row in known)
    listed = []
    start = 0.0
    for state, name in STATES.items():
        mine = [row for row in known if row["state"] == state]
        customers = sum(row["customers"] for row in mine)
        regulars = sum(row["customers"] for row in mine if not row["too_early"])
        width = 100 * customers / everybody
        listed.append(
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
        "states": listed,
        "customers": sum(row["customers"] for row in late),
        "count": f.count(sum(row["customers"] for row in late)),
        "worth": f.money(sum(row["yearly_value"] or 0 for row in late)),
    }


def reasons(look: Look, found: Sequence[Row]) -> list[dict[str, Any]]:
    """Likely reasons of those who are drifting or lost; none where nothing could be inferred of anyone."""
    w, f = look.words, look.format
    rows = {row["reason"]: row for row in found}
    if not set(rows) - {"unknown"}:
        return []
    return [
        {
            "reason": reason,
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
