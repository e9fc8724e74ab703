"""A hundred million visits' steps: what a row costs, how long a month takes to be forgotten and to be mirrored."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import TYPE_CHECKING, Any

from bench.figure import Aim, Figure, Line
from bench.measure import Job, run
from bench.places import Place, postgres

if TYPE_CHECKING:
    import pyarrow as pa

MONTHS = 12
SQLITE = "BENCH_SQLITE"  # the file to fill, told to the child that fills it
COLUMNS = "month, id, brand_id, store_id, visitor_id, customer_id, kind, product_id, order_id, at, day, value, props"
KINDS = ("page_viewed", "product_viewed", "product_viewed", "cart_added", "searched", "checkout_started")
RAW = 8 * 9 + 2 + 4 + 12  # bytes that the values of a row hold by themselves
_AT_ONCE = 500_000
_CACHE_KB = 9_000_000


def measure(where: Place) -> list[Figure]:
    """Size, pruning of the oldest month, mirror of one month, on both databases."""
    rows = 100_000_000 if where.full else 1_000_000
    figure = Figure("behaviour", "Behaviour: size, pruning, mirror", where.size)
    with ExitStack() as stack:
        server = stack.enter_context(postgres())
        for database in ("SQLite", "PostgreSQL"):
            with where.home() as home:
                given = {"PERENNIAL_HOME": str(home)}
                if database == "PostgreSQL":
                    given |= {"PERENNIAL_DATABASE_URL": server.create("behaviour")}
                found = run(Job("bench.behaviour:all_of_it", {"rows": rows}, given))
            _told(figure, database, rows, found.more)
    figure.notes += [
        f"Rows over {MONTHS} months of one brand; the id is a hash, as recorded. Values alone: {RAW} bytes a row.",
        "The bare reader takes the month's columns by ADBC and writes them as Parquet, unsorted and unshaped.",
        (
            "On SQLite a month is forgotten in transactions of about 20 ms, so that others can write in between; the "
            "bare DELETE holds the write lock all the time. On PostgreSQL the month's partition is "
            "dropped; its rows are counted before, in a read that nobody waits for."
        ),
    ]
    return [figure]


def _told(figure: Figure, database: str, rows: int, found: Any) -> None:
    month = found["month"]
    figure.lines += [
        Line(
            f"{database}: filled barely",
            rows,
            found["filled"],
            0,
            f"{found['bytes'] / rows:.0f} bytes a row with its indexes",
        ),
        Line(
            f"{database}: mirror of a month",
            month,
            found["mirror"],
            found["mirror_mb"],
            f"{found['bare'] / found['mirror']:.2f} of the bare reader's speed",
        ),
        Line(f"{database}: ADBC and Parquet barely", month, found["bare"], found["bare_mb"]),
        Line(
            f"{database}: forget a month",
            found["pruned"],
            found["prune"],
            0,
            f"first step {found['look'] * 1e3:.0f} ms, longest transaction {found['longest'] * 1e3:.0f} ms",
        ),
    ]
    if found["delete"]:
        figure.lines.append(Line(f"{database}: DELETE of so many, barely, at once", found["deleted"], found["delete"]))
    figure.aims.append(
        Aim(
            f"{database}: no transaction of pruning over 50 ms",
            f"{found['longest'] * 1e3:.0f} ms",
            found["longest"] < 0.05,
        )
    )


def all_of_it(*, rows: int) -> dict[str, Any]:
    """In a child: fill, mirror a month, forget one."""
    from datetime import UTC, datetime

    from bench import rows as kept
    from bench.child import peak_mb, timed

    kept.start()
    from perennial.database.arrow import source
    from perennial.facts.actions.loop_marks import mark_dirty
    from perennial.facts.actions.prune import prune_steps
    from perennial.facts.actions.stores import open_store
    from perennial.figures.actions.refresh_mirror import refresh_mirror

    now = datetime(2026, 1, 15, tzinfo=UTC)
    store = open_store(now=now, currency="EUR", zone="UTC")
    first = (2024 - 1970) * 12 + 10  # the first month is too old to be kept
    refresh_mirror(brand_id=store.brand_id, now=now)
    seconds = _filled(rows, first, store)
    size = _size()
    month = first + MONTHS - 1
    mark_dirty(brand_id=store.brand_id, months=[("behaviour", month)])
    with timed() as mirror:
        refresh_mirror(brand_id=store.brand_id, now=now)
    mirror_mb = peak_mb()
    with timed() as bare:
        with source() as reading:
            table = reading.read(f"SELECT {COLUMNS} FROM behaviour WHERE month = {month}")
        _write(table)
    bare_mb, count = peak_mb(), table.num_rows
    del table
    deleted, delete = _bare_delete(first + 1)
    steps: list[float] = []
    pruned = 0
    with timed() as prune, _held() as held:
        began = time.perf_counter()
        for taken in prune_steps(brand_id=store.brand_id, now=now):
            steps.append(time.perf_counter() - began)
            pruned += taken
            began = time.perf_counter()
    # Before its first transaction it looks for the months there are: a read, which nobody waits for. On SQLite a
    # step ends with a part of the log written back, while others may write: what they wait for is the lock.
    longest = max(held or steps[1:] or steps)
    return {
        "seconds": seconds, "filled": seconds, "bytes": size, "mirror": mirror.seconds,
        "mirror_mb": mirror_mb,
        "bare": bare.seconds, "bare_mb": bare_mb, "month": count, "prune": prune.seconds, "pruned": pruned,
        "longest": longest, "look": steps[0], "delete": delete, "deleted": deleted,
    }  # fmt: skip


@contextmanager
def _held() -> Iterator[list[float]]:
    """How long each transaction held SQLite's one write lock, in seconds; empty on PostgreSQL."""
    from perennial.database.fairlock import FairLock

    acquire, release = FairLock.acquire, FairLock.release
    began: dict[int, float] = {}
    found: list[float] = []

    def taken(self: FairLock) -> None:
        acquire(self)
        began[id(self)] = time.perf_counter()

    def given(self: FairLock) -> None:
        found.append(time.perf_counter() - began.pop(id(self)))
        release(self)

    FairLock.acquire, FairLock.release = taken, given  # type: ignore[method-assign]
    try:
        yield found
    finally:
        FairLock.acquire, FairLock.release = acquire, release  # type: ignore[method-assign]


