"""The rows of a list of people, from a file or from pasted text: streamed, whatever encoding and separator it has.

What a file is taken for is told by the reader of orders; a row is read here cell by cell, without the columnar
engine: a list has one column that matters, and what is pasted is read by a web process.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from perennial.segments.rules.listing import Columns, Entry, Way, columns, entries
from perennial.stores.csv.parser.containers import Container, Cut, open_container
from perennial.stores.csv.parser.dialects import Header, sniff
from perennial.stores.csv.parser.encodings import as_utf8, detect
from perennial.stores.csv.parser.faults import Unreadable
from perennial.stores.csv.parser.records import Dialect, Record, read_record
from perennial.values.reason import Reason

_SAMPLE = 1 << 17


@dataclass(frozen=True, slots=True)
class Row:
    """A row that names somebody, or why it does not. ``line``: its physical line, from 1; ``number``: from 1."""

    number: int
    line: int
    entries: tuple[Entry, ...] = ()
    why: Reason | None = None


class NoList(ValueError):
    """Nothing, or nothing more, of a file can be used; ``reason`` says why."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.code)
        self.reason = reason


def rows_of_text(text: str, way: Way, *, after: int = 0) -> Iterator[Row]:
    """The rows of pasted text: one a line, or several parted by commas, semicolons, tabs."""
    data = text.replace("\r\n", "\n").replace("\r", "\n").lstrip("\ufeff").encode("utf-8", "replace")
    yield from _after(_rows(iter((data,)), way), after)


def rows_of_file(path: Path, way: Way, *, after: int = 0, most: int = 0) -> Iterator[Row]:
    """The rows of a file, behind the first ``after``. ``most``: bytes that it may unpack to (0: any number).

    Raises NoList where there is nothing to read, or too much; a file that breaks off is read up to there, and
    then said to be broken.
    """
    try:
        container = open_container(path)
    except Unreadable as wrong:
        raise NoList(wrong.fault.reason) from wrong
    yield from _after(_of_container(container, way, most), after)


def _after(found: Iterator[Row], after: int) -> Iterator[Row]:
    return (row for row in found if row.number > after)


def _of_container(container: Container, way: Way, most: int) -> Iterator[Row]:
    number, left = 0, most
    for member in range(len(container.members)):
        encoding = detect(container, member)

        def chunks(member: int = member, mark: int = encoding.mark) -> Iterator[bytes]:
            nonlocal left
            for chunk in container.chunks(member, mark):
                left -= len(chunk)
                if most and left < 0:
                    raise NoList(Reason.of("listing.too_large"))
                yield chunk

        try:
            for row in _rows(as_utf8(chunks(), encoding), way):
                number += 1
                yield Row(number, row.line, row.entries, row.why)
        except Cut as cut:
            raise NoList(Reason.of("listing.cut")) from cut


def _rows(chunks: Iterator[bytes], way: Way) -> Iterator[Row]:
    """Rows of UTF-8; the header is none of them, nor is an empty line."""
    sample = b""
    ended = False
    while len(sample) < _SAMPLE and not ended:
        chunk = next(chunks, b"")
        ended = not chunk
        sample += chunk
    header = sniff(sample[:_SAMPLE], whole=ended and len(sample) <= _SAMPLE)
    if header is None:
        return
    where, start, line = _beginning(sample, header, way)
    number = 0
    for at, record in _records(sample[start:], chunks, header.dialect):
        if record.fault is None and not any(cell.strip() for cell in record.cells):
            continue
        number += 1
        read = entries(record.cells, where, way)
        if record.fault:
            read = _in_spite_of(read, where)
        if isinstance(read, Reason):
            yield Row(number, line + at, why=read)
        else:
            yield Row(number, line + at, tuple(read))


def _in_spite_of(read: list[Entry] | Reason, where: Columns) -> list[Entry] | Reason:
    """A row with a wrong quote: mail programs write "López, Ana" <ana@example.com>. In a table its cells are lost."""
    sure = not where.places and not isinstance(read, Reason) and not any('"' in one.value for one in read)
    return read if sure else Reason.of("listing.quotes")


def _beginning(sample: bytes, header: Header, way: Way) -> tuple[Columns, int, int]:
    """Where values stand, where the rows begin, and how many lines stand before them."""
    where = columns(header.raw, way)
    if where.header:
        return where, header.end, header.line
    hint, _, _ = sample.partition(b"\n")
    if hint.strip()[:4].lower() == b"sep=":
        return where, len(hint) + 1, 1
    return where, 0, 0


def _records(data: bytes, chunks: Iterator[bytes], dialect: Dialect) -> Iterator[tuple[int, Record]]:
    """Records with the line each begins in, from 1; never more than a chunk and a record are held."""
    line, at = 1, 0
    while True:
        chunk = next(chunks, None)
        final = chunk is None
        while at < len(data):
            record = read_record(data, at, dialect, final=final)
            if record.open_end:
                break
            yield line, record
            line, at = line + record.lines, record.end
        if final:
            return
        data, at = data[at:] + (chunk or b""), 0
