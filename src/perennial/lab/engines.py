"""Tables of the schema from Parquet files, on DuckDB or on an engine that is given (Spark, any of Ibis).

A table without files is empty. A column that files lack is null, but for those without which a table says
nothing (`ESSENTIAL`). Columns of other types are cast.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perennial.insight.tables import SCHEMA, Tables
from perennial.lab.faults import Unopened

if TYPE_CHECKING:
    import ibis.expr.types as ir

ESSENTIAL: Mapping[str, tuple[str, ...]] = {
    "customers": ("customer_id",),
    "aliases": ("customer_id", "person_id"),
    "orders": ("order_id", "customer_id", "ordered_at", "ordered_day", "net"),
    "lines": ("line_id", "order_id", "ordered_at", "ordered_day", "kind", "quantity", "net"),
    "refunds": ("refund_id", "order_id", "refunded_at", "refunded_day", "net"),
    "refund_lines": ("refund_id", "line_id", "order_id", "refunded_at", "refunded_day", "quantity", "net"),
    "fulfilments": ("order_id",),
    "products": ("product_id",),
    "behaviour": ("kind", "at", "day"),
    "visitors": ("visitor_id", "customer_id", "from_at", "to_at"),
    "tickets": ("ticket_id", "opened_at", "opened_day"),
    "ratings": ("rating_id", "rated_at", "rated_day", "score"),
    "spend": ("day", "amount"),
}
# Files up to this many bytes are read into memory once: every answer then starts from there.
IN_MEMORY = 256 << 20

_NUMBERS = count(1)
Files = Mapping[str, Sequence[Path]]


def connect(engine: Any = None) -> Any:
    """An Ibis backend: DuckDB in memory, or the one given; a Spark session is wrapped."""
    import ibis

    if engine is None:
        return ibis.duckdb.connect()
    if type(engine).__module__.startswith("pyspark."):
        return ibis.pyspark.connect(engine)
    if hasattr(engine, "read_parquet") and hasattr(engine, "table"):
        return engine
    raise TypeError(f"{engine!r} is no engine: give a Spark session or an Ibis backend, such as ibis.duckdb.connect()")


def tables_of(files: Files, backend: Any) -> Tables:
    """The schema over ``files``."""
    if backend.name == "duckdb":
        return _on_duckdb(files, backend)
    return Tables(**{name: _on_any(name, list(files.get(name, ())), backend) for name in SCHEMA})


def tables_of_views(views: Mapping[str, str], backend: Any, folder: Path) -> Tables:
    """The schema from a SELECT per table over Parquet in ``folder``, on DuckDB."""
    size = sum(file.stat().st_size for file in folder.rglob("*.parquet"))
    kind = "TABLE" if size <= IN_MEMORY else "VIEW"
    for name in SCHEMA:
        backend.con.execute(f'CREATE {kind} "{name}" AS {views[name]}')
    return Tables(**{name: backend.table(name) for name in SCHEMA})


@contextmanager
def kept(table: ir.Table, backend: Any) -> Iterator[ir.Table]:
    """``table`` worked out once, for several questions: DuckDB keeps its rows; elsewhere it is asked anew."""
    if backend.name != "duckdb":
        yield table
        return
    # Ibis's own cache() cannot drop what it made with the sqlglot of these versions.
    name = f"kept_{next(_NUMBERS)}"
    backend.con.execute(f'CREATE TEMP TABLE "{name}" AS {backend.compile(table)}')
    try:
        yield backend.table(name)
    finally:
        backend.con.execute(f'DROP TABLE "{name}"')


def _on_duckdb(files: Files, backend: Any) -> Tables:
    from perennial.figures.rules.mirrored import empty

    connection = backend.con
    size = sum(file.stat().st_size for of in files.values() for file in of)
    kind = "TABLE" if size <= IN_MEMORY else "VIEW"
    # An engine that was given may hold other tables: ours stand in a schema of their own.
    schema = _free_schema(connection)
    connection.execute(f'CREATE SCHEMA "{schema}"')
    for name, columns in SCHEMA.items():
        paths = files.get(name, ())
        if not paths:
            connection.execute(f'CREATE VIEW "{schema}"."{name}" AS {empty(name)}')
            continue
        listed = ", ".join("'{}'".format(str(path).replace("'", "''")) for path in paths)
        # Months are in the files' names; as columns of the folders they would only be in the way.
        read = f"read_parquet([{listed}], hive_partitioning = false, union_by_name = {len(paths) < _MANY})"
        there = [row[0] for row in _executed(connection, name, f"DESCRIBE FROM {read}", paths)]
        _check(name, there, paths)
        chosen = ", ".join(_cast(c, t, there=c in there) for c, t in columns.items())
        select = f"SELECT {chosen} FROM {read}"  # noqa: S608  # names of the schema; paths are quoted
        _executed(connection, name, f'CREATE {kind} "{schema}"."{name}" AS {select}', paths)
    return Tables(**{name: backend.table(name, database=schema) for name in SCHEMA})


_MANY = 200  # from so many files on, one shape is taken for granted: looking into each takes long
_DUCK = {"int64": "BIGINT", "string": "VARCHAR", "boolean": "BOOLEAN"}


def _cast(column: str, kind: str, *, there: bool) -> str:
    value = f'"{column}"' if there else "NULL"
    return f'CAST({value} AS {_DUCK[kind]}) AS "{column}"'


def _free_schema(connection: Any) -> str:
    taken = {row[0] for row in connection.execute("SELECT schema_name FROM information_schema.schemata").fetchall()}
    number = next(n for n in range(1, len(taken) + 2) if f"shop_{n}" not in taken)
    return f"shop_{number}"


def _executed(connection: Any, table: str, sql: str, paths: Sequence[Path]) -> list[tuple[Any, ...]]:
    import duckdb

    try:
        rows: list[tuple[Any, ...]] = connection.execute(sql).fetchall()
    except duckdb.Error as wrong:
        first = str(wrong).splitlines()[0]
        place = paths[0] if len(paths) == 1 else paths[0].parent
        raise Unopened(place, f"table {table} cannot be read: {first}", "write the Parquet file again") from wrong
    return rows


def _on_any(name: str, paths: list[Path], backend: Any) -> ir.Table:
    import ibis

    columns = SCHEMA[name]
    if not paths:
        return _nothing(columns)
    table = _read(name, paths, backend)
    _check(name, table.columns, paths)
    return table.select(**{c: table[c].cast(t) if c in table.columns else ibis.null(t) for c, t in columns.items()})


def _read(name: str, paths: list[Path], backend: Any) -> ir.Table:
    if backend.name != "pyspark":
        return backend.read_parquet([str(path) for path in paths])
    # Spark takes several files as several arguments, which Ibis does not pass on.
    view = f"{name}_{next(_NUMBERS)}"
    backend._session.read.parquet(*(str(path.absolute()) for path in paths)).createOrReplaceTempView(view)  # noqa: SLF001  # Ibis has no other way to it
    return backend.table(view)


def _nothing(columns: Mapping[str, str]) -> ir.Table:
    """No rows, on whatever engine it meets."""
    import ibis
    import pyarrow as pa

    kinds = {"int64": pa.int64(), "string": pa.string(), "boolean": pa.bool_()}
    return ibis.memtable(pa.schema([(c, kinds[t]) for c, t in columns.items()]).empty_table())


def _check(name: str, there: Sequence[str], paths: Sequence[Path]) -> None:
    missing = [column for column in ESSENTIAL[name] if column not in there]
    if missing:
        what = f"table {name} lacks {', '.join(missing)}"
        raise Unopened(paths[0], what, f"columns of {name}: {', '.join(SCHEMA[name])}")
