"""From the database to mirrored tables: read by ADBC in slices, shaped by DuckDB."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from perennial.database.arrow import Source, source
from perennial.figures.rules.mirrored import MACROS, Mirrored, empty, month_days

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

SLICE = 50_000  # orders (or rows) read in one statement: well under a second on SQLite
CUSTOMERS_AT_ONCE = 500
EVER = (-(2**31), 2**31)


def duck(home: Path) -> duckdb.DuckDBPyConnection:
    """A DuckDB in memory that spills into the home's own folder and knows how to convert."""
    import duckdb

    spill = home / "tmp"
    spill.mkdir(parents=True, exist_ok=True)
    opened = duckdb.connect(":memory:", config={"temp_directory": str(spill)})
    opened.execute(MACROS)
    return opened


class Stage:
    """One brand's rows on their way into the mirror."""

    def __init__(self, source: Source, duck: duckdb.DuckDBPyConnection, brand_id: int) -> None:
        self._source, self._duck, self._brand = source, duck, brand_id
        self._count = 0

    def of_month(self, table: Mirrored, month: int) -> str:
        """The SELECT, for this stage's DuckDB, of a month of a table as the database has it now."""
        if table.by_id is not None:
            return self._select(table, self._by_id(table, month), *EVER)
        first, last = month_days(month)
        return self._select(table, self._by_day(table, first, last), first, last)

    def of_customers(self, table: Mirrored, customers: list[int]) -> str:
        """The same of all rows of some customers."""
        if table.by_customer is None:
            return empty(table.name)
        return self._select(table, self._by_customers(table, customers), *EVER)

    def forget(self) -> None:
        """Let go of the rows read so far."""
        for count in range(1, self._count + 1):
            self._duck.execute(f"DROP TABLE IF EXISTS raw_{count}")
        self._count = 0

    def _select(self, table: Mirrored, slices: Iterator[pa.Table], first: int, last: int) -> str:
        self._count += 1
        raw, made = f"raw_{self._count}", False
        for rows in slices:
            # An empty slice is left out: SQLite cannot tell the types of columns without rows.
            if rows.num_rows == 0:
                continue
            self._duck.register("slice", rows)
            self._duck.execute(f"INSERT INTO {raw} FROM slice" if made else f"CREATE TABLE {raw} AS FROM slice")
            self._duck.unregister("slice")
            made = True
        return table.shaped(raw, first, last) if made else empty(table.name)

    def _by_day(self, table: Mirrored, first: int, last: int) -> Iterator[pa.Table]:
        assert table.days is not None  # noqa: S101  # a table cut by days has them
        name, column = table.days
        counted = self._source.read(
            f'SELECT {column} AS day, CAST(count(*) AS BIGINT) AS n FROM "{name}" WHERE brand_id = '  # noqa: S608
            f"{self._brand} AND {column} BETWEEN {first} AND {last} GROUP BY {column} ORDER BY {column}"
        )
        for begin, end in _together(counted.column("day").to_pylist(), counted.column("n").to_pylist()):
            yield self._source.read(table.of_days(self._brand, begin, end))

    def _by_id(self, table: Mirrored, month: int) -> Iterator[pa.Table]:
        after = -1
        while True:
            rows = self._source.read(table.of_ids(self._brand, month, after, SLICE))
            yield rows
            if rows.num_rows < SLICE:
                return
            after = rows.column(0)[-1].as_py()

    def _by_customers(self, table: Mirrored, customers: list[int]) -> Iterator[pa.Table]:
        for start in range(0, len(customers), CUSTOMERS_AT_ONCE):
            chosen = customers[start : start + CUSTOMERS_AT_ONCE]
            yield self._source.read(table.of_customers(self._brand, chosen))


def _together(days: list[int], counts: list[int]) -> Iterator[tuple[int, int]]:
    """Runs of days that hold about `SLICE` rows."""
    begin, held = None, 0
    for day, count in zip(days, counts, strict=True):
        begin = day if begin is None else begin
        held += count
        if held >= SLICE:
            yield begin, day
            begin, held = None, 0
    if begin is not None:
        yield begin, days[-1]


@contextmanager
def stage(brand_id: int) -> Iterator[tuple[Stage, duckdb.DuckDBPyConnection]]:
    """Open database and DuckDB for one brand."""
    from django.conf import settings

    with source() as opened:
        engine = duck(settings.PERENNIAL_HOME)
        try:
            yield Stage(opened, engine, brand_id), engine
        finally:
            engine.close()
