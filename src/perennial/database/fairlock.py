"""A first-come-first-served lock among processes, freed by the kernel when its holder dies.

Why not flock or SQLite's own: both wake their waiters without order, so that one busy writer can keep the
others out for seconds. Here every writer takes a number: it locks the byte of its own number in a small
file, then waits for a shared lock on all bytes below it. Nobody can overtake, and a killed process's byte
is freed by the kernel.

POSIX record locks belong to the process: threads queue on a lock of their own first, and the file is
opened once per process and never closed while it lives (closing any handle would drop the locks).
"""

from __future__ import annotations

import fcntl
import os
import threading
from pathlib import Path

_TURNSTILE = 0  # the byte that guards the counter
_COUNTER = 8  # where the counter is written
_NUMBERS = 64  # byte of number 0
_instances: dict[tuple[int, str], FairLock] = {}
_instances_guard = threading.Lock()


class FairLock:
    """Use `FairLock.at(path)`: one per file and process."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._threads = threading.Lock()
        self._number = -1

    @classmethod
    def at(cls, path: Path) -> FairLock:
        """The lock of this process on ``path``."""
        key = (os.getpid(), str(path))
        with _instances_guard:
            if key not in _instances:
                _instances[key] = cls(path)
            return _instances[key]

    def acquire(self) -> None:
        """Wait in line for the lock."""
        self._threads.acquire()
        try:
            self._queue()
        except BaseException:
            # An interrupt while waiting must give the number back, or everyone behind waits for ever.
            if self._number >= 0:
                fcntl.lockf(self._file, fcntl.LOCK_UN, 1, _NUMBERS + self._number)
                self._number = -1
            self._threads.release()
            raise

    def _queue(self) -> None:
        fcntl.lockf(self._file, fcntl.LOCK_EX, 1, _TURNSTILE)
        try:
            number = int.from_bytes(os.pread(self._file, 8, _COUNTER), "little")
            os.pwrite(self._file, (number + 1).to_bytes(8, "little"), _COUNTER)
            self._number = number  # first: an interrupt right after the lock must know what to give back
            fcntl.lockf(self._file, fcntl.LOCK_EX, 1, _NUMBERS + number)
        finally:
            fcntl.lockf(self._file, fcntl.LOCK_UN, 1, _TURNSTILE)
        if number:
            fcntl.lockf(self._file, fcntl.LOCK_SH, number, _NUMBERS)
            fcntl.lockf(self._file, fcntl.LOCK_UN, number, _NUMBERS)

    def release(self) -> None:
        """Let the next in line go on."""
        number, self._number = self._number, -1
        fcntl.lockf(self._file, fcntl.LOCK_UN, 1, _NUMBERS + number)
        self._threads.release()
