"""What pages and the API read of segments: set-based, by index, never a query per row."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery

from perennial.database import rows
from perennial.documents import queries
from perennial.documents.models import Document
from perennial.facts.models.people import Customer
from perennial.figures.models import CustomerFigures
from perennial.segments.models import Membership, Preview, SegmentDay, SegmentState
from perennial.segments.rules.rule import Rule
from perennial.segments.rules.segment import KIND, Segment
from perennial.values.hashing import fingerprint

PAGE = 50
Day = tuple[int, int, int, int]
"""A local day, how many were in at its end, how many came and went on it."""
_AT_ONCE = 10_000
_FIGURES = ("id", "orders", "revenue", "last_order_day")
_PERSON = ("id", "first_name", "last_name", "email", "phone", "country")


@dataclass(frozen=True, slots=True)
class Held:
    """A segment: its newest version, the one in force (None: a draft alone), and how far it is counted.

    ``state``: draft, counting (members are not yet by the version in force), live, error.
    """

    newest: Document
    live: Document | None
    filled: SegmentState | None

    @property
    def key(self) -> str:
        """Its name for machines."""
        return self.newest.key

    @property
    def state(self) -> str:
        """Where it stands."""
        if self.live is None:
            return "draft"
        if self.filled is not None and self.filled.error:
            return "error"
        return "live" if self.filled is not None and self.filled.version == self.live.version else "counting"

    @property
    def shown(self) -> Document:
        """The version in force, else the newest."""
        return self.live or self.newest

    @property
    def body(self) -> Segment:
        """What it says."""
        return read(self.shown)

    @property
    def members(self) -> int | None:
        """How many are in; None: never counted."""
        return None if self.filled is None or self.filled.version is None else self.filled.members

    @property
    def as_of(self) -> datetime | None:
        """Until when its members are right."""
        return None if self.filled is None else self.filled.filled_at


def read(document: Document) -> Segment:
    """What a version says."""
    return KIND.read(document.stored, document.schema, what=f"segment {document.reference}")


def segments(brand_id: int, now: datetime) -> list[Held]:
    """All segments that are not retired, by title; three questions."""
    live = {one.key: one for one in queries.live(brand_id=brand_id, at=now, kind=KIND.name)}
    states = {one.segment: one for one in SegmentState.objects.filter(brand_id=brand_id)}
    newest = {one.key: one for one in queries.newest(brand_id=brand_id, kind=KIND.name)}
    # One that ends later is retired by its newest version, and in force until then.
    found = [Held(newest.get(key, live.get(key)), live.get(key), states.get(key)) for key in {**live, **newest}]  # type: ignore[arg-type]
    return sorted(found, key=lambda one: (one.body.title.casefold(), one.key))


def segment(brand_id: int, key: str, now: datetime) -> Held | None:
    """One of them; None where it never was, or has ended."""
    newest = queries.latest(brand_id=brand_id, kind=KIND.name, key=key)
    if newest is None:
        return None
    live = queries.current(brand_id=brand_id, kind=KIND.name, key=key, at=now)
    if live is None and newest.state == "retired":
        return None
    return Held(newest, live, SegmentState.objects.filter(brand_id=brand_id, segment=key).first())


def titles(brand_id: int, now: datetime) -> dict[str, str]:
    """What each segment is called, by key; without reading its rule."""
    found = [
        *queries.newest(brand_id=brand_id, kind=KIND.name),
        *queries.live(brand_id=brand_id, at=now, kind=KIND.name),
    ]
    return {one.key: str(one.stored["title"]) for one in found}


def everybody(brand_id: int) -> int:
    """How many people there are: what shares are shares of."""
    return CustomerFigures.objects.filter(brand_id=brand_id).count()


def sizes(brand_id: int, since: int, key: str = "") -> dict[str, list[Day]]:
    """Per segment (day, members, entered, left) from local day ``since`` on, the last day before it first."""
    every = SegmentDay.objects.filter(brand_id=brand_id, **({"segment": key} if key else {}))
    same = SegmentDay.objects.filter(brand_id=brand_id, segment=OuterRef("segment"), day__lte=since)
    wanted = every.filter(Q(day__gt=since) | Q(day=Subquery(same.order_by("-day").values("day")[:1])))
    found: dict[str, list[Day]] = {}
    for name, *day in wanted.order_by("segment", "day").values_list("segment", "day", "members", "entered", "left"):
        found.setdefault(name, []).append(tuple(day))  # type: ignore[arg-type]  # four numbers
    return found


def size_at(brand_id: int, key: str, day: int) -> int | None:
    """How many were in at the end of a local day; None: not counted then."""
    days = SegmentDay.objects.filter(brand_id=brand_id, segment=key, day__lte=day)
    return days.order_by("-day").values_list("members", flat=True).first()


@dataclass(frozen=True, slots=True)
class Stay:
    """Somebody in a segment since when and why. ``customer_id``: the person."""

    id: int
    customer_id: int
    entered_at: datetime
    entered_why: str


def _in(brand_id: int, key: str, at: datetime | None) -> QuerySet[Membership]:
    of = Membership.objects.filter(brand_id=brand_id, segment=key)
    if at is None:
        return of.filter(left_at__isnull=True)
    return of.filter(Q(left_at__isnull=True) | Q(left_at__gt=at), entered_at__lte=at)


def members(
    brand_id: int, key: str, *, after: Sequence[Any] | None = None, limit: int = PAGE, at: datetime | None = None
) -> list[Stay]:
    """Up to ``limit`` of those who are in, by the number of the person; or who were ``at`` a moment, newest first.

    ``after``: the last person of the page before; of a moment, when they entered and the number of their stay.
    """
    found = _in(brand_id, key, at)
    if at is None:
        found = (found.filter(customer_id__gt=after[0]) if after else found).order_by("customer_id")
    else:
        if after:
            entered, last = after
            found = found.filter(Q(entered_at__lt=entered) | Q(id__lt=last), entered_at__lte=entered)
        found = found.order_by("-entered_at", "-id")
    return [Stay(*row) for row in found.values_list("id", "customer_id", "entered_at", "entered_why")[:limit]]


def everyone(brand_id: int, key: str, at: datetime | None) -> Iterator[list[int]]:
    """All who are (or were) in, of one moment, in slices of their numbers: for exports; eight bytes of each."""
    found = array("q", _in(brand_id, key, at).values_list("customer_id", flat=True).iterator(_AT_ONCE))
    for start in range(0, len(found), 1_000):
        yield list(found[start : start + 1_000])


def people(brand_id: int, ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """Name, address, orders, revenue and last order of people; who has no figures yet has none here. Two questions."""
    wanted, equal = list(ids), {"brand_id": brand_id}
    figures = {row[0]: row for row in rows.fetch(CustomerFigures, _FIGURES, "id", wanted, equal=equal)}
    found = {}
    for row in rows.fetch(Customer, _PERSON, "id", wanted, equal=equal):
        known = dict(zip(_FIGURES, figures.get(row[0], (row[0], 0, 0, None)), strict=True))
        found[row[0]] = known | dict(zip(_PERSON, row, strict=True))
    return found


@dataclass(frozen=True, slots=True)
class Move:
    """Somebody came into a segment, or left it (``came`` false)."""

    came: bool
    customer_id: int
    at: datetime
    why: str


def moves(brand_id: int, key: str, limit: int = 20) -> list[Move]:
    """Who came and went last, the newest first; whoever was in when it was made did not come."""
    of = Membership.objects.filter(brand_id=brand_id, segment=key)
    first = of.order_by("entered_at", "id").first()
    since = of.filter(entered_at__gt=first.entered_at) if first and first.entered_why == "rule" else of
    came = since.order_by("-entered_at").values_list("customer_id", "entered_at", "entered_why")[:limit]
    went = of.filter(left_at__isnull=False).order_by("-left_at").values_list("customer_id", "left_at", "left_why")
    found = [Move(True, *one) for one in came]
    found += [Move(False, customer, at, why) for customer, at, why in went[:limit] if at is not None]
    return sorted(found, key=lambda one: one.at, reverse=True)[:limit]


def of_person(brand_id: int, customer_id: int) -> dict[str, datetime]:
    """The segments that a person is in, and since when."""
    mine = Membership.objects.filter(brand_id=brand_id, customer_id=customer_id, left_at__isnull=True)
    return dict(mine.order_by("segment").values_list("segment", "entered_at"))


def preview(brand_id: int, key: str) -> Preview | None:
    """What was counted of a rule by its fingerprint."""
    return Preview.objects.filter(brand_id=brand_id, key=key).first()


def preview_key(rule: Rule) -> str:
    """The fingerprint of a rule."""
    return fingerprint(rule.content())
