"""Recording an order file: in portions, each with its place, so that a killed import goes on."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perennial.facts.actions.jobs import begin_job, end_job, move_job
from perennial.facts.actions.record import Recorded
from perennial.facts.actions.record_stream import Part, record_stream
from perennial.facts.actions.stores import source_of

if TYPE_CHECKING:
    from perennial.facts.models.brands import Store
    from perennial.stores.csv.mapping.source import Source


class InUse(RuntimeError):
    """Another process is importing this very file, whose fingerprint is ``fingerprint``."""

    def __init__(self, fingerprint: str) -> None:
        super().__init__("another process is importing this very file: wait for it, or stop it")
        self.fingerprint = fingerprint


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a file. ``before``: it had been imported whole at that time, and nothing was done now.

    ``job``: what remembers how far it is.
    """

    counts: Counter[str]
    job: int
    resumed_at: int = 0
    before: datetime | None = None


def import_orders(
    *,
    opened: Source,
    store: Store,
    folder: Path,
    clock: Callable[[], datetime],
    again: bool = False,
    end: bool = True,
    reading: Callable[[int], None] | None = None,
    recorded: Callable[[int, int], None] | None = None,
) -> Imported:
    """Record a file's orders as history: nobody is written to, no points are given.

    Stopped or killed anywhere, the next call goes on behind the last portion that was committed: by the
    file's fingerprint, in the store's brand. ``folder`` holds the staged rows meanwhile. ``reading`` hears
    how many rows were read, ``recorded`` how many orders are in, of how many. The file is kept to this process
    until its source is closed. Raises `InUse`.

    ``end`` False: the caller ends the job itself (`end_job`) once it has kept what is to be told of the file;
    killed before, the next call reads the file again and records nothing twice.
    """
    stage = _alone(opened, folder)
    job = begin_job(
        brand_id=store.brand_id, kind="import", key=f"{store.key}:{opened.fingerprint}", now=clock(), again=again
    )
    if job.done is not None:
        return Imported(Counter(job.counts), job.id, before=job.done)
    place = int(job.cursor.get("checkpoint", 0))
    counts = Counter(job.counts)

    def save(cursor: Any, so_far: Recorded) -> None:
        move_job(job=job.id, cursor={"checkpoint": cursor}, counts=counts + so_far.counts, now=clock())

    def parts() -> Iterator[Part]:
        done = 0
        for portion in opened.batches(
            stage, checkpoint=place, told=lambda block: reading and reading(len(block.lines))
        ):
            yield Part(portion.batch, portion.checkpoint)
            done += portion.orders
            if recorded is not None:
                recorded(done, portion.of)

    total = record_stream(parts(), source=source_of(store, "csv"), clock=clock, history=True, save=save)
    if end:
        end_job(job=job.id, now=clock())
    return Imported(counts + total.counts, job.id, resumed_at=place)


def is_in_use(folder: Path, fingerprint: str) -> bool:
    """Whether somebody is importing a file now; asks for no byte of it."""
    path = folder / f"{fingerprint}.lock"
    if not path.exists():
        return False
    if (handle := _lock(path)) is None:
        return True
    os.close(handle)
    return False


def sweep(folder: Path) -> None:
    """Remove what killed imports left of their files: staged rows hold names and addresses."""
    for path in folder.glob("*.lock"):
        if (dead := _lock(path)) is not None:
            shutil.rmtree(folder / path.stem, ignore_errors=True)
            path.unlink(missing_ok=True)
            os.close(dead)


def _alone(opened: Source, folder: Path) -> Path:
    """Keep a file to this process until its source is closed or the process dies; a folder for its staged rows."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    mine = _lock(folder / f"{opened.fingerprint}.lock")
    if mine is None:
        raise InUse(opened.fingerprint)
    opened.when_closed(partial(_let_go, mine, folder, opened.fingerprint))
    shutil.rmtree(folder / opened.fingerprint, ignore_errors=True)
    sweep(folder)
    return folder / opened.fingerprint


def _let_go(handle: int, folder: Path, fingerprint: str) -> None:
    shutil.rmtree(folder / fingerprint, ignore_errors=True)
    (folder / f"{fingerprint}.lock").unlink(missing_ok=True)
    os.close(handle)


def _lock(path: Path) -> int | None:
    """A lock on a file, or None where another process has it."""
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            return None
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(handle), path.stat()):
                return handle
        # Whoever had it removed it in between: a lock on what has no name any more keeps nobody out.
        os.close(handle)
