"""Columns out of the database: ADBC reads either database straight into Arrow, past Django.

Each read is a statement of its own: it sees one moment of the database and lets go of it when it returns.
Danger: on SQLite a read that stays open keeps the write-ahead log from being folded back, so that it grows
without bound; read big tables in slices.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    import pyarrow as pa

_BATCH = 65_536


class Source:
    """An open ADBC connection to the database that Django uses; reads only."""

    def __init__(self, connection: Any, *, sqlite: bool) -> None:  # ADBC has no stubs
        self._connection = connection
        self._sqlite = sqlite

    def read(self, sql: str) -> pa.Table:
        """The rows of one SELECT. Integers, booleans and text only: nothing else is the same on both."""
        with closing(self._connection.cursor()) as cursor:
            if self._sqlite:
                # Types are guessed from the first batch: it must be large.
                cursor.adbc_statement.set_options(**{"adbc.sqlite.query.batch_rows": str(_BATCH)})
            cursor.execute(sql)
            return cursor.fetch_arrow_table()


@contextmanager
def source() -> Iterator[Source]:
    """Open the database of Django's settings; sees what is committed."""
    from django.db import connection

    given = connection.settings_dict
    if connection.vendor == "sqlite":
        import adbc_driver_sqlite.dbapi as sqlite

        with closing(sqlite.connect(f"file:{quote(str(given['NAME']))}?mode=ro")) as opened:
            yield Source(opened, sqlite=True)
        return
    import adbc_driver_postgresql.dbapi as postgresql

    with closing(postgresql.connect(_conninfo(given), autocommit=True)) as opened:
        yield Source(opened, sqlite=False)


def _conninfo(given: dict[str, Any]) -> str:
    """libpq's own words, in which a host may be a folder with a socket."""
    words = {
        "dbname": given["NAME"],
        "user": given["USER"],
        "password": given["PASSWORD"],
        "host": given["HOST"],
        "port": given["PORT"],
    }
    return " ".join(
        "{}='{}'".format(key, str(value).replace("\\", "\\\\").replace("'", "\\'"))
        for key, value in words.items()
        if value
    )
