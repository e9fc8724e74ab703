"""Verbs over schedules: who runs a recurring task, until when the claim holds, when it is due next.

A claim is a lease: whoever holds it renews it between units of work; a process that dies lets it run out,
and the next one to look takes it over. Each has a token of its own: a loop that was suspended may take over
from itself, and containers share names and process numbers. So a task may be run twice in part and must be safe
to repeat; what must happen exactly once does so in the transaction that forgets its cause (`loop_pending`).
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Case, F, Q, QuerySet, Value, When

from perennial.database import ids, rows
from perennial.database.fields import InstantField
from perennial.facts.models.loop import Schedule
from perennial.values.time import to_us

LEASE = timedelta(minutes=2)
BEAT = timedelta(minutes=1)
ALIVE = "loop"  # no task: its row's `last_finished_at` is when a loop last said that it is at it
_ERROR = 4_000
_WORKER = 48  # letters of a worker's name; the token stands behind it


class NotNow(Exception):  # no error: whoever raises it asks for another time
    """Somebody else is at what a task needs: it is to be tried again soon, and did not fail."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A task of a brand that this worker runs. ``worker``: its name, "#", and the token of this very claim."""

    id: int
    brand_id: int
    task: str
    worker: str
    failures: int


def schedule(*, tasks: Iterable[tuple[int, str, datetime]]) -> None:
    """Have a schedule for each (brand, task), first due at the instant given; existing ones stay."""
    wanted = list(tasks)
    known = set(Schedule.objects.values_list("brand_id", "task"))
    missing = [task for task in wanted if task[:2] not in known]
    if missing:
        with transaction.atomic():
            rows.insert_missing(
                Schedule,
                ("id", "brand_id", "task", "due_at", "claimed_by", "last_error", "failures"),
                [
                    (id_, brand_id, task, to_us(due_at), "", "", 0)
                    for id_, (brand_id, task, due_at) in zip(ids.take(len(missing)), missing, strict=True)
                ],
            )


def claim(
    *, brand_id: int, task: str, worker: str, now: datetime, early: bool = False, lease: timedelta = LEASE
) -> Claim | None:
    """Take a task that is due and that nobody holds; None if there is none. ``early``: due or not."""
    free = Schedule.objects.filter(brand_id=brand_id, task=task).filter(
        Q(claimed_until=None) | Q(claimed_until__lte=now)
    )
    if not early:
        free = free.filter(due_at__lte=now)
    found = free.first()
    if found is None:
        return None
    holder = f"{worker[:_WORKER]}#{secrets.token_hex(6)}"
    with transaction.atomic():
        taken = free.filter(id=found.id).update(claimed_by=holder, claimed_until=now + lease, last_started_at=now)
    return Claim(found.id, brand_id, task, holder, found.failures) if taken else None


def renew(held: Claim, *, now: datetime, lease: timedelta = LEASE) -> bool:
    """Hold on to a claim; False if it ran out and another worker has it."""
    with transaction.atomic():
        return bool(_mine(held).update(claimed_until=now + lease))


def postpone(held: Claim, *, due_at: datetime) -> None:
    """Give a task back undone; it is due at ``due_at``."""
    with transaction.atomic():
        _mine(held).update(claimed_by="", claimed_until=None, due_at=due_at)


def release(held: Claim) -> None:
    """Give a task back undone, still due."""
    with transaction.atomic():
        _mine(held).update(claimed_by="", claimed_until=None)


def finish(held: Claim, *, now: datetime, due_at: datetime) -> None:
    """The task is done; it is due again at ``due_at``, or at once where `hasten` asked for that meanwhile."""
    with transaction.atomic():
        asked = When(due_at__gt=F("last_started_at"), due_at__lte=now, then=F("due_at"))
        _mine(held).update(
            claimed_by="", claimed_until=None, last_finished_at=now, last_error="", failures=0,
            due_at=Case(asked, default=Value(due_at, output_field=InstantField())),
        )  # fmt: skip


def fail(held: Claim, *, error: str, retry_at: datetime) -> None:
    """The task failed: keep the error, try again at ``retry_at``."""
    with transaction.atomic():
        _mine(held).update(
            claimed_by="",
            claimed_until=None,
            last_error=error[:_ERROR],
            failures=F("failures") + 1,
            due_at=retry_at,
        )


def beat(*, brands: Iterable[int], now: datetime) -> None:
    """Say that a loop is at it: one write for all brands, once a minute."""
    wanted = list(brands)
    schedule(tasks=[(brand_id, ALIVE, now) for brand_id in wanted])
    with transaction.atomic():
        Schedule.objects.filter(brand_id__in=wanted, task=ALIVE).update(last_finished_at=now)


def hasten(*, brand_id: int, task: str, now: datetime, running: bool = False) -> bool:
    """Have a task run at once, after a failure too; False if it is running, or there is none.

    ``running``: where it runs at this moment, once more when it is done.
    """
    with transaction.atomic():
        found = Schedule.objects.filter(brand_id=brand_id, task=task).exclude(task=ALIVE)
        if not running:
            found = found.filter(Q(claimed_until=None) | Q(claimed_until__lte=now))
        return bool(found.update(due_at=now))


def _mine(held: Claim) -> QuerySet[Schedule]:
    return Schedule.objects.filter(id=held.id, claimed_by=held.worker)
