"""What the figures stand on: equal results, pages that change only where something was measured."""

from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa
import pytest
from bench.figure import Aim, Figure, Line, keep

from bench import insight, results
from perennial.insight.registry import ANSWERS


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    from perennial.simulator.config import Config
    from perennial.simulator.files import write_parquet

    path = tmp_path_factory.mktemp("shop") / "tables"
    write_parquet(Config(customers=400, until=datetime(2025, 12, 19, 12, tzinfo=UTC), seed=5), path)
    return path


def test_every_answer_equals_its_sql_by_hand(folder):
    """Two ways to the same number, written apart: Ibis for every engine, SQL for DuckDB."""
    found = insight.beside_sql(folder=str(folder), rounds=1)["answers"]
    assert found.keys() == ANSWERS.keys()
    assert {name: a["why"] for name, a in found.items() if not a["equal"]} == {}
    assert [name for name, a in found.items() if not a["rows"]] == []


def test_differences_are_seen():
    table = pa.table({"id": [1, 2, None], "share": [0.5, None, 0.25]})
    same = pa.table({"share": [0.25, 0.5000000001, None], "id": [None, 1, 2]})
    assert results.difference(table, same) == ""
    assert results.difference(table, table.slice(1)) == "3 rows, not 2"
    assert "share in 1 rows" in results.difference(table, table.set_column(1, "share", pa.array([0.5, None, 0.26])))
    assert "id in 1 rows" in results.difference(table, table.set_column(0, "id", pa.array([1, 3, None])))
    assert "columns" in results.difference(table, table.select(["id"]))


def test_a_page_keeps_the_other_size(tmp_path):
    for size, seconds in (("small", 1.0), ("full", 100.0), ("small", 2.0)):
        line = Line("ours", 10, seconds, 5, "half")
        path = keep(Figure("x", "An x", size, [line], [Aim("fast", f"{seconds}", reached=seconds < 2)]), tmp_path)
    text = path.read_text()
    assert text.count("## ") == 2
    assert text.index("## full") < text.index("## small")
    assert "ours | 10 | 2.000 | 5 | 5 | half" in text
    assert "ours | 10 | 1.000" not in text
    assert "fast | 2.0 | **no**" in text


def test_a_larger_shop_is_the_same_one_under_other_numbers(folder, tmp_path):
    import duckdb
    from bench.inputs import make_larger

    make_larger(source=str(folder), folder=str(tmp_path / "large"), times=2)
    count = "SELECT count(*), count(DISTINCT order_id), count(DISTINCT customer_id) FROM read_parquet('{}')"
    (one,) = duckdb.sql(count.format(folder / "orders.parquet")).fetchall()
    (two,) = duckdb.sql(count.format(tmp_path / "large" / "orders" / "*.parquet")).fetchall()
    assert two == tuple(2 * n for n in one)
