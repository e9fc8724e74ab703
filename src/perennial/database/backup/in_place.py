"""The last step of a restore: what lies ready in a home takes its place.

Standard library alone: every start calls it.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

READY = "restored"
STAGING = "restoring-"
# Made again from the database, or of the past.
_DERIVED = ("mirror", "charts", "cache")


class Restoring(RuntimeError):
    """Another process is restoring a back-up into this home."""


@contextmanager
def alone(home: Path, *, wait: bool) -> Iterator[None]:
    """Keep other restores, and starts, out of a home. Without ``wait`` raises Restoring where one is at it."""
    handle = os.open(home / "restore-lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            raise Restoring(f"another process is restoring a back-up into {home}: wait for it") from None
        yield
    finally:
        os.close(handle)


def settle(home: Path) -> None:
    """End what a killed restore left, whole or not at all; waits for one that is going on."""
    if (home / READY).is_dir() or next(home.glob(f"{STAGING}*"), None) is not None:
        with alone(home, wait=True):
            put_in_place(home)


def put_in_place(home: Path) -> None:
    """Move a restored database and key into their places, if they are ready; remove what never got so far."""
    for left in home.glob(f"{STAGING}*"):
        shutil.rmtree(left, ignore_errors=True)
    ready = home / READY
    if not ready.is_dir():
        return
    for name in _DERIVED:
        shutil.rmtree(home / name, ignore_errors=True)
    if (ready / "perennial.sqlite3").exists():
        # The log of the database that goes is folded into it already; beside another it would be poison.
        for tail in ("-wal", "-shm"):
            (home / f"perennial.sqlite3{tail}").unlink(missing_ok=True)
        (ready / "perennial.sqlite3").replace(home / "perennial.sqlite3")
    if (ready / "secret-key").exists():
        (ready / "secret-key").replace(home / "secret-key")
    to_disk(home)
    shutil.rmtree(ready)


def to_disk(folder: Path) -> None:
    """See the names in a folder on the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
