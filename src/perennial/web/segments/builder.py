"""What the builder's lists offer, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from perennial.display.definitions import GROUPS, STAGES
from perennial.documents import queries
from perennial.segments.models import StaticList
from perennial.segments.rules.conditions.counted import WORDS
from perennial.segments.rules.segment import KIND
from perennial.web.customers.filters import CHANNELS, RHYTHMS
from perennial.web.customers.words import PURPOSES
from perennial.web.segments import words as w
from perennial.web.segments.fields import FAMILIES
from perennial.web.segments.form import Group

if TYPE_CHECKING:
    from perennial.web.desk.page import Desk

_NAMES = 200  # offered of a sort; others can be written
# What a row is called that has a name of its own to write.
_OWN = {
    "did": "behaviour", "opened": "message", "clicked": "message", "replied": "message", "answered": "survey",
    "anniversary": "day", "beneficiary": "day", "attribute": "what", "segment": "segments", "listed": "lists",
    "label": "label", "bucket": "draw", "score": "score",
}  # fmt: skip


def choices(desk: Desk) -> dict[str, Any]:
    """By list: code and name."""

    def told(of: Mapping[Any, str]) -> dict[str, str]:
        return {code: desk.words.text(name) for code, name in of.items()}

    brand = desk.brand.id
    segments = {one.key: one.stored["title"] for one in queries.newest(brand_id=brand, kind=KIND.name)[:_NAMES]}
    lists = StaticList.objects.filter(brand_id=brand, retired_at__isnull=True).order_by("title")
    return {
        "is_group": lambda node: isinstance(node, Group),
        "about": {desk.words.text(name): told(of) for name, of in w.ABOUT.items()},
        "sorts": told(w.SORTS),
        "operators": told(w.OPERATORS),
        "operators_once": {"": desk.words.text(w.ONCE), **told(w.OPERATORS)},
        "operators_drawn": {code: name for code, name in told(w.OPERATORS).items() if code in ("<", ">=")},
        "units": told(w.UNITS),
        "units_ever": {"": desk.words.text(w.EVER), **told(w.UNITS)},
        "narrow_of": lambda word: {code: desk.words.text(w.NARROW[code]) for code in WORDS[word].narrowed},
        "whens": told(w.WHEN),
        "events": told(w.EVENTS),
        "ways": told(w.WAYS),
        "hows": told(w.HOW),
        "bounds": told(w.BOUNDS),
        "channels": told(CHANNELS),
        "purposes": told(PURPOSES),
        "known": {
            "rhythm": told(RHYTHMS),
            "lifecycle": told(STAGES),
            "rfm": told({key: name for key, (name, _) in GROUPS.items()}),
        },
        "measures": {code: name for code, name in told(_about()).items() if code in WORDS},
        "counts": WORDS,
        "families": FAMILIES,
        "own": _OWN,
        "names": {
            "segments": segments,
            "lists": dict(lists.values_list("key", "title")[:_NAMES]),
        },
        "currency": desk.brand.currency,
    }


def _about() -> dict[str, str]:
    return {code: name for group in w.ABOUT.values() for code, name in group.items()}
