"""While a large file is imported and the loop runs, single orders recorded by another process do not wait long."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from prove.imports import _write
from prove.outcome import Outcome
from prove.places import House, house

MOST_MS = 250.0
NAME = "singles-under-import"


def prove(*, seed: int, size: str) -> Outcome:
    """Both databases at the size that is asked for."""
    full = size == "full"
    outcome = Outcome(NAME, "Single orders while a million rows are imported", f"--seed {seed}")
    for database in ("SQLite", "PostgreSQL"):
        wait(outcome, database, seed=seed, rows=1_000_000 if full else 20_000)
    return outcome


def wait(outcome: Outcome, database: str, *, seed: int, rows: int, most_ms: float = MOST_MS) -> None:
    """Import ``rows`` and run ``perennial work``; another process records an order every 50 ms all the while."""
    with tempfile.TemporaryDirectory(prefix="perennial-csv-") as folder, house(database) as where:
        path = Path(folder) / "orders.csv"
        _write(path, rows, seed)
        ready = where.run("prove.singles", "0", stdout=subprocess.PIPE)  # tables and store made
        ready.communicate()
        loop = where.command("work", stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        importer = where.command(
            "import", str(path), "--currency", "EUR", "--zone", "Europe/Madrid", stderr=subprocess.PIPE
        )
        told = _in_background(importer)
        done = _beside(where, importer)
        code = importer.wait()
        loop.terminate()
        _, said = loop.communicate()
        kept = _orders(where)
    times = sorted(done["ms"])
    p95 = times[int(len(times) * 0.95)] if times else float("inf")
    title = f"{database}, {rows:,} rows imported with the loop beside"
    middle, most = (times[len(times) // 2], times[-1]) if times else (0.0, 0.0)
    found = f"p95 {p95:.0f} ms, median {middle:.0f} ms, longest {most:.0f} ms, {len(times):,} orders"
    outcome.claim(f"{title}: a single order within {most_ms:.0f} ms in 95 of 100", found, kept=p95 < most_ms)
    failures = done["errors"] + [line for line in said.splitlines() if "locked" in line]
    outcome.claim(
        f"{title}: never 'locked', no error", failures[0] if failures else "none", kept=not failures and not code
    )
    if code:
        outcome.notes.append(f"{title}: the import ended with {code}: {''.join(told)[-400:]}")
    outcome.claim(f"{title}: every single order is there", f"{kept:,} of {len(times):,}", kept=kept == len(times))


def _in_background(process: subprocess.Popen[str]) -> list[str]:
    said: list[str] = []
    threading.Thread(target=lambda: said.append(process.stderr.read()), daemon=True).start()  # type: ignore[union-attr]
    return said


def _beside(where: House, importer: subprocess.Popen[str]) -> dict[str, Any]:
    """Record single orders in a process of its own until the import has ended."""
    singles = where.run("prove.singles", "1", stdout=subprocess.PIPE, stdin=subprocess.PIPE)
    importer.wait()
    told, _ = singles.communicate("stop\n")
    found: dict[str, Any] = json.loads(told.splitlines()[-1])
    return found


def _orders(where: House) -> int:
    from prove.imports import _opened

    with _opened(where) as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT count(*) FROM \"order\" WHERE name LIKE 'single-%'")
        (count,) = cursor.fetchone()
    return int(count)


def main(record: bool) -> None:
    """In a child: open the store; then record an order every 50 ms until a line comes in, timing each."""
    from datetime import UTC, datetime

    from perennial.database.start import start

    start()
    from perennial.facts.actions.record import record as write
    from perennial.facts.actions.stores import open_store, source_of
    from perennial.facts.rules import records as r

    now = datetime.now(UTC)
    source = source_of(open_store(now=now, currency="EUR", zone="Europe/Madrid"), "single")
    if not record:
        return
    stop = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.readline(), stop.set()), daemon=True).start()
    took: list[float] = []
    errors: list[str] = []
    while not stop.is_set():
        now = datetime.now(UTC)
        number = len(took) + len(errors)
        line = r.Line(name="1", product=f"s{number % 20}", total=1_990)
        order = r.Order(
            name=f"single-{number}", who=r.Who(account=f"s{number % 200}"), ordered_at=now, paid_at=now, updated_at=now,
            currency="EUR", total=1_990, lines=(line,),
        )  # fmt: skip
        began = time.perf_counter()
        try:
            write(r.Batch(orders=(order,)), source=source, now=now)
            took.append((time.perf_counter() - began) * 1e3)
        except Exception as wrong:  # noqa: BLE001  # whatever it is breaks the promise, and is told
            errors.append(f"{type(wrong).__name__}: {wrong}")
        stop.wait(0.05)
    sys.stdout.write(json.dumps({"ms": took, "errors": errors}) + "\n")


if __name__ == "__main__":
    main(sys.argv[1] == "1")
