"""The rows that a recording left, taken out of one database and written barely into another.

The bare writer is the physical limit: the same rows into the same tables with the same indexes, by sqlite3's
executemany or PostgreSQL's COPY, with no look at what they mean. Run with the environment of one database.
"""

from __future__ import annotations

import pickle
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

Tables = dict[str, tuple[list[str], list[tuple[Any, ...]]]]
_AT_ONCE = 5_000


def start() -> None:
    """Django on the database of the environment, its tables made."""
    from perennial.database.start import start as bring_up

    bring_up()


def tables() -> list[str]:
    """All tables with rows that are facts or follow from them, brands and stores first."""
    from django.apps import apps

    return [model._meta.db_table for model in apps.get_app_config("perennial").get_models()]


def read() -> Tables:
    """Every row of every table, JSON as text."""
    from django.apps import apps
    from django.db import connection

    found: Tables = {}
    for model in apps.get_app_config("perennial").get_models():
        columns = [field.column for field in model._meta.local_concrete_fields if field.column]
        listed = ", ".join(
            f'"{c}"::text' if _json(model, c) and connection.vendor != "sqlite" else f'"{c}"' for c in columns
        )
        order = ' ORDER BY "id"' if "id" in columns else ""
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT {listed} FROM "{model._meta.db_table}"{order}')
            if rows := cursor.fetchall():
                found[model._meta.db_table] = (columns, [tuple(row) for row in rows])
    return found


def _json(model: Any, column: str) -> bool:
    return any(f.column == column and f.get_internal_type() == "JSONField" for f in model._meta.local_concrete_fields)


def keep(path: Path, first: Tables) -> int:
    """Keep all rows but those of ``first`` (there before) for `bare`; how many there are."""
    found = read()
    before = {name: {row[0] for row in rows} for name, (_, rows) in first.items()}
    new = {
        name: (columns, [row for row in rows if row[0] not in before.get(name, ())])
        for name, (columns, rows) in found.items()
    }
    path.write_bytes(pickle.dumps((first, new)))
    return sum(len(rows) for _, rows in new.values())


def bare(*, path: str, cuts: Sequence[int] | None = None) -> dict[str, Any]:
    """Write the kept rows. ``cuts``: ids between which lies one transaction each; None: a few thousand rows each.

    Durability as `record` has it: every commit on disk for single orders; for a bulk on SQLite as
    `record_stream`, without a sync per commit.
    """
    from django.db import connection

    start()
    first, new = pickle.loads(Path(path).read_bytes())
    count = sum(len(rows) for _, rows in new.values())
    writer = _sqlite if connection.vendor == "sqlite" else _postgres
    return {"rows": count, "seconds": writer(first, new, cuts), "transactions": len(cuts) - 1 if cuts else 0}


def _single(new: Tables, cuts: Sequence[int]) -> list[list[tuple[str, list[str], list[tuple[Any, ...]]]]]:
    """The rows of each transaction, by the ids that were made in it; a table without ids goes with the first."""
    from bisect import bisect_right

    parts: list[dict[str, list[tuple[Any, ...]]]] = [{} for _ in range(len(cuts) - 1)]
    for name, (columns, rows) in new.items():
        place = columns.index("id") if "id" in columns else -1
        for row in rows:
            at = min(max(bisect_right(cuts, row[place]) - 1, 0), len(parts) - 1) if place >= 0 else 0
            parts[at].setdefault(name, []).append(row)
    return [[(name, new[name][0], rows) for name, rows in part.items()] for part in parts]


def _bulks(new: Tables) -> Iterator[list[tuple[str, list[str], list[tuple[Any, ...]]]]]:
    for name, (columns, rows) in new.items():
        for start_ in range(0, len(rows), _AT_ONCE):
            yield [(name, columns, rows[start_ : start_ + _AT_ONCE])]


def _insert(name: str, columns: list[str], mark: str) -> str:
    listed = ", ".join(f'"{column}"' for column in columns)
    return f'INSERT INTO "{name}" ({listed}) VALUES ({", ".join([mark] * len(columns))})'


def _sqlite(first: Tables, new: Tables, cuts: Sequence[int] | None) -> float:
    from django.conf import settings

    from bench.child import timed

    database = settings.DATABASES["default"]
    with closing(sqlite3.connect(database["NAME"], isolation_level=None)) as connection:
        connection.executescript(database["OPTIONS"]["init_command"])
        connection.execute("PRAGMA wal_autocheckpoint=1000")  # SQLite's own: nobody else folds the log here
        if cuts is None:
            connection.execute("PRAGMA synchronous=NORMAL")
        for name, (columns, rows) in first.items():
            connection.executemany(_insert(name, columns, "?").replace("INSERT", "INSERT OR IGNORE", 1), rows)
        parts = list(_bulks(new)) if cuts is None else _single(new, cuts)
        with timed() as clock:
            for part in parts:
                connection.execute("BEGIN IMMEDIATE")
                for name, columns, rows in part:
                    connection.executemany(_insert(name, columns, "?"), rows)
                connection.execute("COMMIT")
    return clock.seconds


def _postgres(first: Tables, new: Tables, cuts: Sequence[int] | None) -> float:
    import psycopg
    from django.conf import settings

    from bench.child import timed

    with psycopg.connect(settings.PERENNIAL_DATABASE_URL, autocommit=True) as connection, connection.cursor() as cursor:
        for name, (columns, rows) in first.items():
            cursor.executemany(_insert(name, columns, "%s") + " ON CONFLICT DO NOTHING", rows)
        if cuts is None:
            texts = {name: _copied(columns, rows) for name, (columns, rows) in new.items()}
            with timed() as clock:
                for name, (columns, _) in new.items():
                    listed = ", ".join(f'"{column}"' for column in columns)
                    with cursor.copy(f'COPY "{name}" ({listed}) FROM STDIN') as copy:
                        for chunk in texts[name]:
                            copy.write(chunk)
            return clock.seconds
        parts = _single(new, cuts)
        with timed() as clock:
            for part in parts:
                with connection.transaction():
                    for name, columns, rows in part:
                        cursor.executemany(_insert(name, columns, "%s"), rows)
    return clock.seconds


_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def _copied(columns: list[str], rows: list[tuple[Any, ...]]) -> list[bytes]:
    """COPY's text format, made before the clock runs: the limit is the database's, not Python's."""
    del columns
    return [
        "".join("\t".join(map(_cell, row)) + "\n" for row in rows[at : at + _AT_ONCE]).encode()
        for at in range(0, len(rows), _AT_ONCE)
    ]


def _cell(value: object) -> str:
    if value is None:
        return "\\N"
    if isinstance(value, bool):
        return "t" if value else "f"
    return str(value).translate(_ESCAPES)
