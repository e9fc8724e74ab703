"""Keep memberships right: for whom something was recorded, at once; for whom time moved on, at local midnight.

One process at a time does this for a brand, so that an older judgement never follows a newer one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Max, Min

from perennial.database import rows
from perennial.facts.actions import loop_marks
from perennial.facts.actions.loop_marks import TouchedMark
from perennial.facts.actions.loop_schedules import NotNow
from perennial.facts.models.loop import Event
from perennial.facts.queries import one_person
from perennial.figures.actions.alone import alone
from perennial.figures.actions.refresh_mirror import mirror_steps
from perennial.figures.queries.answers import moment
from perennial.figures.queries.mirror import tables, undisturbed
from perennial.insight.tables import AsOf
from perennial.segments.actions.fill import fill_steps
from perennial.segments.actions.move import Cause, move
from perennial.segments.compile.turned import turned
from perennial.segments.models import Membership, SegmentState
from perennial.segments.queries.facts import beside, histories_of
from perennial.segments.queries.known import known_of
from perennial.segments.queries.live import Live, live, stale
from perennial.segments.rules.changes import Why, changes
from perennial.segments.rules.fold.person import Person
from perennial.segments.rules.history import History, ahead
from perennial.segments.rules.judge import prepare
from perennial.segments.rules.known import CannotCount, Known
from perennial.segments.rules.reads import reads
from perennial.segments.rules.turns import Turn, turns

READER = "segments"
MANY = 20_000  # people from which on it is shorter to judge everybody
_AT_ONCE = 500  # people judged together
# Microseconds. What was recorded since a round began is dated after it, and a shop's clock may be ahead of ours.
_AHEAD = 10 * 60 * 1_000_000


@dataclass(frozen=True, slots=True)
class _Work:
    """What one round of following works with."""

    brand_id: int
    now: datetime
    as_of: AsOf
    live: Live
    known: Known

    def cause(self, why: Why, events: Mapping[int, int]) -> Cause:
        return Cause(why, self.now, self.as_of.day, self.live.versions, events)


def follow_steps(*, brand_id: int, now: datetime) -> Iterator[object]:
    """Fill segments that are new or changed, turn what time turned, judge whom something was recorded of.

    Yields after each part; stop between two as you like.
    """
    with alone(brand_id, "segments") as mine:
        if not mine:
            return
        try:
            yield from _followed(brand_id, now)
        except NotNow:
            return  # another writes the mirror: the next round, in a moment, does the rest


def _followed(brand_id: int, now: datetime) -> Iterator[object]:
    # At once: what is recorded after ``now`` is not seen by who judges as of then.
    marks = loop_marks.touched(brand_id=brand_id, reader=READER, limit=MANY + 1)
    found = live(brand_id=brand_id, at=now)
    if changed := stale(brand_id=brand_id, live=found):
        yield from fill_steps(brand_id=brand_id, now=now, only=changed)
    if not found.rules:
        yield from _nobody_asks(brand_id)
        return
    known = known_of(brand_id=brand_id, rules=found.rules.values(), at=now)
    work = _Work(brand_id, now, moment(brand_id, now), found, known)
    yield from _time(work)
    yield from _everybody(brand_id, marks, now) if len(marks) > MANY else _touched(work)


def _nobody_asks(brand_id: int) -> Iterator[object]:
    """Without segments marks are for nobody: the first segment is filled from everybody's facts."""
    while marks := loop_marks.touched(brand_id=brand_id, reader=READER, limit=MANY):
        loop_marks.clear_touched(marks)
        yield len(marks)


def _touched(work: _Work) -> Iterator[object]:
    # Marks before facts: what is recorded after this leaves another mark.
    marks = loop_marks.touched(brand_id=work.brand_id, reader=READER, limit=MANY)
    for start in range(0, len(marks), _AT_ONCE):
        part = marks[start : start + _AT_ONCE]
        changed: dict[int, int] = {mark.customer_id: mark.what for mark in part}
        again = _judge(work, changed, "fact")
        # Whom time has to pass for is no work done: the loop would come back for them at once.
        if done := [mark for mark in part if mark.customer_id not in again]:
            loop_marks.clear_touched(done)
            yield len(done)


