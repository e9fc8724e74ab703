"""What the work loop does and what is stuck, as the page of work shows it."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import connection

from perennial.display.wording import mark
from perennial.facts.actions.loop_schedules import ALIVE
from perennial.facts.models.loop import Event, Job, Pending, Schedule, Touched
from perennial.figures.queries.waiting import READER
from perennial.stores.uploads.queries import something_waits
from perennial.web.data import words as w
from perennial.web.data.files import size

if TYPE_CHECKING:
    from perennial.web.desk.page import Desk

_MANY = 10_000  # counted up to here: a page waits for no count of millions
_JOBS = 20
_LOW = 2 << 30  # bytes of free disk below which the page warns
# What an error of a task says -> what to do. The first that fits.
_REMEDIES = (
    (("no space", "disk is full", "enospc", "diskfull"), mark("The disk is full: free some room, then try again.")),
    (("locked", "timeout", "deadlock"), mark("The database was busy: it is tried again by itself.")),
    (
        ("connection", "unable to open", "server closed", "refused"),
        mark("The database could not be reached: see that it runs; it is tried again by itself."),
    ),
    (("memory",), mark("The machine ran out of memory: give it more, or end other programs; then try again.")),
)
_ELSE = mark("It is tried again by itself. If it stays, tell whoever looks after this machine the error below.")
_JOB_STATES = {"wanted": mark("waits"), "running": mark("begun"), "done": mark("done"), "failed": mark("failed"),
               "stopped": mark("stopped")}  # fmt: skip
_JOB_KINDS = {
    "import": mark("Import of a file"),
    "check": mark("Check of the data"),
    "list": mark("List of people"),
    "backup": mark("Back-up"),
    "rates": mark("Conversion of orders by new exchange rates"),
}


def tasks(desk: Desk) -> list[dict[str, Any]]:
    """Each task of the brand: when it ran, how long it took, when it is due, what went wrong."""
    shown = []
    rows = Schedule.objects.filter(brand_id=desk.brand.id).exclude(task=ALIVE)
    for one in sorted(rows, key=lambda row: list(w.TASKS).index(row.task) if row.task in w.TASKS else len(w.TASKS)):
        running = one.claimed_until is not None and one.claimed_until > desk.now
        began, ended = one.last_started_at, one.last_finished_at
        shown.append({
            "task": one.task, "name": desk.words.text(w.TASKS.get(one.task, one.task)), "running": running,
            "until": one.claimed_until if running else None, "by": one.claimed_by.partition("#")[0] if running else "",
            "due": one.due_at, "late": one.due_at < desk.now, "ended": ended,
            "took": took(ended - began) if began and ended and ended >= began else "",
            "failures": one.failures, "error": one.last_error.split("\n", 1)[0], "all": one.last_error,
            "remedy": remedy(desk, one.last_error),
        })  # fmt: skip
    return shown


def took(time: timedelta) -> str:
    """A span in seconds or minutes: 0.3 s, 4:05 min."""
    seconds = time.total_seconds()
    return f"{seconds:.1f} s" if seconds < 60 else f"{int(seconds // 60)}:{int(seconds % 60):02d} min"


def remedy(desk: Desk, error: str) -> str:
    """What to do about an error of a task."""
    low = error.lower()
    found = next((what for words, what in _REMEDIES if any(word in low for word in words)), _ELSE)
    return desk.words.text(found) if error else ""


def readers(desk: Desk) -> list[dict[str, Any]]:
    """By reader: events that wait for it, the oldest one's age, those that failed; customers to look at again."""
    brand_id, found, after = desk.brand.id, [], ""
    while True:
        mine = Pending.objects.filter(brand_id=brand_id)
        reader = mine.filter(reader__gt=after).order_by("reader").values_list("reader", flat=True).first()
        if reader is None:
            break
        waiting = mine.filter(reader=reader)
        some = list(waiting.order_by("event_id").values_list("event_id", "attempts", "error")[: _MANY + 1])
        failed = [error for _, attempts, error in some if attempts and error]
        at: datetime | None = Event.objects.filter(id=some[0][0]).values_list("recorded_at", flat=True).first()
        found.append({
            "reader": reader, "n": len(some), "many": len(some) > _MANY, "oldest": at, "failed": len(failed),
            "error": failed[0] if failed else "",
        })  # fmt: skip
        after = reader
    return found


def touched(desk: Desk) -> int:
    """Customers whose figures wait to be computed, counted up to a limit."""
    return Touched.objects.filter(brand_id=desk.brand.id, reader=READER)[: _MANY + 1].count()


def jobs(desk: Desk) -> list[dict[str, Any]]:
    """The newest jobs."""
    rows = Job.objects.filter(brand_id=desk.brand.id).order_by("-updated_at")[:_JOBS]
    return [
        {
            "kind": desk.words.text(_JOB_KINDS.get(job.kind, job.kind)),
            "state": desk.words.text(_JOB_STATES.get(job.state, job.state)),
            "failed": job.state == "failed", "error": job.error, "at": job.updated_at,
            "orders": sum(n for key, n in job.counts.items() if key.startswith("order.")) or None,
        }
        for job in rows
    ]  # fmt: skip


def machine(desk: Desk) -> dict[str, Any]:
    """Size of the database, room on the disk."""
    home: Path = settings.PERENNIAL_HOME
    free = shutil.disk_usage(home).free
    return {"database": size(desk, database_size()), "free": size(desk, free), "low": free < _LOW}


def database_size() -> int:
    """Bytes of the database, its log included."""
    if connection.vendor == "sqlite":
        name = Path(str(connection.settings_dict["NAME"]))
        return sum(path.stat().st_size for path in name.parent.glob(f"{name.name}*") if path.is_file())
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        return int(cursor.fetchone()[0])


def busy(desk: Desk, listed: list[dict[str, Any]]) -> bool:
    """Whether something runs, so that the page is worth fetching again."""
    return any(task["running"] for task in listed) or something_waits(desk.brand.id)
