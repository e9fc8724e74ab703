"""Identifiers: 64 bits made by the application, and their public form.

Bits, from the top: one zero, 41 of milliseconds since 2020-01-01 UTC (69 years), 10 of node, 12 of
sequence. Numbers of one generator rise; numbers of different nodes never meet. Two processes must not
share a node: `claim_node` gives each one its own and keeps a high-water mark, so that neither a crash nor
a clock set back repeats a number.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from pathlib import Path

_EPOCH_MS = 1_577_836_800_000
_NODE_BITS, _SEQUENCE_BITS = 10, 12
PROCESSES_PER_MACHINE = 64
MACHINES = 16
_RESERVE_MS = 10_000
_END = 1 << (63 - _NODE_BITS)
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32, lower case
_VALUES = {sign: value for value, sign in enumerate(_ALPHABET)} | {"i": 1, "l": 1, "o": 0}
_LENGTH = 13


class Generator:
    """Makes rising ids for one node; safe among threads.

    ``mark`` (an open file) holds a time that this node has not passed yet; it is pushed ahead before
    ids beyond it are given out.
    """

    def __init__(self, node: int, mark: int | None = None) -> None:
        if not 0 <= node < 1 << _NODE_BITS:
            raise ValueError(f"a node lies between 0 and {(1 << _NODE_BITS) - 1}, not {node}")
        self._node = node << _SEQUENCE_BITS
        self._mark = mark
        self._lock = threading.Lock()
        self._next = 0  # (ms << 12) + sequence of the next id
        self._limit = 0
        if mark is not None:
            text = os.pread(mark, 32, 0).strip(b"\0 \n")  # zeros: the power failed before the mark was on disk
            self._next = (int(text) + 1) << _SEQUENCE_BITS if text else 0

    def take(self, count: int = 1) -> list[int]:
        """``count`` new ids, rising, above zero. A burst borrows from the milliseconds to come."""
        if count < 0:
            raise ValueError(f"one cannot take {count} ids")
        with self._lock:
            now = (time.time_ns() // 1_000_000 - _EPOCH_MS) << _SEQUENCE_BITS
            first = max(self._next, now, 1)  # a clock before 2020 must not make the id 0
            if first + count >= _END:
                raise RuntimeError("the clock of this machine, or the mark of its id node, is past the year 2089")
            self._next = first + count
            if self._mark is not None and self._next >> _SEQUENCE_BITS >= self._limit:
                self._limit = (self._next >> _SEQUENCE_BITS) + _RESERVE_MS
                os.pwrite(self._mark, f"{self._limit:<32d}".encode(), 0)
        mask = (1 << _SEQUENCE_BITS) - 1
        shift, node = _NODE_BITS, self._node
        return [
            ((n >> _SEQUENCE_BITS) << (_SEQUENCE_BITS + shift)) | node | (n & mask) for n in range(first, first + count)
        ]

    def one(self) -> int:
        """One new id."""
        return self.take()[0]


def claim_node(folder: Path, machine: int = 0) -> Generator:
    """A generator on a node that no living process of this ``folder`` and ``machine`` (0 to 15) holds.

    The claim is a lock on a file, released by the kernel when the process dies. Raises RuntimeError when
    all nodes of the machine are taken.
    """
    if not 0 <= machine < MACHINES:
        raise ValueError(f"machine lies between 0 and {MACHINES - 1}, not {machine}")
    folder.mkdir(parents=True, exist_ok=True)
    for slot in range(PROCESSES_PER_MACHINE):
        handle = os.open(folder / f"{machine:02d}-{slot:02d}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            continue
        return Generator(machine * PROCESSES_PER_MACHINE + slot, mark=handle)
    raise RuntimeError(
        f"all {PROCESSES_PER_MACHINE} id nodes of machine {machine} are in use under {folder}: "
        "stop a process, or give this machine another PERENNIAL_MACHINE (0 to 15)"
    )


def public(prefix: str, number: int) -> str:
    """The form people and the API see: ``cus_0d1f...``, 13 signs that sort like the number."""
    if not 0 <= number < 1 << 63:
        raise ValueError(f"{number} is no id: it has 63 bits")
    signs = []
    for _ in range(_LENGTH):
        number, rest = divmod(number, 32)
        signs.append(_ALPHABET[rest])
    return f"{prefix}_{''.join(reversed(signs))}"


def parse(prefix: str, text: str) -> int:
    """The number of a public id; ValueError if it is not one of this ``prefix``."""
    head, _, body = text.strip().lower().rpartition("_")
    if head != prefix or len(body) != _LENGTH or any(sign not in _VALUES for sign in body):
        raise ValueError(f"{text!r} is no {prefix}_ id: it has {_LENGTH} letters and digits after {prefix}_")
    number = 0
    for sign in body:
        number = number * 32 + _VALUES[sign]
    if number >= 1 << 63:
        raise ValueError(f"{text!r} is no {prefix}_ id: it is too large")
    return number
