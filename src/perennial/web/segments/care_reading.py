"""What the pages read of care: what groups come to, who may cost most, what the document in force says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from perennial.documents import queries
from perennial.figures.models import CustomerFigures
from perennial.segments.actions.allocate import IN_FORCE, NAME, something_to_allot
from perennial.segments.models import Allotment, Score
from perennial.segments.rules.allocation import KEY, KIND, Allocation
from perennial.segments.rules.scores import scores

PAGE = 50
Place = tuple[float, int]


def in_force(brand_id: int, at: datetime) -> Allocation:
    """What the document in force says, or the defaults."""
    return queries.effective(KIND, brand_id=brand_id, key=KEY, at=at) or Allocation()


def held(brand_id: int) -> Allotment | None:
    """What care came to last; None before it was worked out for the first time."""
    return Allotment.objects.filter(brand_id=brand_id, key=IN_FORCE).first()


def behind(brand_id: int, at: datetime) -> bool:
    """Whether it is being worked out (again): the document, or everybody's figures, changed since."""
    found = held(brand_id)
    if found is not None and not found.error:
        deciding = queries.history(brand_id=brand_id, kind=KIND.name, key=KEY).filter(effective_from__lte=at).first()
        if found.version != (deciding.version if deciding else 0):
            return True
    return found is None and something_to_allot(brand_id)


def looked_at(brand_id: int, key: str) -> Allotment | None:
    """What somebody looks at, by its key."""
    return Allotment.objects.filter(brand_id=brand_id, key=key).exclude(key=IN_FORCE).first()


def segments(brand_id: int) -> dict[str, str]:
    """The title of each segment that is not retired, by key."""
    return {one.key: str(one.stored["title"]) for one in queries.newest(brand_id=brand_id, kind="segment")}


@dataclass(frozen=True, slots=True)
class Best:
    """People by what they may cost, the most first; ``before`` and ``after``: where the pages beside it go on."""

    people: Sequence[tuple[int, float]]
    before: Place | None
    after: Place | None


def best(brand_id: int, *, after: Place | None = None, before: Place | None = None, size: int = PAGE) -> Best:
    """The people after (or before) a place; without one, those who may cost most."""
    found = Score.objects.filter(brand_id=brand_id, name=NAME)
    backward = before is not None
    if place := before or after:
        value, id_ = place
        # The first condition is where the walk through the index begins.
        found = found.filter(value__gte=value) if backward else found.filter(value__lte=value)
        beyond = {"value": value, "customer_id__lte" if backward else "customer_id__gte": id_}
        found = found.exclude(**beyond)
    order = ("value", "customer_id") if backward else ("-value", "-customer_id")
    read = list(found.order_by(*order).values_list("customer_id", "value")[: size + 1])
    more, read = len(read) > size, read[:size]
    if backward:
        read.reverse()
    if not read:
        return Best((), None, None)
    first, last = ((value, person) for person, value in (read[0], read[-1]))
    return Best(
        read,
        before=first if (more if backward else after is not None) else None,
        after=last if backward or more else None,
    )


def figures(brand_id: int, people: Sequence[int]) -> dict[int, CustomerFigures]:
    """Their figures, by one query by ids alone."""
    return {one.id: one for one in CustomerFigures.objects.filter(id__in=people) if one.brand_id == brand_id}


def scores_of(brand_id: int, person: int) -> list[dict[str, Any]]:
    """All scores of a person as they are kept: ``name``, ``value``, ``unit``, ``low``, ``high``, ``as_of``, by name.

    ``unit``: money (minor units of the reporting currency), days, share or number. One that no plug-in offers any
    more is a number. Two queries.
    """
    kept = figures(brand_id, [person]).get(person)
    found: dict[str, dict[str, Any]] = {}
    for score in scores().values():
        if score.column is None or kept is None or (value := getattr(kept, score.column)) is None:
            continue
        ends: Mapping[str, str | None] = {"low": score.low, "high": score.high}
        found[score.name] = {
            "name": score.name, "value": float(value), "unit": score.unit, "as_of": kept.as_of,
            **{end: getattr(kept, column) if column else None for end, column in ends.items()},
        }  # fmt: skip
    for one in Score.objects.filter(brand_id=brand_id, customer_id=person):
        known = scores().get(one.name)
        if known is None or known.column is None:
            found[one.name] = {
                "name": one.name, "value": one.value, "unit": known.unit if known else "number", "low": one.low,
                "high": one.high, "as_of": one.as_of,
            }  # fmt: skip
    return [found[name] for name in sorted(found)]
