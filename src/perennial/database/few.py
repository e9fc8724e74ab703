"""A few rows as Arrow on Django's own connection: for them, opening another one would cost far more than reading."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa


def few(sql: str) -> pa.Table:
    """The rows of one SELECT. Integers, booleans and text only: nothing else is the same on both databases.

    A column without any value is one of integers where the database does not say of what it is (SQLite), as it is
    for `database.arrow`.
    """
    import pyarrow as pa
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(sql)
        described, rows = cursor.description, cursor.fetchall()
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(described)
    oids = _types() if connection.vendor == "postgresql" else {}
    arrays = [pa.array(held, oids.get(one[1]) or _seen(held)) for one, held in zip(described, columns, strict=True)]
    return pa.Table.from_arrays(arrays, names=[one[0] for one in described])


def _types() -> dict[Any, pa.DataType]:
    """By PostgreSQL's numbers of its types (``pg_type``)."""
    import pyarrow as pa

    whole, text = dict.fromkeys((20, 21, 23), pa.int64()), dict.fromkeys((25, 1042, 1043), pa.string())
    return {16: pa.bool_(), **whole, **text}


def _seen(held: tuple[Any, ...]) -> pa.DataType | None:
    """Integers where there is nothing; else as Arrow finds it."""
    import pyarrow as pa

    return pa.int64() if all(value is None for value in held) else None