def _filled(rows: int, first: int, store: Any) -> float:
    """Fill the table from a process of its own, while no connection of ours is open; the seconds it took."""
    from django.conf import settings
    from django.db import connection, transaction

    from perennial.facts.actions.recording.behaviour import _partitions

    given = {name: value for name, value in os.environ.items() if name.startswith("PERENNIAL_")}
    if connection.vendor == "sqlite":
        given[SQLITE] = str(settings.DATABASES["default"]["NAME"])
    else:
        with transaction.atomic():
            _partitions(set(range(first, first + MONTHS)))
    connection.close()
    arguments = {"rows": rows, "first": first, "brand": store.brand_id, "store": store.id}
    return run(Job("bench.behaviour:fill", arguments, given)).seconds


def _write(table: Any) -> None:
    import tempfile
    from pathlib import Path

    import pyarrow.parquet as pq

    with tempfile.TemporaryDirectory() as folder:
        pq.write_table(table, Path(folder) / "month.parquet", compression="zstd")


def _columns(month: int, number: int, count: int, brand: int, store: int) -> pa.Table:
    """Some of a month's rows in order of time, their ids random; columns that are null are left out."""
    import numpy as np
    import pyarrow as pa

    from perennial.insight.calendar import first_day

    chance = np.random.default_rng([month, number])
    day = np.sort(first_day(month) + chance.integers(0, 28, count))
    kind = chance.integers(0, len(KINDS), count)
    known = chance.random(count) < 0.3
    customer = chance.integers(1 << 40, (1 << 40) + 1_000_000, count)
    product = chance.integers(1 << 41, (1 << 41) + 5_000, count)
    return pa.table({
        "month": np.full(count, month, np.int16), "id": chance.integers(1, (1 << 63) - 1, count),
        "brand_id": np.full(count, brand), "store_id": np.full(count, store),
        "visitor_id": chance.integers(1, 1 << 62, count),
        "customer_id": pa.array(customer, mask=~known), "kind": np.array(KINDS, dtype=object)[kind],
        "product_id": pa.array(product, mask=kind == 0),
        "at": day * 86_400_000_000 + chance.integers(0, 86_400_000_000, count), "day": day.astype(np.int32),
    })  # fmt: skip


