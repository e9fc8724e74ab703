"""The bulk path: a stream of batches recorded in short transactions, with its place saved in each.

It records through the same `record` steps as a single order, so it cannot mean anything else; what
differs is only how much goes into one transaction, and that is decided by the clock.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from perennial.database.transactions import atomically
from perennial.facts.actions.record import Prepared, Recorded, Source, prepare, record_prepared
from perennial.facts.rules import records

# No transaction may hold SQLite's write lock much over 50 ms, or single orders wait behind an import.
_AIM_SECONDS = {"sqlite": 0.035, "postgresql": 0.5}
_SMALLEST, _LARGEST = 20, 20_000


@dataclass(frozen=True, slots=True)
class Part:
    """A batch of a stream and where the stream goes on after it (JSON), saved with the batch."""

    batch: records.Batch
    cursor: Any = None


def record_stream(
    parts: Iterable[Part],
    *,
    source: Source,
    clock: Callable[[], datetime],
    history: bool = False,
    save: Callable[[Any, Recorded], None] | None = None,
    progress: Callable[[Recorded, int], None] | None = None,
) -> Recorded:
    """Record ``parts`` in turn; ``clock`` gives each transaction its ``now``.

    ``save(cursor, recorded)`` runs in the transaction that completes a part: what it writes and what was
    recorded are kept together or not at all, so that a killed import goes on with nothing lost or twice
    (and what a torn part had recorded already counts once by its version). ``progress`` hears after each
    transaction what was recorded and how many records went in.
    """
    with _synced_less():
        total, size = Recorded(Counter()), 200
        for part in parts:
            for piece, last in _pieces(part.batch, size):
                ready = prepare(piece, source)

                def write(ready: Prepared = ready, part: Part = part, last: bool = last) -> tuple[Recorded, float]:
                    began = time.perf_counter()  # from here on others wait
                    done = record_prepared(ready, now=clock(), history=history)
                    if save is not None and last:
                        save(part.cursor, total + done)  # noqa: B023  # runs before total changes
                    return done, began

                done, began = atomically(write)
                total += done
                size = _next_size(size, _size(piece), time.perf_counter() - began)
                if progress is not None:
                    progress(done, _size(piece))
        return total


def _next_size(size: int, count: int, seconds: float) -> int:
    """How many records the next transaction takes, after ``count`` took ``seconds``."""
    if count * 2 <= size:  # a small piece says nothing of how large one may be
        return size
    aim = _AIM_SECONDS[connection.vendor]
    return int(min(max(size * min(max(aim / seconds, 0.5), 1.5), _SMALLEST), _LARGEST))


@contextmanager
def _synced_less() -> Iterator[None]:
    """On SQLite: a power cut may take the last chunks, and with each of them its cursor: they are done again."""
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    pragmas = {"synchronous": "1", "cache_size": "-16384", "mmap_size": "0"}
    with connection.cursor() as cursor:
        before = {name: cursor.execute(f"PRAGMA {name}").fetchone()[0] for name in pragmas}
        for name, value in pragmas.items():
            cursor.execute(f"PRAGMA {name}={value}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            for name, value in before.items():
                cursor.execute(f"PRAGMA {name}={value}")


def merge_parts(parts: Iterable[Part], at_least: int = 2_000) -> Iterator[Part]:
    """Put small parts together until each has ``at_least`` records, keeping their order and last cursor."""
    waiting: list[Part] = []
    held = 0
    for part in parts:
        waiting.append(part)
        held += _size(part.batch)
        if held >= at_least:
            yield _join(waiting)
            waiting, held = [], 0
    if waiting:
        yield _join(waiting)


def _join(parts: list[Part]) -> Part:
    if len(parts) == 1:
        return parts[0]
    kinds = records.Batch.model_fields
    joined: dict[str, Any] = {
        kind: tuple(item for part in parts for item in getattr(part.batch, kind)) for kind in kinds
    }
    return Part(records.Batch.model_construct(**joined), parts[-1].cursor)


def _size(batch: records.Batch) -> int:
    return sum(len(getattr(batch, kind)) for kind in records.Batch.model_fields)


def _pieces(batch: records.Batch, size: int) -> Iterator[tuple[records.Batch, bool]]:
    """The batch in pieces of at most ``size`` records, kind after kind as they are recorded; and which is the last."""
    if _size(batch) <= size:
        yield batch, True
        return
    cuts = [
        (kind, items[start : start + size])
        for kind in records.Batch.model_fields
        if (items := getattr(batch, kind))
        for start in range(0, len(items), size)
    ]
    for index, (kind, items) in enumerate(cuts):
        piece: dict[str, Any] = {kind: items}
        yield records.Batch.model_construct(None, **piece), index == len(cuts) - 1
