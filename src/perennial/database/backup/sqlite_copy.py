"""A consistent copy of a SQLite database while others write to it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

_PAGES = 4_096  # 16 MB between two words about progress


class InUse(RuntimeError):
    """Another process has the database open."""


def copy(source: Path, target: Path, told: Callable[[int, int], None]) -> None:
    """Copy ``source`` as it is at this moment into the new file ``target``; ``told`` hears (bytes done, of).

    One read transaction is held over the whole copy: without it SQLite would begin again at each write by
    others. Nobody waits for it; the write-ahead log only grows meanwhile by what they write.
    """
    with (
        closing(sqlite3.connect(f"file:{quote(str(source))}?mode=ro", uri=True, isolation_level=None)) as held,
        closing(sqlite3.connect(target, isolation_level=None)) as made,
    ):
        held.execute("BEGIN")
        held.execute("SELECT count(*) FROM sqlite_master").fetchone()
        (size,) = held.execute("PRAGMA page_size").fetchone()
        made.execute("PRAGMA synchronous=OFF")
        try:
            held.backup(made, pages=_PAGES, progress=lambda _, left, of: told((of - left) * size, of * size), sleep=0)
        except sqlite3.Error as error:  # a full disk, as SQLite tells it
            raise OSError(f"the database could not be copied: {error}") from None
        held.execute("ROLLBACK")
        # One file, with no log beside it.
        made.execute("PRAGMA journal_mode=DELETE")


def check(path: Path) -> str:
    """What is wrong with a database file; empty when it is sound."""
    try:
        with closing(sqlite3.connect(path)) as opened:
            (found,) = opened.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        return str(error)
    return "" if found == "ok" else str(found)


def fold(path: Path) -> None:
    """Put the write-ahead log into the database file, so that it stands alone. Raises InUse while others have it."""
    with closing(sqlite3.connect(path, timeout=5, isolation_level=None)) as opened:
        try:
            # SQLite changes this mode only for whoever is alone with the file.
            (mode,) = opened.execute("PRAGMA journal_mode=DELETE").fetchone()
        except sqlite3.OperationalError:
            mode = "in use"
    if mode != "delete":
        raise InUse("another process has the database open: stop `perennial serve` and `perennial work` first")
