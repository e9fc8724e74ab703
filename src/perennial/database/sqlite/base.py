"""Django looks for the class of this name in ``base`` of the ENGINE package."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.db.backends.sqlite3 import base
from django.db.backends.sqlite3.operations import DatabaseOperations as Operations

from perennial.database.fairlock import FairLock

_COMMITS_PER_CHECKPOINT = 24


class DatabaseOperations(Operations):
    """Knows that emptying the whole database (between tests) empties tables that only ever grow, too."""

    def sql_flush(self, style: Any, tables: Sequence[str], **options: Any) -> list[str]:
        """Without their triggers; Django tells of a migration afterwards, which makes them again."""
        from perennial.database.append_only import triggers

        dropped = [f"DROP TRIGGER IF EXISTS {self.quote_name(name)}" for name in triggers(tables)]
        return [*dropped, *super().sql_flush(style, tables, **options)]


class DatabaseWrapper(base.DatabaseWrapper):
    """SQLite in WAL mode; every transaction is a write transaction and waits its turn before BEGIN IMMEDIATE.

    Reads run outside of transactions and never wait. Danger: whatever opens a transaction holds the
    write lock of all processes until it commits, so it must stay short (aim: under 50 ms).
    """

    ops_class = DatabaseOperations
    _held: FairLock | None = None
    _commits = 0

    def _start_transaction_under_autocommit(self) -> None:
        name = str(self.settings_dict["NAME"])
        if ":memory:" not in name and "mode=memory" not in name:
            lock = FairLock.at(Path(f"{name}-queue"))
            lock.acquire()
            self._held = lock
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except BaseException:
            self._let_go()
            raise

    def _let_go(self) -> None:
        held, self._held = self._held, None
        if held is not None:
            held.release()

    def _commit(self) -> None:
        # A failed commit (a full disk) leaves the transaction open: the roll-back that follows lets go.
        super()._commit()  # type: ignore[misc]  # the stubs leave it out
        self._let_go()
        self._commits += 1
        if self._commits >= _COMMITS_PER_CHECKPOINT and self.connection is not None:
            # Here and not inside a commit (SQLite's default): nobody waits for it in the queue of writers.
            self._commits = 0
            self.connection.execute("PRAGMA wal_checkpoint(PASSIVE)")

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]  # the stubs leave it out
        finally:
            self._let_go()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]  # the stubs leave it out
        finally:
            self._let_go()
