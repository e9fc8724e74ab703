"""Set-based reading and writing: one statement for many rows, the same on SQLite and PostgreSQL.

Rows are plain tuples in the order of ``columns``; instants are microseconds, JSON is text (`as_json`).
Call inside a transaction. Table and column names come from the models, never from outside.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any

from django.db import connection, models

Row = Sequence[Any]
_AT_ONCE = 5_000  # rows per statement on PostgreSQL: bounds the size of one message


def as_json(value: object) -> str | None:
    """JSON text for a JSON column; None stays null."""
    return None if value is None else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


@lru_cache(maxsize=512)
def columns_of(model: type[models.Model]) -> tuple[str, ...]:
    """The columns of a table, in the order of its model."""
    return tuple(field.column for field in model._meta.local_concrete_fields if field.column)


@lru_cache(maxsize=512)
def _array_casts(model: type[models.Model], columns: tuple[str, ...]) -> str:
    casts = []
    by_column = {field.column: field for field in model._meta.local_concrete_fields}
    for column in columns:
        kind = str(by_column[column].db_type(connection)).split("(")[0]
        casts.append({"jsonb": "%s::text[]::jsonb[]", "varchar": "%s::text[]"}.get(kind, f"%s::{kind}[]"))
    return ", ".join(casts)


def _write(model: type[models.Model], columns: tuple[str, ...], rows: Sequence[Row], tail: str) -> int:
    """Insert ``rows`` with a conflict clause; gives back how many rows were written."""
    if not rows:
        return 0
    head = f'INSERT INTO "{model._meta.db_table}" ({_quoted(columns)})'
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            marks = ", ".join(["%s"] * len(columns))
            cursor.executemany(f"{head} VALUES ({marks}){tail}", rows)
            return int(cursor.rowcount)
        written = 0
        casts = _array_casts(model, columns)
        waiting = iter(rows)
        while part := list(islice(waiting, _AT_ONCE)):
            arrays = [list(values) for values in zip(*part, strict=True)]
            cursor.execute(f"{head} SELECT * FROM unnest({casts}){tail}", arrays)
            written += int(cursor.rowcount)
        return written


def insert(model: type[models.Model], columns: tuple[str, ...], rows: Sequence[Row]) -> int:
    """Insert rows that are known to be new."""
    return _write(model, columns, rows, "")


def insert_missing(model: type[models.Model], columns: tuple[str, ...], rows: Sequence[Row]) -> int:
    """Insert the rows that no unique key has yet; leave the others as they are."""
    return _write(model, columns, rows, " ON CONFLICT DO NOTHING")


def upsert(
    model: type[models.Model],
    columns: tuple[str, ...],
    rows: Sequence[Row],
    *,
    key: tuple[str, ...],
    change: Mapping[str, str] | None = None,
    where: str = "",
) -> int:
    """Insert, or on a conflict of ``key`` set the columns of ``change`` (SQL over ``excluded``).

    Without ``change`` all columns but the key and the id are replaced. No two rows may share a key.
    """
    sets = change or {column: f'excluded."{column}"' for column in columns if column not in {*key, "id"}}
    listed = ", ".join(f'"{column}" = {value}' for column, value in sets.items())
    condition = f" WHERE {where}" if where else ""
    tail = f" ON CONFLICT ({_quoted(key)}) DO UPDATE SET {listed}{condition}"
    return _write(model, columns, rows, tail)


def _where(column: str, fixed: Iterable[str]) -> str:
    """The condition of a look-up: ``fixed`` columns equal, ``column`` among many."""
    if connection.vendor != "sqlite":
        return " AND ".join([*(f'"{name}" = %s' for name in fixed), f'"{column}" = ANY(%s)'])
    # Without statistics SQLite may prefer an index on the brand to the primary key: "+" takes it out of the choice.
    hidden = "+" if column == "id" else ""
    listed = f'"{column}" IN (SELECT value FROM json_each(%s))'
    return " AND ".join([*(f'{hidden}"{name}" = %s' for name in fixed), listed])


def _values(keys: Iterable[int | str]) -> Any:
    listed = list(keys)
    return json.dumps(listed) if connection.vendor == "sqlite" else listed


def fetch(
    model: type[models.Model],
    columns: Sequence[str],
    column: str,
    keys: Iterable[int | str],
    *,
    equal: Mapping[str, Any] | None = None,
    lock: bool = False,
) -> list[tuple[Any, ...]]:
    """Rows of the table whose ``column`` is among ``keys`` and whose other columns are ``equal``.

    ``lock`` holds them until the transaction ends (PostgreSQL; on SQLite the transaction already does).
    """
    keys = list(keys)
    if not keys:
        return []
    fixed = dict(equal or {})
    where = _where(column, fixed)
    # A stated order, so that two processes that lock the same rows never wait for each other in a ring.
    tail = ' ORDER BY "id" FOR UPDATE' if lock and connection.vendor != "sqlite" else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT {_quoted(columns)} FROM "{model._meta.db_table}" WHERE {where}{tail}',
            [*fixed.values(), _values(keys)],
        )
        return list(cursor.fetchall())


def change(
    model: type[models.Model],
    sets: Mapping[str, Any],
    column: str,
    keys: Iterable[int | str],
    *,
    equal: Mapping[str, Any] | None = None,
) -> int:
    """Set columns on the rows whose ``column`` is among ``keys``; gives back how many there were."""
    keys = list(keys)
    if not keys:
        return 0
    fixed = dict(equal or {})
    listed = ", ".join(f'"{name}" = %s' for name in sets)
    where = _where(column, fixed)
    with connection.cursor() as cursor:
        cursor.execute(
            f'UPDATE "{model._meta.db_table}" SET {listed} WHERE {where}',
            [*sets.values(), *fixed.values(), _values(keys)],
        )
        return int(cursor.rowcount)


def remove(model: type[models.Model], column: str, keys: Iterable[int | str], *, equal: Mapping[str, Any]) -> int:
    """Delete the rows whose ``column`` is among ``keys``; gives back how many there were."""
    keys = list(keys)
    if not keys:
        return 0
    where = _where(column, equal)
    with connection.cursor() as cursor:
        cursor.execute(f'DELETE FROM "{model._meta.db_table}" WHERE {where}', [*equal.values(), _values(keys)])
        return int(cursor.rowcount)
