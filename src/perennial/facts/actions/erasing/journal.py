"""The journal of erasures as a file beside the back-ups: what a restored older back-up is erased by again.

One line of JSON per erasure, only ever added to; ids and keyed hashes alone, nobody can be read from it.
Whoever takes the back-ups elsewhere takes it along.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from perennial.facts.models.erasure import Erasure
from perennial.values.time import from_us, to_us

NAME = "erasures.jsonl"
_START = '{"id":%d,'  # of a line


@dataclass(frozen=True, slots=True)
class Entry:
    """One erasure, as the journal has it."""

    id: int
    brand_id: int
    customers: tuple[int, ...]
    names: tuple[tuple[str, int, str, int], ...]
    addresses: tuple[tuple[Any, str], ...]
    by: int
    requested_at: datetime


def path() -> Path:
    """Where this installation keeps it."""
    return Path(settings.PERENNIAL_HOME) / "backups" / NAME


def keep_journal(brand_id: int, *, whole: bool = False) -> None:
    """Add the erasures of a brand that the file does not have yet. Safe to repeat, and by several at once.

    Those that are not done: an erasure is done only after it was kept. ``whole``: all there ever were, for a file
    that somebody may have lost; that reads every erasure and every line.
    """
    file = path()
    erasures = Erasure.objects.filter(brand_id=brand_id).order_by("id")
    wanted = list(erasures if whole else erasures.filter(done_at=None))
    if not wanted:
        return
    known = _known(file, {one.id for one in wanted})
    if missing := [one for one in wanted if one.id not in known]:
        append(file, [_line(one) for one in missing])


def bring_along(staged: Path, file: Path) -> None:
    """Add to the journal ``file`` what another one, of a back-up, tells and it does not."""
    known = {entry.id for entry in read(file)}
    missing = [line for line in _lines(staged) if (entry := _entry(line)) is not None and entry.id not in known]
    if missing:
        append(file, missing)


def append(file: Path, lines: Iterable[str]) -> None:
    """Add whole lines and see them on the disk."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        size = os.fstat(handle).st_size
        # What a full disk or a power cut left of a line must not swallow the next one.
        torn = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
        data = (b"\n" if torn else b"") + "".join(f"{line}\n" for line in lines).encode()
        while data:
            data = data[os.write(handle, data) :]
        os.fsync(handle)
    finally:
        os.close(handle)


def _line(one: Erasure) -> str:
    return json.dumps(
        {
            "id": one.id, "brand": one.brand_id, "customers": one.customers, "names": one.names,
            "addresses": one.addresses, "by": one.by, "at": to_us(one.requested_at),
        },
        separators=(",", ":"),
    )  # fmt: skip


def read(file: Path) -> Iterator[Entry]:
    """The erasures of a journal; a torn last line is passed over, its erasure stands in the database."""
    for line in _lines(file):
        if (entry := _entry(line)) is not None:
            yield entry


def _known(file: Path, wanted: AbstractSet[int]) -> set[int]:
    """Which of these erasures stand whole in the file; of the others' lines only the beginning is looked at."""
    starts = {_START % one for one in wanted}
    lines = (line for line in _lines(file) if line[: line.find(",") + 1] in starts)
    return {entry.id for line in lines if (entry := _entry(line)) is not None}


def _lines(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8").splitlines() if file.exists() else []


def _entry(line: str) -> Entry | None:
    try:
        told = json.loads(line)
    except ValueError:
        return None
    return Entry(
        told["id"], told["brand"], tuple(told["customers"]), tuple(tuple(name) for name in told["names"]),
        tuple(tuple(address) for address in told["addresses"]), told["by"], from_us(told["at"]),
    )  # fmt: skip
