"""Delivery: is what was promised delivered when it was promised, and what is late now."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from django.http import HttpResponse

from perennial.display import shop
from perennial.display.look import ENOUGH, rate, tip
from perennial.web.desk.answers import Read, Row, read
from perennial.web.desk.late import LATE_FRESH, late_orders
from perennial.web.desk.look import DeskLook
from perennial.web.desk.page import Desk, page
from perennial.web.desk.pictures import trend
from perennial.web.pages.today import LATELY

_LISTED = 50
_MONTHS = 25


@page("see")
def delivery(desk: Desk) -> HttpResponse:
    """The rate lately and ever, by carrier and month; what is late now."""
    look = DeskLook(desk)
    ask = partial(read, desk.brand.id, now=desk.now)
    ever, lately = ask("delivery"), ask("delivery", days=LATELY)
    carriers, months = ask("delivery_by_carrier"), ask("delivery_by_month")
    late = ask("late_now", fresh=LATE_FRESH)
    return desk.render(
        "delivery.html",
        reads=[ever, lately, carriers, months, late],
        promised=bool(ever.rows) and ever.one["promised"] > 0,
        rates=[_told(look, lately, desk.format.count(LATELY)), _told(look, ever, "")],
        untold=ever.one.get("untold", 0),
        carriers=shop.carriers(look, carriers.rows),
        as_of=ever.as_of,
        months=_months(look, months.rows),
        late=late_orders(desk, late, _LISTED),
    )


def _told(look: DeskLook, found: Read, days: str) -> dict[str, Any] | None:
    if not found.rows:
        return None
    f, row = look.format, found.one
    return {
        "days": days,
        "enough": row["promised"] >= ENOUGH,
        "rate": rate(look, row, "kept_rate"),
        "n": f.count(row["promised"]),
        "days_late": f.decimal(row["days_late"]),
    }


def _months(look: DeskLook, found: Sequence[Row]) -> dict[str, Any] | None:
    """The rate by month of the promise."""
    f = look.format
    known = sorted((row for row in found if row["month"] is not None and row["promised"]), key=lambda r: r["month"])
    rows = [
        {
            **row,
            "rate": row["kept_rate"],
            **tip(look, f.month(row["month"]), rate(look, row, "kept_rate"), f.count(row["promised"])),
        }
        for row in known
        if row["promised"] >= ENOUGH
    ][-_MONTHS:]
    if len(rows) < 3:
        return None
    return {
        "picture": trend(look, rows, look.words.text("Promises kept, by month of the promise.")),
        "rows": [
            [f.month(row["month"]), f.count(row["promised"]), f.count(row["kept"]), rate(look, row, "kept_rate"),
             f.decimal(row["days_late"])]
            for row in rows
        ],
    }  # fmt: skip
