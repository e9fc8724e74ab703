"""Write who came and who left: the only writer of memberships.

A stay is one row. Entering adds it, leaving closes it; both once: a row is open or it is not, and of a person in a
segment at most one can be open.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from perennial.database import ids, rows
from perennial.database.pacing import paced
from perennial.facts.actions.happen import Happened, happened
from perennial.segments.models import Membership, SegmentDay, SegmentState
from perennial.segments.rules.changes import Change, Why
from perennial.values.time import to_us

ENTERED, LEFT = "segment.entered", "segment.left"
_NEW = ("id", "brand_id", "customer_id", "segment", "entered_at", "entered_why", "entered_event_id", "entered_version",
        "left_why")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cause:
    """Why people move at this moment: ``versions`` of the segments' documents, ``events``: person -> newest event.

    ``day``: the brand's local day. ``silent``: nobody is told (a segment that is filled for the first time).
    """

    why: Why
    now: datetime
    day: int
    versions: Mapping[str, int]
    events: Mapping[int, int]
    silent: bool = False


def move_steps(*, brand_id: int, changes: Sequence[Change], cause: Cause) -> Iterator[int]:
    """Write the changes in transactions of some milliseconds; yields how many each wrote.

    What is written already is left alone, so that it may be begun again after a kill.
    """
    yield from paced(
        len(changes), lambda start, count: move(brand_id=brand_id, changes=changes[start : start + count], cause=cause)
    )


def move(*, brand_id: int, changes: Sequence[Change], cause: Cause) -> None:
    """Write the changes in the caller's transaction."""
    entered = _enter(brand_id, [one for one in changes if one.enters], cause)
    left = _leave(brand_id, [one for one in changes if not one.enters], cause)
    _count(brand_id, Counter(one.segment for one in entered), Counter(one.segment for one in left), cause)


def _enter(brand_id: int, coming: Sequence[Change], cause: Cause) -> list[Change]:
    now = to_us(cause.now)
    numbered = [
        (id_, brand_id, one.person, one.segment, now, cause.why, cause.events.get(one.person),
         cause.versions.get(one.segment, 0), "")
        for id_, one in zip(ids.take(len(coming)), coming, strict=True)
    ]  # fmt: skip
    written = rows.insert_missing(Membership, _NEW, numbered)
    if written != len(numbered):  # some were in: theirs is the older stay
        new = {id_ for (id_,) in rows.fetch(Membership, ("id",), "id", [row[0] for row in numbered])}
        kept = [(row, one) for row, one in zip(numbered, coming, strict=True) if row[0] in new]
        numbered, coming = [row for row, _ in kept], [one for _, one in kept]
    _tell(brand_id, ENTERED, [(row[0], one) for row, one in zip(numbered, coming, strict=True)], cause)
    return list(coming)


def _leave(brand_id: int, going: Sequence[Change], cause: Cause) -> list[Change]:
    open_ = _open(brand_id, {one.person for one in going})
    found = [(open_[one.person, one.segment], one) for one in going if (one.person, one.segment) in open_]
    with connection.cursor() as cursor:
        cursor.executemany(
            'UPDATE "membership" SET left_at = %s, left_why = %s, left_event_id = %s, left_version = %s'
            " WHERE id = %s AND left_at IS NULL",
            [
                (to_us(cause.now), cause.why, cause.events.get(one.person), cause.versions.get(one.segment), id_)
                for id_, one in found
            ],
        )
    _tell(brand_id, LEFT, found, cause)
    return [one for _, one in found]


def _open(brand_id: int, people: set[int]) -> dict[tuple[int, str], int]:
    columns = ("id", "customer_id", "segment", "left_at")
    held = rows.fetch(Membership, columns, "customer_id", people, equal={"brand_id": brand_id})
    return {(person, segment): id_ for id_, person, segment, left in held if left is None}


def _tell(brand_id: int, kind: str, moved: Sequence[tuple[int, Change]], cause: Cause) -> None:
    """An event for each, where somebody wants to hear of it."""
    told = [Happened(kind, one.person, id_, cause.now, cause.day) for id_, one in moved]
    happened(brand_id=brand_id, events=told, now=cause.now, history=cause.silent)


def _count(brand_id: int, entered: Counter[str], left: Counter[str], cause: Cause) -> None:
    """The sizes, in the transaction that changes them."""
    moved = sorted({*entered, *left})
    rows.upsert(
        SegmentState,
        ("id", "brand_id", "segment", "members", "filled_under", "error"),
        [
            (id_, brand_id, segment, entered[segment] - left[segment], "", "")
            for id_, segment in zip(ids.take(len(moved)), moved, strict=True)
        ],
        key=("brand_id", "segment"),
        change={"members": '"segment_state"."members" + excluded."members"'},
    )
    members = dict(rows.fetch(SegmentState, ("segment", "members"), "segment", moved, equal={"brand_id": brand_id}))
    rows.upsert(
        SegmentDay,
        ("id", "brand_id", "segment", "day", "members", "entered", "left"),
        [
            (id_, brand_id, segment, cause.day, members[segment], entered[segment], left[segment])
            for id_, segment in zip(ids.take(len(moved)), moved, strict=True)
        ],
        key=("brand_id", "segment", "day"),
        change={
            "members": 'excluded."members"',
            "entered": '"segment_day"."entered" + excluded."entered"',
            "left": '"segment_day"."left" + excluded."left"',
        },
    )
