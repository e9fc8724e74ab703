"""Writing many rows in transactions of some milliseconds each, so that nobody waits long for the write lock."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from django.db import transaction

_AIM_SECONDS = 0.02  # commit included; on SQLite a transaction keeps all other writers waiting
_FIRST, _LEAST, _MOST = 500, 50, 5_000


def paced(total: int, write: Callable[[int, int], object]) -> Iterator[int]:
    """Call ``write(start, count)`` over ``total`` rows, each call a transaction; yields after each how many it took.

    Whoever stops between two of them has written whole parts.
    """
    at_once, start = _FIRST, 0
    while start < total:
        count = min(at_once, total - start)
        began = time.perf_counter()
        with transaction.atomic():
            write(start, count)
        spent = time.perf_counter() - began
        start += count
        # A cold page or a busy disk makes one transaction slow: the next is shorter.
        at_once = int(min(max(at_once * min(_AIM_SECONDS / max(spent, 1e-4), 2.0), _LEAST), _MOST))
        yield count
