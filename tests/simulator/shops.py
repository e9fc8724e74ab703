"""Small made-up stores that several tests look at, made once."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from perennial.facts.rules.records import Batch
from perennial.simulator.batches import batches
from perennial.simulator.config import Config

UNTIL = datetime(2026, 3, 15, 11, 30, tzinfo=UTC)


def small(**changes: Any) -> Config:
    """150 customers, many of them abroad, so that every path is walked."""
    return Config(**{"customers": 150, "until": UNTIL, "seed": 5, "second_share": 0.3, "households": 0.2} | changes)


@lru_cache
def told(taxes_included: bool = True) -> tuple[Batch, ...]:
    """All batches of the small store."""
    return tuple(batches(small(taxes_included=taxes_included), records=500))


def gathered(some: tuple[Batch, ...]) -> dict[str, list[Any]]:
    """All records of the batches by kind, in order."""
    kinds: dict[str, list[Any]] = defaultdict(list)
    for batch in some:
        for kind in Batch.model_fields:
            kinds[kind].extend(getattr(batch, kind))
    return kinds
