"""Service: how fast and how well customers are answered, what follows, and why some fall silent."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from django.http import HttpResponse

from perennial.display import drifting
from perennial.display.definitions import REASONS
from perennial.display.look import ENOUGH, rate, tip
from perennial.display.shop import interval
from perennial.display.wording import mark
from perennial.web.desk import pictures
from perennial.web.desk.answers import Row, read
from perennial.web.desk.look import DeskLook
from perennial.web.desk.page import Desk, page

_MONTHS = 25
_REASON_MONTHS = 12
EXPERIENCES = {
    "good": mark("Well served"),
    "none": mark("Nothing either way"),
    "bad": mark("Something went wrong"),
    "late_delivery": mark("Delivery came late"),
    "refund": mark("Something was refunded"),
    "complaint": mark("They complained"),
    "unanswered_ticket": mark("Their question went unanswered for 3 days"),
    "low_rating": mark("They gave a low rating"),
}


@page("see")
def service(desk: Desk) -> HttpResponse:
    """Tickets by month, loyalty after good and bad service, reasons of leaving."""
    look = DeskLook(desk)
    ask = partial(read, desk.brand.id, now=desk.now)
    levels, loyalty = ask("service_levels"), ask("service_loyalty")
    reasons, by_month = ask("reasons_summary"), ask("reasons_trend")
    return desk.render(
        "service.html",
        reads=[levels, loyalty, reasons, by_month],
        levels=_levels(look, levels.rows),
        levels_as_of=levels.as_of,
        loyalty=_loyalty(look, loyalty.rows),
        loyalty_as_of=loyalty.as_of,
        reasons=drifting.reasons(look, reasons.rows),
        months=_reasons(desk, by_month.rows),
        reasons_as_of=reasons.as_of,
    )


def _levels(look: DeskLook, found: Sequence[Row]) -> dict[str, Any] | None:
    """Charts and a table by month in which tickets were opened."""
    if not found:
        return None
    w, f = look.words, look.format
    rows = sorted(found, key=lambda row: row["month"])[-_MONTHS:]
    tickets = [
        {"month": row["month"], "n": row["tickets"], **tip(look, f.month(row["month"]), f.count(row["tickets"]))}
        for row in rows
    ]
    names = {
        "response_hours_median": w.text("to the first answer"),
        "resolution_hours_median": w.text("to the solution"),
    }
    hours = [
        {"month": row["month"], "rate": one, "value": row[one],
         **tip(look, f.month(row["month"]), name, f.decimal(row[one]))}
        for one, name in names.items()
        for row in rows
        if row[one] is not None
    ]  # fmt: skip
    content = [
        {**row, "rate": row["satisfied_rate"], **tip(look, f.month(row["month"]), rate(look, row, "satisfied_rate"))}
        for row in rows
        if row["rated"] >= ENOUGH
    ]
    last = rows[-1]
    return {
        "tickets": pictures.counts(look, tickets, w.text("Tickets by month.")),
        "hours": pictures.several(
            look, hours, list(names), w.text("Hours to the first answer and to the solution, by month."), f.decimal
        )
        if len({row["month"] for row in hours}) >= 2
        else None,
        "legend": list(zip(("green", "amber"), names.values(), strict=True)),
        "content": pictures.trend(look, content, w.text("Satisfied customers of solved tickets, by month."))
        if len(content) >= 3
        else None,
        "last": {
            "month": f.month(last["month"]),
            "tickets": f.count(last["tickets"]),
            "unanswered": last["unanswered"],
            "unanswered_text": f.count(last["unanswered"]),
        },
        "rows": [_level(look, row) for row in rows],
    }


def _level(look: DeskLook, row: Row) -> list[str]:
    f = look.format
    return [
        f.month(row["month"]),
        f.count(row["tickets"]),
        f.decimal(row["per_100_orders"]),
        f.count(row["complaints"]),
        f.count(row["unanswered"]),
        f.decimal(row["response_hours_median"]),
        f.decimal(row["resolution_hours_median"]),
        rate(look, row, "satisfied_rate") if row["rated"] >= ENOUGH else look.words.text("too early to say"),
    ]


def _loyalty(look: DeskLook, found: Sequence[Row]) -> list[dict[str, Any]]:
    """Who ordered again after what, with its range."""
    w, f = look.words, look.format
    by = {row["experience"]: row for row in found if row["occasions"]}
    top = max((row["high"] for row in by.values() if row["high"] is not None), default=1.0) or 1.0
    rows = []
    for key, name in EXPERIENCES.items():
        if key not in by:
            continue
        row = by[key]
        enough = row["customers"] >= ENOUGH
        rows.append(
            {
                "name": w.text(name),
                "part": key in REASONS,  # one of the bad things
                "enough": enough,
                "rate": f.percent(row["repeat_rate"]),
                "between": f.between(row["low"], row["high"]),
                "customers": f.count(row["customers"]),
                "later": f.money(row["revenue_later"]),
                **(interval(row["low"], row["repeat_rate"], row["high"], top) if enough else {}),
            }
        )
    return rows


def _reasons(desk: Desk, found: Sequence[Row]) -> dict[str, Any] | None:
    """Customers who fell silent by month and likely reason."""
    f, w = desk.format, desk.words
    months = sorted({row["month"] for row in found})[-_REASON_MONTHS:]
    by = {(row["month"], row["reason"]): row["customers"] for row in found}
    seen = [reason for reason in REASONS if any((month, reason) in by for month in months)]
    if not set(seen) - {"unknown"}:
        return None
    return {
        "columns": [w.text("Month"), *(w.text(REASONS[reason]) for reason in seen)],
        "rows": [[f.month(month), *(f.count(by.get((month, one), 0)) for one in seen)] for month in reversed(months)],
    }
