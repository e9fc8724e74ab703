"""Malformed files, made on the spot: what shops, spreadsheets, editors and transfers do to an export.

`cases` yields (name, bytes, expectation). An expectation says which orders of the healthy file still have to
come in (none may come in changed), which reason codes must be told, or that the file is refused. The huge
line is made as a stream by `huge_line`, of any size.
"""
# ruff: noqa: E501 (one case a line)

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HEADER = "order,email,date,product,quantity,unit price"
ORDERS = 12
FORMULAS = ('=cmd|"/C calc"!A0', "=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("http://x")', "\t=1")


def rows() -> list[list[str]]:
    """Twelve healthy orders of two lines each."""
    return [
        [f"A{n}", f"c{n}@x.example", f"2024-0{1 + n % 9}-1{n % 9} 10:00", f"P{line}", str(line), "10.50"]
        for n in range(1, ORDERS + 1)
        for line in (1, 2)
    ]


def text(found: list[list[str]], delimiter: str = ",", line_end: str = "\n", header: str = HEADER) -> str:
    lines = [header.replace(",", delimiter)]
    for row in found:
        cells = [f'"{c.replace(chr(34), chr(34) * 2)}"' if set(c) & set(f'"{delimiter}\r\n') else c for c in row]
        lines.append(delimiter.join(cells))
    return line_end.join(lines) + line_end


@dataclass(frozen=True)
class Case:
    """``lost``: orders that must not come in; ``codes``: reasons that must be told; ``refused``: of the file.

    ``line`` is the physical line that must be named, where one cell or row was spoilt.
    """

    name: str
    data: bytes
    lost: frozenset[str] = frozenset()
    codes: frozenset[str] = frozenset()
    refused: str = ""
    line: int = 0
    # The orders may differ from the healthy ones in what is not spoilt (names, texts).
    exact: bool = True


COLUMNS = {"order": 0, "email": 1, "date": 2, "product": 3, "quantity": 4, "price": 5}
# (column, text, reason)
CELLS = [
    *(("date", t, "cell.date_range") for t in ("1899-12-30", "1899-12-31 00:00", "2199-01-01", "0001-01-01", "9999-12-31")),
    *(
        ("date", t, "cell.date")
        for t in ("yesterday", "2024-13-01", "2024-02-30", "2024-00-10", "31/31/2024", "32.01.2024", "10:00", "N/A", "#REF!",
                  "2024-01-01 25:00", "2024-01-01T10:61", "0000-00-00", "20241", "٢٠٢٤", "2024-1", "=TODAY()", "🎂", "null")
    ),
    ("date", "", "cell.missing"),
    *(
        ("price", t, "cell.amount")
        for t in ("ten", "N/A", "#DIV/0!", "10.5.5", "1,2,3", "10,50", "1.234,50", "--5", "5-5", "=1+1", "NaN", "inf", "-inf",
                  "0x10", "1_000", "10.50 per piece", "🎁", "ten euros", "1 2 3x", "null")
    ),
    *(("price", t, "cell.amount_scientific") for t in ("1E+05", "1.5e3", "2E-2")),
    *(("price", t, "cell.amount_range") for t in ("99999999999999999999", "1" + "0" * 40, "-99999999999999999")),
    ("price", "", "cell.missing"),
    *(("quantity", t, "cell.quantity") for t in ("two", "1e9", "x2", "1.23456", "NaN", "99999999999999", "½x", "#N/A")),
    ("order", "", "cell.missing"),
    ("order", "   ", "cell.missing"),
    ("order", "B" * 300, "cell.too_long"),
    ("email", "e" * 300 + "@x.example", "cell.too_long"),
    ("product", "p" * 300, "cell.too_long"),
]  # fmt: skip
# Rows spoilt as a whole: what is done to the line, the reason.
LINES = [
    ("one cell more", lambda line: line + ",surplus", "row.cells"),
    ("many cells more", lambda line: line + ",a" * 50, "row.cells"),
    ("one cell less", lambda line: line.rpartition(",")[0], "row.cells"),
    ("only one cell", lambda line: line.partition(",")[0], "row.cells"),
    ("unquoted separator", lambda line: line.replace("P1", "P,1").replace("P2", "P,2"), "row.cells"),
    ("open quote", lambda line: line.replace(",P", ',"P'), "row.open_quote"),
    ("text after quote", lambda line: line.replace(",P", ',"P"x'), "row.stray_quote"),
    ("single quote inside", lambda line: line.replace(",P", ',"a"b"P'), "row.stray_quote"),
    ("NUL", lambda line: line.replace(",P", ",\x00P"), "row.nul"),
    ("many NULs", lambda line: line.replace(",P", ",\x00\x00\x00P"), "row.nul"),
]


def _cells() -> Iterator[Case]:
    for at in (0, 7, 22):
        for number, (column, bad, code) in enumerate(CELLS):
            if at and number % 3 != at % 3:
                continue
            found = rows()
            order = found[at][0]
            found[at][COLUMNS[column]] = bad
            lost = {order}
            if column == "order":
                # The line may belong to either neighbour: both wait for it.
                lost |= {rows()[n][0] for n in (at - 1, at + 1) if 0 <= n < len(found)}
            yield Case(
                f"{column} {bad[:12]!r} in row {at}",
                text(found).encode(),
                frozenset(lost),
                frozenset({code}),
                line=at + 2,
            )


def _lines() -> Iterator[Case]:
    for at in (0, 5, 23):
        for name, spoil, code in LINES:
            lines = text(rows()).split("\n")
            lines[at + 1] = spoil(lines[at + 1])
            yield Case(
                f"{name} in row {at}",
                "\n".join(lines).encode(),
                frozenset({rows()[at][0]}),
                frozenset({code}),
                line=at + 2,
            )
    lines = text(rows()).encode().split(b"\n")
    for name, bad in (
        ("latin-1", b"Mu\xf1oz"),
        ("lone continuation", b"\x80\x81"),
        ("cut letter", b"\xe2\x82"),
        ("surrogate", b"\xed\xa0\x80"),
    ):
        for at in (1, 12):
            spoilt = [*lines]
            spoilt[3] = lines[3].replace(b"P1", "é".encode())
            spoilt[4] = lines[4].replace(b"P2", "ü".encode())
            spoilt[at + 6] = lines[at + 6].replace(b",P", b"," + bad)
            order = lines[at + 6].split(b",")[0].decode()
            yield Case(
                f"{name} among UTF-8, row {at}",
                b"\n".join(spoilt),
                frozenset({order}),
                frozenset({"row.encoding"}),
                line=at + 7,
                exact=False,
            )


def _whole() -> Iterator[Case]:
    healthy = text(rows())
    for delimiter in (",", ";", "\t", "|"):
        for line_end in ("\n", "\r\n", "\r"):
            for encoding in ("utf-8", "utf-8-sig", "utf-16", "latin-1"):
                yield Case(f"{delimiter!r} {line_end!r} {encoding}", text(rows(), delimiter, line_end).encode(encoding))
    yield Case("no line end at the end", healthy.rstrip("\n").encode())
    yield Case("blank lines", healthy.replace("\n", "\n\n").encode())
    yield Case("empty rows of a spreadsheet", healthy.replace("\nA5", "\n,,,,,\nA5").encode())
    yield Case("separators at the end of rows", healthy.replace("10.50\n", "10.50,,,\n").encode())
    yield Case("title above the header", ("Orders of 2024\n\n" + healthy).encode())
    yield Case("sep= hint", ("sep=,\n" + healthy).encode())
    yield Case(
        "all quoted", "\n".join(",".join(f'"{c}"' for c in line.split(",")) for line in healthy.splitlines()).encode()
    )
    yield Case(
        "apostrophes for quotes",
        "\n".join(",".join(f"'{c}'" for c in line.split(",")) for line in healthy.splitlines()).encode(),
    )
    yield Case("spaces around cells", healthy.replace(",", " , ").encode())
    yield Case("header in capitals", healthy.replace(HEADER, HEADER.upper()).encode())
    yield Case(
        "duplicated header", healthy.replace(HEADER, HEADER + ",date").replace("10.50\n", "10.50,junk\n").encode()
    )
    yield Case("nameless column", healthy.replace(HEADER, HEADER + ",").replace("10.50\n", "10.50,junk\n").encode())
    yield Case("orders apart", text(sorted(rows(), key=lambda row: row[3])).encode())
    yield Case("gzip", gzip.compress(healthy.encode()))
    yield Case("two gzip members", gzip.compress(healthy.encode()[:200]) + gzip.compress(healthy.encode()[200:]))
    yield Case("zip", zipped({"a.csv": healthy}))
    half = healthy.split("\n")
    yield Case("zip of two", zipped({"a.csv": "\n".join(half[:13]) + "\n", "b.csv": "\n".join([half[0], *half[13:]])}))
    yield Case(
        "zip with a stranger", zipped({"a.csv": healthy, "z.csv": "x,y\n1,2\n"}), codes=frozenset({"csv.other_columns"})
    )
    yield Case("header only", (HEADER + "\n").encode(), lost=frozenset(f"A{n}" for n in range(1, ORDERS + 1)))
    for name, data, code in (
        ("empty", b"", "csv.empty"), ("blank", b"\n\r\n  \n", "csv.empty"), ("mark only", b"\xef\xbb\xbf", "csv.empty"),
        ("PDF", b"%PDF-1.4\n%\xe2", "csv.not_csv"), ("old Excel", b"\xd0\xcf\x11\xe0\xa1\xb1", "csv.not_csv"),
        ("JSON", b'{"a": 1}', "csv.not_csv"), ("HTML", b"<html><body>", "csv.not_csv"), ("PNG", b"\x89PNG\r\n", "csv.not_csv"),
        ("Excel", zipped({"[Content_Types].xml": "<x/>", "xl/workbook.xml": "<x/>"}), "csv.not_csv"),
        ("empty zip", zipped({}), "csv.empty"), ("broken zip", zipped({"a.csv": healthy})[:80], "csv.broken_container"),
        ("gzip header only", b"\x1f\x8b\x08\x00", "csv.truncated"), ("gzip of junk", b"\x1f\x8b\x08\x00" + b"\xff" * 60, "csv.broken_container"),
        ("no header", healthy.split("\n", 1)[1].encode(), "csv.no_header"),
        ("unknown columns", b"foo,bar\n1,2\n", "csv.unknown_layout"), ("prose", b"Dear Sir,\nplease find\n", "csv.unknown_layout"),
        ("NULs only", b"\x00" * 500, "csv.unknown_layout"), ("one word", b"hello", "csv.unknown_layout"),
        ("random", bytes(range(128, 256)) * 8, "csv.unknown_layout"),
    ):  # fmt: skip
        yield Case(f"refused: {name}", data, refused=code)


def _cut() -> Iterator[Case]:
    data = text(rows()).encode()
    packed = gzip.compress(data, compresslevel=1)
    for share in (0.5, 0.7, 0.9, 0.97):
        cut = packed[: int(len(packed) * share)]
        yield Case(f"gzip cut at {share}", cut, codes=frozenset({"csv.truncated"}), exact=True, lost=frozenset({"A12"}))
    damaged = bytearray(gzip.compress(data * 1, compresslevel=0))
    damaged[-6] ^= 0xFF
    yield Case(
        "gzip with a wrong sum", bytes(damaged), lost=frozenset({"A12"}), codes=frozenset({"csv.broken_container"})
    )


def _formulas() -> Iterator[Case]:
    for formula in FORMULAS:
        found = rows()
        found[4][3] = formula
        yield Case(f"formula {formula!r} as product", text(found).encode(), exact=False)
    for name in (
        "שלום עולם",
        "🎁 gift 👩‍👩‍👧",
        "<script>alert(1)</script>",
        "Robert'); DROP TABLE orders;--",
        "naïve Ω≈ç",
        "\u202eevil",
        "a\u0000b"[:1],
    ):
        found = rows()
        found[6][3] = name
        yield Case(f"product {name!r}", text(found).encode(), exact=False)


def zipped(parts: dict[str, str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def cases() -> Iterator[Case]:
    """All malformed files."""
    yield from _cells()
    yield from _lines()
    yield from _whole()
    yield from _cut()
    yield from _formulas()


def huge_line(path: Path, size: int) -> None:
    """A healthy file with a line of ``size`` bytes in its middle, written as a stream."""
    lines = text(rows()).encode().split(b"\n")
    chunk = b"x" * (1 << 20)
    with path.open("wb") as file:
        file.write(b"\n".join(lines[:13]) + b"\nA99,c@x.example,2024-01-01,")
        for _ in range(size >> 20):
            file.write(chunk)
        file.write(b",1,1.00\n" + b"\n".join(lines[13:]))
