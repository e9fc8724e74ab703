"""The mirror as tables, and what the database would have in it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection

from perennial.database.arrow import source
from perennial.figures.queries.stage import Stage, duck
from perennial.figures.rules.manifest import TABLES, Manifest, shape
from perennial.figures.rules.mirrored import WHOLE, Mirrored, empty
from perennial.insight.calendar import first_day, month_of
from perennial.insight.tables import SCHEMA, Tables

if TYPE_CHECKING:
    import duckdb

READERS = "readers"  # the lock of those who read the mirror's files


def folder(brand_id: int) -> Path:
    """Where a brand's mirror lies."""
    home: Path = settings.PERENNIAL_HOME
    return home / "mirror" / str(brand_id)


def manifest(brand_id: int) -> Manifest | None:
    """The list of files as published last; None if there is no mirror, or one of another version."""
    try:
        text = (folder(brand_id) / "manifest.json").read_text()
    except FileNotFoundError:
        return None
    found = Manifest.parse(text)
    return found if found.shape == shape() else None


@contextmanager
def undisturbed(brand_id: int) -> Iterator[None]:
    """Within it not even an erasure takes files away that the mirror consists of now; good for an hour.

    A shared lock on a file, freed by the kernel when the process dies; whoever takes files away at once holds it
    alone, for a moment.
    """
    root = folder(brand_id)
    root.mkdir(parents=True, exist_ok=True)
    handle = os.open(root / f"{READERS}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_SH)
        yield
    finally:
        os.close(handle)


def tables(brand_id: int) -> Tables:
    """The mirror as it is published now, for `insight`; later refreshes do not change what these tables read.

    Good for an hour, within `undisturbed`: then the files may be gone. Tables without rows (and all, before the
    first refresh) are empty.
    """
    listed = manifest(brand_id)
    engine = duck(settings.PERENNIAL_HOME)
    root = folder(brand_id)
    return _as_tables(
        engine,
        {name: _over([root / file for file in listed.files(name)] if listed else [], name) for name in SCHEMA},
    )


def tables_of(brand_id: int, customers: list[int], names: Collection[str] | None = None) -> Tables:
    """The rows of some customers, straight from the database, with the same meaning as the mirror's.

    The cost grows with those customers' facts, not with the store. Of products there are those they bought or
    looked at; spend is empty, and so is every table that is not among ``names``, where these are given.
    """
    engine = duck(settings.PERENNIAL_HOME)
    with source() as opened:
        held = Stage(opened, engine, brand_id)
        for name, table in TABLES.items():
            wanted = names is None or name in names
            select = held.of_customers(table, customers) if wanted else empty(name)
            engine.execute(f'CREATE TABLE "{name}" AS {select}')
            held.forget()
    return _as_tables(engine, {name: f'SELECT * FROM "{name}"' for name in SCHEMA}, suffix="_of")  # noqa: S608


def _over(files: list[Path], name: str) -> str:
    if not files:
        return empty(name)
    listed = ", ".join("'{}'".format(str(file).replace("'", "''")) for file in files)
    # A store of 20 years has 240 files a table: hive names are no columns here, and all have one shape.
    return f"SELECT * FROM read_parquet([{listed}], hive_partitioning = false)"  # noqa: S608


def _as_tables(engine: duckdb.DuckDBPyConnection, selects: dict[str, str], suffix: str = "") -> Tables:
    import ibis

    for name, select in selects.items():
        engine.execute(f'CREATE VIEW "{name}{suffix}" AS {select}')
    backend = ibis.duckdb.from_connection(engine)
    return Tables(**{name: backend.table(name + suffix) for name in selects})


def months_of(brand_id: int, table: Mirrored) -> list[int]:
    """The months of which the database has rows of a table, rising. One index look-up per month."""
    if table.days is None:
        return [WHOLE]
    name, column = table.days
    months: list[int] = []
    with connection.cursor() as cursor:
        after = -(2**31)
        while True:
            cursor.execute(
                f'SELECT min({column}) FROM "{name}" WHERE brand_id = %s AND {column} >= %s',  # noqa: S608
                [brand_id, after],
            )
            (found,) = cursor.fetchone()
            if found is None:
                return months
            month = int(found) if table.by_id is not None else month_of(int(found))
            months.append(month)
            after = month + 1 if table.by_id is not None else first_day(month + 1)
