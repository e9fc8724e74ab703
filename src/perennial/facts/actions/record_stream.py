"""The bulk path: a stream of batches recorded in short transactions, with its place saved in each.

It records through the same `record` steps as a single order, so it cannot mean anything else; what
differs is only how much goes into one transaction, and that is decided by the clock.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from perennial.facts.actions.record import Recorded, Source, record_within
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
    total = Recorded(Counter())
    size = 200
    aim = _AIM_SECONDS[connection.vendor]
    for part in parts:
        pieces = list(_cut(part.batch, size))
        for index, piece in enumerate(pieces):
            began = time.perf_counter()
            with transaction.atomic():
                done = record_within(piece, source=source, now=clock(), history=history)
                total += done
                if save is not None and index == len(pieces) - 1:
                    save(part.cursor, total)
            count = _size(piece)
            spent = time.perf_counter() - began
            if count * 2 > size:  # a small piece says nothing of how large one may be
                size = int(min(max(size * min(max(aim / spent, 0.5), 1.5), _SMALLEST), _LARGEST))
            if progress is not None:
                progress(done, count)
    return total


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


def _cut(batch: records.Batch, size: int) -> Iterator[records.Batch]:
    """The batch in pieces of at most ``size`` records, kind after kind in the order they are recorded."""
    if _size(batch) <= size:
        yield batch
        return
    for kind in records.Batch.model_fields:
        items = getattr(batch, kind)
        for start in range(0, len(items), size):
            piece: dict[str, Any] = {kind: items[start : start + size]}
            yield records.Batch.model_construct(None, **piece)