def _everybody(brand_id: int, marks: Sequence[TouchedMark], now: datetime) -> Iterator[object]:
    """So many are touched that everybody is judged."""
    yield from fill_steps(brand_id=brand_id, now=now, why="fact")
    for start in range(0, len(marks), _AT_ONCE):
        loop_marks.clear_touched(marks[start : start + _AT_ONCE])
        yield len(marks)


def _time(work: _Work) -> Iterator[object]:
    """What turned since the last local day that was followed."""
    states = SegmentState.objects.filter(brand_id=work.brand_id, segment__in=work.live.rules, error="")
    before = states.aggregate(day=Min("day"))["day"]
    today = work.as_of.day
    if before is None or before >= today:
        return
    found: set[Turn] = set()
    for rule in work.live.rules.values():
        found.update(turns(rule, work.known, before, today))
    if found:
        complete = yield from mirror_steps(brand_id=work.brand_id, now=work.now)
        if not complete:
            return  # another process writes the mirror: the next round does it
        people = _turned(work, found)
        if len(people) > MANY:
            yield from fill_steps(brand_id=work.brand_id, now=work.now, why="time")
        else:
            for start in range(0, len(people), _AT_ONCE):
                _judge(work, dict.fromkeys(people[start : start + _AT_ONCE], -1), "time")
                yield start
    with transaction.atomic():
        states.update(day=today)


def _turned(work: _Work, found: set[Turn]) -> list[int]:
    with undisturbed(work.brand_id):
        t = tables(work.brand_id)
        rules = work.live.rules.values()
        people = turned(found, t, beside(brand_id=work.brand_id, rules=rules), work.known, work.as_of)
        return [] if people is None else sorted(people.to_pyarrow()["person_id"].to_pylist())


def _judge(work: _Work, changed: Mapping[int, int], why: Why) -> set[int]:
    """Judge the people behind some customers; ``changed``: what of them did, as bits.

    Gives back whom to judge again: something of theirs is dated a little later than this round.
    """
    customers, people = one_person(brand_id=work.brand_id, customers=list(changed))
    what = 0
    for bits in changed.values():
        what |= bits
    asked = {key: rule for key, rule in work.live.rules.items() if reads(rule).what & what or what < 0}
    if not asked:
        return set()
    found = histories_of(brand_id=work.brand_id, customers=customers, rules=list(asked.values()))
    checks = {}
    for key, rule in asked.items():
        try:
            checks[key] = prepare(rule, work.known)
        except CannotCount:
            continue  # its state says so since it was filled
    should: dict[int, set[str]] = {}
    for person in people:
        facts = Person(found.get(person, History(person)), work.known, work.as_of)
        should[person] = {key for key, check in checks.items() if check(facts)} if facts.history.customers else set()
    held: dict[int, set[str]] = {}
    columns = ("customer_id", "segment", "left_at")
    for person, segment, left in rows.fetch(
        Membership, columns, "customer_id", customers, equal={"brand_id": work.brand_id}
    ):
        if left is None:
            held.setdefault(person, set()).add(segment)
    judged = {person: set(checks) for person in people}
    moved = changes(people, held, should, judged)
    # Who became somebody else is no member of anything any more.
    gone = set(customers) - people
    merged = changes(gone, held, {}, {person: held.get(person, set()) for person in gone})
    at = work.as_of.at
    later = [one for one in found.values() if ahead(one, at, at + _AHEAD)]
    again = {customer.customer_id for one in later for customer in one.customers}
    if not moved and not merged:
        return again
    events = _newest_events(work.brand_id, sorted({one.person for one in moved}))
    with transaction.atomic():
        move(brand_id=work.brand_id, changes=moved, cause=work.cause(why, events))
        move(brand_id=work.brand_id, changes=merged, cause=work.cause("merge", {}))
    return again


def _newest_events(brand_id: int, people: Sequence[int]) -> dict[int, int]:
    """What was recorded of each last: because of which they move."""
    newest = Event.objects.filter(brand_id=brand_id, customer_id__in=people).values("customer_id")
    return {row["customer_id"]: row["newest"] for row in newest.annotate(newest=Max("id"))}
