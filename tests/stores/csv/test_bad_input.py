"""No crash, no half order; every error names file, line, column and remedy; the mended rejects go in."""

from __future__ import annotations

import csv
import resource
from pathlib import Path

import pytest

from perennial.facts.rules.records import Order
from perennial.stores.csv.mapping.source import Source, open_source
from perennial.stores.csv.parser.faults import SENTENCES, Unreadable
from perennial.stores.csv.parser.rejects import EXTRA, guarded, reason_of, write_rejects
from perennial.values.reason import Reason
from tests.stores.csv import corpus

CASES = list(corpus.cases())


def orders(source: Source) -> dict[str, Order]:
    found = [order for portion in source.batches() for order in portion.batch.orders]
    assert len({order.name for order in found}) == len(found)
    return {order.name: order for order in found}


@pytest.fixture(scope="module")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Order]:
    path = tmp_path_factory.mktemp("healthy") / "orders.csv"
    path.write_text(corpus.text(corpus.rows()))
    with open_source(path) as source:
        found = orders(source)
    assert len(found) == corpus.ORDERS
    assert all(len(order.lines) == 2 for order in found.values())
    return found


def test_the_corpus_is_large() -> None:
    assert len(CASES) >= 200
    assert len({case.name for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_malformed_file(case: corpus.Case, healthy: dict[str, Order], tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes(case.data)
    if case.refused:
        with pytest.raises(Unreadable) as caught:
            open_source(path)
        assert caught.value.fault.reason.code == case.refused
        assert "orders.csv" in caught.value.fault.message
        return
    with open_source(path) as source:
        found = orders(source)
        problems = source.problems()
        rejects = list(source.rejects())
    assert not case.lost & found.keys()
    expected = healthy.keys() - case.lost
    if "csv.truncated" in case.codes:
        assert found.keys() <= expected
    else:
        assert found.keys() == expected
    for name, order in found.items():
        if case.exact:
            assert order == healthy[name]
        assert len(order.lines) == 2, "half an order"
    assert case.codes <= {fault.reason.code for fault in problems}
    for fault in problems:
        assert fault.file.startswith(str(path))
        assert "To mend it:" in fault.message
        assert fault.reason.code in SENTENCES
        assert fault.line > 0
    if case.line:
        told = [fault for fault in problems if fault.line == case.line]
        assert told
        if told[0].reason.code.startswith("cell."):
            assert told[0].column in corpus.HEADER.split(",")
    if not any(fault.reason.code.startswith("csv.") for fault in problems):
        assert {reject.line for reject in rejects} == {fault.line for fault in problems}


def test_the_rejects_are_mended_and_imported_again(healthy: dict[str, Order], tmp_path: Path) -> None:
    found = corpus.rows()
    found[4][5] = "ten"
    found[9][2] = "1899-12-30"
    found[9][3] = "=1+1"
    path, mended = tmp_path / "orders.csv", tmp_path / "rejects.csv"
    path.write_text(corpus.text(found))
    with open_source(path) as source:
        before = orders(source)
        assert write_rejects(mended, source.reader.header.names, source.rejects()) == 4
    with mended.open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file)
    assert tuple(header[-5:]) == EXTRA
    assert [row[-5] for row in rows] == ["6", "7", "10", "11"]
    assert [row[-4] for row in rows] == ["unit price", "", "", "date"]
    assert reason_of(rows[0][-1]) == Reason.of("cell.amount", text="ten", example="1234.50")
    assert [reason_of(cell) for cell in ("", "5", '{"code": "cell.amount"}', '{"code": "x"}')] == [None] * 4
    assert rows[3][3] == "=1+1", "the cell must be what the shop wrote"
    rows[0][5], rows[3][2] = "10.50", corpus.rows()[9][2]
    with mended.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    with open_source(mended) as source:
        after = orders(source)
    assert before.keys() | after.keys() == healthy.keys()
    assert not before.keys() & after.keys()
    assert after["A3"] == healthy["A3"]


def test_a_file_for_people_runs_no_formula(tmp_path: Path) -> None:
    found = corpus.rows()
    found[0][3] = '=HYPERLINK("http://x")'
    found[0][5] = "ten"
    path, shown = tmp_path / "orders.csv", tmp_path / "shown.csv"
    path.write_text(corpus.text(found))
    with open_source(path) as source:
        write_rejects(shown, source.reader.header.names, source.rejects(), for_people=True)
    with shown.open(encoding="utf-8-sig", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert guarded("=1") == "'=1"
    assert guarded("plain") == "plain"


def test_no_rejects_no_file(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(corpus.text(corpus.rows()))
    with open_source(path) as source:
        assert write_rejects(tmp_path / "rejects.csv", source.reader.header.names, source.rejects()) == 0
    assert sorted(p.name for p in tmp_path.iterdir()) == ["orders.csv"]


def test_a_huge_line_costs_one_row_and_no_memory(healthy: dict[str, Order], tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    corpus.huge_line(path, 200 << 20)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with open_source(path) as source:
        found = orders(source)
        problems = source.problems()
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 150_000, "kilobytes"
    assert found == healthy
    assert [(fault.line, fault.reason.code) for fault in problems] == [(14, "row.too_long")]
