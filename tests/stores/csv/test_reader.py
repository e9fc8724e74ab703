"""Bytes to rows: any text survives, any stop can go on, and reading in bulk equals reading one by one."""

from __future__ import annotations

import csv
import gzip
import io
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perennial.stores.csv.parser import pieces
from perennial.stores.csv.parser.faults import BadRow, Unreadable
from perennial.stores.csv.parser.reader import Position, Reader, open_reader
from perennial.stores.csv.parser.records import Dialect, read_record, to_row

TEXT = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00\r"), max_size=12)
ROWS = st.lists(st.lists(TEXT, min_size=3, max_size=3), min_size=1, max_size=40)
NAMES = ["order", "customer", "note"]


def write(rows: list[list[str]], delimiter: str = ",", line_end: str = "\n") -> str:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator=line_end, quoting=csv.QUOTE_ALL)
    writer.writerow(NAMES)
    writer.writerows(rows)
    return out.getvalue()


def read(reader: Reader, start: Position | None = None, size: int = 1 << 23) -> list[tuple[int, list[str]]]:
    found = []
    for block in reader.blocks(start, size=size):
        found += zip(block.lines.tolist(), map(list, zip(*block.table.to_pydict().values(), strict=True)), strict=True)
        found += [(bad.line, [bad.reason.code]) for bad in block.bad]
        found += [(fault.line, [fault.reason.code]) for fault in block.faults]
    return sorted(found)


def saved(folder: str | Path, data: bytes, name: str = "orders.csv") -> Path:
    path = Path(folder) / name
    path.write_bytes(data)
    return path


@settings(max_examples=60, deadline=None)
@given(ROWS, st.sampled_from([",", ";", "\t", "|"]), st.sampled_from(["\n", "\r\n"]))
def test_any_text_survives(rows: list[list[str]], delimiter: str, line_end: str) -> None:
    with TemporaryDirectory() as folder:
        path = saved(folder, write(rows, delimiter, line_end).encode())
        reader = open_reader(path, delimiter=delimiter, encoding="utf-8")
        assert [cells for _, cells in read(reader)] == [row for row in rows if any(row)]


