"""A rule as it was counted on request, as pages show it: how many, who, reachable how, beside which segments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from perennial.segments.models import Preview
from perennial.values.ids import public
from perennial.web.customers.filters import CHANNELS
from perennial.web.desk import naming

if TYPE_CHECKING:
    from perennial.web.desk.page import Desk

_SHARE = 0.0005  # below it a share says nothing


def counted(desk: Desk, one: Preview | None, names: Mapping[str, str], *, own: str = "") -> dict[str, Any] | None:
    """What was found; ``waiting`` while it is being counted anew, too.

    ``names``: titles of segments by key; ``own``: the segment whose rule it is, which overlaps with itself.
    """
    if one is None:
        return None
    found, f = one.found, desk.format
    told: dict[str, Any] = {
        "key": one.key,
        "to": desk.url("segments_counted", one.key),
        "waiting": one.wanted_at is not None,
        "error": one.error,
        "known": found is not None,
        "as_of": one.as_of or one.counted_at,
    }
    if found is None:
        return told
    members, of = found["members"], found["of"]
    people = naming.people(desk.brand.id, found["sample"])
    return told | {
        "n": members,
        "members": f.count(members),
        "of": f.count(of),
        "share": _share(desk, members, of),
        "width": _width(members, of),
        "revenue": f.money(found["revenue"]),
        "orders": f.count(found["orders"]),
        "sample": [(people[id_], desk.url("customer", public("cus", id_))) for id_ in found["sample"] if id_ in people],
        "reach": [
            {
                "name": desk.words.text(CHANNELS.get(channel, channel)),
                "n": f.count(n),
                "share": _share(desk, n, members),
                "width": _width(n, members),
            }
            for channel, n in sorted(found["reach"].items(), key=lambda one: (-one[1], one[0]))
        ],
        "overlap": [
            {
                "title": names.get(one["segment"], one["segment"]),
                "to": desk.url("segment", one["segment"]),
                "members": f.count(one["members"]),
                "both": f.count(one["both"]),
                "share": _share(desk, one["both"], members),
                "width": _width(one["both"], members),
            }
            for one in sorted(found["overlap"], key=lambda one: -one["both"])
            if one["segment"] != own and one["both"]
        ],
    }


def _share(desk: Desk, n: int, of: int) -> str:
    if not of:
        return ""
    share = n / of
    return desk.words.text("under %(share)s", share=desk.format.percent(0.001)) if 0 < share < _SHARE else (
        desk.format.percent(share)
    )  # fmt: skip


def _width(n: int, of: int) -> float:
    return round(100 * min(n / of, 1), 1) if of else 0
