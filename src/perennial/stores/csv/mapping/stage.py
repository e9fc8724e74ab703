"""The stage: all typed rows of a file in DuckDB, in order, with what is wrong beside them.

An order is all rows of its name, wherever they stand. Where the rows of every order stand together (the rule)
an order is a run of rows and costs nothing; where they do not, runs are joined by the hash of the name. An
order with one wrong row is left out whole: a record is a whole state, half of one would be a lie. So are the
orders around a wrong line that does not tell its order.

The stage lives in memory, or in a file with bounded memory where many rows are expected.
"""
# ruff: noqa: S608 (the SQL is made of our own names; no text of a file gets into it)

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perennial.stores.csv.mapping import fields as f
from perennial.stores.csv.mapping.normal import MEMBER, Cell, Normaliser, Plan
from perennial.stores.csv.parser.arrow import integers, numbers, texts
from perennial.stores.csv.parser.faults import Fault
from perennial.stores.csv.parser.reader import Block, Reader
from perennial.values.reason import Reason

if TYPE_CHECKING:
    import duckdb
    import numpy as np
    import pyarrow as pa

NAME = 255
_RESTING, _MOST = 16, 4096  # megabytes: while rows are only read in turn; before giving up
# Names of people stay out of the lab's stage: insight knows customers by number.
_PRIVATE = frozenset({"order", "person", *f.PEOPLE, *f.PERSON_TEXTS, "number", "payment_method", "codes"})


