"""The way in: open a file, see what it is taken for, and have it as records or as insight's tables.

    source = open_source(Path("orders.csv"), zone="Europe/Madrid", currency="EUR")
    source.guess.lines()                     # what it is taken for, to be shown
    for portion in source.batches(folder):   # records for `facts.actions.record`, in portions
        portion.batch, portion.checkpoint    # store the checkpoint in the same transaction
    source.batches(folder, checkpoint=...)   # goes on behind it
    shop = source.tables(folder)             # .views: SQL by table of insight's schema, for DuckDB
    source.faults, source.rejects()          # what is wrong with the file, and its rejected rows
    source.report()                          # what was counted

The file is staged once, whichever of these is asked first. Staging is deterministic: the same file gives the
same orders in the same sequence, so a checkpoint holds across processes as long as the file is the same
(`Source.fingerprint` tells).
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from perennial.stores.csv.mapping import retail
from perennial.stores.csv.mapping.files import Mapping, propose_mapping
from perennial.stores.csv.mapping.guess import Guess, guess
from perennial.stores.csv.mapping.records import Portion, Records
from perennial.stores.csv.mapping.rejected import rejected_rows
from perennial.stores.csv.mapping.report import ImportReport, report
from perennial.stores.csv.mapping.shape import Shape
from perennial.stores.csv.mapping.stage import Stage
from perennial.stores.csv.mapping.tables import write_tables
from perennial.stores.csv.parser.faults import Fault
from perennial.stores.csv.parser.reader import Block, Reader, open_reader
from perennial.stores.csv.parser.rejects import Reject

# The database path shares its memory with Django: a million rows stay below 300 MB in all.
_SMALL_BLOCK, _MEMORY = 1 << 20, "48MB"
_BLOCK = 8 << 20


@dataclass(frozen=True)
class ShopTables:
    """``views``: a SELECT by table name, for DuckDB; ``currency``: of all money; ``zone``: of all days."""

    views: dict[str, str]
    currency: str
    zone: str


class Source:
    """An opened order file. Use `open_source`; close it, or use it in a ``with``."""

    def __init__(self, reader: Reader, found: Guess) -> None:
        self.reader, self.guess = reader, found
        self._stage: Stage | None = None
        self._kept: Path | None = None
        self._then: list[Callable[[], None]] = []

    def __enter__(self) -> Source:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the staged rows, on disk too. (After a kill ``stage-*`` is left in the folder: remove it.)"""
        try:
            self._drop()
        finally:
            while self._then:
                self._then.pop()()

    def when_closed(self, then: Callable[[], None]) -> None:
        """Have ``then`` called at the end of `close`, whatever happens before."""
        self._then.append(then)

    def _drop(self) -> None:
        if self._stage:
            self._stage.close()
            self._stage = None
        if self._kept:
            # Gone already where a look was stopped for somebody who was erased meanwhile.
            shutil.rmtree(self._kept, ignore_errors=True)
            self._kept = None

    @cached_property
    def fingerprint(self) -> str:
        """Tells whether a file is the one a checkpoint belongs to: all its bytes, and how they are read."""
        with self.reader.path.open("rb") as file:
            digest = hashlib.file_digest(file, "blake2b")
        digest.update(repr((self.guess.plan, self.guess.encoding, self.guess.delimiter)).encode())
        return digest.hexdigest()[:32]

    def stage(self, *, lean: bool, folder: Path | None = None, told: Callable[[Block], None] | None = None) -> Stage:
        """Read the whole file and work out its orders; done once. ``told`` hears of every block.

        ``folder``: where to keep the rows while working, so that memory stays bounded; else in memory.
        """
        if self._stage and self._stage.lean and not lean:
            self._drop()
        if self._stage is None:
            file = None
            if folder:
                folder.mkdir(parents=True, exist_ok=True)
                self._kept = Path(tempfile.mkdtemp(prefix="stage-", dir=folder))
                file = self._kept / "rows.duckdb"
            stage = Stage(self.guess.plan, lean=lean, file=file, memory=_MEMORY if file else "")
            stage.fill(self.reader, size=_SMALL_BLOCK if file else _BLOCK, told=told)
            if self.guess.layout == "online_retail":
                retail.build(stage)
            else:
                Shape(stage).build()
            self._stage = stage
        return self._stage

    def batches(
        self,
        folder: Path | None = None,
        *,
        checkpoint: int = 0,
        size: int = 500,
        told: Callable[[Block], None] | None = None,
    ) -> Iterator[Portion]:
        """The file as records, about ``size`` orders at a time, behind the ``checkpoint`` of a portion.

        An order comes whole, with its refunds, customer and products, once. Rows stage in ``folder``.
        """
        return Records(self.stage(lean=False, folder=folder, told=told), self.guess.columns).portions(checkpoint, size)

    def tables(self, folder: Path, *, store_id: int = 1) -> ShopTables:
        """The file as insight's tables: Parquet below ``folder`` and the views over it."""
        stage = self.stage(lean=True)
        return ShopTables(write_tables(stage, folder, store_id=store_id), self.guess.currency, self.guess.zone)

    @property
    def faults(self) -> list[Fault]:
        """What is wrong with the file as a whole: known once it has been read."""
        return self.stage(lean=True).faults

    def rejects(self) -> Iterator[Reject]:
        """The rejected rows, in order of the file, with the cells as they stand in it."""
        return rejected_rows(self.reader, self.stage(lean=True))

    def problems(self, limit: int = 1000) -> list[Fault]:
        """The first of the faults of rows and file, as they are told to people."""
        stage = self.stage(lean=True)
        names = self.reader.container.names
        found = [*stage.faults]
        for member, line, column, reason in stage.bad():
            if len(found) >= limit:
                break
            found.append(Fault(names[member], line, column, reason))
        return found

    def report(self) -> ImportReport:
        """What was counted in the file, and what became of it."""
        return report(self.stage(lean=True), self.guess)

    def propose_mapping(self) -> str:
        """A mapping file for this header, to be completed by hand."""
        return propose(self.reader)


def propose(reader: Reader) -> str:
    """A mapping file for the header of an opened file, known layout or not."""
    block = next(iter(reader.blocks(size=1 << 16)), None)
    rows = list(zip(*block.table.slice(0, 3).to_pydict().values(), strict=True)) if block else []
    return propose_mapping(reader.header.names, rows)


def open_source(
    path: Path,
    *,
    mapping: Mapping | None = None,
    currency: str | None = None,
    zone: str | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
) -> Source:
    """Open an order file and guess what it is. Everything but the path is only what the user insists on.

    ``currency`` of orders that state none and ``zone`` of times without one are the store's. Raises
    `Unreadable` (a ValueError whose ``fault`` has code, place and remedy) for what cannot be used at all.
    """
    reader = open_reader(path, encoding=encoding, delimiter=delimiter)
    return Source(reader, guess(reader, mapping=mapping, currency=currency, zone=zone))
