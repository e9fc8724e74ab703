"""One writer at a time of what lies in a brand's folder, or is derived from it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from perennial.figures.queries.mirror import folder


@contextmanager
def alone(brand_id: int, what: str) -> Iterator[bool]:
    """Whether this process alone does ``what`` for a brand, until the block ends or the process dies.

    A lock on a file, freed by the kernel: nothing to clean up after a kill. Machines that share a database
    share the folder, too.
    """
    root = folder(brand_id)
    root.mkdir(parents=True, exist_ok=True)
    handle = os.open(root / f"{what}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
    finally:
        os.close(handle)
