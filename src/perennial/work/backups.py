"""Making back-ups: by a command, or as work of the loop that a page asked for."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from perennial import __version__
from perennial.database.backup import archive, folder

KIND = "backup"
_WORD = 1.0  # seconds between two words about progress
Told = Callable[[str, int, int], None]  # step (copying, packing), bytes done, of (0: not known)


class NoRoom(RuntimeError):
    """The disk has not enough room for a back-up."""


class _Stopped(Exception):
    """The loop was told to stop."""


@dataclass(frozen=True, slots=True)
class Made:
    """A back-up: where, how many bytes, which older ones were let go."""

    path: Path
    size: int
    gone: tuple[str, ...]


def make(*, now: datetime, to: Path | None = None, keep: int | None = None, told: Told = lambda *_: None) -> Made:
    """Write everything this installation holds into one file; Django has been started.

    Without ``to``: into the folder of back-ups, of which the newest ``keep`` stay, from now on and whoever makes
    them; None: as many as were chosen last. Others write meanwhile. The mirror is left out: it is written again
    from the database. Raises AlreadyAtIt, NoRoom.
    """
    from django.conf import settings
    from django.db import connection

    from perennial.facts.actions.erasing.journal import keep_journal, path
    from perennial.facts.models.brands import Brand

    home = Path(settings.PERENNIAL_HOME)
    target = to or folder.next_path(home, now)
    gone: list[str] = []
    with folder.alone(home):
        for brand_id in Brand.objects.values_list("id", flat=True):
            keep_journal(brand_id, whole=True)
        archived = archive.Writer(target)
        elsewhere = contextlib.nullcontext() if to is None else folder.outside(home, archived.draft)
        with elsewhere, archived as writer:
            (_of_sqlite if connection.vendor == "sqlite" else _of_postgres)(home, writer, now, told)
            writer.add_text("secret-key", settings.SECRET_KEY)
            writer.add_text(path().name, path().read_text(encoding="utf-8") if path().exists() else "")
        if to is None:
            if keep is not None:
                folder.choose(home, keep)
            gone = folder.let_go(home, folder.kept(home))
    return Made(target, target.stat().st_size, tuple(gone))


def _manifest(now: datetime, vendor: str, **more: Any) -> str:
    from perennial.database.backup.postgres_copy import applied
    from perennial.facts.models.brands import Brand

    brands = list(Brand.objects.order_by("key").values_list("key", flat=True))
    return json.dumps(
        {
            "format": archive.FORMAT, "perennial": __version__, "made_at": now.astimezone(UTC).isoformat(),
            "database": vendor, "brands": brands, "migrations": applied(), **more,
        }
    )  # fmt: skip


def _of_sqlite(home: Path, writer: archive.Writer, now: datetime, told: Told) -> None:
    from django.conf import settings

    from perennial.database.backup import sqlite_copy

    source = Path(settings.DATABASES["default"]["NAME"])
    size = source.stat().st_size
    free = shutil.disk_usage(home).free
    if free < size:
        raise NoRoom(f"a back-up needs about {size / 1e6:,.0f} MB, the disk has {free / 1e6:,.0f} MB free")
    making = folder.folder(home) / f"making-{os.getpid()}"
    making.mkdir(mode=0o700)
    try:
        copied = making / "perennial.sqlite3"
        sqlite_copy.copy(source, copied, lambda done, of: told("copying", done, of))
        writer.add_text(archive.MANIFEST, _manifest(now, "sqlite"))
        done, of = 0, copied.stat().st_size

        def packed(count: int) -> None:
            nonlocal done
            done += count
            told("packing", done, of)

        with copied.open("rb") as file:
            writer.add("perennial.sqlite3", of, file, packed)
    finally:
        shutil.rmtree(making)


def _of_postgres(home: Path, writer: archive.Writer, now: datetime, told: Told) -> None:  # noqa: ARG001  # as the other
    from perennial.database.backup import postgres_copy

    done = 0

    def packed(count: int) -> None:
        nonlocal done
        done += count
        told("packing", done, 0)

    with postgres_copy.snapshot() as held:
        described = postgres_copy.describe(held)
        writer.add_text(archive.MANIFEST, _manifest(now, "postgresql", **described))
        postgres_copy.write(held, described["columns"], writer, packed)


def wanted(brand_id: int) -> bool:
    """Whether somebody asked for a back-up."""
    from perennial.facts.models.loop import Job

    return Job.objects.filter(brand_id=brand_id, kind=KIND, state__in=("wanted", "running")).exists()


def backup_steps(*, brand_id: int, now: datetime) -> Iterator[str]:
    """Make the back-up that somebody asked for; yields about once a second while it is made.

    Killed in the middle it begins anew: a back-up is of one moment.
    """
    from perennial.facts.actions.jobs import begin_job, end_job, keep_found, move_job, want_still

    job = begin_job(brand_id=brand_id, kind=KIND, key="", now=now)
    at: dict[str, Any] = {"step": "copying", "done": 0, "of": 0}
    work = _Beside(now, at)
    try:
        while not work.ended.wait(_WORD):
            move_job(job=job.id, cursor=dict(at), counts={}, now=now)
            yield str(at["step"])
    finally:
        work.stop.set()
        work.join()
    if isinstance(work.error, folder.AlreadyAtIt):
        want_still(job=job.id, now=now)  # it comes next: the wish of another brand, or a command, was first
    elif isinstance(work.error, NoRoom | OSError):
        end_job(job=job.id, now=now, error=str(work.error))
    elif work.error is not None:
        end_job(job=job.id, now=now, error=type(work.error).__name__)
        raise work.error
    elif work.made is not None:
        keep_found(
            brand_id=brand_id, kind=KIND, key="", found={"name": work.made.path.name},
            counts={"bytes": work.made.size}, now=now,
        )  # fmt: skip


class _Beside(threading.Thread):
    """Makes a back-up while its generator tells how far it is."""

    def __init__(self, now: datetime, at: dict[str, Any]) -> None:
        super().__init__(name="backup")
        self._now, self._at = now, at
        self.stop, self.ended = threading.Event(), threading.Event()
        self.made: Made | None = None
        self.error: BaseException | None = None
        self.start()

    def run(self) -> None:
        from django.db import connections

        try:
            with contextlib.suppress(_Stopped):
                self.made = make(now=self._now, told=self._told)
        except BaseException as error:  # noqa: BLE001  # told by whoever waits
            self.error = error
        finally:
            connections.close_all()
            self.ended.set()

    def _told(self, step: str, done: int, of: int) -> None:
        if self.stop.is_set():
            raise _Stopped
        self._at.update(step=step, done=done, of=of)
