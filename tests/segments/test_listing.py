"""Lists of people as somebody has them: what is read, what is not and why, whatever the file is like."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from perennial.segments.rules.listing import Entry, Way
from perennial.segments.rules.listing_rows import NoList, rows_of_file, rows_of_text
from perennial.values.ids import public

SPAIN = Way(country="ES")
ANA, BO = Entry("email", "ana@example.com"), Entry("email", "bo@example.com")


def read(text: str, way: Way = SPAIN) -> tuple[list[Entry], list[tuple[int, str]]]:
    rows = list(rows_of_text(text, way))
    assert [row.number for row in rows] == list(range(1, len(rows) + 1))
    return [one for row in rows for one in row.entries], [(row.line, row.why.code) for row in rows if row.why]


@pytest.mark.parametrize(
    "text",
    [
        "ana@example.com\nbo@example.com",
        "ana@example.com\r\nbo@example.com\r\n",
        "ana@example.com\rbo@example.com",
        "ANA@example.com ; Bo@Example.com",
        "ana@example.com, bo@example.com,",
        "ana@example.com bo@example.com",
        "Ana López <ana@example.com>, Bo <bo@example.com>",
        '"López, Ana" <ana@example.com>\nmailto:bo@example.com',
        "\ufeffana@example.com\n\n\n  bo@example.com  ",
        "email\nana@example.com\nbo@example.com",
        "Correo electrónico;Nombre\nana@example.com;Ana\nbo@example.com;Bo",
        "Nombre\tE-mail\nAna\tana@example.com\nBo\tbo@example.com",
        "Nome,Indirizzo e-mail\nAna,ana@example.com\nBo,bo@example.com",
        "Nom|Courriel\nAna|ana@example.com\nBo|bo@example.com",
        "sep=;\nana@example.com;x\nbo@example.com;y",
        "Socio;Buzón\nAna;ana@example.com\nBo;bo@example.com",
    ],
)
def test_addresses_are_read_however_they_are_parted(text: str):
    found, unread = read(text)
    assert found == [ANA, BO]
    assert unread in ([], [(1, "listing.unknown")])  # a header that nobody knows is a line without an address


def test_each_value_is_taken_for_what_it_looks_like():
    person = public("cus", 4_711)
    found, unread = read(f"600 123 456\n+44 20 7946 0958\n{person.upper()}\nana@example.com\n4711\nAna")
    assert found == [
        Entry("phone", "+34600123456"), Entry("phone", "+442079460958"), Entry("id", person), ANA,
    ]  # fmt: skip
    assert unread == [(5, "listing.unknown"), (6, "listing.unknown")]


def test_a_national_number_needs_a_country():
    assert read("600123456", Way()) == ([], [(1, "listing.phone")])


def test_numbers_of_customers_are_said_to_be_such():
    way = Way("account", "ES", 7)
    found, unread = read("id cliente;x\n17;a\n18.0;b\n0;c\n;d\n", way)
    assert found == [Entry("account", "17", 7), Entry("account", "18", 7)]
    assert unread == [(4, "listing.account"), (5, "listing.empty")]
    assert read("17\n18", way)[0] == found


def test_the_surest_column_counts_and_the_next_where_it_is_empty():
    text = "Customer ID,Email,Phone\n17,ana@example.com,600123456\n18,,600123456\n19,,\n20,nope,\n"
    found, unread = read(text, Way("", "ES", 7))
    assert found == [ANA, Entry("phone", "+34600123456"), Entry("account", "19", 7), Entry("account", "20", 7)]
    assert unread == []


@pytest.mark.parametrize(
    ("text", "unread"),
    [
        ("email\nana@\nbo\n", [(2, "listing.email"), (3, "listing.email")]),
        ("email\n@example.com\n", [(2, "listing.email")]),
        ("phone\n12\nfive\n", [(2, "listing.phone"), (3, "listing.phone")]),
        ("email,name\n,Ana\n", [(2, "listing.empty")]),
        ('ana@example.com\n"bo"x@example.com\n', [(2, "listing.quotes")]),
        ("cus_short", [(1, "listing.id")]),
        ("", []),
        ("\n \n\t\n", []),
    ],
)
def test_what_cannot_be_read_is_told_with_its_line(text: str, unread: list[tuple[int, str]]):
    assert read(text)[1] == unread


def test_a_cell_over_several_lines_moves_the_lines_behind_it():
    found, unread = read('note,email\n"two\nlines",ana@example.com\nx,nope\n')
    assert found == [ANA]
    assert unread == [(4, "listing.email")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "windows-1252"])
@pytest.mark.parametrize("packed", [False, True])
def test_files_of_any_encoding(tmp_path: Path, encoding: str, packed: bool):
    data = "Dirección de correo;Año\r\nana@example.com;años\r\nbo@example.com;ñ\r\n".encode(encoding)
    path = tmp_path / "people"
    path.write_bytes(gzip.compress(data) if packed else data)
    rows = list(rows_of_file(path, SPAIN))
    assert [row.entries for row in rows] == [(ANA,), (BO,)]
    assert [row.line for row in rows] == [2, 3]
    assert [row.entries for row in rows_of_file(path, SPAIN, after=1)] == [(BO,)]


def test_what_is_no_list_is_refused(tmp_path: Path):
    path = tmp_path / "people"
    for data, code in (
        (b"%PDF-1.7 ...", "csv.not_csv"),
        (b"", "csv.empty"),
        (gzip.compress(b"email\n" + b"a@example.com\n" * 99)[:-9], "listing.cut"),
    ):
        path.write_bytes(data)
        with pytest.raises(NoList) as wrong:
            list(rows_of_file(path, SPAIN))
        assert wrong.value.reason.code == code


def test_a_packed_file_that_unpacks_to_too_much_is_refused(tmp_path: Path):
    path = tmp_path / "people"
    path.write_bytes(gzip.compress(b"ana@example.com\n" * 400_000))
    with pytest.raises(NoList) as wrong:
        list(rows_of_file(path, SPAIN, most=1 << 20))
    assert wrong.value.reason.code == "listing.too_large"


def test_rows_that_are_cut_between_two_reads_are_whole(tmp_path: Path):
    path = tmp_path / "people"
    path.write_text("email,name\n" + "".join(f"person{n}@example.com,Person {n}\n" for n in range(60_000)))
    found = [one.value for row in rows_of_file(path, SPAIN) for one in row.entries]
    assert found == [f"person{n}@example.com" for n in range(60_000)]
