"""Who would have been in a segment on a past day by what is known today, beside whom everything took for a member.

Recorded is what was acted on. Recomputed is the segment's rule of today over the facts of that time with today's
corrections and merges; what the store was measured by (rhythm, groups, rankings) is found for that day, too. What has
no time of its own (attributes, lists, scores, whether an address is reachable) counts as it is today.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Q

from perennial.facts.models.brands import Brand
from perennial.facts.models.people import Alias
from perennial.figures.queries.mirror import tables, undisturbed
from perennial.insight.tables import AsOf
from perennial.segments.compile.judged import members
from perennial.segments.compile.store import known_at
from perennial.segments.models import Membership
from perennial.segments.queries.facts import beside
from perennial.segments.queries.known import known_of
from perennial.segments.queries.live import live
from perennial.segments.rules.rule import Rule
from perennial.values.time import LocalDay, from_us

_SHOWN = 50  # of those in whom both answers differ


def recompute_wanted(*, brand_id: int, wish: dict[str, Any], now: datetime) -> dict[str, Any]:
    """What is found for a wish of `previews.want_recomputed`: both answers beside each other.

    ``recorded`` and ``recomputed``: how many were in; ``only_recorded`` and ``only_recomputed``: how many in one alone;
    ``differing``: the first of them, as ``customer`` and ``recorded`` (false: recomputed alone); ``day``; ``version``
    of the rule. People are who they are today. Raises CannotCount where the segment is not in force.
    """
    found = live(brand_id=brand_id, at=now)
    rule = found.whole(wish["segment"])
    day = LocalDay(wish["as_of"])
    zone = Brand.objects.values_list("zone", flat=True).get(id=brand_id)
    as_of = AsOf.moment(day, zone)
    computed = recomputed(brand_id=brand_id, rule=rule, as_of=as_of, now=now)
    recorded = recorded_at(brand_id=brand_id, segment=wish["segment"], at=from_us(as_of.at))
    differing = sorted(computed ^ recorded)
    return {
        "day": int(day),
        "version": found.versions[wish["segment"]],
        "recorded": len(recorded),
        "recomputed": len(computed),
        "only_recorded": len(recorded - computed),
        "only_recomputed": len(computed - recorded),
        "differing": [{"customer": one, "recorded": one in recorded} for one in differing[:_SHOWN]],
    }


def recomputed(*, brand_id: int, rule: Rule, as_of: AsOf, now: datetime) -> set[int]:
    """The people for whom ``rule`` (its segments put in their places) held at a moment of the past.

    Reads the mirror as it is published. Raises CannotCount as `segments.compile.judged` does.
    """
    with undisturbed(brand_id):
        t = tables(brand_id)
        held = beside(brand_id=brand_id, rules=[rule])
        known = known_at(t, held, known_of(brand_id=brand_id, rules=[rule], at=now), [rule], as_of)
        found = members(rule, t, held, known, as_of).to_pyarrow()
    return set(found.column("person_id").to_pylist())


def recorded_at(*, brand_id: int, segment: str, at: datetime) -> set[int]:
    """Who was in a segment at an instant as recorded then, by who they are today."""
    rows = Membership.objects.filter(Q(left_at__isnull=True) | Q(left_at__gt=at), brand_id=brand_id, segment=segment)
    found = set(rows.filter(entered_at__lte=at).values_list("customer_id", flat=True).iterator(chunk_size=20_000))
    return _today(brand_id, found)


def _today(brand_id: int, people: Iterable[int]) -> set[int]:
    known = dict(Alias.objects.filter(brand_id=brand_id).values_list("id", "person_id").iterator(chunk_size=20_000))
    return {known.get(one, one) for one in people}
