"""A process for the tests: records orders, or runs a command that is killed at a point, or that finds the disk full.

python -m tests.work.restorer orders o1,o2 | killed <point> <backup> | full <bytes> <command ...>
    | asked (for a back-up, as by the desk) | cut-short <file> (while it is written)
"""

from __future__ import annotations

import os
import resource
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)


def orders(names: list[str]) -> None:
    from perennial.database.start import start

    start()
    from perennial.facts.actions.record import record
    from perennial.facts.actions.stores import open_store, source_of
    from perennial.facts.rules import records as r
    from tests.facts.builders import order

    source = source_of(open_store(now=NOW, currency="EUR", zone="Europe/Madrid"), "test")
    record(r.Batch(orders=tuple(order(name) for name in names)), source=source, now=NOW)


def asked() -> None:
    from perennial.database.start import start

    start()
    from perennial.facts.actions.jobs import want_job
    from perennial.facts.models.brands import Brand

    want_job(brand_id=Brand.objects.get().id, kind="backup", key="", now=NOW)


def cut_short(file: str) -> None:
    from perennial.database.backup import archive

    archive.Writer.__exit__ = dies  # type: ignore[method-assign]
    command("backup", file)


def dies(*_: Any, **__: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def killed(point: str, backup: str) -> None:
    from perennial.database.backup import in_place, sqlite_copy
    from perennial.work import restoring

    replaced: dict[str, tuple[Any, str, Callable[..., None]]] = {
        "checked": (restoring, "_small_members", dies),
        "unpacked": (sqlite_copy, "check", dies),
        "before the rename": (restoring._House, "_commit", dies),
        "after the rename": (restoring, "put_in_place", _second(restoring.put_in_place)),
        "database moved": (Path, "replace", _after_the_database(Path.replace)),
    }
    where, name, instead = replaced[point]
    setattr(where, name, instead)
    assert in_place.READY
    command("restore", "--replace", backup)


def _second(real: Callable[[Path], None]) -> Callable[[Path], None]:
    """The first call looks for what an earlier restore left; the second would end this one."""
    calls: list[Path] = []

    def instead(home: Path) -> None:
        calls.append(home)
        if len(calls) > 1:
            dies()
        real(home)

    return instead


def _after_the_database(real: Callable[..., Path]) -> Callable[..., Path]:
    def instead(self: Path, target: Path) -> Path:
        done = real(self, target)
        if Path(target).name == "perennial.sqlite3":
            dies()
        return done

    return instead


def command(*arguments: str) -> None:
    from perennial.cli import main

    main(list(arguments))


if __name__ == "__main__":
    what, *rest = sys.argv[1:]
    if what == "orders":
        orders(rest[0].split(","))
    elif what == "killed":
        killed(*rest)
    elif what == "asked":
        asked()
    elif what == "cut-short":
        cut_short(*rest)
    else:
        # No file grows beyond this: what a write to a full disk meets, on any machine.
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(rest[0]), int(rest[0])))
        command(*rest[1:])
