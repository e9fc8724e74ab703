"""Delimiter, quote sign and header of a file, from its first lines."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from perennial.stores.csv.parser.records import Dialect, read_record
from perennial.values.reason import Reason

DELIMITERS = (",", ";", "\t", "|")
_ROWS = 200


@dataclass(frozen=True, slots=True)
class Header:
    """The columns as named in the file and made unique, and how that was told.

    ``raw`` are the cells as written; ``names`` have "(2)" behind a repeated name and "column 7" for an
    empty one. ``line`` is the header's physical line, ``end`` the offset of the line after it.
    """

    dialect: Dialect
    raw: tuple[str, ...]
    names: tuple[str, ...]
    line: int
    end: int
    evidence: Reason
    doubts: tuple[Reason, ...]


def sniff(sample: bytes, *, whole: bool, delimiter: str | None = None) -> Header | None:
    """The header of a file that begins with ``sample`` (UTF-8 without mark); None if there is no row.

    ``whole``: the sample is all there is. ``delimiter``: what the user said.
    """
    first = sample.split(b"\n", 1)[0].strip()
    hint = first[4:].decode("ascii", "replace") if first[:4].lower() == b"sep=" and len(first) == 5 else ""
    start, line = (sample.find(b"\n") + 1, 1) if hint else (0, 0)
    chosen = delimiter or (hint if hint in DELIMITERS else None)
    quote = _quote(sample)
    best: tuple[tuple[float, int], str, list[tuple[list[str], int, int]]] | None = None
    for sign in (chosen,) if chosen else DELIMITERS:
        rows = _rows(sample, start, Dialect(sign, quote), whole=whole)
        score = _score(rows)
        if rows and (best is None or score > best[0]):
            best = (score, sign, rows)
    if best is None:
        return None
    _, sign, rows = best
    return _header(sign, quote, rows, line, given=bool(chosen))


def _quote(sample: bytes) -> str:
    """Some exports quote with apostrophes: told by a first line all of whose cells stand in them."""
    lines = [line.strip() for line in sample.split(b"\n")[:5] if line.strip()]
    single = lines and all(line[:1] == b"'" and line[-1:] == b"'" and line.count(b"'") >= 4 for line in lines)
    return "'" if single and b'"' not in sample else '"'


def _rows(sample: bytes, start: int, dialect: Dialect, *, whole: bool) -> list[tuple[list[str], int, int]]:
    """The first rows: cells, line before them, offset behind them."""
    rows: list[tuple[list[str], int, int]] = []
    at, line = start, 0
    while at < len(sample) and len(rows) < _ROWS:
        record = read_record(sample, at, dialect, final=whole)
        if record.open_end:
            if not rows and not whole:
                record = read_record(sample, at, dialect, final=True)
            else:
                break
        rows.append((record.cells, line, record.end))
        line += record.lines
        at = record.end
    return [row for row in rows if any(cell.strip() for cell in row[0])]


def _score(rows: list[tuple[list[str], int, int]]) -> tuple[float, int]:
    """Share of rows with the usual number of cells, more than one; then that number."""
    if not rows:
        return (0.0, 0)
    width, count = Counter(len(cells) for cells, _, _ in rows).most_common(1)[0]
    if width == 1:
        return (0.0, 0)
    # A header alone of many columns speaks for its delimiter even where the rows are broken.
    return (round(count / len(rows), 1), width)


def _header(sign: str, quote: str, rows: list[tuple[list[str], int, int]], line: int, *, given: bool) -> Header:
    widths = Counter(len(cells) for cells, _, _ in rows)
    usual = widths.most_common(1)[0][0]
    index = 0
    # Report titles stand above the header: shorter rows, skipped while a row of the usual width follows.
    if len(rows[0][0]) < usual and len(rows) > 1:
        index = next((i for i, row in enumerate(rows[:10]) if len(row[0]) >= usual), 0)
        # One cell short is a header with a name forgotten, not a title.
        if sum(1 for cell in rows[0][0] if cell.strip()) > max(1, usual // 2):
            index = 0
    raw, before, end = rows[index]
    cells = [cell.strip().lstrip("\ufeff") for cell in raw]
    doubts = []
    while len(cells) > usual and not cells[-1]:
        cells.pop()
    # A separator at the end of every row makes one column more than the header names.
    if len(cells) < usual and not any(any(row[0][len(cells) :]) for row in rows[index + 1 :]):
        cells += [""] * (usual - len(cells))
    seen: Counter[str] = Counter()
    names = []
    for number, cell in enumerate(cells, 1):
        name = cell or f"column {number}"
        seen[name.casefold()] += 1
        nth = seen[name.casefold()]
        if nth > 1:
            doubts.append(Reason.of("doubt.column_twice", column=number, name=name))
            name = f"{name} ({nth})"
        names.append(name)
    if index:
        doubts.append(Reason.of("doubt.lines_above", lines=before))
    matching = sum(1 for row in rows if len(row[0]) == len(raw))
    evidence = (
        Reason.of("guess.given") if given else Reason.of("guess.cells", rows=matching, of=len(rows), cells=len(raw))
    )
    return Header(
        Dialect(sign, quote, line + before), tuple(cells), tuple(names), line + before + 1, end, evidence, tuple(doubts)
    )
