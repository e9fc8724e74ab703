"""Recording an order file: in portions, each with its place, so that a killed import goes on."""

from __future__ import annotations

import fcntl
import os
import shutil
import weakref
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
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
    """Another process is importing this very file."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a file. ``before``: it had been imported whole at that time, and nothing was done now."""

    counts: Counter[str]
    resumed_at: int = 0
    before: datetime | None = None


def import_orders(
    *,
    opened: Source,
    store: Store,
    folder: Path,
    clock: Callable[[], datetime],
    again: bool = False,
    reading: Callable[[int], None] | None = None,
    recorded: Callable[[int, int], None] | None = None,
) -> Imported:
    """Record a file's orders as history: nobody is written to, no points are given.

    Stopped or killed anywhere, the next call goes on behind the last portion that was committed: by the
    file's fingerprint, in the store's brand. ``folder`` holds the staged rows meanwhile. ``reading`` hears
    how many rows were read, ``recorded`` how many orders are in, of how many. Raises `InUse`.
    """
    stage = _alone(opened, folder)
    job = begin_job(
        brand_id=store.brand_id, kind="import", key=f"{store.key}:{opened.fingerprint}", now=clock(), again=again
    )
    if job.done is not None:
        return Imported(Counter(job.counts), before=job.done)
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
    end_job(job=job.id, now=clock())
    return Imported(counts + total.counts, resumed_at=place)


def _alone(opened: Source, folder: Path) -> Path:
    """Keep a file to this process until its source is closed or the process dies; a folder for its staged rows.

    Staged rows hold names and addresses: what killed imports left of any file is removed here.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    mine = _lock(folder / f"{opened.fingerprint}.lock")
    if mine is None:
        raise InUse("another process is importing this very file: wait for it, or stop it")
    weakref.finalize(opened, os.close, mine)
    shutil.rmtree(folder / opened.fingerprint, ignore_errors=True)
    for other in folder.glob("*.lock"):
        if other.stem != opened.fingerprint and (dead := _lock(other)) is not None:
            shutil.rmtree(folder / other.stem, ignore_errors=True)
            os.close(dead)
    return folder / opened.fingerprint


def _lock(path: Path) -> int | None:
    """A lock on a file, or None where another process has it."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    return handle
