"""Migrations that can be killed anywhere: each has happened whole, and is known to have, or has not begun."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.core.management.sql import emit_post_migrate_signal, emit_pre_migrate_signal
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from django.db.transaction import atomic

from perennial.database.append_only import protect


class Whole(MigrationExecutor):
    """Runs each migration, the note that it ran, and the triggers it may have dropped in one transaction.

    Django writes the note after the commit where a migration has statements that come last (unique constraints of
    SQLite, foreign keys of PostgreSQL): killed in between, no later start would have got past "table already exists".
    """

    connection: BaseDatabaseWrapper

    def apply_migration(self, state: Any, migration: Any, *args: Any, **options: Any) -> Any:
        """One migration; the state after it."""
        if not migration.atomic:
            return super().apply_migration(state, migration, *args, **options)
        # SQLite makes a table anew to change it, and switches foreign keys off outside of transactions only.
        self.connection.disable_constraint_checking()
        try:
            with atomic(using=self.connection.alias):
                after = super().apply_migration(state, migration, *args, **options)
                protect(self.connection.alias)
                return after
        finally:
            self.connection.enable_constraint_checking()


def run(connection: BaseDatabaseWrapper) -> None:
    """Bring the tables up to this version, where they are not."""
    executor = Whole(connection)
    executor.loader.check_consistent_history(connection)
    wanted = executor.loader.graph.leaf_nodes()
    plan = executor.migration_plan(wanted)
    if not plan:
        return
    told: dict[str, Any] = {"verbosity": 0, "interactive": False, "db": connection.alias, "plan": plan}
    emit_pre_migrate_signal(**told, apps=apps)
    executor.migrate(wanted, plan)
    emit_post_migrate_signal(**told, apps=apps)
