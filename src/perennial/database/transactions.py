"""One transaction among many: what to wait for, and what to do when two wait for each other."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.db import OperationalError, connection, transaction

_Found = TypeVar("_Found")
_TIMES = 8
_DEADLOCK, _SERIALIZATION = "40P01", "40001"


def atomically(work: Callable[[], _Found]) -> _Found:
    """Run ``work`` in a transaction; begin again when the database chose it to break a ring of waiters.

    PostgreSQL only, and only the outermost transaction: inside another one the error goes up. ``work``
    must leave nothing behind but rows.
    """
    for left in reversed(range(_TIMES)):
        try:
            with transaction.atomic():
                return work()
        except OperationalError as error:
            told = getattr(error.__cause__, "sqlstate", None)
            if not left or connection.in_atomic_block or told not in (_DEADLOCK, _SERIALIZATION):
                raise
    raise AssertionError("unreachable")


def hold(place: int, *, shared: bool = False) -> None:
    """Wait until no other transaction holds ``place`` (63 bits), then hold it until this one ends.

    For what no row stands for yet. ``shared`` waits only for those who do not share. On SQLite the
    transaction itself keeps all others out. Danger: each place takes memory that all connections share;
    hold one for a whole brand rather than one for each of many things.
    """
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_advisory_xact_lock{'_shared' if shared else ''}(%s)", [place])
