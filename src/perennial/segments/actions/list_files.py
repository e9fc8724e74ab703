"""Files of people on their way onto a list, and lists on their way out: the work loop's part.

A file is read in rows; those of a transaction and how far the file is are committed together, so that a process
may be killed anywhere: what is added again counts once. The file itself holds names and addresses. It goes as soon
as it is read to its end, or found to be unreadable; who is erased meanwhile is not put on the list by it.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import OperationalError, transaction

from perennial.database import ids
from perennial.facts.actions.jobs import end_job, keep_found, move_job, want_job
from perennial.facts.actions.stores import source_of
from perennial.facts.models.brands import Store
from perennial.facts.models.loop import Job
from perennial.segments.actions.lists import MOST, Added, add_to_list, locked, take_off
from perennial.segments.models import Listed, StaticList
from perennial.segments.queries.lists import JOB
from perennial.segments.rules.listing import Entry, Way
from perennial.segments.rules.listing_rows import NoList, Row, rows_of_file
from perennial.values.reason import Reason, Refused

KEPT = 1_000  # lines that were not understood, of which a job keeps line and reason; never what stood there
_AIM_SECONDS = 0.02  # of SQLite's write lock
_FEWEST = 50
_UNPACKED = 20  # times the limit of an upload: what a packed file may become


def place(file_id: int) -> Path:
    """Where a file lies until it is read, in a folder of its owner's only."""
    folder: Path = settings.PERENNIAL_HOME / "lists"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder / f"{file_id}.list"


def way_of(*, brand_id: int, kind: str, store_key: str = "") -> Way:
    """How values are read: phones by the country of the store, numbers of customers as that store's.

    ``store_key`` "": the brand's only store; where it has several and ``kind`` is account, one must be named.
    Raises Refused.
    """
    if kind not in ("", "email", "phone", "account", "id"):
        raise Refused(f"{kind!r} is no kind of entry: email, phone, account or id", "list.kind")
    stores = list(Store.objects.select_related("brand").filter(brand_id=brand_id).order_by("id"))
    chosen = [store for store in stores if store.key == store_key] if store_key else stores
    if store_key and not chosen:
        raise Refused(f"there is no store {store_key!r}", "list.no_store")
    if kind == "account" and len(chosen) != 1:
        raise Refused("say of which store these are the customers' numbers", "list.which_store")
    store = chosen[0] if chosen else None
    return Way(kind, source_of(store, JOB).country if store else "", store.id if store and len(chosen) == 1 else 0)  # type: ignore[arg-type]


def hand_in(*, brand_id: int, list_id: int, path: Path, name: str, way: Way, now: datetime) -> int:
    """Take over the file at ``path``, to be added to a list; gives back its job. Raises Refused.

    ``name`` is what people call it, and never becomes a path.
    """
    file_id = ids.new()
    key = f"{list_id}:{file_id}"
    cursor = {
        "file": file_id, "name": name[:120], "kind": way.kind, "country": way.country, "store": way.store_id,
        "rows": 0, "unread": [],
    }  # fmt: skip
    with transaction.atomic():
        locked(brand_id, list_id)
        want_job(brand_id=brand_id, kind=JOB, key=key, now=now, cursor=cursor)
        # Before the commit: a job without its file must never be seen.
        path.replace(place(file_id))
        place(file_id).chmod(0o600)
    return Job.objects.values_list("id", flat=True).get(brand_id=brand_id, kind=JOB, key=key)


def tell_added(*, brand_id: int, list_id: int, name: str, told: Told, now: datetime) -> None:
    """Keep what became of entries that were added at once, beside what became of files."""
    found = {"name": name[:120], "rows": told.rows, "unread": told.unread}
    key = f"{list_id}:{ids.new()}"
    keep_found(brand_id=brand_id, kind=JOB, key=key, found=found, counts=dict(told.counts), now=now)


class Told:
    """What became of rows so far: counts, and the first lines that named nobody, with the reason's code."""

    def __init__(self, rows: int = 0, counts: Mapping[str, int] | None = None, unread: Sequence[Any] = ()) -> None:
        self.rows, self.counts, self.unread = rows, Counter(counts or {}), list(unread)

    def after(self, rows: Sequence[Row], added: Added) -> Told:
        """The same, and what became of ``rows``: another one, for a transaction may be begun again."""
        made = Told(rows[-1].number, self.counts, self.unread)
        made.counts.update({"new": added.new, "known": added.known, "matched": added.matched})
        for row in rows:
            why = row.why.code if row.why else "listing.erased" if added.erased.intersection(row.entries) else ""
            if why:
                made.counts["unread"] += 1
                if len(made.unread) < KEPT:
                    made.unread.append([row.line, why])
        return made


def add_rows(
    *, brand_id: int, list_id: int, rows: Iterable[Row], told: Told, now: datetime,
    also: Callable[[Told], None] = lambda _: None,
) -> Iterator[Told]:  # fmt: skip
    """Add what rows name, in transactions of some 30 ms; yields after each what became of all so far.

    ``also`` is called in each transaction whose rows are all in. Raises Refused where the list is gone.
    """
    pace = _Pace()
    for some in _portions(rows, pace):
        entries = [one for row in some for one in row.entries]
        # One row may name very many: its first ones go in before it counts.
        while len(entries) > MOST:
            add_to_list(brand_id=brand_id, list_id=list_id, entries=entries[:MOST], now=now)
            entries = entries[MOST:]
        kept = [told]

        def tell(added: Added, some: Sequence[Row] = some, kept: list[Told] = kept) -> None:
            kept.append(kept[0].after(some, added))
            also(kept[-1])

        began = time.perf_counter()
        add_to_list(brand_id=brand_id, list_id=list_id, entries=entries, now=now, also=tell)
        pace.took(time.perf_counter() - began)
        told = kept[-1]
        yield told


