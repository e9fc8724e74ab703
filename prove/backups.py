"""P31: a back-up made while others write comes back on an empty machine; a killed upgrade starts again."""

from __future__ import annotations

import contextlib
import random
import signal
import subprocess
import sys
import time

from prove.imports import _opened
from prove.outcome import Outcome
from prove.places import House, house

_COUNTED = ("order", "line", "customer", "identity", "event", "audit")


def prove(*, seed: int, size: str) -> Outcome:
    """Both databases at the size that is asked for."""
    full = size == "full"
    outcome = Outcome("P31", "A back-up restored on an empty machine", f"--seed {seed}")
    for database in ("SQLite", "PostgreSQL"):
        restored(outcome, database, seed=seed, customers=40_000 if full else 0, kills=12 if full else 1)
        upgraded(outcome, database, seed=seed, kills=12 if full else 1)
    outcome.notes.append("Kills: -9, at moments spread evenly over what an undisturbed run took.")
    return outcome


def restored(outcome: Outcome, database: str, *, seed: int, customers: int, kills: int) -> None:
    """Back up while orders are recorded and the loop runs; restore on an empty machine, killed again and again."""
    chance = random.Random(seed)
    with house(database) as where, house(database) as empty:
        copy = where.home / "copy.tar.gz"
        _whole(where, "prove.backups", "fill", str(seed), str(customers), module=True)
        loop = where.command("work", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        singles = where.run("prove.singles", "1", stdout=subprocess.PIPE, stdin=subprocess.PIPE)
        before = _counts(where)
        took_backup, _ = _whole(where, "backup", str(copy))
        singles.communicate("stop\n")
        after = _counts(where)
        loop.terminate()
        loop.wait()
        title = f"{database}, {before['order']:,} orders"
        began = time.perf_counter()
        _whole(empty, "restore", str(copy))
        took = time.perf_counter() - began
        found = _counts(empty)
        within = all(before[table] <= found[table] <= after[table] for table in _COUNTED)
        told = f"{found['order']:,} orders, between the {before['order']:,} before and the {after['order']:,} after"
        outcome.claim(f"{title}: restored what stood at one moment of the back-up", told, kept=within)
        told, sound = _checked(empty)
        outcome.claim(f"{title}: the self-check passes", told, kept=sound)
        for number in range(kills):
            process = empty.command(
                "restore", "--replace", str(copy), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            _killed(process, took * (number + chance.random()) / kills)
        same = _counts(empty) == found
        starts, told = _starts(empty)
        outcome.claim(f"{title}: {kills} restores killed, all is there and it starts", told, kept=same and starts)
        size = copy.stat().st_size
        outcome.notes.append(f"{title}: back-up {took_backup:.1f} s, {size / 1e6:,.1f} MB; restore {took:.1f} s")


def upgraded(outcome: Outcome, database: str, *, seed: int, kills: int) -> None:
    """Kill the upgrade of an older database at random moments; the next start ends it."""
    chance = random.Random(seed)
    with house(database) as calm:
        _whole(calm, "prove.backups", "old", "0", "0", module=True)
        took, _ = _whole(calm, "check")
    with house(database) as where:
        _whole(where, "prove.backups", "old", "0", "0", module=True)
        for number in range(kills):
            process = where.command("check", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            _killed(process, took * (number + chance.random()) / kills)
        starts, told = _starts(where)
        outcome.claim(f"{database}: an upgrade killed {kills} times, then a start", told, kept=starts)


def _killed(process: subprocess.Popen[str], seconds: float) -> None:
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(seconds)
    process.send_signal(signal.SIGKILL)
    process.wait()


def _whole(where: House, *arguments: str, module: bool = False) -> tuple[float, str]:
    began = time.perf_counter()
    process = (where.run if module else where.command)(*arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    told, _ = process.communicate()
    if process.returncode:
        raise RuntimeError(f"{arguments[0]} ended with {process.returncode}: {told[-2000:]}")
    return time.perf_counter() - began, str(told)


def _starts(where: House) -> tuple[bool, str]:
    try:
        _whole(where, "work", "--once")
        kept = not [path.name for path in where.home.iterdir() if path.name.startswith(("restoring-", "restored"))]
    except RuntimeError as wrong:
        return False, str(wrong)
    return kept, "yes" if kept else "something of a killed restore lies about"


def _checked(where: House) -> tuple[str, bool]:
    try:
        _whole(where, "work", "--once")
        _, told = _whole(where, "check")
    except RuntimeError as wrong:
        return str(wrong), False
    return told.strip().splitlines()[-1], True


def _counts(where: House) -> dict[str, int]:
    with _opened(where) as opened:
        cursor = opened.cursor()
        found = {}
        for table in _COUNTED:
            cursor.execute(f'SELECT count(*) FROM "{table}"')
            found[table] = int(cursor.fetchone()[0])
        return found


def main(what: str, seed: int, customers: int) -> None:
    """In a child: fill a house, or make one as an older version left it."""
    from perennial.database.start import start

    start(migrate=what == "fill")
    from datetime import UTC, datetime

    if what == "old":
        from django.core.management import call_command

        call_command("migrate", "perennial", "0004", verbosity=0, interactive=False)
        return
    from perennial.demo import record_made_up
    from perennial.facts.actions.record import record
    from perennial.facts.actions.stores import open_store, source_of
    from prove.erasure import batch, planted

    now = datetime.now(UTC)
    if customers:
        record_made_up(customers=customers, seed=seed)
    store = open_store(now=now, currency="EUR", zone="Europe/Madrid")
    record(batch(planted(seed)), source=source_of(store, "prove"), now=now)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
