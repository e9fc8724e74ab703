"""The folder of back-ups: which there are, where the next one goes, which are let go."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

KEPT = 7  # until somebody chooses another number
_CHOSEN, _OUTSIDE = "keep", "outside"
_NAME = re.compile(r"perennial-(\d{8}-\d{6})\.tar\.gz")
_WRITTEN = "%Y%m%d-%H%M%S"


class AlreadyAtIt(RuntimeError):
    """Another process is making a back-up."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A back-up in the folder: its name, size in bytes, and when it was begun (UTC)."""

    name: str
    size: int
    made_at: datetime


def folder(home: Path) -> Path:
    """The folder of a home, readable by its owner alone."""
    found = home / "backups"
    found.mkdir(mode=0o700, parents=True, exist_ok=True)
    return found


def next_path(home: Path, now: datetime) -> Path:
    """Where a back-up begun ``now`` goes."""
    return folder(home) / f"perennial-{now.astimezone(UTC):{_WRITTEN}}.tar.gz"


def listed(home: Path) -> list[Kept]:
    """The whole back-ups of a home, the newest first."""
    found = []
    for path in folder(home).iterdir():
        match = _NAME.fullmatch(path.name)
        if match and path.is_file():
            made_at = datetime.strptime(match[1], _WRITTEN).replace(tzinfo=UTC)
            found.append(Kept(path.name, path.stat().st_size, made_at))
    return sorted(found, key=lambda kept: kept.name, reverse=True)


def path_of(home: Path, name: str) -> Path | None:
    """Where a back-up of the list lies; None for a name that is not on it."""
    return next((folder(home) / kept.name for kept in listed(home) if kept.name == name), None)


def kept(home: Path) -> int:
    """How many stay, whoever makes the next one: the number chosen last."""
    chosen = folder(home) / _CHOSEN
    text = chosen.read_text().strip() if chosen.exists() else ""
    return max(int(text), 1) if text.isdecimal() else KEPT


def choose(home: Path, keep: int) -> None:
    """From now on the newest ``keep`` stay."""
    draft = folder(home) / f"{_CHOSEN}.{os.getpid()}.part"
    draft.write_text(f"{keep}\n")
    draft.replace(folder(home) / _CHOSEN)


@contextmanager
def outside(home: Path, draft: Path) -> Iterator[None]:
    """Keep where a back-up is written that goes elsewhere, so that `alone` finds what a killed one left there."""
    note = folder(home) / _OUTSIDE
    note.write_text(str(draft.absolute()))
    try:
        yield
    finally:
        note.unlink(missing_ok=True)


def let_go(home: Path, keep: int) -> list[str]:
    """Delete all but the newest ``keep``; gives back the names that went."""
    gone = [kept.name for kept in listed(home)[max(keep, 1) :]]
    for name in gone:
        (folder(home) / name).unlink(missing_ok=True)
    return gone


@contextmanager
def alone(home: Path) -> Iterator[None]:
    """One back-up at a time; what a killed one left is removed. Raises AlreadyAtIt."""
    handle = os.open(folder(home) / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyAtIt("another process is making a back-up: wait for it") from None
        for left in (*folder(home).glob("*.part"), *folder(home).glob("making-*"), *_left_outside(home)):
            shutil.rmtree(left) if left.is_dir() else left.unlink(missing_ok=True)
        yield
    finally:
        os.close(handle)


def _left_outside(home: Path) -> list[Path]:
    note = folder(home) / _OUTSIDE
    if not note.exists():
        return []
    draft = Path(note.read_text())
    # The note goes last: killed in between, the next one looks there again.
    return [*([draft] if draft.suffix == ".part" and not draft.is_dir() else []), note]
