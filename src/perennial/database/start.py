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
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    from perennial.database.fairlock import FairLock

    lock = FairLock.at(settings.PERENNIAL_HOME / "upgrade-queue")
    lock.acquire()
    try:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            call_command("migrate", verbosity=0, interactive=False)
    finally:
        lock.release()
