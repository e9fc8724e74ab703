"""Whether the mirror says what the database says, and whether rows point at rows that are there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.db import connection

from perennial.facts.models.loop import Dirty
from perennial.figures.queries.mirror import folder, manifest, months_of, undisturbed
from perennial.figures.queries.stage import Stage, stage
from perennial.figures.rules.manifest import TABLES, Manifest
from perennial.figures.rules.mirrored import Mirrored, empty
from perennial.insight.tables import SCHEMA

if TYPE_CHECKING:
    import duckdb

_TRIES = 5


@dataclass(frozen=True, slots=True)
class Found:
    """One comparison: ``differs`` says how (empty: equal); ``waiting``: the month is dirty, so it may."""

    table: str
    month: int
    rows: int
    mirrored: int
    differs: str = ""
    waiting: bool = False


@dataclass(frozen=True, slots=True)
class Orphans:
    """Rows of ``table`` whose ``points_at`` is not there."""

    table: str
    points_at: str
    rows: int


def compare_mirror(brand_id: int) -> Iterator[Found]:
    """Read every month of every table from the database again and compare it with its file, row by row.

    Rows are compared by a hash over all columns, sums are told where they differ. Months that are dirty now,
    or become so while they are read, differ rightly.
    """
    listed = manifest(brand_id) or Manifest("")
    with stage(brand_id) as (held, engine):
        for name, table in TABLES.items():
            for month in sorted({*months_of(brand_id, table), *listed.parts.get(name, {})}):
                yield _compare(brand_id, table, month, held, engine)


def _compare(brand_id: int, table: Mirrored, month: int, held: Stage, engine: duckdb.DuckDBPyConnection) -> Found:
    for _ in range(_TRIES):
        with undisturbed(brand_id):
            file = _file(brand_id, table.name, month)
            found = _once(brand_id, table, month, file, held, engine)
        waiting = Dirty.objects.filter(brand_id=brand_id, table=table.name, month=month).exists()
        if not found.differs or waiting or file == _file(brand_id, table.name, month):
            break  # else the loop wrote the month between our two looks
    return replace(found, waiting=waiting)


def _file(brand_id: int, table: str, month: int) -> str | None:
    listed = manifest(brand_id)
    return listed.parts.get(table, {}).get(month) if listed else None


def _once(  # noqa: PLR0917  # what is compared, and with what
    brand_id: int,
    table: Mirrored,
    month: int,
    file: str | None,
    held: Stage,
    engine: duckdb.DuckDBPyConnection,
) -> Found:
    there = folder(brand_id) / file if file else None
    engine.execute(f"CREATE OR REPLACE TEMP TABLE expected AS {held.of_month(table, month)}")
    held.forget()
    expected = _digest(engine, table.name, "expected")
    if there is not None and not there.exists():
        return Found(table.name, month, expected["rows"], 0, "the file is missing")
    path = str(there).replace("'", "''")
    source = empty(table.name) if there is None else f"SELECT * FROM read_parquet('{path}')"  # noqa: S608
    actual = _digest(engine, table.name, f"({source})")
    different = [
        f"{column} {actual[column]} instead of {expected[column]}"
        for column in expected
        if actual[column] != expected[column] and column != "hash"
    ]
    if not different and actual["hash"] != expected["hash"]:
        different = ["rows differ, sums do not"]
    return Found(table.name, month, expected["rows"], actual["rows"], ", ".join(different))


def _digest(engine: duckdb.DuckDBPyConnection, table: str, source: str) -> dict[str, int]:
    """Rows, the sum of each number and a hash over all rows, whatever their order."""
    numbers = [column for column, kind in SCHEMA[table].items() if kind == "int64"]
    sums = ", ".join(f'coalesce(sum("{column}"::HUGEINT), 0) AS "sum of {column}"' for column in numbers)
    # A sum of hashes, not their xor: two equal rows too many would cancel each other.
    columns = ", ".join(f'"{column}"' for column in SCHEMA[table])
    result = engine.execute(
        f"SELECT count(*) AS rows, {sums}, coalesce(sum(hash({columns})::HUGEINT), 0) AS hash FROM {source}"  # noqa: S608
    )
    names = [column[0] for column in result.description or []]
    (values,) = result.fetchall()
    return {name: int(value) for name, value in zip(names, values, strict=True)}


# (table, column, what it points at, condition): every reference that no foreign key guards.
_REFERENCES = (
    ("line", "order_id", "order", ""),
    ("refund", "order_id", "order", "AND NOT c.waiting"),
    ("refund_line", "refund_id", "refund", ""),
    ("fulfilment", "order_id", "order", "AND NOT c.waiting"),
    ("variant", "product_id", "product", ""),
    ("order", "customer_id", "customer", "AND c.customer_id IS NOT NULL"),
    ("identity", "customer_id", "customer", ""),
    ("consent", "customer_id", "customer", ""),
    ("sighting", "customer_id", "customer", ""),
    ("alias", "id", "customer", ""),
    ("alias", "person_id", "customer", ""),
    ("pending", "event_id", "event", ""),
    ("customer_figures", "id", "customer", ""),
)


def orphans(brand_id: int) -> Iterator[Orphans]:
    """Each kind of reference, and how many of its rows point at nothing."""
    with connection.cursor() as cursor:
        for table, column, target, condition in _REFERENCES:
            cursor.execute(
                f'SELECT count(*) FROM "{table}" c LEFT JOIN "{target}" p ON p.id = c.{column} '  # noqa: S608
                f"WHERE c.brand_id = %s AND p.id IS NULL {condition}",
                [brand_id],
            )
            (rows,) = cursor.fetchone()
            yield Orphans(table, f"{target} by {column}", int(rows))
