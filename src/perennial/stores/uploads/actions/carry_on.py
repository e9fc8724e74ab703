"""Look at and record the files that wait for it: the work loop's part.

The work is done by a thread of its own, so that whoever runs these steps can renew its claim, hear that it
has to stop, and write how far the work is, whatever a single statement takes.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import OperationalError, connections, transaction

from perennial.facts.actions.jobs import end_job
from perennial.facts.models.brands import Store
from perennial.stores.csv.actions import InUse, import_orders, is_in_use
from perennial.stores.csv.parser.faults import Unreadable
from perennial.stores.csv.parser.rejects import write_rejects
from perennial.stores.uploads.actions import look as looking
from perennial.stores.uploads.actions.decide import asked, part_with, remove_parts
from perennial.stores.uploads.models import OrderFile
from perennial.stores.uploads.queries import place
from perennial.stores.uploads.rules import (
    ACTIVE,
    DONE,
    IMPORTING,
    LOOKING,
    PARTING,
    QUEUED,
    READY,
    REFUSED,
    STOPPED,
    UNCLEAR,
)

_PULSE = 0.25  # seconds between two looks at the thread
_TOLD = 2.0  # seconds between two writes of how far it is
_LAST = 15.0  # seconds that a thread gets to end once it was told to


class _Stopped(Exception):
    """Raised in the thread, between two blocks of rows or two transactions."""


@dataclass
class _Work:
    """One file's work in a thread: how far it is, and what came of it."""

    do: Callable[[_Work], dict[str, Any]]
    progress: dict[str, int] = field(default_factory=dict)
    stop: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)
    found: dict[str, Any] = field(default_factory=dict)
    error: Exception | None = None

    def read(self, rows: int) -> None:
        """More rows were read."""
        self.progress["rows"] = self.progress.get("rows", 0) + rows
        self._heed()

    def recorded(self, orders: int, of: int) -> None:
        """So many orders are in, of so many."""
        self.progress |= {"orders": orders, "of": of}
        self._heed()

    def _heed(self) -> None:
        if self.stop.is_set():
            raise _Stopped

    def run(self) -> None:
        """The thread's own part."""
        try:
            self.found = self.do(self)
        except _Stopped:
            self.found = {}
        except Exception as error:  # noqa: BLE001  # raised again where the steps are run
            self.error = error
        finally:
            connections.close_all()
            self.over.set()


def file_steps(*, brand_id: int, clock: Callable[[], datetime]) -> Iterator[str]:
    """Look at what was handed in, record what somebody wants recorded, one file after the other, oldest first."""
    waiting: list[int] = []
    while True:
        files = OrderFile.objects.filter(brand_id=brand_id, state__in=ACTIVE).exclude(id__in=waiting)
        file = files.order_by("changed_at", "id").first()
        if file is None:
            return
        state = file.state
        if (yield from _carry_on(file, clock)):
            yield f"{state}:{file.id}"
        else:
            waiting.append(file.id)


def _carry_on(file: OrderFile, clock: Callable[[], datetime]) -> Generator[str, None, bool]:
    """Work on a file; False where it has to wait for somebody else."""
    looks = file.state == LOOKING
    if file.state == QUEUED:
        held = file.problem.get("fingerprint", "")
        if held and is_in_use(_staged(), held):  # asked each second, maybe for hours: no byte of the file is read
            return False
        if not _turn(file, QUEUED, clock(), state=IMPORTING):
            return True
    before = LOOKING if looks else IMPORTING
    work = _Work((lambda work: _look(file, work)) if looks else (lambda work: _import(file, work, clock)))
    thread = threading.Thread(target=work.run, name=f"file-{file.id}", daemon=True)
    thread.start()
    try:
        yield from _watch(file, before, work, clock)
    finally:
        work.stop.set()
        thread.join(_LAST)
    return _settle(file, before, work, clock())


def _watch(file: OrderFile, before: str, work: _Work, clock: Callable[[], datetime]) -> Iterator[str]:
    """Yield while the thread is at it; tell how far it is, and let it stop where somebody wants that."""
    told, last = dict(work.progress), time.monotonic()
    while not work.over.wait(_PULSE):
        yield file.name
        if time.monotonic() - last < _TOLD:
            continue
        last, now = time.monotonic(), dict(work.progress)
        if now != told:
            told = now
            if not _turn(file, before, clock(), progress=now):
                work.stop.set()
        elif not OrderFile.objects.filter(id=file.id, state=before).exists():
            work.stop.set()


