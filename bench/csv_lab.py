"""A file of orders opened by the lab, beside DuckDB's bare copy of the same file into Parquet."""

from __future__ import annotations

import gzip
import shutil
import tempfile
from pathlib import Path
from typing import Any

from bench import inputs
from bench.figure import Aim, Figure, Line
from bench.measure import Job, Sample, in_turn
from bench.places import ONLINE_RETAIL, Place

AIM = 0.5


def measure(where: Place) -> list[Figure]:
    """Online Retail (where it is there) and plain files; growth from one size to ten times of it."""
    figure = Figure("csv-lab", "Orders from CSV into the lab, beside DuckDB's bare copy to Parquet", where.size)
    if ONLINE_RETAIL.exists():
        _pair(figure, "Online Retail (gzip)", ONLINE_RETAIL, 3)
        plain = where.folder / "online_retail.csv"
        if not plain.exists():
            with gzip.open(ONLINE_RETAIL) as packed, plain.open("wb") as file:
                shutil.copyfileobj(packed, file)
        _pair(figure, "Online Retail", plain, 3)
    else:
        figure.notes.append("Online Retail is not beside this checkout: not measured.")
    most = 10_000_000 if where.full else 1_000_000
    small = _pair(figure, f"plain file, {most // 10:,} lines", inputs.plain_csv(where, most // 10), 3)
    large = _pair(figure, f"plain file, {most:,} lines", inputs.plain_csv(where, most), 3)
    figure.growth.append(
        f"Ten times the lines: {large.seconds / small.seconds:.1f} times the time, "
        f"{large.peak_mb / small.peak_mb:.1f} times the memory."
    )
    figure.notes.append(
        "The bare copy guesses types alone. The lab also finds layout, decimal and date style, checks every "
        "cell, joins rows to orders and numbers customers and products."
    )
    return [figure]


def _pair(figure: Figure, what: str, path: Path, rounds: int) -> Sample:
    ours, bare = in_turn(
        [Job("bench.csv_lab:lab", {"path": str(path)}), Job("bench.csv_lab:duckdb", {"path": str(path)})], rounds
    )
    ratio = bare.seconds / ours.seconds
    figure.lines += [
        Line(f"{what}: lab", bare.rows, ours.seconds, ours.peak_mb, f"{ratio:.2f} of DuckDB's speed"),
        Line(f"{what}: DuckDB COPY", bare.rows, bare.seconds, bare.peak_mb),
    ]
    figure.aims.append(Aim(f"{what}: at least half of DuckDB's speed", f"{ratio:.2f}", ratio >= AIM))
    return ours


def lab(*, path: str, profile: str = "") -> dict[str, Any]:
    """In a child: from the file to the Parquet that the lab reads."""
    from bench.child import timed
    from bench.profiling import profiled
    from perennial.stores.csv.mapping.source import open_source

    _warm()
    with tempfile.TemporaryDirectory() as folder, profiled(profile) as seen, timed() as clock:
        source = open_source(Path(path), zone="Europe/Madrid", currency="EUR")
        source.tables(Path(folder))
        source.close()
    return {"seconds": clock.seconds, "profile": seen.lines}


def duckdb(*, path: str) -> dict[str, Any]:
    """In a child: DuckDB's own reader and writer."""
    import duckdb as engine

    from bench.child import timed

    connection = engine.connect()
    with tempfile.TemporaryDirectory() as folder, timed() as clock:
        target = Path(folder) / "all.parquet"
        (rows,) = connection.execute(
            f"COPY (SELECT * FROM read_csv('{path}')) TO '{target}' (FORMAT parquet)"
        ).fetchall()[0]
    return {"seconds": clock.seconds, "rows": rows}


def _warm() -> None:
    """Import what is used: starting Python is measured by another figure."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "few.csv"
        path.write_text("order,customer,date,amount,product,quantity\n1,c1,2025-01-01 10:00:00,9.90,p1,1\n")
        from perennial.stores.csv.mapping.source import open_source

        with open_source(path, zone="Europe/Madrid", currency="EUR") as source:
            source.tables(Path(folder) / "t")
