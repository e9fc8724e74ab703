"""Endpoints: segments and who is in them. They are saved as documents."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from ninja import Query
from pydantic import AwareDatetime, Field

from perennial.values.ids import public
from perennial.values.time import from_us, to_us
from perennial.web.api import shapes, visible
from perennial.web.api.auth import Caller
from perennial.web.api.endpoints import get
from perennial.web.api.paging import Cursor, Limit, Pager
from perennial.web.api.problems import Problem
from perennial.web.segments import reading
from perennial.web.segments.reading import Held, Stay

_At = Annotated[
    AwareDatetime | None, Query(None, description="who was in it, as recorded, at an instant of the past; else now")
]
_FIRST = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
State = Literal["draft", "counting", "live", "error"]


class SegmentHeld(shapes.Shape):
    """A segment. ``state``: draft, live, counting (by the version in force not yet), error (``error`` says why).

    ``members``: how many are in, as of ``as_of``; null: never counted.
    """

    key: str
    title: str
    purpose: str | None
    version: int
    state: State
    rule: dict[str, Any]
    text: str = Field(description="the rule as people write it")
    members: int | None
    as_of: datetime | None
    error: str


class SegmentsHeld(shapes.Shape):
    """A page of segments, by key."""

    items: list[SegmentHeld]
    next: str | None


class MemberOf(shapes.Shape):
    """Somebody in a segment: the customer who stands for the person, since when, and why they came in."""

    customer: str
    since: datetime
    why: str = Field(description="fact, time, rule, store or merge")


class MembersOf(shapes.Shape):
    """A page of the members of a segment."""

    items: list[MemberOf]
    next: str | None


class SegmentOf(shapes.Shape):
    """A segment that a customer is in, and since when."""

    key: str
    title: str
    since: datetime


class SegmentsOf(shapes.Shape):
    """The segments that a customer is in."""

    items: list[SegmentOf]


@get("/segments", tag="Segments", scope="segments:read", problems=("cursor",))
def list_segments(caller: Caller, *, limit: Limit, cursor: Cursor) -> SegmentsHeld:
    """List segments

    All that are not retired, drafts included, by key.
    """
    caller.whole_brand("segments are about")
    pager = Pager(caller, "segments")
    after = (pager.after(cursor) or [""])[0]
    held = sorted(reading.segments(caller.brand_id, caller.now), key=lambda one: one.key)
    rows, following = pager.page([one for one in held if one.key > after][: limit + 1], limit, lambda one: [one.key])
    return SegmentsHeld(items=[_held(one) for one in rows], next=following)


@get("/segments/{key}", tag="Segments", scope="segments:read", problems=("not_found",))
def read_segment(caller: Caller, key: str) -> SegmentHeld:
    """Read a segment

    What is in force, or its draft. To change it, save the document of kind `segment`: its rule may be text.
    """
    return _held(_segment(caller, key))


@get("/segments/{key}/members", tag="Segments", scope="segments:read", problems=("not_found", "cursor"))
def list_members(caller: Caller, key: str, *, limit: Limit, cursor: Cursor, at: _At) -> MembersOf:
    """List who is in a segment

    Or who was, as it was recorded, `at` an instant of the past.
    """
    _segment(caller, key)
    if at is not None and not _FIRST <= at <= caller.now:
        raise Problem(
            "invalid", "Nobody knows who is in a segment then.",
            [{"parameter": "at", "detail": "is an instant of the past, from 1970 on"}],
        )  # fmt: skip
    pager = Pager(caller, "members", key=key, at=at)
    place = pager.after(cursor)
    if place is not None and at is not None:
        place = [from_us(place[0]), place[1]]
    found = reading.members(caller.brand_id, key, after=place, limit=limit + 1, at=at)

    def place_of(one: Stay) -> list[Any]:
        return [one.customer_id] if at is None else [to_us(one.entered_at), one.id]

    rows, following = pager.page(found, limit, place_of)
    return MembersOf(
        items=[
            MemberOf(customer=public("cus", one.customer_id), since=one.entered_at, why=one.entered_why)
            for one in rows
        ],
        next=following,
    )  # fmt: skip


@get("/customers/{customer_id}/segments", tag="Segments", scope="segments:read", problems=("not_found",))
def list_segments_of(caller: Caller, customer_id: str) -> SegmentsOf:
    """List the segments a customer is in

    Those of the person, where several customers are one.
    """
    caller.whole_brand("segments are about")
    customer = visible.customer(caller, customer_id)
    since = reading.of_person(caller.brand_id, visible.person_of(caller, customer.id))
    titles = reading.titles(caller.brand_id, caller.now) if since else {}
    return SegmentsOf(
        items=[SegmentOf(key=key, title=titles[key], since=at) for key, at in since.items() if key in titles]
    )


def _segment(caller: Caller, key: str) -> Held:
    caller.whole_brand("segments are about")
    found = reading.segment(caller.brand_id, key, caller.now)
    if found is None:
        raise Problem("not_found", "There is no such segment.")
    return found


def _held(one: Held) -> SegmentHeld:
    body = one.body
    return SegmentHeld(
        key=one.key, title=body.title, purpose=body.purpose, version=one.shown.version, state=one.state,
        rule=body.rule.content(), text=body.rule.text(), members=one.members, as_of=one.as_of,
        error=one.filled.error if one.filled is not None else "",
    )  # fmt: skip
