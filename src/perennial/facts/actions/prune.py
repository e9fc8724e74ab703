"""Forgetting what is kept only for a while: visits by whole months, prices that ended long ago."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import pairwise
from typing import Protocol

from django.db import OperationalError, connection, transaction

from perennial.database import rows
from perennial.facts.actions.loop_marks import mark_dirty
from perennial.facts.models.catalogue import PriceChange
from perennial.facts.rules.keeping import PRICES, oldest_month
from perennial.values.time import to_us

_AIM_SECONDS = 0.006  # of deleting per transaction: writing the pages that it touched takes twice as long again
_FEWEST, _MOST = 50, 5_000
_SLICE = 5_000  # prices read at once
_PATIENCE_MS = 500  # that recorders of visits wait behind a month that is to be dropped
_LOCK_NOT_AVAILABLE = "55P03"
_log = logging.getLogger("perennial.prune")


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
    yield from _prices(brand_id, now)
    for forget in _elsewhere:
        yield from forget(brand_id=brand_id, now=now)


def _visits(brand_id: int, oldest: int) -> Iterator[int]:
    for month in _months(brand_id, oldest):
        # The mark comes first: killed in between, the mirror is written once too often, never too seldom.
        mark_dirty(brand_id=brand_id, months=[("behaviour", month)])
        size = 250
        while True:
            with transaction.atomic(), connection.cursor() as cursor:
                began = time.perf_counter()
                cursor.execute(
                    "DELETE FROM behaviour WHERE month = %s AND id IN"
                    " (SELECT id FROM behaviour WHERE month = %s AND +brand_id = %s LIMIT %s)",
                    [month, month, brand_id, size],
                )
                taken = int(cursor.rowcount)
                # Without the commit: now and then a checkpoint follows it, while others may write.
                took = time.perf_counter() - began
            yield taken
            if taken < size:
                break
            size = _paced(size, took)
        mark_dirty(brand_id=brand_id, months=[("behaviour", month)])


def _months(brand_id: int, oldest: int) -> Iterator[int]:
    """The months before ``oldest`` in which the brand has visits: from one to the next, however many rows there are.

    The plus keeps SQLite from the index that begins with the brand, in which it would read all of its visits.
    """
    last = -(2**31)
    with connection.cursor() as cursor:
        while True:
            cursor.execute("SELECT min(month) FROM behaviour WHERE month < %s AND month > %s", [oldest, last])
            (month,) = cursor.fetchone()
            if month is None:
                return
            last = month
            cursor.execute("SELECT 1 FROM behaviour WHERE month = %s AND +brand_id = %s LIMIT 1", [month, brand_id])
            if cursor.fetchone():
                yield month


def _paced(size: int, seconds: float) -> int:
    return int(min(max(size * min(max(_AIM_SECONDS / max(seconds, 1e-4), 0.5), 1.5), _FEWEST), _MOST))


def _partitions(oldest: int) -> Iterator[int]:
    """On PostgreSQL a month is a table of its own, for all brands: dropped whole, at once.

    To drop one, PostgreSQL wants all visits for itself: behind a long reader, such as a back-up, it would wait,
    and whoever records a visit behind it. It waits for a moment only: the next night tries again.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relname ~ '^behaviour_m-?[0-9]+$' AND relkind = 'r'")
        months = sorted(int(name.removeprefix("behaviour_m")) for (name,) in cursor.fetchall())
    for month in months:
        if month >= oldest:
            continue
        try:
            yield _drop(month)
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", None) != _LOCK_NOT_AVAILABLE:
                raise
            _log.info("visits of month %s are being read: they are forgotten the next night", month)
            return


def _drop(month: int) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = '{_PATIENCE_MS}ms'")
        # Of several workers, each with a brand of its own, one drops it; the others find it gone.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('behaviour months that go'))")
        cursor.execute("SELECT to_regclass(%s)", [f'"behaviour_m{month}"'])
        if cursor.fetchone() == (None,):
            return 0
        cursor.execute(f'SELECT brand_id, count(*) FROM "behaviour_m{month}" GROUP BY 1 ORDER BY 1')  # noqa: S608
        held = cursor.fetchall()
        for brand_id, _ in held:
            mark_dirty(brand_id=brand_id, months=[("behaviour", month)])
        cursor.execute(f'DROP TABLE "behaviour_m{month}"')
    return sum(count for _, count in held)


def _prices(brand_id: int, now: datetime) -> Iterator[int]:
    """Prices that ended long ago: another one of the same variant began before that."""
    ended = to_us(now - PRICES)
    place, size = (0, 0), 250
    while True:
        # Read in slices, and outside of the transaction: a price that has ended never holds again.
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT variant_id, at, id FROM price_change WHERE brand_id = %s AND (variant_id, at) >= (%s, %s)"
                " ORDER BY variant_id, at LIMIT %s",
                [brand_id, *place, _SLICE],
            )
            found = cursor.fetchall()
        gone = [id_ for (variant, _, id_), (other, since, _) in pairwise(found) if variant == other and since < ended]
        start = 0
        while start < len(gone):
            part = gone[start : start + size]
            began = time.perf_counter()
            with transaction.atomic():
                taken = rows.remove(PriceChange, "id", part, equal={"brand_id": brand_id})
            start += len(part)
            yield taken
            size = _paced(size, time.perf_counter() - began)
        if len(found) < _SLICE:
            return
        # The last one of the slice has its successor in the next.
        place = found[-1][0], found[-1][1]
