"""Tables whose rows are only ever added: the database itself refuses UPDATE and DELETE, whoever asks.

Triggers are made within every migration and after all. Danger: SQLite changes a table by making it anew, and drops
its triggers without a word; `missing` tells.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.apps import AppConfig
from django.db import connections, models
from django.db.models.signals import post_migrate

_TABLES: list[str] = []
_VERBS = ("update", "delete")
# TRUNCATE is left: it empties a whole test database at once, and no code of the house says it.
_REFUSE = """
CREATE OR REPLACE FUNCTION perennial_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only: rows are only ever added', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$
"""  # noqa: E501


def keep_append_only(app: AppConfig, *tables: type[models.Model]) -> None:
    """From the next migration on, rows of these tables are never changed and never deleted. Call it once, at start.

    Changing one anyway raises django.db.IntegrityError.
    """
    _TABLES.extend(table._meta.db_table for table in tables)
    post_migrate.connect(_made_after_migration, sender=app, dispatch_uid="append_only")


def protect(using: str = "default") -> None:
    """Make the triggers that are missing."""
    connection = connections[using]
    there = missing(using)
    if not there:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_REFUSE)
        for table, verb in there:
            cursor.execute(_trigger(connection, table, verb))


def missing(using: str = "default") -> list[tuple[str, str]]:
    """The tables without a trigger, and the verb ("update" or "delete") that it would refuse."""
    connection = connections[using]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # "D": switched off, which protects nothing.
            cursor.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'")
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        found = {str(name) for (name,) in cursor.fetchall()}
        there = set(connection.introspection.table_names(cursor))
    return [(table, verb) for table, verb in _wanted() if table in there and name_of(table, verb) not in found]


def name_of(table: str, verb: str) -> str:
    """The name of the trigger that refuses ``verb`` on ``table``."""
    return f"{table}_no_{verb}"


def triggers(tables: Iterable[str]) -> list[str]:
    """The names of the triggers that some of these tables have."""
    return [name_of(table, verb) for table, verb in _wanted() if table in set(tables)]


def _wanted() -> Iterator[tuple[str, str]]:
    yield from ((table, verb) for table in _TABLES for verb in _VERBS)


def _trigger(connection: Any, table: str, verb: str) -> str:
    name, quoted = connection.ops.quote_name(name_of(table, verb)), connection.ops.quote_name(table)
    if connection.vendor == "postgresql":
        # Per row: a statement that meets no row changes nothing, and may pass.
        return (
            f"CREATE TRIGGER {name} BEFORE {verb.upper()} ON {quoted} "
            "FOR EACH ROW EXECUTE FUNCTION perennial_append_only()"
        )
    return (
        f"CREATE TRIGGER {name} BEFORE {verb.upper()} ON {quoted} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only: rows are only ever added'); END"
    )


def _made_after_migration(using: str = "default", **_: object) -> None:
    protect(using)
