"""The reference reading of records: what a row is, cell by cell, and how to go on after a wrong quote.

RFC 4180 with these additions: a quote inside an unquoted cell is a plain sign; extra empty cells at the end
of a row are dropped; a record is at most `MAX_RECORD` bytes. After a wrong quote, reading goes on at the
next physical line, so that one bad line costs one row. `reader` does the same on whole blocks at once and
comes here only for lines that are not plainly well-formed.
"""

from __future__ import annotations

from dataclasses import dataclass

from perennial.stores.csv.parser.faults import BadRow
from perennial.values.reason import Reason

MAX_RECORD = 1 << 20


@dataclass(frozen=True, slots=True)
class Dialect:
    """``delimiter`` and ``quote`` are one ASCII sign each; ``skip`` lines stand before the header."""

    delimiter: str = ","
    quote: str = '"'
    skip: int = 0


@dataclass(frozen=True, slots=True)
class Record:
    """One record: its cells or, in their place, the reason there are none; ``end`` is the next offset."""

    cells: list[str]
    end: int
    lines: int
    fault: Reason | None = None
    open_end: bool = False


def decode(data: bytes) -> str:
    """Text for showing: what is not UTF-8 becomes U+FFFD."""
    return data.decode("utf-8", "replace")


def read_record(data: bytes, start: int, dialect: Dialect, *, final: bool) -> Record:
    """The record that begins at ``start``.

    ``open_end`` says that the data ends inside it and more may come (never if ``final``).
    """
    delimiter, quote = dialect.delimiter.encode(), dialect.quote.encode()
    line_end = data.find(b"\n", start)
    stop = len(data) if line_end < 0 else line_end
    if quote not in data[start:stop]:
        if line_end < 0 and not final:
            return Record([], start, 0, open_end=True)
        text = data[start:stop].removesuffix(b"\r")
        return Record([decode(cell) for cell in text.split(delimiter)], min(stop + 1, len(data)), 1)
    return _quoted_record(data, start, delimiter, quote, final=final)


def _bad(data: bytes, start: int, delimiter: bytes, code: str) -> Record:
    stop = data.find(b"\n", start)
    stop = len(data) if stop < 0 else stop
    cells = [decode(cell) for cell in data[start:stop].removesuffix(b"\r").split(delimiter)]
    return Record(cells, min(stop + 1, len(data)), 1, Reason.of(code))


def _quoted_record(data: bytes, start: int, delimiter: bytes, quote: bytes, *, final: bool) -> Record:
    cells: list[str] = []
    at, lines = start, 1
    limit = min(len(data), start + MAX_RECORD)
    more = limit == len(data) and not final
    while True:
        if data[at : at + 1] == quote:
            cell, at = _quoted_cell(data, at + 1, quote, limit)
            lines += cell.count(b"\n")
            if at < 0 or (at == len(data) and more):
                return _unfinished(data, start, delimiter, more=more)
            if data[at : at + 2] == b"\r\n" or data[at:] == b"\r":
                at += 1
            if data[at : at + 1] not in (delimiter, b"\n", b""):
                return _bad(data, start, delimiter, "row.stray_quote")
        else:
            cell, at, ended = _plain_cell(data, at, delimiter, limit)
            if not ended and (more or limit < len(data)):
                return _unfinished(data, start, delimiter, more=more)
        cells.append(decode(cell))
        if data[at : at + 1] != delimiter:
            return Record(cells, min(at + 1, len(data)), lines)
        at += 1


def _unfinished(data: bytes, start: int, delimiter: bytes, *, more: bool) -> Record:
    return Record([], start, 0, open_end=True) if more else _bad(data, start, delimiter, "row.open_quote")


def _quoted_cell(data: bytes, at: int, quote: bytes, limit: int) -> tuple[bytes, int]:
    """The cell whose opening quote stands before ``at``, and the offset behind its closing one (-1: none)."""
    parts = []
    while (close := data.find(quote, at, limit)) >= 0:
        parts.append(data[at:close])
        at = close + 1
        if data[at : at + 1] != quote:
            return b"".join(parts), at
        parts.append(quote)
        at += 1
    return b"", -1


def _plain_cell(data: bytes, at: int, delimiter: bytes, limit: int) -> tuple[bytes, int, bool]:
    """The unquoted cell at ``at``, where it ends, and whether an end was found before ``limit``."""
    line_end = data.find(b"\n", at, limit)
    stop = line_end if line_end >= 0 else limit
    comma = data.find(delimiter, at, stop)
    if comma >= 0:
        return data[at:comma], comma, True
    return data[at:stop].removesuffix(b"\r"), stop, line_end >= 0


def fit(cells: list[str], width: int) -> list[str] | None:
    """The cells of a row of ``width`` columns, None where they do not fit; [] for an empty row."""
    if not any(cells):
        return []
    if len(cells) > width and not any(cells[width:]):
        cells = cells[:width]
    return cells if len(cells) == width else None


def to_row(record: Record, line: int, width: int) -> list[str] | BadRow:
    """A record as a row of ``width`` cells ([]: an empty line), or why it is none."""
    cells = [cell.replace("\x00", "\N{SYMBOL FOR NULL}") for cell in record.cells]
    if record.fault:
        return BadRow(line, tuple(cells), record.fault)
    fitting = fit(record.cells, width)
    if fitting is None:
        return BadRow(line, tuple(cells), Reason.of("row.cells", found=len(cells), expected=width))
    return fitting
