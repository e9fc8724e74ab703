"""Long work that can be stopped and goes on where it was: its place and its counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from perennial.database import ids
from perennial.facts.models.loop import Job


@dataclass(frozen=True, slots=True)
class Begun:
    """A job as it stood when it was taken up: ``cursor`` is where it goes on, ``done`` when it had ended."""

    id: int
    cursor: Mapping[str, Any]
    counts: Mapping[str, int]
    done: datetime | None


def begin_job(*, brand_id: int, kind: str, key: str, now: datetime, again: bool = False) -> Begun:
    """Take up the job ``kind``, ``key``: a new one, or where an earlier run stopped; from its start if ``again``."""
    with transaction.atomic():
        job, _ = Job.objects.select_for_update().get_or_create(
            brand_id=brand_id, kind=kind, key=key, defaults={"id": ids.new(), "created_at": now, "updated_at": now}
        )
        if again:
            job.cursor, job.counts, job.state = {}, {}, "running"
            job.save()
    return Begun(job.id, job.cursor, job.counts, job.updated_at if job.state == "done" else None)


def move_job(*, job: int, cursor: Mapping[str, Any], counts: Mapping[str, int], now: datetime) -> None:
    """Save how far a job is; call it in the transaction whose work the cursor stands for."""
    with transaction.atomic():
        Job.objects.filter(id=job).update(
            cursor=dict(cursor), counts=dict(counts), updated_at=now, state="running", error=""
        )


def end_job(*, job: int, now: datetime, error: str = "") -> None:
    """Say that a job is done, or failed with ``error``."""
    # Outside a transaction it would not wait in SQLite's line of writers, and could be shut out by it.
    with transaction.atomic():
        Job.objects.filter(id=job).update(state="failed" if error else "done", error=error, updated_at=now)


def want_job(*, brand_id: int, kind: str, key: str, now: datetime, cursor: Mapping[str, Any] | None = None) -> bool:
    """Ask for a job to be done (again); what it found last stays to be read. False if it is asked for already.

    ``cursor``: what a new one begins with.
    """
    with transaction.atomic():
        job, new = Job.objects.select_for_update().get_or_create(
            brand_id=brand_id,
            kind=kind,
            key=key,
            defaults={
                "id": ids.new(), "state": "wanted", "cursor": dict(cursor or {}), "created_at": now,
                "updated_at": now,
            },
        )  # fmt: skip
        if new or job.state in ("wanted", "running"):
            return new
        Job.objects.filter(id=job.id).update(state="wanted")
    return True


def want_still(*, job: int, now: datetime) -> None:
    """Say that a job could not begin yet, and is wanted as before."""
    with transaction.atomic():
        Job.objects.filter(id=job).update(state="wanted", updated_at=now)


def keep_found(
    *, brand_id: int, kind: str, key: str, found: Mapping[str, Any], counts: Mapping[str, int], now: datetime
) -> None:
    """Say that a job is done, and what it found: shown until it is done again."""
    with transaction.atomic():
        Job.objects.update_or_create(
            brand_id=brand_id,
            kind=kind,
            key=key,
            defaults={
                "state": "done", "cursor": dict(found), "counts": dict(counts), "error": "", "updated_at": now,
            },
            create_defaults={
                "id": ids.new(), "state": "done", "cursor": dict(found), "counts": dict(counts),
                "created_at": now, "updated_at": now,
            },
        )  # fmt: skip