def fill(*, rows: int, first: int, brand: int, store: int) -> dict[str, Any]:
    """In a child of its own, because ADBC brings a SQLite of its own: the rows by Arrow, barely.

    On SQLite without a log, in one transaction with a large cache: pages end as full as random ids leave them.
    """
    from bench.child import timed

    months = range(first, first + MONTHS)
    with timed() as clock:
        _sqlite(rows, months, brand, store) if SQLITE in os.environ else _postgresql(rows, months, brand, store)
    return {"seconds": clock.seconds}


def _sqlite(rows: int, months: range, brand: int, store: int) -> None:
    import adbc_driver_sqlite.dbapi as sqlite

    with sqlite.connect(os.environ[SQLITE], autocommit=True) as connection, connection.cursor() as cursor:
        for pragma in ("journal_mode=OFF", "synchronous=OFF", f"cache_size=-{_CACHE_KB}"):
            cursor.execute(f"PRAGMA {pragma}")
            cursor.fetchall()
        connection.adbc_connection.set_autocommit(False)
        for _, part in _parts(rows, months, brand, store):
            cursor.adbc_ingest("behaviour", part, mode="append")
        connection.adbc_connection.commit()
    with closing(sqlite3.connect(os.environ[SQLITE])) as plain:
        plain.execute("PRAGMA journal_mode=WAL")


def _postgresql(rows: int, months: range, brand: int, store: int) -> None:
    import adbc_driver_postgresql.dbapi as postgresql

    url = os.environ["PERENNIAL_DATABASE_URL"]
    with postgresql.connect(url, autocommit=True) as connection, connection.cursor() as cursor:
        for month, part in _parts(rows, months, brand, store):
            cursor.adbc_ingest(f"behaviour_m{month}", part, mode="append")
        cursor.execute("ANALYZE behaviour")


def _parts(rows: int, months: range, brand: int, store: int) -> Iterator[tuple[int, pa.Table]]:
    for month in months:
        left = rows // MONTHS
        number = 0
        while left:
            count = min(left, _AT_ONCE)
            yield month, _columns(month, number, count, brand, store)
            left, number = left - count, number + 1


def _size() -> int:
    from pathlib import Path

    from django.conf import settings
    from django.db import connection

    if connection.vendor == "sqlite":
        return Path(settings.DATABASES["default"]["NAME"]).stat().st_size
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relname ~ '^behaviour_m' AND relkind = 'r'"
        )
        (size,) = cursor.fetchone()
    return int(size)


def _bare_delete(month: int) -> tuple[int, float]:
    """On SQLite: one DELETE of many rows of a month; elsewhere nothing."""
    from django.conf import settings
    from django.db import connection

    from bench.child import timed

    if connection.vendor != "sqlite":
        return 0, 0.0
    with (
        closing(sqlite3.connect(settings.DATABASES["default"]["NAME"], isolation_level=None)) as plain,
        timed() as clock,
    ):
        some = "SELECT id FROM behaviour WHERE month = ? LIMIT ?"
        delete = f"DELETE FROM behaviour WHERE month = ? AND id IN ({some})"
        count = plain.execute(delete, [month, month, _AT_ONCE]).rowcount
    return count, clock.seconds
