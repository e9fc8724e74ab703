"""A file of orders imported into the database, beside a bare insert of the rows it leaves, and pandas' to_sql."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from bench import inputs
from bench.figure import Aim, Figure, Line
from bench.measure import Job, Sample, run
from bench.places import Place, postgres

AIM = 0.3


def measure(where: Place) -> list[Figure]:
    """Import on both databases; growth to ten times the lines (full size: to 10 million) on the default one."""
    figure = Figure(
        "csv-database", "Orders from CSV into the database, beside a bare insert of the same rows", where.size
    )
    with ExitStack() as stack:
        server = stack.enter_context(postgres())
        for database in ("SQLite", "PostgreSQL"):
            small = _beside_bare(figure, where, server, database)
            if where.full and database != "SQLite":
                continue  # hours, for the same code
            large = _grown(figure, where, server, database)
            figure.growth.append(
                f"{database}, ten times the lines: {large.seconds / small.seconds:.1f} times the time, "
                f"{large.peak_mb / small.peak_mb:.1f} times the memory."
            )
    figure.notes += [
        (
            "The bare insert writes the rows that the import left into the same tables with the same indexes, "
            "in large transactions, without reading the file, finding duplicates, or knowing what rows mean."
        ),
        "pandas: read_csv and to_sql of the plain columns into one table without an index.",
    ]
    return [figure]


def _size(where: Place) -> int:
    return 1_000_000 if where.full else 10_000


def _grown(figure: Figure, where: Place, server: Any, database: str) -> Sample:
    """Ten times the lines, without its bare insert: the rows of ten million lines do not fit into memory."""
    size = 10 * _size(where)
    with where.home() as home:
        given = {"PERENNIAL_HOME": str(home)}
        if database == "PostgreSQL":
            given |= {"PERENNIAL_DATABASE_URL": server.create("grown")}
        ours = run(Job("bench.csv_database:imported", {"path": str(inputs.plain_csv(where, size))}, given))
    figure.lines.append(Line(f"{database}, {size:,} lines: import", size, ours.seconds, ours.peak_mb))
    return ours


def _beside_bare(figure: Figure, where: Place, server: Any, database: str) -> Sample:
    size = _size(where)
    path = inputs.plain_csv(where, size)
    with where.home() as home:
        name = f"c{database}{size}".lower()

        def on(what: str) -> dict[str, str]:
            given = {"PERENNIAL_HOME": str(home / what)}
            return given if database == "SQLite" else given | {"PERENNIAL_DATABASE_URL": server.create(name + what)}

        rows = str(home / "rows.pickle")
        ours = run(Job("bench.csv_database:imported", {"path": str(path), "rows": rows}, on("ours")))
        bare = run(Job("bench.rows:bare", {"path": rows}, on("bare")))
        panda = run(Job("bench.csv_database:pandas", {"path": str(path)}, on("pandas")))
    ratio, beside = bare.seconds / ours.seconds, panda.seconds / ours.seconds
    what = f"{database}, {size:,} lines"
    figure.lines += [
        Line(
            f"{what}: import",
            size,
            ours.seconds,
            ours.peak_mb,
            f"{ratio:.2f} of the bare speed; {beside:.2f} of pandas'",
        ),
        Line(f"{what}: {bare.rows:,} rows barely", size, bare.seconds),
        Line(f"{what}: pandas to_sql", size, panda.seconds, panda.peak_mb),
    ]
    figure.aims.append(Aim(f"{what}: at least 30 % of a bare insert", f"{ratio:.0%}", ratio >= AIM))
    return ours


def imported(*, path: str, rows: str = "", profile: str = "") -> dict[str, Any]:
    """In a child: import the file, then keep the rows it left."""
    from datetime import UTC, datetime

    from bench import rows as kept
    from bench.child import peak_mb, timed
    from bench.profiling import profiled

    kept.start()
    from perennial.facts.actions.stores import open_store
    from perennial.stores.csv.actions import import_orders
    from perennial.stores.csv.mapping.source import open_source

    now = datetime(2026, 1, 1, tzinfo=UTC)
    store = open_store(now=now, currency="EUR", zone="Europe/Madrid")
    _warm(store, now)
    first = kept.read()
    with tempfile.TemporaryDirectory() as folder, profiled(profile) as seen, timed() as clock:
        opened = open_source(Path(path), zone="Europe/Madrid", currency="EUR")
        import_orders(opened=opened, store=store, folder=Path(folder), clock=lambda: now)
        opened.close()
    peak = peak_mb()  # before the rows are read back
    if rows:
        kept.keep(Path(rows), first)
    return {"seconds": clock.seconds, "peak_mb": round(peak, 1), "profile": seen.lines}


def _warm(store: Any, now: Any) -> None:
    """Import what is used and prepare statements: starting Python is measured by another figure."""
    from perennial.stores.csv.actions import import_orders
    from perennial.stores.csv.mapping.source import open_source

    with tempfile.TemporaryDirectory() as folder:
        few = Path(folder) / "few.csv"
        few.write_text("order,customer,date,amount,product,quantity\nwarm,warm,2025-01-01 10:00:00,9.90,warm,1\n")
        with open_source(few, zone="Europe/Madrid", currency="EUR") as opened:
            import_orders(opened=opened, store=store, folder=Path(folder), clock=lambda: now)


def pandas(*, path: str) -> dict[str, Any]:
    """In a child: what is written with pandas in two lines."""
    import pandas as pd
    from django.conf import settings

    from bench import rows as kept
    from bench.child import timed

    kept.start()
    if url := settings.PERENNIAL_DATABASE_URL:
        import adbc_driver_postgresql.dbapi as postgresql

        connection: Any = postgresql.connect(url)
    else:
        import sqlite3

        connection = sqlite3.connect(settings.DATABASES["default"]["NAME"])
    with timed() as clock:
        read = (
            pd.read_csv(path, dtype_backend="pyarrow", parse_dates=["date"])
            if url
            else pd.read_csv(path, parse_dates=["date"])
        )
        read.to_sql("plain_orders", connection, index=False)
        connection.commit()
    connection.close()
    return {"seconds": clock.seconds, "rows": len(read)}
