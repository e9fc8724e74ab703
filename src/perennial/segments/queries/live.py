"""The segments in force, with their rules ready to be judged, and what there is to do about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db.models import Count, Max, Min

from perennial.documents.models import Document
from perennial.facts.models.loop import Touched
from perennial.facts.rules.reporting import KIND as REPORTING
from perennial.figures.queries.answers import moment, treatment
from perennial.segments.models import Membership, SegmentState
from perennial.segments.queries.known import live_segments
from perennial.segments.rules.expand import expand
from perennial.segments.rules.known import CannotCount
from perennial.segments.rules.rule import Rule
from perennial.segments.rules.segment import KIND, Segment
from perennial.values.hashing import fingerprint

_MOST_KEPT = 16  # brands whose rules a process keeps read


@dataclass(frozen=True, slots=True)
class Live:
    """By key: rules with the segments they name put in their places, what the documents say, and their versions.

    ``broken``: those that name what is not there, and why. ``under``: the fingerprint of each rule as it stands.
    """

    rules: Mapping[str, Rule]
    segments: Mapping[str, Segment]
    versions: Mapping[str, int]
    broken: Mapping[str, str]
    under: Mapping[str, str]

    def whole(self, segment: str) -> Rule:
        """The rule of a segment with those it names in their places. Raises CannotCount where it is not in force."""
        if segment not in self.segments:
            raise CannotCount(f"there is no live segment {segment!r}: publish it")
        if segment in self.broken:
            raise CannotCount(self.broken[segment])
        return self.rules[segment]


# Versions are only ever added, so that the newest of those in force, and how many they are, name them all.
_kept: dict[tuple[int, int | None, int], Live] = {}


def live(*, brand_id: int, at: datetime) -> Live:
    """The segments in force at an instant. Read anew only when a version came into force since.

    A rule means something else when what counts as revenue changes: it is another under which they are filled.
    """
    kinds = (KIND.name, REPORTING.name)
    effective = Document.objects.filter(brand_id=brand_id, kind__in=kinds, effective_from__lte=at)
    found = effective.aggregate(newest=Max("id"), count=Count("id"))
    key = (brand_id, found["newest"], found["count"])
    if key not in _kept:
        if len(_kept) >= _MOST_KEPT:
            _kept.clear()
        _kept[key] = _read(brand_id, at)
    return _kept[key]


def _read(brand_id: int, at: datetime) -> Live:
    found = live_segments(brand_id=brand_id, at=at)
    own = {key: segment.rule for key, (_, segment) in found.items()}
    rules: dict[str, Rule] = {}
    broken: dict[str, str] = {}
    for key, rule in own.items():
        try:
            rules[key] = expand(rule, own, (key,))
        except CannotCount as wrong:
            broken[key] = str(wrong)
    counts = asdict(treatment(brand_id, at))
    under = {key: fingerprint({"rule": rule.content(), "counts": counts}) for key, rule in rules.items()}
    segments = {key: segment for key, (_, segment) in found.items()}
    return Live(rules, segments, {key: version for key, (version, _) in found.items()}, broken, under)


def stale(*, brand_id: int, live: Live) -> list[str]:
    """The segments whose memberships are not those of their rule: new, changed, broken, or no longer in force."""
    states = {state.segment: state for state in SegmentState.objects.filter(brand_id=brand_id)}
    changed = [
        key
        for key, under in live.under.items()
        if key not in states or states[key].filled_under != under or states[key].version != live.versions[key]
    ]
    wrong = [key for key, why in live.broken.items() if key not in states or states[key].error != why[:255]]
    gone = [key for key, state in states.items() if key not in live.versions and (state.members or state.filled_under)]
    return sorted({*changed, *wrong, *gone})


def something_to_follow(*, brand_id: int, reader: str, now: datetime) -> bool:
    """Whether marks wait, a local day began, or a segment is not filled as it stands."""
    if Touched.objects.filter(brand_id=brand_id, reader=reader).exists():
        return True
    found = live(brand_id=brand_id, at=now)
    if stale(brand_id=brand_id, live=found):
        return True
    if not found.rules:
        return False
    states = SegmentState.objects.filter(brand_id=brand_id, segment__in=found.rules, error="")
    before = states.aggregate(day=Min("day"))["day"]
    return before is not None and before < moment(brand_id, now).day


def open_members(*, brand_id: int, segment: str) -> set[int]:
    """Everybody who is in a segment now."""
    rows = Membership.objects.filter(brand_id=brand_id, segment=segment, left_at=None)
    return set(rows.values_list("customer_id", flat=True).iterator(chunk_size=20_000))
