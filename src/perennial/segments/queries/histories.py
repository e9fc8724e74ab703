"""The histories of a few people, straight from the database: every second, while something is recorded."""

from __future__ import annotations

import os
import threading
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings

from perennial.database.arrow import source
from perennial.facts.rules.schema import SCHEMA
from perennial.figures.queries.stage import Stage, duck
from perennial.figures.rules.manifest import TABLES
from perennial.insight.tables import Tables
from perennial.segments.compile.histories import FACTS, NAMED, gathered, told_by
from perennial.segments.queries.beside import beside_arrow, beside_rows, names_in
from perennial.segments.rules.history import History
from perennial.segments.rules.reads import together
from perennial.segments.rules.rule import Rule
from perennial.segments.rules.tables import BESIDE, Beside

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

_ALWAYS = frozenset({"customers", "aliases"})
_TYPES = {"int64": "BIGINT", "string": "VARCHAR", "boolean": "BOOLEAN", "float64": "DOUBLE"}


def histories_of(*, brand_id: int, customers: Sequence[int], rules: Sequence[Rule]) -> dict[int, History]:
    """The histories of the people these customers are, as far as these rules read them.

    ``customers``: all who are those people (`facts.queries.one_person`).
    """
    read = together(rules)
    beside = beside_arrow(beside_rows(brand_id=brand_id, names=names_in(rules), customers=customers))
    with _turn:
        desk = _Desk.of_this_process()
        try:
            desk.lay_out(brand_id, list(customers), _ALWAYS | read.tables, beside)
            found = gathered(desk.told(read.tables | read.beside))
            desk.clear()
        except BaseException:
            _Desk.forget()  # half of somebody's rows would be taken for the next one's
            raise
    return found


class _Desk:
    """A DuckDB with an empty table for each table that rules read, and the statements that tell facts from them.

    Kept from one look to the next: to make it and to translate its statements takes longer than all the rest.
    Between two looks its tables are empty.
    """

    _mine: _Desk | None = None

    def __init__(self, home: Path) -> None:
        self._owner = (os.getpid(), home)
        self._engine: duckdb.DuckDBPyConnection = duck(home)
        self._filled: set[str] = set()
        for name, columns in {**SCHEMA, **BESIDE}.items():
            listed = ", ".join(f'"{column}" {_TYPES[kind]}' for column, kind in columns.items())
            self._engine.execute(f'CREATE TABLE "{name}" ({listed})')
        self._statements = self._translated()

    @classmethod
    def of_this_process(cls) -> _Desk:
        if cls._mine is None or cls._mine._owner != (os.getpid(), settings.PERENNIAL_HOME):  # noqa: SLF001
            cls._mine = cls(settings.PERENNIAL_HOME)
        return cls._mine

    @classmethod
    def forget(cls) -> None:
        """Make another when it is asked for again."""
        cls._mine = None

    def _translated(self) -> Mapping[str, str]:
        import ibis

        backend = ibis.duckdb.from_connection(self._engine)
        tables = Tables(**{name: backend.table(name) for name in SCHEMA})
        beside = Beside(**{name: backend.table(name) for name in BESIDE})
        return {name: str(backend.compile(table)) for name, table in told_by(tables, beside).items()}

    def lay_out(
        self, brand_id: int, customers: list[int], names: Collection[str], beside: Mapping[str, pa.Table]
    ) -> None:
        """Put the rows of some customers into the tables ``names``, and what stands beside them."""
        with source() as opened:
            held = Stage(opened, self._engine, brand_id)
            for name, table in TABLES.items():
                if name in names and table.by_customer is not None:
                    self._put(name, held.of_customers(table, customers))
                    held.forget()
        for name, rows in beside.items():
            if rows.num_rows:
                self._engine.register("rows", rows)
                self._put(name, "SELECT * FROM rows")
                self._engine.unregister("rows")

    def _put(self, name: str, select: str) -> None:
        self._filled.add(name)
        self._engine.execute(f'INSERT INTO "{name}" {select}')  # declared text only

    def told(self, names: Collection[str]) -> dict[str, Iterable[tuple[Any, ...]]]:
        """The rows that tell the facts of ``names``; a table without rows tells nothing."""
        wanted = [name for name in (*FACTS, *NAMED) if name in self._filled and name in {"customers", *names}]
        return {name: self._engine.execute(self._statements[name]).fetchall() for name in wanted}

    def clear(self) -> None:
        """Nobody's rows stay."""
        for name in self._filled:
            self._engine.execute(f'DELETE FROM "{name}"')  # noqa: S608
        self._filled.clear()


_turn = threading.Lock()  # one look at a time: the tables are everybody's