def _settle(file: OrderFile, before: str, work: _Work, now: datetime) -> bool:
    """Write what came of it; False where the file has to wait for somebody else."""
    error = work.error
    if not OrderFile.objects.filter(id=file.id, state=before).exists():
        # Somebody stopped it, or had it forgotten: whatever it ended with is nobody's concern any more.
        _drop_what_is_forgotten(file)
        return True
    if isinstance(error, InUse):
        problem = {"code": "in_use", "params": {}, "fingerprint": error.fingerprint}
        _end(file, before, now, state=QUEUED, problem=problem)
        return False
    if isinstance(error, Unreadable):
        unclear = looking.is_unclear(error)
        told: dict[str, Any] = {"fault": looking.fault_as_json(error.fault)}
        if unclear:
            told |= looking.unclear(file)
        looking.write(place(file.id, "look"), told)
        reason = looking.reason_as_json(error.fault.reason)
        _end(file, before, now, state=UNCLEAR if unclear else REFUSED, problem=reason)
    elif isinstance(error, looking.TooLarge):
        _end(file, before, now, state=REFUSED, problem={"code": "too_large", "params": {"most": error.most}})
    elif isinstance(error, FileNotFoundError) and not place(file.id, "upload").exists():
        _end(file, before, now, state=REFUSED, problem={"code": "gone", "params": {}})
    elif error is not None:
        if not isinstance(error, (OperationalError, OSError)):
            # A fault of ours with this very file: it must not stand in the way of the others for ever.
            problem = {"code": "failed", "params": {"error": type(error).__name__}}
            _end(file, before, now, state=STOPPED, problem=problem)
        raise error
    elif work.found:
        values, job = work.found.pop("row"), work.found.pop("job", 0)
        looking.write(place(file.id, "look" if before == LOOKING else "result"), work.found)
        _end(file, before, now, job=job, progress=dict(work.progress), problem={}, **values)
    return True


def _end(file: OrderFile, before: str, now: datetime, *, job: int = 0, **values: Any) -> None:
    """Change the row at the end of the work, and with it the import's job: killed before, the work is done again.

    A file that somebody was erased from meanwhile goes now; what the work left of one that was stopped, too.
    """
    with transaction.atomic():
        row = OrderFile.objects.select_for_update().filter(id=file.id, state=before).first()
        parting = row is not None and row.problem.get("code") == PARTING
        if parting:
            values["state"] = STOPPED if values["state"] == QUEUED else values["state"]
        if row is not None:
            OrderFile.objects.filter(id=file.id).update(changed_at=now, **values)
            if job:
                end_job(job=job, now=now)
    if parting:
        part_with(file=file, now=now)
    elif row is None:
        _drop_what_is_forgotten(file)


def _drop_what_is_forgotten(file: OrderFile) -> None:
    """What was written of a file after it was forgotten."""
    if OrderFile.objects.filter(id=file.id, expired_at__isnull=False).exists():
        remove_parts(file.id)


def _look(file: OrderFile, work: _Work) -> dict[str, Any]:
    store = Store.objects.get(id=file.store_id, brand_id=file.brand_id)
    wanted = asked(file)
    if not file.options.get("currency") or not file.options.get("zone"):
        # What the file does not say is the store's; the look shows it, and it can be told otherwise.
        file.options = {"currency": store.currency, "zone": store.zone, **file.options}
    found = looking.look(file, most=settings.PERENNIAL_UPLOAD_MB << 20, read=work.read)
    return {**found, "asked": wanted, "row": {"state": READY}}


def _staged() -> Path:
    folder: Path = settings.PERENNIAL_HOME / "imports"
    return folder


def _import(file: OrderFile, work: _Work, clock: Callable[[], datetime]) -> dict[str, Any]:
    store = Store.objects.select_related("brand").get(id=file.store_id, brand_id=file.brand_id)
    file.options = {"currency": store.currency, "zone": store.zone, **file.options}
    with looking.opened(file) as source:
        done = import_orders(
            opened=source,
            store=store,
            folder=_staged(),
            clock=clock,
            end=False,
            reading=work.read,
            recorded=work.recorded,
        )
        if done.before is not None:
            # Imported whole before: nothing was read, so there is nothing to say of its rows.
            return {"before": True, "row": {"state": DONE, "imported_before": done.before,
                                            "counts": {"recorded": dict(done.counts)}}}  # fmt: skip
        problems = source.problems(looking.SHOWN + 1)
        rejected = write_rejects(_private(file), source.reader.header.names, source.rejects())
        report = source.report().as_json()
        return {
            "job": done.job,
            "resumed_at": done.resumed_at,
            "header": list(source.reader.header.names),
            "problems": [looking.fault_as_json(problem) for problem in problems[: looking.SHOWN]],
            "more": len(problems) > looking.SHOWN,
            "row": {
                "state": DONE,
                "counts": {"recorded": dict(done.counts), "read": report},
                "rejected": rejected,
                "imported_before": None,
            },
        }


def _private(file: OrderFile) -> Any:
    """Where the rejects go: the file they are written to first is made here, readable by its owner only."""
    path = place(file.id, "rejects")
    with suppress(FileNotFoundError):
        path.unlink()
    path.with_name(path.name + ".part").touch(mode=0o600)
    return path


def _turn(file: OrderFile, before: str, now: datetime, **values: Any) -> bool:
    """Change the row, unless somebody stopped it meanwhile."""
    with transaction.atomic():
        return bool(OrderFile.objects.filter(id=file.id, state=before).update(changed_at=now, **values))
