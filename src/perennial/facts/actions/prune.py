"""Forgetting what is kept only for a while: visits by whole months, prices that ended long ago."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Protocol

from django.db import connection, transaction

from perennial.facts.actions.loop_marks import mark_dirty
from perennial.facts.models.activity import Behaviour
from perennial.facts.rules.keeping import PRICES, oldest_month
from perennial.values.time import to_us

_AIM_SECONDS = 0.03  # of SQLite's write lock per transaction
_FEWEST, _MOST = 50, 5_000


class Forget(Protocol):
    """Forgets what is too old of a brand, in short transactions; yields the rows each took."""

    def __call__(self, *, brand_id: int, now: datetime) -> Iterator[int]:
        """Begin, or go on where an earlier run was stopped."""
        ...


_elsewhere: tuple[Forget, ...] = ()


def install(forget: Iterable[Forget]) -> None:
    """Hand in, at start-up, what rooms above keep for a while only: the loop knows none of them."""
    global _elsewhere  # noqa: PLW0603  # set once, when the process starts
    _elsewhere = tuple(forget)


def prune_steps(*, brand_id: int, now: datetime) -> Iterator[int]:
    """Forget what is too old, in short transactions; yields the rows each took. Stop between two as you like."""
    yield from _visits(brand_id, oldest_month(now)) if connection.vendor == "sqlite" else _partitions(oldest_month(now))
    yield _prices(brand_id, now)
    for forget in _elsewhere:
        yield from forget(brand_id=brand_id, now=now)


def _visits(brand_id: int, oldest: int) -> Iterator[int]:
    old = Behaviour.objects.filter(brand_id=brand_id, month__lt=oldest)
    for month in sorted(set(old.order_by().values_list("month", flat=True).distinct())):
        # The mark comes first: killed in between, the mirror is written once too often, never too seldom.
        mark_dirty(brand_id=brand_id, months=[("behaviour", month)])
        size = 250
        while True:
            with transaction.atomic(), connection.cursor() as cursor:
                began = time.perf_counter()
                cursor.execute(
                    "DELETE FROM behaviour WHERE month = %s AND id IN"
                    " (SELECT id FROM behaviour WHERE month = %s AND brand_id = %s LIMIT %s)",
                    [month, month, brand_id, size],
                )
                taken = int(cursor.rowcount)
            yield taken
            if taken < size:
                break
            pace = _AIM_SECONDS / (time.perf_counter() - began)
            size = int(min(max(size * min(max(pace, 0.5), 1.5), _FEWEST), _MOST))
        mark_dirty(brand_id=brand_id, months=[("behaviour", month)])


def _partitions(oldest: int) -> Iterator[int]:
    """On PostgreSQL a month is a table of its own, for all brands: dropped whole, at once."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relname ~ '^behaviour_m-?[0-9]+$' AND relkind = 'r'")
        months = sorted(int(name.removeprefix("behaviour_m")) for (name,) in cursor.fetchall())
    for month in months:
        if month >= oldest:
            continue
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f'SELECT brand_id, count(*) FROM "behaviour_m{month}" GROUP BY 1 ORDER BY 1')  # noqa: S608
            held = cursor.fetchall()
            for brand_id, _ in held:
                mark_dirty(brand_id=brand_id, months=[("behaviour", month)])
            cursor.execute(f'DROP TABLE "behaviour_m{month}"')
        yield sum(count for _, count in held)


def _prices(brand_id: int, now: datetime) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM price_change WHERE brand_id = %s AND EXISTS (SELECT 1 FROM price_change later"
            " WHERE later.brand_id = price_change.brand_id AND later.variant_id = price_change.variant_id"
            " AND later.at > price_change.at AND later.at < %s)",
            [brand_id, to_us(now - PRICES)],
        )
        return int(cursor.rowcount)
