"""P28: a million rows of CSV in bounded memory, killed anywhere and gone on with; malformed files."""

from __future__ import annotations

import contextlib
import hashlib
import random
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

from prove.outcome import Outcome
from prove.places import ROOT, House, house

MOST_MB = 300
# What a recording writes and a second run must not double, in the order of names, without numbers of our own.
_STATE = (
    'SELECT o.name, o.total, o.net, o.ordered_at, o.currency, l.name, l.quantity, l.total, i.value FROM "order" o '
    "JOIN line l ON l.order_id = o.id AND l.brand_id = o.brand_id LEFT JOIN identity i "
    "ON i.customer_id = o.customer_id AND i.brand_id = o.brand_id ORDER BY o.name, l.name, i.value"
)
_COUNTS = ("order", "line", "customer", "identity", "product", "ref", "event", "pending")


def prove(*, seed: int, size: str) -> Outcome:
    """Both databases at the size that is asked for; the corpus of malformed files, and a line of 2 GB."""
    full = size == "full"
    outcome = Outcome("P28", "A million rows of CSV", f"--seed {seed}")
    for database in ("SQLite", "PostgreSQL"):
        kill_anywhere(outcome, database, seed=seed, rows=1_000_000 if full else 3_000, kills=6 if full else 2)
    malformed(outcome)
    huge_line(outcome, (2 << 30) if full else (64 << 20))
    outcome.notes.append(
        "Memory: the most that an import's process had resident, that of a run to the end without a kill."
    )
    return outcome


def kill_anywhere(outcome: Outcome, database: str, *, seed: int, rows: int, kills: int) -> None:
    """Import once without a stop and once with ``kills`` kill -9 at random moments: the same state."""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="perennial-csv-") as folder:
        path = Path(folder) / "orders.csv"
        _write(path, rows, seed)
        with house(database) as calm, house(database) as stormy:
            seconds, peak = _whole(calm, path)
            wanted = _state(calm)
            resumed = 0
            for number in range(kills):
                process = stormy.command("import", str(path), "--currency", "EUR", stderr=subprocess.DEVNULL)
                # Spread over reading, staging, recording and the end; a run goes on where the last stopped.
                _wait(process, seconds * chance.random() * (0.9 if number % 3 else 1.1))
                resumed += process.poll() is None
                process.send_signal(signal.SIGKILL)
                process.wait()
            last = stormy.command("import", str(path), "--currency", "EUR", stderr=subprocess.PIPE)
            told = last.communicate()[1]
            found = _state(stormy)
    lines = f"{wanted['order']:,} orders, {wanted['line']:,} lines"
    title = f"{database}, {rows:,} rows"
    outcome.claim(f"{title}: memory at most {MOST_MB} MB", f"{peak:,.0f} MB", kept=peak <= MOST_MB)
    outcome.claim(f"{title}: every row is in", lines, kept=wanted["line"] == rows)
    differing = [key for key in wanted if wanted[key] != found.get(key)]
    what = f"the same {lines}" if not differing else f"other {', '.join(differing)}"
    outcome.claim(
        f"{title}: killed {resumed} times, nothing lost or doubled", what, kept=not differing and not last.returncode
    )
    if last.returncode:
        outcome.notes.append(f"{title}: the last import ended with {last.returncode}: {told[-300:]}")
    outcome.notes.append(f"{title}: {rows / seconds:,.0f} rows/s")


def _wait(process: subprocess.Popen[str], seconds: float) -> None:
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(seconds)


