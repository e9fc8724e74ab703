"""One file, two renderings, one meaning: records for the database and tables for the lab."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from perennial.insight.tables import SCHEMA
from perennial.stores.csv.mapping.source import Source, open_source
from tests.real import shared_data
from tests.stores.csv.asrecords import Rows, as_tables
from tests.stores.csv.samples import ALL

_QUERIES = {
    "orders": """SELECT customer_id, channel, ordered_at, ordered_day, paid_at, cancelled_at, net, tax, shipping,
        shipping_tax, discount, total FROM orders ORDER BY order_id""",
    "lines": """SELECT ordered_day, kind, product_id IS NOT NULL AS has_product, quantity, net, tax, cost
        FROM lines ORDER BY line_id""",
    "refunds": """SELECT refunded_at, refunded_day, net, tax, shipping, shipping_tax, total FROM refunds
        ORDER BY order_id, refund_id""",
    "refund_lines": "SELECT quantity, net, tax FROM refund_lines ORDER BY order_id, refund_id, line_id",
    "customers": "SELECT created_at, country FROM customers ORDER BY customer_id",
    "products": """SELECT coalesce(title, '') AS title, coalesce(brand, '') AS brand,
        coalesce(category, '') AS category, price FROM products ORDER BY product_id""",
}


def lab_rows(source: Source, folder: Path) -> dict[str, list[dict[str, Any]]]:
    con = duckdb.connect()
    for name, select in source.tables(folder).views.items():
        con.execute(f"CREATE VIEW {name} AS {select}")
        found = {column: str(kind) for column, kind, *_ in con.execute(f"DESCRIBE {name}").fetchall()}
        kinds = {"int64": "BIGINT", "string": "VARCHAR", "boolean": "BOOLEAN"}
        assert found == {column: kinds[kind] for column, kind in SCHEMA[name].items()}
    return {name: con.sql(query).to_arrow_table().to_pylist() for name, query in _QUERIES.items()}


def recorded(source: Source, size: int = 500) -> Rows:
    reporting = source.report().currency
    return as_tables((portion.batch for portion in source.batches(size=size)), reporting, source.guess.zone)


def equal(path: Path, folder: Path, **said: str) -> None:
    with open_source(path, **said) as source:
        lab = lab_rows(source, folder)
    with open_source(path, **said) as source:
        facts = recorded(source)
    numbers: dict[str, int] = {}
    for row, order in zip(lab["orders"], facts["orders"], strict=True):
        who = order.pop("customer")
        assert row.pop("customer_id") == (numbers.setdefault(who, len(numbers) + 1) if who else None)
        assert row == order
    for name in ("lines", "refunds", "refund_lines", "customers", "products"):
        kept = [{k: v for k, v in row.items() if k not in ("customer", "order", "n", "who")} for row in facts[name]]
        assert lab[name] == kept, name


@pytest.mark.parametrize("name", ALL)
def test_both_renderings_mean_the_same(name: str, tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(ALL[name], encoding="utf-8")
    equal(path, tmp_path / "lab", zone="Europe/Madrid")


def test_online_retail_in_both_renderings(tmp_path: Path) -> None:
    equal(shared_data("online_retail/online_retail.csv.gz"), tmp_path / "lab")