class Stage:
    """Holds the rows of one file. ``lean`` leaves out what only records need: names and addresses."""

    def __init__(self, plan: Plan, *, lean: bool, file: Path | None = None, memory: str = "") -> None:
        import duckdb

        self.plan, self.lean = plan, lean
        self.con: duckdb.DuckDBPyConnection = duckdb.connect(str(file) if file else ":memory:")
        self.con.execute("SET preserve_insertion_order = false")
        self._memory = int(memory.removesuffix("MB") or 0)
        if memory:
            import pyarrow as pa

            # The usual pool keeps what it once had.
            pa.set_memory_pool(pa.system_memory_pool())
            # Each thread holds buffers of its own: in little memory one is as fast and does not run out.
            self.con.execute(f"SET memory_limit = '{memory}'")
            self.con.execute("SET threads = 1")
        if file:
            self.con.execute(f"SET temp_directory = '{_quoted(file.with_suffix('.spill'))}'")
        self.columns: tuple[str, ...] = ()
        self.rows = self.bad_rows = 0
        self.faults: list[Fault] = []
        self.together = True
        self._hashes: list[np.ndarray] = []
        self._last_run = -1
        self._last_order: str | None = None
        self._bad: list[tuple[int, str, str, str, str | None]] = []
        self.con.execute(
            'CREATE TABLE bad (pos BIGINT, "column" VARCHAR, code VARCHAR, params VARCHAR, "order" VARCHAR)'
        )

    def fill(self, reader: Reader, *, size: int, told: object = None) -> None:
        """Read the whole file. ``told``: called with each block that has been staged, for progress."""
        normaliser = Normaliser(self.plan)
        order = self.plan.columns.get("order")
        place = reader.header.names.index(order) if order else -1
        for block in ahead(reader.blocks(size=size)):
            typed, cells = normaliser.block(block)
            self._add(typed)
            self._add_bad(block, cells, place)
            if block.cut and self._last_order is not None and order:
                pos = (block.end.member << MEMBER) + block.end.line
                self._bad.append((pos, "", "row.cut", "{}", self._last_order))
            self.faults += block.faults
            self._flush_bad()
            if callable(told):
                told(block)
        if not self.columns:
            self._add(normaliser.block(_no_rows(reader))[0])
        self._join_runs()

    def _add(self, typed: pa.Table) -> None:
        import numpy as np

        if self.columns and not typed.num_rows:
            return
        runs = numbers(typed["run"])
        starts = np.flatnonzero(np.diff(runs, prepend=self._last_run))
        if len(starts):
            names = typed.select(["order"])
            names = names if len(starts) == len(runs) else names.take(integers(starts))
            self._hashes.append(self._hash(names))
            self._last_run = int(runs[-1])
        if typed.num_rows:
            self._last_order = typed["order"][-1].as_py()
        keep = [name for name in typed.column_names if not (self.lean and name in _PRIVATE)]
        selected = [f'"{name}"' for name in keep] + ["hash(person) AS ckey"]
        goods = [f'"{name}"' for name in ("product", "sku", "title") if name in keep]
        if goods:
            selected.append(f"hash(coalesce({', '.join(goods)})) AS pkey")
        if self.plan.layout == "online_retail":
            selected.append("""starts_with(upper("order"), 'C') AS is_cancel""")
        self.con.register("rows", typed)
        # hash() of nothing is a number too: a missing customer stays missing.
        text = ", ".join(selected).replace("hash(person)", "CASE WHEN person IS NOT NULL THEN hash(person) END")
        start = "INSERT INTO row" if self.columns else "CREATE TABLE row AS"
        self.con.execute(f"{start} SELECT {text} FROM rows")
        self.con.unregister("rows")
        self.columns = self.columns or (*keep, "ckey", *(["pkey"] if goods else []))
        self.rows += typed.num_rows

    def _hash(self, names: pa.Table) -> np.ndarray:
        cursor = self.con.cursor()
        cursor.register("named", names)
        return numbers(cursor.sql('SELECT hash("order") AS h FROM named').to_arrow_table()["h"])

    def _add_bad(self, block: Block, cells: Iterable[Cell], place: int) -> None:
        member = block.end.member << MEMBER
        self.bad_rows += len(block.bad)
        for row in block.bad:
            name = row.cells[place].strip() if 0 <= place < len(row.cells) else ""
            order = name if name and len(name) <= NAME else None
            self._bad.append((member + row.line, row.column, row.reason.code, _params(row.reason), order))
        seen = set()
        for cell in cells:
            seen.add(cell.pos)
            self._bad.append((cell.pos, cell.column, cell.reason.code, _params(cell.reason), cell.order))
        self.bad_rows += len(seen)

    def _flush_bad(self) -> None:
        import numpy as np
        import pyarrow as pa

        if self._bad:
            pos, *words = zip(*self._bad, strict=True)
            columns = [integers(np.array(pos, np.int64)), *(texts(column) for column in words)]
            self.con.register("wrong", pa.table(columns, names=["pos", "column", "code", "params", "order"]))
            self.con.execute("INSERT INTO bad SELECT * FROM wrong")
            self.con.unregister("wrong")
            self._bad = []

    def reject_orders(self, found: Sequence[tuple[int, int, str, Reason]]) -> None:
        """Leave out more orders: (order, row, column, why), whose rows are right one by one."""
        for oid, pos, column, reason in found:
            self._bad.append((pos, column, reason.code, _params(reason), None))
            self.con.execute("INSERT INTO left_out VALUES ($oid, $pos)", {"oid": oid, "pos": pos})
        self._flush_bad()

    def _join_runs(self) -> None:
        """Give every row its order: ``oid``, 1 for the first of the file."""
        import numpy as np
        import pyarrow as pa

        con = self.con
        hashes = np.concatenate(self._hashes) if self._hashes else np.empty(0, np.uint64)
        self._hashes = []
        ordered = np.sort(hashes)
        self.together = not bool((ordered[1:] == ordered[:-1]).any())
        del ordered
        if self.together:
            con.execute("CREATE VIEW placed AS SELECT *, run + 1 AS oid FROM row")
        else:
            _, first, back = np.unique(hashes, return_index=True, return_inverse=True)
            oids = np.empty(len(first), np.int64)
            oids[np.argsort(first)] = np.arange(1, len(first) + 1)
            runs = self._first_runs()
            con.register("joined", pa.table({"run": integers(runs), "oid": integers(oids[back])}))
            con.execute("CREATE TABLE run_order AS SELECT * FROM joined")
            con.unregister("joined")
            con.execute("CREATE VIEW placed AS SELECT row.*, oid FROM row JOIN run_order USING (run)")
        con.execute("CREATE TABLE left_out (oid BIGINT, because BIGINT)")
        if "order" in self.plan.columns and self.holds("bad"):
            con.register("named", pa.table({"run": integers(self._first_runs()), "h": integers(hashes)}))
            con.execute("""INSERT INTO left_out SELECT oid, min(b.pos) FROM
                (SELECT hash("order") AS h, min(pos) AS pos FROM bad WHERE "order" IS NOT NULL GROUP BY 1) b
                JOIN named USING (h) JOIN (SELECT run, min(oid) AS oid FROM placed GROUP BY run) USING (run)
                GROUP BY oid""")
            con.unregister("named")
            if self.plan.by_line:
                self._leave_neighbours_out()

    def _leave_neighbours_out(self) -> None:
        """A line whose order cannot be told may belong to the order before it or behind it: neither is whole."""
        self.con.execute("""INSERT INTO left_out SELECT oid, min(because) FROM (
                SELECT p.oid, b.pos AS because FROM (SELECT pos FROM bad WHERE "order" IS NULL) b
                ASOF JOIN placed p ON b.pos > p.pos
                UNION ALL SELECT p.oid, b.pos FROM (SELECT pos FROM bad WHERE "order" IS NULL) b
                ASOF JOIN placed p ON b.pos < p.pos)
            WHERE oid NOT IN (SELECT oid FROM left_out) GROUP BY oid""")

    def _first_runs(self) -> np.ndarray:
        return numbers(self.con.cursor().sql("SELECT DISTINCT run FROM row ORDER BY run").to_arrow_table()["run"])

    def bad(self) -> Iterator[tuple[int, int, str, Reason]]:
        """What was rejected, in order of the file: part, line, column, reason; siblings of wrong rows too."""
        # A cursor of its own: the rows come as they are asked for, and other questions may be asked between.
        found = self.con.cursor().execute(
            f"""SELECT pos, "column", code, params FROM bad UNION ALL
            SELECT pos, '', 'row.sibling', '{{"line": ' || (because & ((1::BIGINT << {MEMBER}) - 1)) || '}}'
            FROM placed JOIN left_out USING (oid) ANTI JOIN bad USING (pos) ORDER BY pos, 2"""
        )
        while rows := found.fetchmany(10_000):
            for pos, column, code, params in rows:
                yield pos >> MEMBER, pos & ((1 << MEMBER) - 1), column, Reason.of(code, **json.loads(params))

    def make(self, sql: str) -> None:
        """Run a statement that makes a table or a file; in more memory where it does not fit into what there is.

        Not everything can be spilled to disk: an aggregate of texts over tens of millions of rows cannot.
        """
        import duckdb

        while True:
            try:
                self.con.execute(sql)
            except duckdb.OutOfMemoryException:
                if not self._memory or self._memory >= _MOST:
                    raise
                self._memory *= 2
                self.con.execute(f"SET memory_limit = '{self._memory}MB'")
            else:
                return

    def one(self, sql: str) -> tuple[Any, ...]:
        """The one row of an answer. (DuckDB refuses further work while a row of an answer is unfetched.)"""
        return self.con.execute(sql).fetchall()[0]

    def holds(self, table: str) -> bool:
        """Whether a table has a row."""
        return bool(self.one(f"SELECT EXISTS (FROM {table})")[0])

    @contextmanager
    def resting(self) -> Iterator[None]:
        """Keep less of the rows in memory while they are only read in turn."""
        if self._memory:
            self.con.execute(f"SET memory_limit = '{_RESTING}MB'")
        try:
            yield
        finally:
            if self._memory:
                self.con.execute(f"SET memory_limit = '{self._memory}MB'")

    def close(self) -> None:
        """Let go of the rows."""
        self.con.close()


def ahead(blocks: Iterator[Block]) -> Iterator[Block]:
    """The same blocks, the next one read by a thread while this one is worked on."""
    with ThreadPoolExecutor(1, "read-ahead") as pool:
        coming = pool.submit(next, blocks, None)
        while (block := coming.result()) is not None:
            coming = pool.submit(next, blocks, None)
            yield block


def _params(reason: Reason) -> str:
    return json.dumps(dict(reason.params))


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def _no_rows(reader: Reader) -> Block:
    import numpy as np

    from perennial.stores.csv.parser.reader import Position

    return Block(reader.empty(), np.empty(0, np.int64), (), Position(), str(reader.path))
