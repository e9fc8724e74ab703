"""Many records at once: the structure of the bytes by NumPy, their cells by Arrow."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from perennial.stores.csv.parser.arrow import integers, texts
from perennial.stores.csv.parser.faults import BadRow
from perennial.stores.csv.parser.records import Dialect, read_record, to_row

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

_LF, _CR = 10, 13
_ARROW_BLOCK = 1 << 21


@dataclass(frozen=True)
class Bulk:
    """What was parsed: ``size`` bytes, ``line_count`` lines; lines of rows and of bad rows count from 0."""

    table: pa.Table
    lines: np.ndarray
    bad: list[BadRow]
    size: int
    line_count: int


def parse(data: bytes, dialect: Dialect, names: tuple[str, ...]) -> Bulk:
    """Parse ``data`` up to its first misplaced quote or its last whole record.

    ``data`` begins at a record, is UTF-8 without NUL or lone CR, and its lines are bounded.
    """
    import numpy as np

    if dialect.quote.encode() not in data:
        data_lines = data.count(b"\n") + (not data.endswith(b"\n"))
        parsed, ragged = _arrow(data, dialect, names, newlines=False)
        if not ragged and parsed.num_rows == data_lines and not _may_hold_blank(data, dialect, len(names)):
            return Bulk(parsed, np.arange(data_lines, dtype=np.int64), [], len(data), data_lines)
    return _by_structure(data, dialect, names)


def _may_hold_blank(data: bytes, dialect: Dialect, width: int) -> bool:
    """Whether a row of nothing but separators (a spreadsheet's empty row) may be in ``data``."""
    empty = dialect.delimiter.encode() * (width - 1)
    ends = (empty + b"\n", empty + b"\r\n")
    return data.startswith(ends) or any(b"\n" + end in data for end in ends) or data.endswith(b"\n" + empty)


def _arrow(data: bytes, dialect: Dialect, names: tuple[str, ...], *, newlines: bool) -> tuple[pa.Table, bool]:
    """The rows of ``data`` that have the right number of cells, and whether there were others."""
    import pyarrow as pa
    from pyarrow import csv

    ragged = False

    def invalid(_row: object) -> str:
        nonlocal ragged
        ragged = True
        return "skip"

    table = csv.read_csv(
        pa.BufferReader(data),
        read_options=csv.ReadOptions(
            column_names=list(names), block_size=max(_ARROW_BLOCK, len(data) // 64), use_threads=True
        ),
        parse_options=csv.ParseOptions(
            delimiter=dialect.delimiter,
            quote_char=dialect.quote,
            double_quote=True,
            escape_char=False,
            newlines_in_values=newlines,
            invalid_row_handler=invalid,
        ),
        convert_options=csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            strings_can_be_null=False,
            null_values=[],
            check_utf8=False,
        ),
    )
    return table, ragged


def _by_structure(data: bytes, dialect: Dialect, names: tuple[str, ...]) -> Bulk:
    import numpy as np

    signs = np.frombuffer(data, np.uint8)
    quotes = np.flatnonzero(signs == ord(dialect.quote))
    ends = np.flatnonzero(signs == _LF)
    if not data.endswith(b"\n"):
        ends = np.append(ends, len(data))
    inside = np.searchsorted(quotes, ends) & 1
    records = np.flatnonzero(inside == 0)  # indexes of the line ends that end a record
    if len(quotes):
        wrong = _first_wrong(signs, quotes, ord(dialect.delimiter))
        if wrong is not None:
            records = records[: np.searchsorted(ends[records], wrong)]
    if not len(records):
        return _nothing(names)
    row_ends = ends[records]
    size = min(int(row_ends[-1]) + 1, len(data))
    starts = np.concatenate(([0], row_ends[:-1] + 1))
    lines = np.concatenate(([0], records[:-1] + 1)).astype(np.int64)
    line_count = int(records[-1]) + 1
    # Wrong width or nothing but separators: read one by one, the rest in bulk.
    commas = np.flatnonzero(signs[:size] == ord(dialect.delimiter))
    if len(quotes):
        commas = commas[(np.searchsorted(quotes, commas) & 1) == 0]
    cells = np.searchsorted(commas, row_ends) - np.searchsorted(commas, starts) + 1
    content = row_ends - starts - (cells - 1)
    content = content - ((row_ends > starts) & (signs[np.maximum(row_ends - 1, 0)] == _CR))
    odd = (cells != len(names)) | (content <= 0)
    bad: list[BadRow] = []
    keep = np.flatnonzero(~odd)
    mended: list[tuple[int, list[str]]] = []
    for index in np.flatnonzero(odd):
        record = data[int(starts[index]) : int(row_ends[index]) + 1]
        row = to_row(read_record(record, 0, dialect, final=True), int(lines[index]), len(names))
        if isinstance(row, BadRow):
            bad.append(row)
        elif row:
            mended.append((int(lines[index]), row))
    if len(keep) == len(starts):
        text = data[:size] if size < len(data) else data
    else:
        mask = np.repeat(~odd, np.minimum(row_ends + 1, size) - starts)
        text = signs[:size][mask].tobytes()
    several = len(quotes) > 0 and line_count != len(records)
    table, _ = _arrow(text, dialect, names, newlines=several) if text else (_none(names), False)
    if table.num_rows != len(keep):
        # Arrow reads this otherwise than the definition does: let the definition read it.
        return _nothing(names)
    return _with(Bulk(table, lines[keep], bad, size, line_count), mended, names)


def _with(found: Bulk, mended: list[tuple[int, list[str]]], names: tuple[str, ...]) -> Bulk:
    """Put the rows read one by one back into their places."""
    import numpy as np
    import pyarrow as pa

    if not mended:
        return found
    columns = [texts(column) for column in zip(*(row for _, row in mended), strict=True)]
    extra = pa.table(columns, names=list(names))
    lines = np.concatenate((found.lines, np.array([line for line, _ in mended], np.int64)))
    order = np.argsort(lines, kind="stable")
    table = pa.concat_tables([found.table, extra]).take(integers(order))
    return replace(found, table=table, lines=lines[order])


def _none(names: tuple[str, ...]) -> pa.Table:
    import pyarrow as pa

    return pa.table({name: texts([]) for name in names})


def _nothing(names: tuple[str, ...]) -> Bulk:
    import numpy as np

    return Bulk(_none(names), np.empty(0, np.int64), [], 0, 0)


def _first_wrong(signs: np.ndarray, quotes: np.ndarray, delimiter: int) -> int | None:
    """Offset of the first quote that neither opens a cell, nor closes one, nor is one of a doubled pair."""
    import numpy as np

    before = np.where(quotes > 0, signs[np.maximum(quotes - 1, 0)], _LF)
    after = np.where(quotes + 1 < len(signs), signs[np.minimum(quotes + 1, len(signs) - 1)], _LF)
    joined = np.diff(quotes) == 1
    opening = np.arange(len(quotes)) % 2 == 0
    pair_before = np.concatenate(([False], joined))
    pair_after = np.concatenate((joined, [False]))
    opens = (before == delimiter) | (before == _LF) | pair_before
    closes = (after == delimiter) | (after == _LF) | (after == _CR) | pair_after
    wrong = np.flatnonzero(np.where(opening, ~opens, ~closes))
    return int(quotes[wrong[0]]) if len(wrong) else None
