"""Verbs over pending events: each is dealt with exactly once, in the transaction that forgets it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction

from perennial.facts.models.loop import Event, Pending
from perennial.values.reason import named

_ERROR = 255
_LONGEST = timedelta(hours=6)
_FIRST = timedelta(minutes=1)
_DOUBLINGS = 9


@dataclass(frozen=True, slots=True)
class Due:
    """An event as a reader gets it. Instants are aware (UTC), ``day`` is the store's own."""

    event_id: int
    brand_id: int
    store_id: int
    kind: str
    customer_id: int | None
    subject_id: int
    occurred_at: datetime
    day: int


def deal_steps(
    *, reader: str, brand_id: int, now: datetime, deal: Callable[[Due], None], limit: int = 1_000
) -> Iterator[int]:
    """Give each event that is due to ``deal``, oldest first; yields the event's id after its commit.

    ``deal`` writes inside the transaction that deletes the row: both happen or neither. If it raises, the
    error is kept on the row, which comes again after 1, 2, 4 ... minutes (at most 6 hours); the others go
    on. Two workers never get the same event.
    """
    waiting = (
        Pending.objects.filter(reader=reader, brand_id=brand_id, due_at__lte=now)
        .order_by("due_at", "id")
        .values_list("id", flat=True)[:limit]
    )
    for pending_id in list(waiting):
        try:
            event_id = _deal_with(pending_id, deal)
        except Exception as error:  # noqa: BLE001  # one event's failure is kept with it, and stops no other
            _postpone(pending_id, now, error)
            continue
        if event_id is not None:
            yield event_id


def _deal_with(pending_id: int, deal: Callable[[Due], None]) -> int | None:
    with transaction.atomic():
        rows = Pending.objects.filter(id=pending_id)
        if connection.vendor == "postgresql":
            rows = rows.select_for_update(skip_locked=True)
        row = rows.first()
        if row is None:
            return None
        event = Event.objects.get(id=row.event_id)
        deal(
            Due(
                event.id,
                event.brand_id,
                event.store_id,
                event.kind,
                event.customer_id,
                event.subject_id,
                event.occurred_at,
                event.day,
            )
        )
        row.delete()
        return event.id


def _postpone(pending_id: int, now: datetime, error: Exception) -> None:
    with transaction.atomic():
        row = Pending.objects.filter(id=pending_id).first()
        if row is None:
            return
        wait = min(_FIRST * 2 ** min(row.attempts, _DOUBLINGS), _LONGEST)
        Pending.objects.filter(id=pending_id).update(
            attempts=min(row.attempts + 1, 32_000),
            error=named(error, _ERROR),
            due_at=now + wait,
        )