def _write(path: Path, rows: int, seed: int) -> None:
    from datetime import UTC, datetime

    from perennial.simulator import config
    from perennial.simulator.files import write_csv

    store = config.load(datetime(2026, 1, 1, tzinfo=UTC), customers=max(rows // 15, 60) // 2 * 2, seed=seed)
    written = write_csv(store, path, rows=rows)
    if written != rows:
        raise ValueError(f"the made-up store has {written} lines, not {rows}")


def _whole(where: House, path: Path) -> tuple[float, float]:
    """Seconds and most MB of an import to its end."""
    import time

    began = time.perf_counter()
    process = where.command("import", str(path), "--currency", "EUR", stderr=subprocess.PIPE)
    peak, told = _followed(process)
    if process.returncode:
        raise RuntimeError(f"the import ended with {process.returncode}: {told[-2000:]}")
    return time.perf_counter() - began, peak


def _followed(process: subprocess.Popen[str]) -> tuple[float, str]:
    """The most memory of a process in MB (10^6 bytes), and what it said, when it has ended."""
    assert process.stderr is not None
    said: list[str] = []
    reader = threading.Thread(target=lambda: said.append(process.stderr.read()), daemon=True)  # type: ignore[union-attr]
    reader.start()
    status = Path(f"/proc/{process.pid}/status")
    peak = 0.0
    while process.poll() is None:
        peak = max(peak, _high_water(status))
        _wait(process, 0.02)
    reader.join()
    return peak, "".join(said)


def _high_water(status: Path) -> float:
    """The most memory that a running process has had so far: of its program alone, which wait4 cannot tell.

    ``ru_maxrss`` of a child remembers the size of the parent at the fork.
    """
    try:
        lines = status.read_text().splitlines()
    except OSError:  # it ended in between
        return 0.0
    return next((int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith("VmHWM:")), 0.0)


def _state(where: House) -> dict[str, Any]:
    """How many rows there are of each kind, and a sum over what they say."""
    with _opened(where) as connection:
        cursor = connection.cursor()
        found: dict[str, Any] = {}
        for table in _COUNTS:
            cursor.execute(f'SELECT count(*) FROM "{table}"')
            (found[table],) = cursor.fetchone()
        digest = hashlib.blake2b(digest_size=16)
        cursor.execute(_STATE)
        while some := cursor.fetchmany(20_000):
            for row in some:
                digest.update(repr(row).encode())
        found["contents"] = digest.hexdigest()
        return found


def _opened(where: House) -> Any:
    from contextlib import closing

    if where.database == "SQLite":
        import sqlite3

        return closing(sqlite3.connect(where.home / "perennial.sqlite3"))
    import psycopg

    return psycopg.connect(where.environment["PERENNIAL_DATABASE_URL"])


def malformed(outcome: Outcome) -> None:
    """Every file of the corpus as the tests judge it: no crash, no half order, errors by line and remedy."""
    import re

    command = [sys.executable, "-m", "pytest", "tests/stores/csv/test_bad_input.py"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    passed = int(next(iter(re.findall(r"(\d+) passed", done.stdout)), "0"))
    told = (done.stdout.strip().splitlines() or ["nothing"])[-1]
    outcome.claim(
        "200 malformed files: no crash, each bad row named by line and reason",
        told,
        kept=done.returncode == 0 and passed >= 200,
    )


def huge_line(outcome: Outcome, size: int) -> None:
    """One line of ``size`` bytes costs its row and no memory."""
    from tests.stores.csv import corpus

    with tempfile.TemporaryDirectory(prefix="perennial-line-") as folder, house() as where:
        path = Path(folder) / "orders.csv"
        corpus.huge_line(path, size)
        process = where.command("import", str(path), "--currency", "EUR", stderr=subprocess.PIPE)
        peak, told = _followed(process)
        found = _state(where) if not process.returncode else {"order": 0}
    healthy = not process.returncode and found["order"] == corpus.ORDERS and "line 14" in " ".join(told.split())
    what = f"{found['order']} of {corpus.ORDERS} orders are in, {peak:,.0f} MB, line 14 is named"
    outcome.claim(
        f"a line of {size / 1e6:,.0f} MB: its row is told, the rest is in",
        what if healthy else f"{what}? {told[-300:]}",
        kept=healthy and peak <= MOST_MB,
    )
