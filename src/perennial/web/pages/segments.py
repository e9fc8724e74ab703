"""Segments: all of them with how many are in and how that changed, and those to start from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from perennial.values.time import LocalDay
from perennial.web.desk.page import Desk, page
from perennial.web.segments import reading
from perennial.web.segments.saying import ready, said
from perennial.web.segments.words import STATES

_DAYS = 30
_WIDE, _HIGH = 100, 20  # of the small line


@require_GET
@page("see")
def segments(desk: Desk) -> HttpResponse:
    """The list."""
    today = LocalDay.of(desk.now, desk.brand.zone)
    found = reading.segments(desk.brand.id, desk.now)
    days = reading.sizes(desk.brand.id, today.plus(-_DAYS))
    everybody = reading.everybody(desk.brand.id)
    names = {one.key: one.body.title for one in found}
    taken = {one.key for one in found}
    return desk.render(
        "segments.html",
        rows=[_row(desk, one, days.get(one.key, []), everybody, names) for one in found],
        ready=[
            {"said": said(desk, one.rule, names), "to": desk.url("segment_new", start=one.key), "is": one}
            for one in ready(desk)
        ],
        taken=taken,
    )


def _row(
    desk: Desk, one: reading.Held, days: Sequence[reading.Day], everybody: int, names: dict[str, str]
) -> dict[str, Any]:
    today = LocalDay.of(desk.now, desk.brand.zone)
    f, body = desk.format, one.body
    before = days[0][1] if days and days[0][0] <= today - _DAYS else None
    change = None if before is None or one.members is None else one.members - before
    state, tone = STATES[one.state]
    return {
        "key": one.key,
        "title": body.title,
        "purpose": body.purpose or "",
        "said": said(desk, body.rule, names),
        "members": f.count(one.members),
        "share": f.percent(one.members / everybody) if everybody and one.members is not None else "",
        "change": "" if change is None else signed(desk, change),
        "line": line([(day, members) for day, members, *_ in days]),
        "as_of": one.as_of,
        "state": desk.words.text(state),
        "tone": tone,
        "error": one.filled.error if one.filled is not None else "",
        "waiting": one.live is not None and one.newest.version != one.live.version,
    }


def signed(desk: Desk, change: int) -> str:
    """A change with its sign."""
    sign = "" if not change else "+" if change > 0 else "\N{MINUS SIGN}"
    return f"{sign}{desk.format.count(abs(change))}"


def line(days: Sequence[tuple[int, int]]) -> str:
    """The points of a small line of (day, members); empty where there are fewer than two days."""
    if len(days) < 2:
        return ""
    first, last = days[0][0], days[-1][0]
    low, high = min(n for _, n in days), max(n for _, n in days)
    return " ".join(
        f"{_WIDE * (day - first) / (last - first):.1f},"
        f"{_HIGH / 2 if high == low else 1 + (_HIGH - 2) * (high - n) / (high - low):.1f}"
        for day, n in days
    )
