"""Restoring a back-up: checked whole before anything is touched, ready beside before it takes its place.

**SQLite.** A new home is made in a folder beside (database, key), brought up to this version, erased again by
the journal and checked; then it is renamed to ``restored``: from there on it is the truth, and `in_place.settle`,
which every start calls, moves it in. Killed before the rename nothing has changed; killed after it the next
start ends the work. **PostgreSQL.** All of it is one transaction; the key takes its place right before.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from perennial.database.backup import archive, sqlite_copy
from perennial.database.backup.in_place import READY, STAGING, alone, put_in_place, to_disk

_BLOCK = 1 << 20
_KEY = "secret-key"
_JOURNAL = "erasures.jsonl"
_DATABASE = "perennial.sqlite3"
Told = Callable[[str, int], None]


class NotRestored(ValueError):
    """Nothing was changed, and why."""


@dataclass(slots=True)
class Restored:
    """What was restored: the manifest, erasures made again, what the self-check found wrong."""

    manifest: dict[str, Any]
    erased: int = 0
    wrong: list[str] = field(default_factory=list)


def restore(
    path: Path, *, home: Path, url: str, now: datetime, replace: bool = False, told: Told = lambda *_: None
) -> Restored:
    """Make ``home`` (and the database at ``url``; "" for SQLite in it) what it was when the back-up was made.

    Call it before Django has been started. Erasures made since, by the journals beside the back-up and in the
    home, are made again. Raises NotRestored, archive.Damaged, sqlite_copy.InUse: then nothing has changed.
    """
    try:
        manifest = archive.verify(path, lambda count: told("Checking", count))
    except OSError as error:
        raise NotRestored(f"{path} cannot be read: {error.strerror or error}") from None
    vendor = "postgresql" if url else "sqlite"
    if manifest["database"] != vendor:
        raise NotRestored(
            f"this back-up is of {manifest['database']}: give the address of such a database"
            if manifest["database"] == "postgresql"
            else "this back-up is of SQLite: leave PERENNIAL_DATABASE_URL and --database out"
        )
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with alone(home, wait=False):
        put_in_place(home)
        return _restore(path, home=home, url=url, now=now, replace=replace, told=told, manifest=manifest)


def _restore(
    path: Path, *, home: Path, url: str, now: datetime, replace: bool, told: Told, manifest: dict[str, Any]
) -> Restored:
    taken = [name for name in (_DATABASE, _KEY) if (home / name).exists()]
    if taken and not replace:
        raise NotRestored(f"{home} is not empty ({', '.join(taken)}): give another --home, or --replace to lose it")
    if not url and (home / _DATABASE).exists():
        sqlite_copy.fold(home / _DATABASE)
    staging = home / f"{STAGING}{os.getpid()}"
    staging.mkdir(mode=0o700)
    try:
        (home / "nodes").mkdir(mode=0o700, exist_ok=True)
        (staging / "nodes").symlink_to(home / "nodes")  # identifiers are made under one home's numbers
        _small_members(path, staging)
        _same_key(staging)
        os.environ["PERENNIAL_HOME"] = str(staging)
        house = _House(path, staging, home, manifest, now, told)
        return house.on_postgres(replace=replace) if url else house.on_sqlite()
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _small_members(path: Path, staging: Path) -> None:
    """The key and the journal; what the journals beside the back-up and in the home add to it."""
    (staging / "backups").mkdir(mode=0o700)
    for name, file in archive.members(path):
        if name == _KEY:
            _write(staging / _KEY, file.read())
        elif name == _JOURNAL:
            _write(staging / "backups" / _JOURNAL, file.read())


def _write(path: Path, data: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _same_key(staging: Path) -> None:
    given = os.environ.get("PERENNIAL_SECRET_KEY", "")
    if given and given != (staging / _KEY).read_text():
        raise NotRestored(
            "PERENNIAL_SECRET_KEY is not the key of this back-up: suppressed addresses and links would be lost. "
            "Leave it out, or give the key that was in use"
        )


class _Counted:
    """Tells what is read through it."""

    def __init__(self, file: archive.Readable, told: Told) -> None:
        self._file, self._told = file, told

    def read(self, size: int = -1, /) -> bytes:
        data = self._file.read(size)
        self._told("Unpacking", len(data))
        return data


@dataclass(frozen=True, slots=True)
class _House:
    """The back-up, the folder where it is made ready, and the home it is for."""

    path: Path
    staging: Path
    home: Path
    manifest: dict[str, Any]
    now: datetime
    told: Told

    def on_sqlite(self) -> Restored:
        for name, file in archive.members(self.path):
            if name == _DATABASE:
                handle = os.open(self.staging / _DATABASE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with os.fdopen(handle, "wb") as out:
                    shutil.copyfileobj(_Counted(file, self.told), out, _BLOCK)
                    out.flush()
                    os.fsync(out.fileno())
        if wrong := sqlite_copy.check(self.staging / _DATABASE):
            raise NotRestored(f"the database in the back-up is not sound: {wrong}")
        from perennial.database.start import start

        start(migrate=False)
        from django.db import connections

        self._refuse_newer()
        start()
        done = self._again()
        connections.close_all()
        sqlite_copy.fold(self.staging / _DATABASE)
        self._commit()
        return done

    def on_postgres(self, *, replace: bool) -> Restored:
        from perennial.database.start import start

        start(migrate=False)
        from perennial.database.backup import postgres_copy

        self._refuse_newer()
        if postgres_copy.holds_something() and not replace:
            raise NotRestored("the database is not empty: give another --database, or --replace to lose what is in it")
        columns = self.manifest["columns"]
        with postgres_copy.atomic():
            postgres_copy.begin(self.manifest)
            for name, file in archive.members(self.path):
                if name.startswith(f"{postgres_copy.FOLDER}/"):
                    table = name.split("/")[1]
                    postgres_copy.read(table, columns[table], _Counted(file, self.told))
            postgres_copy.finish()
            done = self._again()
            self._commit()
        return done

    def _refuse_newer(self) -> None:
        from django.db.migrations.loader import MigrationLoader

        known = MigrationLoader(None).disk_migrations or {}
        for app, name in self.manifest["migrations"]:
            if app == "perennial" and (app, name) not in known:
                raise NotRestored(f"the back-up was made by a newer version (it knows {name}): upgrade Perennial first")

    def _again(self) -> Restored:
        """In the restored database: erase again, have the mirror written again, check."""
        from perennial.facts.actions.erasing import journal, replay
        from perennial.facts.models.brands import Brand
        from perennial.figures.actions.refresh_mirror import mark_all
        from perennial.figures.queries.check import orphans

        self.told("Erasing again", 0)
        places = (self.staging / "backups", self.path.parent, self.home / "backups")
        entries = [entry for place in places for entry in journal.read(place / _JOURNAL)]
        done = Restored(self.manifest, replay.replay(entries, now=self.now))
        for brand in Brand.objects.order_by("id"):
            journal.keep_journal(brand.id, whole=True)
        self.told("Checking rows", 0)
        for brand in Brand.objects.order_by("id"):
            mark_all(brand.id)
            found = [one for one in orphans(brand.id) if one.rows]
            done.wrong += [f"{one.table}: {one.rows} rows point at no {one.points_at}" for one in found]
        return done

    def _commit(self) -> None:
        """From here on the restored is the truth.

        The journal comes along first, killed or not: who once asked to be erased stays so, whatever is restored next.
        """
        from perennial.facts.actions.erasing import journal

        journal.bring_along(self.staging / "backups" / _JOURNAL, self.home / "backups" / _JOURNAL)
        for name in ("nodes", f"{_DATABASE}-queue", "upgrade-queue"):
            (self.staging / name).unlink(missing_ok=True)
        to_disk(self.staging)
        self.staging.rename(self.home / READY)
        to_disk(self.home)
        put_in_place(self.home)