@settings(max_examples=40, deadline=None)
@given(ROWS, st.sampled_from(["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]))
def test_encodings_are_told_by_their_bytes(rows: list[list[str]], encoding: str) -> None:
    rows = [["A1", "Muñoz", "straße 🎁 שלום"], *rows]
    with TemporaryDirectory() as folder:
        path = saved(folder, write(rows).encode(encoding))
        assert [cells for _, cells in read(open_reader(path))] == [row for row in rows if any(row)]


LINES = st.lists(st.text(st.sampled_from("ab,\"\n\r;' "), max_size=14), max_size=60)


@settings(max_examples=300, deadline=None)
@given(LINES)
def test_reading_in_bulk_is_reading_one_by_one(lines: list[str]) -> None:
    data = "\n".join(lines).encode() + b"\n"
    found = {}
    for small in (0, 1 << 30):
        piece = pieces.Pieces(Dialect(), ("a", "b", "c"), 0, 0)
        was, pieces._SMALL = pieces._SMALL, small
        try:
            table, numbers, bad = piece.feed(data, final=True)
        finally:
            pieces._SMALL = was
        rows = list(zip(numbers.tolist(), zip(*table.to_pydict().values(), strict=True), strict=True))
        found[small] = (rows, sorted(bad, key=lambda b: b.line), piece.line, piece.offset)
    assert found[0] == found[1 << 30]
    assert found[0][3] == len(data)


def test_the_reference_reading() -> None:
    def cells(line: bytes) -> list[str] | BadRow:
        return to_row(read_record(line, 0, Dialect(), final=True), 1, 3)

    assert cells(b'a,"b ""c"" d",e\r\n') == ["a", 'b "c" d', "e"]
    assert cells(b'5" screen,b,c') == ['5" screen', "b", "c"]
    assert cells(b'"a\r\nb",,c\n') == ["a\r\nb", "", "c"]
    assert cells(b"a,b,c,,\n") == ["a", "b", "c"]
    assert cells(b",,\n") == []
    assert cells(b'a,"b" x,c\n').reason.code == "row.stray_quote"
    assert cells(b'a,"b,c\n').reason.code == "row.open_quote"
    assert cells(b"a,b\n").reason.code == "row.cells"


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.lists(TEXT, min_size=3, max_size=3), min_size=5, max_size=200),
    st.sampled_from(["plain", "gzip", "utf-16"]),
)
def test_reading_goes_on_from_any_position(rows: list[list[str]], kind: str) -> None:
    text = write([["x", "y", "z"], *rows])
    data = text.encode("utf-16" if kind == "utf-16" else "utf-8")
    with TemporaryDirectory() as folder:
        path = saved(folder, gzip.compress(data) if kind == "gzip" else data)
        reader = open_reader(path, encoding=None if kind == "utf-16" else "utf-8", delimiter=",")
        whole = read(reader)
        before = []
        for block in reader.blocks(size=64):
            before += block.lines.tolist()
            after = read(reader, block.end, size=96)
            assert before + [line for line, _ in after] == [line for line, _ in whole]
            assert after == whole[len(before) :]


def test_lines_of_bad_rows_are_physical(tmp_path: Path) -> None:
    data = b'order,customer,note\n1,a,"two\nlines"\n\n2,b\n3,c,\xff\n4,d,ok\n5,"e,f\n6,g,h\n7,"i"j,k\n8,l,\x00\n9,m,n\n'
    assert read(open_reader(saved(tmp_path, data), encoding="utf-8")) == [
        (2, ["1", "a", "two\nlines"]),
        (5, ["row.cells"]),
        (6, ["row.encoding"]),
        (7, ["4", "d", "ok"]),
        (8, ["row.stray_quote"]),
        (9, ["6", "g", "h"]),
        (10, ["row.stray_quote"]),
        (11, ["row.nul"]),
        (12, ["9", "m", "n"]),
    ]


def test_a_truncated_gzip_gives_everything_before_the_break(tmp_path: Path) -> None:
    import random

    chance = random.Random(1)
    rows = [[str(n), str(chance.random()), "x"] for n in range(5000)]
    packed = gzip.compress(write(rows).encode())
    reader = open_reader(saved(tmp_path, packed[: len(packed) // 2]))
    found = read(reader)
    codes = [cells[0] for _, cells in found[-2:]]
    good = [cells for _, cells in found if len(cells) == 3]
    assert good == rows[: len(good)]
    assert len(good) > 1000
    assert "csv.truncated" in codes


def test_a_zip_of_several_parts(tmp_path: Path) -> None:
    path = tmp_path / "export.bin"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("b.csv", write([["3", "c", "z"]], ";").encode("utf-16"))
        archive.writestr("a.csv", write([["1", "a", "x"], ["2", "b", "y"]]))
        archive.writestr("c.csv", "other,columns\n1,2\n")
        archive.writestr("__MACOSX/._a.csv", "junk")
    found = read(open_reader(path))
    assert sorted(cells[0] for _, cells in found) == ["1", "2", "3", "csv.other_columns"]


def test_an_endless_line_is_dropped_and_reported(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    with path.open("wb") as file:
        file.write(b"order,customer,note\n1,a,x\n2,b,")
        for _ in range(40):
            file.write(b"y" * (1 << 20))
        file.write(b"\n3,c,z\n")
    assert read(open_reader(path)) == [(2, ["1", "a", "x"]), (3, ["row.too_long"]), (4, ["3", "c", "z"])]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "csv.empty"),
        (b"\n\n", "csv.empty"),
        (b"%PDF-1.7 ...", "csv.not_csv"),
        (b"PK\x03\x04 broken", "csv.broken_container"),
        (b'{"orders": []}', "csv.not_csv"),
        (b"\x1f\x8b\x08\x00\x00", "csv.truncated"),
        (b"<!DOCTYPE html><html>", "csv.not_csv"),
    ],
)
def test_what_is_no_csv_is_refused_with_a_remedy(tmp_path: Path, data: bytes, code: str) -> None:
    with pytest.raises(Unreadable) as caught:
        open_reader(saved(tmp_path, data))
    assert caught.value.fault.reason.code == code
    assert "orders.csv" in caught.value.fault.message
    assert "To mend it:" in caught.value.fault.message
