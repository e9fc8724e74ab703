"""Files of the made-up store: Parquet, plain CSV, a shop's export."""

from __future__ import annotations

import csv
from decimal import Decimal

import pyarrow.parquet as pq

from perennial.insight.tables import SCHEMA
from perennial.simulator.exports import SHOPIFY, write_shopify
from perennial.simulator.files import write_csv, write_parquet
from perennial.simulator.tables import tables
from tests.simulator.shops import gathered, small, told


def test_parquet_holds_the_tables(tmp_path):
    rows = write_parquet(small(), tmp_path / "shop", block=40)
    whole = tables(small())
    assert {path.name for path in (tmp_path / "shop").iterdir()} == {f"{name}.parquet" for name in SCHEMA}
    for name in SCHEMA.keys() - {"visitors"}:
        assert pq.read_table(tmp_path / "shop" / f"{name}.parquet").equals(whole[name])
        assert rows[name] == whole[name].num_rows


def test_the_same_parquet_twice_to_the_byte(tmp_path):
    for folder in ("one", "two"):
        write_parquet(small(), tmp_path / folder)
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


def test_plain_lines_say_what_the_records_say(tmp_path):
    path = tmp_path / "lines.csv"
    config = small(second_currency=None)
    count = write_csv(config, path, block=30)
    whole = tables(config)
    lines = [n for n in whole["lines"].to_pylist() if n["kind"] == "product"]
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == count == len(lines)
    assert list(rows[0]) == ["order", "customer", "date", "amount", "product", "quantity"]
    for row, line in zip(rows, lines, strict=True):
        assert int(row["order"]) == line["order_id"]
        assert row["customer"] == ("" if line["customer_id"] is None else f"c{line['customer_id']}")
        assert Decimal(row["amount"]) * 100 == line["net"] + line["tax"]
        assert row["product"] == f"p{line['product_id']}"
        assert int(row["quantity"]) * 1_000 == line["quantity"]
    assert any(row["customer"] == "" for row in rows)


def test_plain_orders_sum_to_the_tables_and_can_be_cut(tmp_path):
    path = tmp_path / "orders.csv"
    count = write_csv(small(), path, lines=False)
    lines = tables(small())["lines"].to_pylist()
    orders: dict[str, int] = {}
    for line in lines:
        name = str(line["order_id"])
        orders[name] = orders.get(name, 0) + line["net"] + line["tax"]
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == count == len(orders)
    amounts = {row["order"]: Decimal(row["amount"]) * 100 for row in rows}
    assert amounts == orders
    assert write_csv(small(), path, rows=17, block=4) == 17
    assert len(path.read_text(encoding="utf-8").splitlines()) == 18


def test_a_shop_export_says_what_the_records_say(tmp_path):
    path = tmp_path / "export.csv"
    count = write_shopify(small(), path)
    orders = {o.name: o for o in gathered(told())["orders"]}
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == SHOPIFY
    first = [row for row in rows if row["Total"]]
    assert len(first) == count
    assert len(rows) == sum(len(orders[row["Id"]].lines) for row in first)
    for row in first:
        order = orders[row["Id"]]
        assert Decimal(row["Total"]) * 100 == order.total
        assert Decimal(row["Taxes"]) * 100 == order.tax
        assert row["Email"] == (order.who.email or "")
        assert row["Financial Status"] == order.payment
        assert bool(row["Cancelled at"]) == (order.cancelled_at is not None)
    refunds = {r.order: r.amount for r in gathered(told())["refunds"]}
    given_back = {
        row["Id"]: int(Decimal(row["Refunded Amount"]) * 100) for row in first if row["Refunded Amount"] != "0.00"
    }
    assert given_back == {name: amount for name, amount in refunds.items() if name in given_back}
    assert given_back
