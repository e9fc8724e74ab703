"""A past day of a segment by what is known today, beside what was recorded then, as its page shows both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from perennial.segments.actions.previews import want_recomputed
from perennial.values.ids import public
from perennial.values.time import LocalDay
from perennial.web.desk import naming
from perennial.web.segments.reading import Held

if TYPE_CHECKING:
    from perennial.web.desk.page import Desk


def recomputed(desk: Desk, held: Held, day: LocalDay) -> dict[str, Any] | None:
    """What `work` found, asked for here; ``waiting`` until it did. None for a draft: nothing is asked of it."""
    if held.live is None:
        return None
    one = want_recomputed(brand_id=desk.brand.id, segment=held.key, rule=held.body.rule, day=int(day), now=desk.now)
    told: dict[str, Any] = {"waiting": one.wanted_at is not None, "error": one.error, "known": one.found is not None}
    told |= {"here": desk.url("segment", held.key, on=day.date.isoformat()), "people": [], "as_of": None}
    if one.found is None:
        return told
    found, f = one.found, desk.format
    names = naming.people(desk.brand.id, [each["customer"] for each in found["differing"]])
    return told | {
        "as_of": one.as_of or one.counted_at,
        "recorded": f.count(found["recorded"]),
        "members": f.count(found["recomputed"]),
        "differ": found["only_recorded"] + found["only_recomputed"],
        "only_recorded": f.count(found["only_recorded"]),
        "only_recomputed": f.count(found["only_recomputed"]),
        "people": [
            {
                "name": names.get(each["customer"], public("cus", each["customer"])),
                "to": desk.url("customer", public("cus", each["customer"])),
                "recorded": each["recorded"],
            }
            for each in found["differing"]
        ],
    }