class _Pace:
    """How many rows go in one transaction: as many as fit, by the last one."""

    size = 200

    def took(self, seconds: float) -> None:
        self.size = int(min(max(self.size * min(_AIM_SECONDS / max(seconds, 1e-4), 2.0), _FEWEST), MOST))


def _portions(rows: Iterable[Row], pace: _Pace) -> Iterator[list[Row]]:
    some: list[Row] = []
    named = 0
    for row in rows:
        if some and (named + len(row.entries) > pace.size or len(some) >= pace.size):
            yield some
            some, named = [], 0
        some.append(row)
        named += len(row.entries)
    if some:
        yield some


def something_waits(brand_id: int) -> bool:
    """Whether a file is to be added to a list, or a retired list to be emptied."""
    return Job.objects.filter(brand_id=brand_id, kind=JOB, state__in=("wanted", "running")).exists()


def list_steps(*, brand_id: int, now: datetime) -> Iterator[int]:
    """Work on what was handed in and on what was retired, oldest first; yields the rows of each transaction."""
    while True:
        job = Job.objects.filter(brand_id=brand_id, kind=JOB, state__in=("wanted", "running")).order_by("id").first()
        if job is None:
            return
        list_id = int(job.key.partition(":")[0])
        yield from _emptied(job, list_id, now) if job.cursor.get("retire") else _added(job, list_id, now)


def _added(job: Job, list_id: int, now: datetime) -> Iterator[int]:
    cursor = dict(job.cursor)
    path = place(int(cursor["file"]))
    told = Told(int(cursor["rows"]), job.counts, cursor["unread"])
    way = Way(cursor["kind"], cursor["country"], int(cursor["store"]))
    most = int(settings.PERENNIAL_UPLOAD_MB) * _UNPACKED << 20

    def also(so_far: Told) -> None:
        place_of = {**cursor, "rows": so_far.rows, "unread": so_far.unread}
        move_job(job=job.id, cursor=place_of, counts=so_far.counts, now=now)

    problem: Reason | None = None
    try:
        rows = rows_of_file(path, way, after=told.rows, most=most)
        for so_far in add_rows(brand_id=job.brand_id, list_id=list_id, rows=rows, told=told, now=now, also=also):
            yield so_far.rows - told.rows
            told = so_far
    except NoList as wrong:
        problem = wrong.reason
    except FileNotFoundError:
        problem = Reason.of("listing.gone")
    except Refused as gone:  # retired meanwhile
        problem = gone.reason
    except (OperationalError, OSError):
        raise  # the database or the disk: it goes on there
    except Exception as error:
        # A fault of ours with this very file: it must not stand in the way of the others for ever.
        _end(job, path, {**cursor, "problem": {"code": "failed", "params": {"error": type(error).__name__}}}, told, now)
        raise
    found = {**cursor, "problem": problem.as_json()} if problem else cursor
    _end(job, path, found, told, now)


def _end(job: Job, path: Path, cursor: Mapping[str, Any], told: Told, now: datetime) -> None:
    with transaction.atomic():
        move_job(job=job.id, cursor={**cursor, "rows": told.rows, "unread": told.unread}, counts=told.counts, now=now)
        end_job(job=job.id, now=now, error=cursor["problem"]["code"] if "problem" in cursor else "")
    path.unlink(missing_ok=True)


def _emptied(job: Job, list_id: int, now: datetime) -> Iterator[int]:
    """Take everybody off a retired list; segments judge them again."""
    left = Listed.objects.filter(brand_id=job.brand_id, list_id=list_id).order_by("kind", "value")
    pace = _Pace()
    while True:
        with transaction.atomic():
            row = StaticList.objects.select_for_update().get(brand_id=job.brand_id, id=list_id)
            began = time.perf_counter()
            some = list(left.values_list("id", "kind", "value", "store_id", "customer_id")[: pace.size])
            held = [(Entry(kind, value, store), id_, whom) for id_, kind, value, store, whom in some]  # type: ignore[arg-type]
            if held:
                take_off(row, held)
            else:
                StaticList.objects.filter(id=list_id).update(counts={"matched": 0, "waiting": 0})
                end_job(job=job.id, now=now)
            pace.took(time.perf_counter() - began)
        if not some:
            return
        yield len(some)


def forget_left_over(now: datetime) -> None:
    """Remove files that a killed process left, of which no job tells."""
    jobs = Job.objects.filter(kind=JOB, state__in=("wanted", "running")).values_list("cursor", flat=True)
    wanted = {place(int(cursor["file"])).name for cursor in jobs if "file" in cursor}
    for path in place(0).parent.iterdir():
        # A day: one on its way has its job in a moment.
        if path.name not in wanted and now - datetime.fromtimestamp(path.stat().st_mtime, UTC) > timedelta(days=1):
            path.unlink(missing_ok=True)
