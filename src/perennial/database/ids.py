"""New identifiers for rows, from this process's own node."""

from __future__ import annotations

import os
import threading

from django.conf import settings

from perennial.values.ids import Generator, claim_node

_lock = threading.Lock()
_generators: dict[int, Generator] = {}


def _generator() -> Generator:
    pid = os.getpid()  # a forked worker must not go on with its parent's node
    with _lock:
        if pid not in _generators:
            _generators[pid] = claim_node(settings.PERENNIAL_HOME / "nodes", settings.PERENNIAL_MACHINE)
        return _generators[pid]


def take(count: int) -> list[int]:
    """``count`` new identifiers, rising."""
    return _generator().take(count)


def new() -> int:
    """One new identifier."""
    return _generator().one()
