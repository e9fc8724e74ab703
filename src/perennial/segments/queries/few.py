"""Histories of few people, fast: everything that does not depend on who they are is made ready once and kept.

A thread keeps a DuckDB of its own with every table, empty, and the statements over them. A question fills the tables
it needs in a transaction, reads, and takes the transaction back: nothing of anybody stays.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from django.conf import settings

from perennial.database.few import few
from perennial.figures.queries.stage import CUSTOMERS_AT_ONCE, EVER, duck
from perennial.figures.rules.manifest import TABLES
from perennial.figures.rules.mirrored import empty
from perennial.insight.tables import SCHEMA, Tables
from perennial.segments.compile.histories import Reading, gathered, readings
from perennial.segments.rules.history import History
from perennial.segments.rules.tables import BESIDE, Beside

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

_OF_ORDERS = ("lines", "refunds", "refund_lines", "fulfilments")
_ALWAYS = ("aliases", "customers")
_TYPES = {"int64": "BIGINT", "string": "VARCHAR", "boolean": "BOOLEAN", "float64": "DOUBLE"}


@cache
def _statements() -> tuple[tuple[Reading, str], ...]:
    """Each reading of the tables by their names, and its statement: a second of work that all threads share."""
    import ibis

    t = Tables(**{name: ibis.table(dict(columns), name=name) for name, columns in SCHEMA.items()})
    beside = Beside(**{name: ibis.table(dict(columns), name=name) for name, columns in BESIDE.items()})
    return tuple((one, str(ibis.to_sql(one.rows, dialect="duckdb"))) for one in readings(t, beside))


class _Kept:
    """A DuckDB with the tables, and the statement of each reading, prepared."""

    def __init__(self) -> None:
        self.owner, self.home = os.getpid(), settings.PERENNIAL_HOME
        self.engine: duckdb.DuckDBPyConnection = duck(self.home)
        # For a few rows, threads and a better plan would cost far more than they bring.
        self.engine.execute("SET threads = 1")
        self.engine.execute("PRAGMA disable_optimizer")
        for name in SCHEMA:
            self.engine.execute(f'CREATE TABLE "{name}" AS {empty(name)}')
        for name, columns in BESIDE.items():
            listed = ", ".join(f'"{column}" {_TYPES[type_]}' for column, type_ in columns.items())
            self.engine.execute(f'CREATE TABLE "{name}" ({listed})')
        for one, statement in _statements():
            self.engine.execute(f"PREPARE read_{one.field} AS {statement}")
        self._raw: dict[tuple[str, ...], str] = {}

    def ready_for(self, name: str, rows: pa.Table) -> str:
        """The table that takes what the database gave, and has a prepared statement from there to ``name``.

        One for each set of types that was seen: SQLite cannot tell those of columns without a value. Call it outside
        of a transaction that is taken back.
        """
        key = (name, *(f"{field.name} {field.type}" for field in rows.schema))
        if key not in self._raw:
            raw = f"raw_{len(self._raw)}"
            columns = ", ".join(f'"{column}"' for column in SCHEMA[name])
            shaped = TABLES[name].shaped(raw, *EVER)
            self.engine.register("slice", rows)
            self.engine.execute(f"CREATE TABLE {raw} AS FROM slice LIMIT 0")
            self.engine.execute(f'PREPARE of_{raw} AS INSERT INTO "{name}" ({columns}) {shaped}')
            self.engine.unregister("slice")
            self._raw[key] = raw
        return self._raw[key]


_mine = threading.local()


def _kept() -> _Kept:
    held: _Kept | None = getattr(_mine, "kept", None)
    # A forked child has no threads of its parent's engine; tests move the home.
    if held is None or held.owner != os.getpid() or held.home != settings.PERENNIAL_HOME:
        held = _mine.kept = _Kept()
    return held


def histories_of_few(
    *, brand_id: int, customers: Sequence[int], names: Collection[str], beside: Mapping[str, pa.Table]
) -> dict[int, History]:
    """The histories of the people these customers are, from the tables ``names`` and the rows ``beside``.

    The cost is that of these people's facts, and of a few statements.
    """
    kept, found = _kept(), list(_raw_rows(brand_id, customers, names))
    slices = [(name, kept.ready_for(name, rows), rows) for name, rows in found]
    kept.engine.execute("BEGIN")
    try:
        for _, raw, rows in slices:
            _take(kept.engine, raw, rows)
        for raw in dict.fromkeys(raw for _, raw, _ in slices):
            kept.engine.execute(f"EXECUTE of_{raw}")
        held = {name: rows for name, rows in beside.items() if rows.num_rows}
        for name, rows in held.items():
            _take(kept.engine, name, rows)
        return gathered(_read(kept, {*held, *(name for name, _, _ in slices)}))
    finally:
        kept.engine.execute("ROLLBACK")


def _take(engine: duckdb.DuckDBPyConnection, table: str, rows: pa.Table) -> None:  # noqa: ARG001  # by name
    # DuckDB finds ``rows`` in this frame: to register a name would have every prepared statement planned anew.
    engine.execute(f'INSERT INTO "{table}" FROM rows')  # one of our tables


def _read(kept: _Kept, filled: set[str]) -> Iterator[tuple[Reading, list[tuple[Any, ...]]]]:
    for one, _ in _statements():
        if one.of in filled:
            yield one, kept.engine.execute(f"EXECUTE read_{one.field}").fetchall()


def _raw_rows(brand_id: int, customers: Sequence[int], names: Collection[str]) -> Iterator[tuple[str, pa.Table]]:
    """What the database has of these customers, table by table, as far as there is anything."""
    wanted = {*_ALWAYS, *names}
    filled = set()
    for name, table in TABLES.items():
        if name not in wanted or table.by_customer is None:
            continue
        if name in _OF_ORDERS and "orders" in wanted and "orders" not in filled:
            continue  # without an order there is none of these
        for start in range(0, len(customers), CUSTOMERS_AT_ONCE):
            rows = few(table.of_customers(brand_id, list(customers[start : start + CUSTOMERS_AT_ONCE])))
            if rows.num_rows:
                filled.add(name)
                yield name, rows
