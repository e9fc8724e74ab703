"""A file as blocks of rows: Arrow tables of text with the physical line of every row, in bounded memory.

Whole blocks are parsed at once by Arrow where they are plainly well-formed; a thin guard over the bytes
finds the places that are not, and only the records there are read one by one (`records`). Reading can stop
after any block and go on later from its `Position`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from perennial.stores.csv.parser.arrow import texts
from perennial.stores.csv.parser.containers import Container, Cut, head_of, open_container
from perennial.stores.csv.parser.dialects import Header, sniff
from perennial.stores.csv.parser.encodings import Encoding, as_utf8, detect
from perennial.stores.csv.parser.faults import BadRow, Fault, Unreadable
from perennial.stores.csv.parser.pieces import MAX_LINE, Pieces
from perennial.values.reason import Reason

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

SAMPLE = 1 << 18
BLOCK = 8 << 20


@dataclass(frozen=True, slots=True)
class Position:
    """Where reading stands: everything before is read, nothing after.

    ``member``: part of a zip (0 otherwise). ``offset``: bytes of that part as UTF-8 without its mark.
    ``line``: physical lines before it. ``rows``: good rows before it, over all parts.
    """

    member: int = 0
    offset: int = 0
    line: int = 0
    rows: int = 0

    def as_json(self) -> dict[str, int]:
        """The stored form."""
        return {"member": self.member, "offset": self.offset, "line": self.line, "rows": self.rows}


@dataclass(frozen=True)
class Block:
    """Rows that stand together: ``table`` has one text column per header name, ``lines`` their lines.

    ``bad`` are the rows between them that are none; ``faults`` concern the file; ``end`` is where to go on.
    ``cut`` says that the file broke off after this block.
    """

    table: pa.Table
    lines: np.ndarray
    bad: tuple[BadRow, ...]
    end: Position
    file: str
    faults: tuple[Fault, ...] = ()
    cut: bool = False


@dataclass(frozen=True)
class Reader:
    """An opened file: its container, encoding and header are known. Use `open_reader`."""

    path: Path
    container: Container
    encoding: Encoding
    header: Header
    sample: bytes = field(repr=False)
    delimiter: str | None = None

    def blocks(self, start: Position | None = None, *, size: int = BLOCK) -> Iterator[Block]:
        """The rows from ``start`` on, about ``size`` bytes of text at a time."""
        start = start or Position()
        for member in range(start.member, len(self.container.members)):
            at = start if member == start.member else Position(member, rows=start.rows)
            for block in self._member(at, size):
                yield block
                start = block.end

    def _member(self, at: Position, size: int) -> Iterator[Block]:
        import numpy as np

        name = self.container.names[at.member]
        header, encoding = self.header, self.encoding
        if at.member:
            # Parts of a zip may come from different programs: each is looked at for itself.
            given = encoding.name if encoding.evidence.code == "guess.given" else None
            encoding = detect(self.container, at.member, given)
            other = _sniffed(self.container, at.member, encoding, self.delimiter)
            if other is None or other.names != header.names:
                first = self.container.names[0].rpartition(":")[2]
                fault = Fault(name, 1, "", Reason.of("csv.other_columns", first=first))
                yield Block(self.empty(), np.empty(0, np.int64), (), at, name, (fault,))
                return
            header = other
        if not at.offset:
            at = Position(at.member, header.end, header.line, at.rows)
        stream = self._stream(at, encoding)
        pieces = Pieces(header.dialect, header.names, at.offset, at.line)
        rows, cut = at.rows, None
        buffer: list[bytes] = []
        held = 0
        while True:
            try:
                chunk = next(stream, b"")
            except Cut as problem:
                chunk, cut = b"", problem
            buffer.append(chunk)
            held += len(chunk)
            if chunk and held < size:
                continue
            final = not chunk
            table, lines, bad = pieces.feed(b"".join(buffer), final=final, cut=cut is not None)
            buffer, held = [], 0
            rows += len(lines)
            faults = (_cut_fault(name, pieces.line, cut),) if cut else ()
            if len(lines) or bad or faults:
                end = Position(at.member, pieces.offset, pieces.line, rows)
                yield Block(table, lines, tuple(bad), end, name, faults, cut is not None)
            if final:
                return

    def _stream(self, at: Position, encoding: Encoding) -> Iterator[bytes]:
        """UTF-8 from the position on. Only plain UTF-8 can jump; the rest is decoded again and skipped."""
        if encoding.name in ("utf-8", "ascii"):
            yield from as_utf8(self.container.chunks(at.member, encoding.mark + at.offset), encoding)
            return
        skip = at.offset
        for chunk in as_utf8(self.container.chunks(at.member, encoding.mark), encoding):
            if skip >= len(chunk):
                skip -= len(chunk)
                continue
            yield chunk[skip:]
            skip = 0

    def empty(self) -> pa.Table:
        """No rows, all columns."""
        import pyarrow as pa

        return pa.table({name: texts([]) for name in self.header.names})


def _cut_fault(name: str, line: int, cut: Cut) -> Fault:
    if cut.early:
        return Fault(name, line + 1, "", Reason.of("csv.truncated", kind=cut.kind))
    done = cut.problem.rpartition(" after ")[2].removesuffix(" bytes")
    problem = cut.problem.rpartition(" after ")[0]
    reason = Reason.of("csv.broken_container", kind=cut.kind, done=done, problem=problem)
    return Fault(name, line + 1, "", reason)


def _sniffed(container: Container, member: int, encoding: Encoding, delimiter: str | None) -> Header | None:
    sample = _sample(container, member, encoding)
    return sniff(sample, whole=len(sample) < SAMPLE, delimiter=delimiter)


def _sample(container: Container, member: int, encoding: Encoding) -> bytes:
    wide = {"utf-16": 2, "utf-32": 4}.get(encoding.name[:6], 1)
    head = head_of(container, member, SAMPLE * wide + encoding.mark)[encoding.mark :]
    whole_letters = head[: len(head) - len(head) % wide]
    return b"".join(as_utf8(iter((whole_letters,)), encoding))[: SAMPLE + MAX_LINE]


def open_reader(path: Path, *, encoding: str | None = None, delimiter: str | None = None) -> Reader:
    """Open a file and tell its container, encoding and header. `Unreadable` where there is nothing to read."""
    container = open_container(path)
    found = detect(container, 0, encoding)
    sample = _sample(container, 0, found)
    header = sniff(sample, whole=len(sample) < SAMPLE, delimiter=delimiter)
    if header is None:
        try:
            for _ in container.chunks(0):
                break
        except Cut as cut:
            raise Unreadable(_cut_fault(container.names[0], 0, cut)) from cut
        raise Unreadable(Fault(container.names[0], 0, "", Reason.of("csv.empty")))
    return Reader(path, container, found, header, sample, delimiter)
