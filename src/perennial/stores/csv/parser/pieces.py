"""The guard over the bytes: cuts a stream into whole records and parses the well-formed ones in bulk.

What Arrow is given: stretches of UTF-8 text that begin and end at record boundaries, hold no NUL, no line
beyond `MAX_LINE`, and in which every quote opens a cell, closes one, or is doubled inside one. Every other
record goes through `records.read_record`, whose reading is the definition.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from perennial.stores.csv.parser.arrow import texts
from perennial.stores.csv.parser.faults import BadRow
from perennial.stores.csv.parser.records import MAX_RECORD, Dialect, decode, read_record, to_row
from perennial.values.reason import Reason

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

MAX_LINE = 1 << 20
_LONE_CR = re.compile(rb"\r(?!\n)")
# Below this a stretch is read record by record: a call of Arrow costs more.
_SMALL = 1 << 13
_FIRST_RUN = 64


class Pieces:
    """Fed with bytes, gives tables. ``offset`` and ``line`` say what has been consumed so far."""

    def __init__(self, dialect: Dialect, names: tuple[str, ...], offset: int, line: int) -> None:
        self.dialect, self.names = dialect, names
        self.offset, self.line = offset, line
        self._rest = b""
        self._skipping = 0  # bytes of an endless line dropped so far
        self._tables: list[tuple[pa.Table, np.ndarray]] = []
        self._slow: tuple[list[list[str]], list[int]] = ([], [])
        self._bad: list[BadRow] = []

    def feed(self, data: bytes, *, final: bool, cut: bool = False) -> tuple[pa.Table, np.ndarray, list[BadRow]]:
        """Rows of everything that is complete. ``final``: nothing follows; ``cut``: and the end is missing."""
        data = self._rest + data if self._rest else data
        self._rest = b""
        if self._skipping:
            data = self._skip(data, final=final)
        last = data.rfind(b"\n") + 1
        # A line without end: what stands before it is complete in any case.
        endless = len(data) - last > MAX_LINE
        if final and not cut and not endless:
            last = len(data)
        whole, rest = (data, b"") if last == len(data) else (data[:last], data[last:])
        if whole:
            plain = _LONE_CR.sub(b"\n", whole) if b"\r" in whole else whole
            used = self._whole(plain, final=endless or (final and not cut))
            rest = whole[used:] + rest if used < len(whole) else rest
        if endless:
            self._begin_skip(rest)
            rest = b""
            if final:
                self._skip(b"", final=True)
        if not final:
            self._rest = rest
        elif rest and cut:
            # The stump of a record: never a row, it may be half of one.
            first = rest[:MAX_LINE].split(b"\n", 1)[0].split(self.dialect.delimiter.encode())
            cells = tuple(decode(c) for c in first)
            self._bad.append(BadRow(self.line + 1, cells, Reason.of("row.cut")))
        return self._collect()

    def _begin_skip(self, rest: bytes) -> None:
        cells = tuple(decode(c) for c in rest[:4096].split(self.dialect.delimiter.encode())[:-1])
        self._bad.append(BadRow(self.line + 1, cells, Reason.of("row.too_long", limit=MAX_LINE)))
        self._skipping = len(rest)
        self.offset += len(rest)

    def _skip(self, data: bytes, *, final: bool) -> bytes:
        end = data.find(b"\n") + 1
        dropped = end or len(data)
        self.offset += dropped
        self._skipping += dropped
        if end or final:
            self._skipping = 0
            self.line += 1
        return data[dropped:]

    def _collect(self) -> tuple[pa.Table, np.ndarray, list[BadRow]]:
        import numpy as np
        import pyarrow as pa

        self._flush()
        tables, self._tables = self._tables, []
        bad, self._bad = self._bad, []
        if not tables:
            empty = pa.table({name: texts([]) for name in self.names})
            return empty, np.empty(0, np.int64), bad
        return pa.concat_tables([t for t, _ in tables]), np.concatenate([n for _, n in tables]), bad

    def _flush(self) -> None:
        """Rows read one by one become a table."""
        import numpy as np
        import pyarrow as pa

        rows, lines = self._slow
        if rows:
            columns = [texts(column) for column in zip(*rows, strict=True)]
            self._tables.append((pa.table(columns, names=list(self.names)), np.array(lines, np.int64)))
            self._slow = ([], [])

    def _whole(self, data: bytes, *, final: bool) -> int:
        """Read ``data``, which ends with a line end (or the file); how much of it was consumed."""
        at = 0
        for start, stop, code in _foul(data):
            at = self._stretch(data, at, start, final=True) if start > at else at
            if at <= start:
                self._reject_line(data, start, stop, code)
                at = stop
        if at < len(data):
            at = self._stretch(data, at, len(data), final=final)
        return at

    def _reject_line(self, data: bytes, start: int, stop: int, code: str) -> None:
        encoding = {"encoding": "UTF-8"} if code == "row.encoding" else {}
        limit = {"limit": MAX_LINE} if code == "row.too_long" else {}
        text = decode(data[start : min(stop, start + MAX_LINE)]).rstrip("\r\n").replace("\x00", "\N{SYMBOL FOR NULL}")
        cells = tuple(text[:4096].split(self.dialect.delimiter)) if limit else tuple(text.split(self.dialect.delimiter))
        self._bad.append(BadRow(self.line + 1, cells, Reason.of(code, **encoding, **limit)))
        self.line += 1
        self.offset += stop - start

    def _stretch(self, data: bytes, start: int, stop: int, *, final: bool) -> int:
        """Read clean text in data[start:stop], in bulk where its quotes are in order; where it stopped.

        Only a record that the end of an unfinished stream cuts is left over.
        """
        run, text = _FIRST_RUN, data[start:stop]
        at, size = 0, stop - start
        while at < size:
            if size - at >= _SMALL:
                at += self._bulk(text[at:])
                if at >= size:
                    break
            read = 0
            while at < size and read < run:
                record = read_record(text, at, self.dialect, final=final)
                if record.open_end:
                    if size - at <= MAX_RECORD:
                        return start + at
                    record = read_record(text, at, self.dialect, final=True)
                row = to_row(record, self.line + 1, len(self.names))
                if isinstance(row, BadRow):
                    self._bad.append(row)
                elif row:
                    self._slow[0].append(row)
                    self._slow[1].append(self.line + 1)
                self.line += record.lines
                self.offset += record.end - at
                at = record.end
                read += 1
            run *= 2
        return stop

    def _bulk(self, data: bytes) -> int:
        """Parse the well-formed beginning of ``data``; how many bytes it has."""
        from perennial.stores.csv.parser.bulk import parse

        found = parse(data, self.dialect, self.names)
        if found.size:
            self._flush()
            self._tables.append((found.table, found.lines + (self.line + 1)))
            self._bad += [BadRow(self.line + 1 + bad.line, bad.cells, bad.reason, bad.column) for bad in found.bad]
            self.line += found.line_count
            self.offset += found.size
        return found.size


def _foul(data: bytes) -> list[tuple[int, int, str]]:
    """Lines that are no text: start, end behind the line end, reason. In order, none twice."""
    found: dict[int, tuple[int, str]] = {}

    def line_of(at: int) -> tuple[int, int]:
        stop = data.find(b"\n", at) + 1
        return data.rfind(b"\n", 0, at) + 1, stop or len(data)

    at = 0
    while at + MAX_LINE < len(data):
        end = data.rfind(b"\n", at, at + MAX_LINE + 1)
        if end < 0:
            start, stop = line_of(at)
            found[start] = (stop, "row.too_long")
            at = stop
        else:
            at = end + 1
    at = data.find(b"\x00")
    while at >= 0:
        start, stop = line_of(at)
        found.setdefault(start, (stop, "row.nul"))
        at = data.find(b"\x00", stop)
    if not data.isascii():
        at = 0
        while at < len(data):
            try:
                # The whole rest each time would be quadratic in a file full of errors.
                str(memoryview(data)[at:], "utf-8")
                break
            except UnicodeDecodeError as error:
                start, stop = line_of(at + error.start)
                found.setdefault(start, (stop, "row.encoding"))
                at = stop
    return [(start, *found[start]) for start in sorted(found)]
