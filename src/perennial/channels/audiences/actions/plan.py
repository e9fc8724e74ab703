"""Planning an audience: what should be at the service, less what is, written as rows. Contacts nobody."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from perennial.channels.audiences.models import AudienceMember, AudienceState
from perennial.channels.audiences.queries import Running, standings
from perennial.channels.audiences.rules.plan import PLANNED, Change, Held, Standing, changes, state_after
from perennial.database import ids, rows
from perennial.facts.models.brands import Brand
from perennial.segments.models import Membership
from perennial.values.time import to_us

_AT_ONCE = 500  # people per chunk: their facts are read outside of a transaction, what changed is written in one
_EVERY = timedelta(minutes=1)
_PER_SECOND = 500  # people: looking through many is done less often
_CHANGE = {
    **{name: f'excluded."{name}"' for name in ("customer_id", "goal", "wanted", "state", "attempts", "changed_at")},
    "address": """CASE WHEN excluded."address" = '' THEN "audience_member"."address" ELSE excluded."address" END""",
    "error": """CASE WHEN excluded."state" IN ('planned', 'done') THEN '' ELSE "audience_member"."error" END""",
}
_HELD = ("id", "customer_id", "key", "goal", "wanted", "sent", "there", "state")


def plan_steps(*, brand_id: int, running: Running, now: datetime) -> Iterator[int]:
    """Look through everybody who is in the segment or was sent; yields how many rows each chunk changed.

    Killed in the middle it begins again: the same facts give the same rows, and what stands is not written again.
    """
    currency = Brand.objects.values_list("currency", flat=True).get(id=brand_id)
    after, seen = 0, 0
    while chunk := _next(brand_id, running, after):
        yield _plan(brand_id, running, currency, chunk, now)
        after, seen = chunk[-1], seen + len(chunk)
    with transaction.atomic():
        AudienceState.objects.filter(brand_id=brand_id, audience=running.key).update(
            planned_at=now, plan_at=now + _EVERY + timedelta(seconds=seen // _PER_SECOND)
        )


def _next(brand_id: int, running: Running, after: int) -> list[int]:
    """The next people in the order of their ids, of both: the members and the rows that there are."""
    members = Membership.objects.filter(
        brand_id=brand_id, segment=running.body.segment, left_at__isnull=True, customer_id__gt=after
    )
    held = AudienceMember.objects.filter(brand_id=brand_id, audience=running.key, customer_id__gt=after)
    first: set[int] = set()
    for table in (members, held):
        first |= set(table.order_by("customer_id").values_list("customer_id", flat=True)[:_AT_ONCE])
    return sorted(first)[:_AT_ONCE]


def _plan(brand_id: int, running: Running, currency: str, chunk: Sequence[int], now: datetime) -> int:
    found = standings(brand_id=brand_id, body=running.body, currency=currency, ids=chunk, now=now)
    place = {"brand_id": brand_id, "audience": running.key}
    mine: dict[int, list[Held]] = defaultdict(list)
    for row in rows.fetch(AudienceMember, _HELD, "customer_id", chunk, equal=place):
        mine[row[1]].append(Held(*row))
    takers = _takers(brand_id, running, currency, found, now)
    wished: list[Change] = []
    taken: set[str] = set()
    for who in chunk:
        standing = _unless_taken(found[who], takers, taken)
        wished += changes(standing, mine[who], takers)
        if standing.member and standing.target is not None:
            taken.add(standing.target.key)
    return write(brand_id=brand_id, audience=running.key, wished=wished, now=now)


def _unless_taken(standing: Standing, takers: dict[str, Held], taken: set[str]) -> Standing:
    """Of two people with one address, the one who stands first is sent; nothing of the other."""
    if standing.target is None or not standing.member:
        return standing
    key = standing.target.key
    held = takers.get(key)
    first = held is not None and held.goal == "in" and held.customer_id < standing.target.customer_id
    return Standing(standing.target, member=False, erased=standing.erased) if first or key in taken else standing


def _takers(
    brand_id: int, running: Running, currency: str, found: dict[int, Standing], now: datetime
) -> dict[str, Held]:
    """Rows at these people's addresses that are somebody else's. Whoever has no right to theirs is not ``in``."""
    wanted: dict[str, int] = {}
    for who, one in found.items():
        if one.target is not None and one.member:
            wanted.setdefault(one.target.key, who)
    place = {"brand_id": brand_id, "audience": running.key}
    at_these = [Held(*row) for row in rows.fetch(AudienceMember, _HELD, "key", wanted, equal=place)]
    others = [held for held in at_these if held.customer_id != wanted[held.key]]
    unknown = sorted({held.customer_id for held in others} - set(found))
    theirs = dict(found)
    if unknown:
        theirs |= standings(brand_id=brand_id, body=running.body, currency=currency, ids=unknown, now=now)
    return {held.key: held if _holds(theirs[held.customer_id], held) else _let_go(held) for held in others}


def _holds(standing: Standing, held: Held) -> bool:
    return standing.member and standing.target is not None and standing.target.key == held.key


def _let_go(held: Held) -> Held:
    return Held(held.id, held.customer_id, held.key, "out", held.wanted, held.sent, held.there, held.state)


def write(*, brand_id: int, audience: str, wished: Sequence[Change], now: datetime) -> int:
    """Write what was planned, in one short transaction; how many rows that were.

    A row that changed hands meanwhile, or is on its way to the service, is written all the same: whoever sends
    looks at the facts again, and what differs from what was sent is found by the next plan.
    """
    # Of a row that one lets go of and another takes over, the taking over counts.
    last: dict[int, Change] = {}
    for one in wished:
        if one.held is not None and (one.target is not None or one.held.id not in last):
            last[one.held.id] = one
    gone = [id_ for id_, one in last.items() if one.drop]
    written = [one for one in wished if one.held is None]
    written += [one for one in last.values() if not one.drop]
    if not (gone or written):
        return 0
    columns = rows.columns_of(AudienceMember)
    filled = [
        tuple(row[column] for column in columns)
        for id_, one in zip(ids.take(len(written)), written, strict=True)
        for row in (_row(id_, brand_id, audience, one, now),)
    ]
    with transaction.atomic():
        rows.remove(AudienceMember, "id", gone, equal={"brand_id": brand_id})
        rows.upsert(AudienceMember, columns, filled, key=("brand_id", "audience", "key"), change=_CHANGE)
    return len(gone) + len(written)


def _row(id_: int, brand_id: int, audience: str, one: Change, now: datetime) -> dict[str, Any]:
    """A whole row; of one that is there, `_CHANGE` takes what a plan may change."""
    held, target = one.held, one.target
    wanted = target.fingerprint if target else held.wanted if held else ""
    return {
        "id": id_, "brand_id": brand_id, "audience": audience,
        "customer_id": target.customer_id if target else held.customer_id if held else 0,
        "address": target.address if target else "", "key": target.key if target else held.key if held else "",
        "goal": one.goal, "wanted": wanted, "sent": "", "there": "",
        "state": state_after(held, one.goal, wanted) if held else PLANNED,
        "claim": 0, "attempts": 0, "error": "", "changed_at": to_us(now), "sent_at": None,
    }  # fmt: skip
