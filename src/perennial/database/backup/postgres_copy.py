"""PostgreSQL out and in by COPY: needs nothing beside Python, and no program of the server's version."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, Any

from django.core.management import call_command
from django.core.management.color import no_style
from django.db import connection, connections, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder

from perennial.database.backup.archive import Readable, Writer

_MEMBER = 1 << 25  # bytes of a table in one member: what waits in a temporary file at a time
_BLOCK = 1 << 20
FOLDER = "tables"


def applied() -> list[list[str]]:
    """The migrations that the database has seen, in order."""
    rows = MigrationRecorder(connection).migration_qs.order_by("id").values_list("app", "name")
    return [list(row) for row in rows]


def tables() -> list[str]:
    """All tables of the house, those of Django and its apps too."""
    return sorted(connection.introspection.django_table_names(only_existing=True, include_views=False))


@contextmanager
def snapshot() -> Iterator[Any]:
    """A connection of its own that sees one moment of the database until it is closed."""
    made = connections.create_connection("default")
    made.ensure_connection()
    raw: Any = made.connection
    try:
        raw.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield raw
    finally:
        made.close()


def describe(held: Any) -> dict[str, Any]:
    """What the manifest says: columns by table, months of visits."""
    import psycopg

    cursor = psycopg.Cursor(held)
    columns: dict[str, list[str]] = {}
    cursor.execute(
        "SELECT relname::text, attname::text FROM pg_attribute JOIN pg_class c ON c.oid = attrelid"
        " WHERE relname = ANY(%s) AND pg_table_is_visible(c.oid) AND attnum > 0 AND NOT attisdropped"
        " AND attgenerated = '' ORDER BY relname, attnum",
        [tables()],
    )
    for table, column in cursor.fetchall():
        columns.setdefault(table, []).append(column)
    cursor.execute(
        "SELECT c.relname::text FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid"
        " JOIN pg_class p ON p.oid = inhparent WHERE p.relname = 'behaviour' AND pg_table_is_visible(p.oid)"
    )
    months = sorted(int(name.removeprefix("behaviour_m")) for (name,) in cursor.fetchall())
    return {"columns": columns, "months": months}


def write(held: Any, columns: dict[str, list[str]], into: Writer, told: Callable[[int], None]) -> None:
    """Add every table to the archive, in members of whole rows."""
    import psycopg

    cursor = psycopg.Cursor(held)
    for table, names in columns.items():
        number = 0
        with cursor.copy(f'COPY (SELECT {_listed(names)} FROM "{table}") TO STDOUT') as rows:  # noqa: S608
            for part, size in _parts(iter(rows)):
                with part:
                    into.add(f"{FOLDER}/{table}/{number:06}", size, part, told)
                number += 1


def _parts(rows: Iterator[Any]) -> Iterator[tuple[IO[bytes], int]]:
    """Temporary files of whole rows, each read before the next is made."""
    part, size = tempfile.TemporaryFile(), 0  # noqa: SIM115  # closed by whoever reads it
    for row in rows:
        part.write(row)
        size += len(row)
        if size >= _MEMBER:
            part.seek(0)
            yield part, size
            part, size = tempfile.TemporaryFile(), 0  # noqa: SIM115
    part.seek(0)
    yield part, size


def _listed(names: list[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def holds_something() -> bool:
    """Whether a brand stands in the database."""
    if "brand" not in connection.introspection.table_names():
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT 1 FROM brand)")
        (found,) = cursor.fetchone()
    return bool(found)


def begin(manifest: dict[str, Any]) -> None:
    """In the caller's transaction: no tables but those of the back-up's version, empty."""
    wanted = [(app, name) for app, name in manifest["migrations"]]
    with connection.cursor() as cursor:
        # Whoever else is connected waits here, not for ever.
        cursor.execute("SET LOCAL lock_timeout = '30s'")
        existing = connection.introspection.table_names(cursor)
        if ours := [name for name in existing if name in {*tables(), "django_migrations"}]:
            cursor.execute(f"DROP TABLE {_listed(ours)} CASCADE")
    executor = MigrationExecutor(connection)
    executor.migrate([name for name in wanted if name in executor.loader.graph.nodes])
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")  # tables come in the order of their names
        cursor.execute(f"TRUNCATE {_listed(sorted(manifest['columns']))} CASCADE")
        for month in manifest["months"]:
            cursor.execute(
                f'CREATE TABLE IF NOT EXISTS "behaviour_m{int(month)}" PARTITION OF behaviour'
                f" FOR VALUES FROM ({int(month)}) TO ({int(month) + 1})"
            )


def read(table: str, columns: list[str], file: Readable) -> None:
    """Take one member of a table in."""
    import psycopg

    raw: Any = connection.connection
    with psycopg.Cursor(raw).copy(f'COPY "{table}" ({_listed(columns)}) FROM STDIN') as rows:
        while block := file.read(_BLOCK):
            rows.write(block)


def finish() -> None:
    """After the rows: references hold, numbers go on, tables are brought up to this version."""
    from django.apps import apps

    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for statement in connection.ops.sequence_reset_sql(no_style(), apps.get_models(include_auto_created=True)):
            cursor.execute(statement)
    call_command("migrate", verbosity=0, interactive=False)


def atomic() -> Any:
    """The one transaction of a restore."""
    return transaction.atomic()
