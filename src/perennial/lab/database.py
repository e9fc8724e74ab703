"""A Perennial database, copied by ADBC into Parquet, month by month: the same declarations as the mirror's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from perennial.figures.rules.manifest import TABLES
from perennial.figures.rules.mirrored import MACROS, WHOLE, Mirrored, month_days
from perennial.insight.calendar import month_of
from perennial.lab.faults import Unopened

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

SLICE = 50_000  # rows read in one statement: on SQLite a long read holds up the folding of the log
_EVER = (-(2**31), 2**31)
_SCHEMES = ("sqlite:///", "postgresql://", "postgres://")


@dataclass(frozen=True, slots=True)
class Brand:
    """A brand of the database: its sums are in its ``currency``, its days end in its ``zone``."""

    id: int
    key: str
    currency: str
    zone: str


def is_url(source: str) -> bool:
    """Whether ``source`` names a database."""
    return source.startswith(_SCHEMES)


def shown(url: str) -> str:
    """The address without its password."""
    scheme, found, rest = url.partition("://")
    if not found or "@" not in rest:
        return url
    user, _, place = rest.rpartition("@")
    return f"{scheme}://{user.split(':', 1)[0]}@{place}"


def copy(url: str, folder: Path, key: str | None = None) -> tuple[Brand, dict[str, list[Path]]]:
    """Copy a brand's facts into ``folder``. ``key``: which brand, where there are several.

    Each statement sees one moment; the whole copy does not: what is written meanwhile may be partly there.
    """
    import duckdb

    with _opened(url) as read:
        brand = _brand(url, read, key)
        with closing(duckdb.connect(config={"temp_directory": str(folder / "spill")})) as duck:
            duck.execute(MACROS)
            files = {name: list(_table(table, brand.id, read, duck, folder)) for name, table in TABLES.items()}
    return brand, files


class _Reader:
    def __init__(self, connection: Any, *, sqlite: bool) -> None:
        self._connection, self._sqlite = connection, sqlite

    def __call__(self, sql: str) -> pa.Table:
        with closing(self._connection.cursor()) as cursor:
            if self._sqlite:
                # Types are guessed from the first batch of rows: it must be large.
                cursor.adbc_statement.set_options(**{"adbc.sqlite.query.batch_rows": str(SLICE * 2)})
            cursor.execute(sql)
            return cursor.fetch_arrow_table()


@contextmanager
def _opened(url: str) -> Iterator[_Reader]:
    if url.startswith("sqlite:///"):
        path = Path(url.removeprefix("sqlite:///"))
        if not path.is_file():
            raise Unopened(
                path, "there is no such database", "check the address: sqlite:///relative or sqlite:////absolute"
            )
        import adbc_driver_sqlite.dbapi as sqlite

        with closing(sqlite.connect(f"file:{quote(str(path))}?mode=ro")) as connection:
            yield _Reader(connection, sqlite=True)
        return
    try:
        import adbc_driver_postgresql.dbapi as postgresql
    except ImportError:
        raise Unopened(
            shown(url), "PostgreSQL cannot be read here", "pip install 'perennial-retention[postgres]'"
        ) from None
    try:
        connection = postgresql.connect(url, autocommit=True)
    except postgresql.Error as wrong:
        raise Unopened(shown(url), f"no connection: {_first_line(wrong)}", "check the address") from wrong
    with closing(connection):
        yield _Reader(connection, sqlite=False)


def _brand(url: str, read: _Reader, key: str | None) -> Brand:
    from adbc_driver_manager import Error

    try:
        rows = read("SELECT id, key, currency, zone FROM brand ORDER BY id").to_pylist()
    except Error as wrong:
        remedy = "give the address of a database that perennial serve or perennial import has made"
        raise Unopened(shown(url), f"this is no Perennial database: {_first_line(wrong)}", remedy) from wrong
    brands = [Brand(**row) for row in rows]
    if not brands:
        raise Unopened(shown(url), "the database holds no brand", "import orders first: perennial import orders.csv")
    if key is None and len(brands) == 1:
        return brands[0]
    for brand in brands:
        if brand.key == key:
            return brand
    listed = ", ".join(brand.key for brand in brands)
    problem = "it holds several brands" if key is None else f"it holds no brand {key!r}"
    raise Unopened(shown(url), problem, f"say brand= one of: {listed}")


def _first_line(wrong: Exception) -> str:
    return (str(wrong).splitlines() or [type(wrong).__name__])[0]


def _table(table: Mirrored, brand: int, read: _Reader, duck: duckdb.DuckDBPyConnection, folder: Path) -> Iterator[Path]:
    (folder / table.name).mkdir(parents=True, exist_ok=True)
    for month in _months(table, brand, read):
        slices = _by_id(table, brand, month, read) if table.by_id else _by_day(table, brand, month, read)
        path = folder / table.name / f"month={month}.parquet"
        first, last = _EVER if table.by_id else month_days(month)
        if _staged(slices, duck):
            shaped = table.shaped("raw_rows", first, last)
            target = str(path).replace("'", "''")
            duck.execute(f"COPY ({shaped}) TO '{target}' (FORMAT parquet, COMPRESSION zstd)")
            duck.execute("DROP TABLE raw_rows")
            yield path


def _staged(slices: Iterator[pa.Table], duck: duckdb.DuckDBPyConnection) -> bool:
    made = False
    for rows in slices:
        # SQLite cannot tell the types of columns without rows: an empty slice would spoil the table.
        if rows.num_rows == 0:
            continue
        duck.register("piece", rows)
        duck.execute("INSERT INTO raw_rows FROM piece" if made else "CREATE TABLE raw_rows AS FROM piece")
        duck.unregister("piece")
        made = True
    return made


def _months(table: Mirrored, brand: int, read: _Reader) -> list[int]:
    if table.days is None:
        return [WHOLE]
    name, column = table.days
    # One look-up in the index per month that has rows.
    months: list[int] = []
    after = _EVER[0]
    while True:
        sql = f'SELECT min({column}) AS first FROM "{name}" WHERE brand_id = {brand} AND {column} >= {after}'  # noqa: S608
        (found,) = read(sql).column(0).to_pylist()
        if found is None:
            return months
        month = int(found) if table.by_id else month_of(int(found))
        months.append(month)
        after = month + 1 if table.by_id else month_days(month)[1] + 1


def _by_id(table: Mirrored, brand: int, month: int, read: _Reader) -> Iterator[pa.Table]:
    after = -1
    while True:
        rows = read(table.of_ids(brand, month, after, SLICE))
        yield rows
        if rows.num_rows < SLICE:
            return
        after = rows.column(0)[-1].as_py()


def _by_day(table: Mirrored, brand: int, month: int, read: _Reader) -> Iterator[pa.Table]:
    # A refund's source gives all refunds of the orders concerned, so slices may repeat rows: the shape
    # of such tables counts each once.
    assert table.days is not None  # noqa: S101  # tables by day have them
    name, column = table.days
    first, last = month_days(month)
    counted = read(
        f'SELECT {column} AS day, CAST(count(*) AS BIGINT) AS n FROM "{name}" WHERE brand_id = {brand} '  # noqa: S608
        f"AND {column} BETWEEN {first} AND {last} GROUP BY {column} ORDER BY {column}"
    )
    begin, held = None, 0
    for day, count in zip(counted.column(0).to_pylist(), counted.column(1).to_pylist(), strict=True):
        begin = day if begin is None else begin
        held += count
        if held >= SLICE or day == counted.column(0)[-1].as_py():
            yield read(table.of_days(brand, begin, day))
            begin, held = None, 0
