"""Bringing the house up: where the data is, Django, and tables as this version needs them."""

from __future__ import annotations

import os
from pathlib import Path

from perennial.database.backup.in_place import settle


def start(home: Path | None = None, database: str | None = None, *, migrate: bool = True) -> None:
    """Set Django up for ``home`` and ``database`` (default: from the environment) and bring its tables up to date.

    Upgrading twice, or two processes at once, does no harm: the first upgrades, the second waits.
    """
    if home is not None:
        os.environ["PERENNIAL_HOME"] = str(home.absolute())
    if database is not None:
        os.environ["PERENNIAL_DATABASE_URL"] = database
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "perennial.settings")
    settle(Path(os.environ.get("PERENNIAL_HOME", "perennial-data")).absolute())
    import django

    django.setup()
    if migrate:
        upgrade()


def upgrade() -> None:
    """Run the migrations that this database has not seen."""
    from django.conf import settings
    from django.db import connection

    from perennial.database.fairlock import FairLock
    from perennial.database.upgrade import run

    lock = FairLock.at(settings.PERENNIAL_HOME / "upgrade-queue")
    lock.acquire()
    try:
        run(connection)
    finally:
        lock.release()
