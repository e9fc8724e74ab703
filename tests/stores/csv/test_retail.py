"""Online Retail: cancellations find their orders, and the published sums come out."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from perennial.stores.csv.mapping.retail import Pair, Sold, pair
from perennial.stores.csv.mapping.source import open_source
from tests.real import shared_data
from tests.stores.csv import samples


def test_the_latest_whole_purchase_of_the_same_quantity_is_taken() -> None:
    bought = [Sold(1, 10, 4), Sold(2, 20, 4), Sold(3, 30, 9)]
    assert pair(bought, [Sold(9, 40, 4)]) == [Pair(9, 2, 4)]


def test_else_the_latest_purchases_are_taken_in_part() -> None:
    bought = [Sold(1, 10, 4), Sold(2, 20, 4)]
    assert pair(bought, [Sold(9, 40, 6)]) == [Pair(9, 2, 4), Pair(9, 1, 2)]
    assert pair(bought, [Sold(9, 40, 9)]) == [Pair(9, 2, 4), Pair(9, 1, 4)]


def test_a_later_purchase_is_never_taken() -> None:
    assert pair([Sold(1, 50, 4)], [Sold(9, 40, 4)]) == []


LINES = st.lists(st.tuples(st.integers(0, 50), st.integers(1, 9)), max_size=12)


@given(LINES, LINES)
def test_nothing_is_taken_twice(bought: list[tuple[int, int]], given_back: list[tuple[int, int]]) -> None:
    purchases = {n: Sold(n, at, quantity) for n, (at, quantity) in enumerate(bought)}
    cancels = {n + 100: Sold(n + 100, at, quantity) for n, (at, quantity) in enumerate(given_back)}
    pairs = pair(purchases.values(), cancels.values())
    for pos, purchase in purchases.items():
        assert sum(p.quantity for p in pairs if p.purchase == pos) <= purchase.quantity
    for pos, cancel in cancels.items():
        assert sum(p.quantity for p in pairs if p.cancel == pos) <= cancel.quantity
    assert all(purchases[p.purchase].at <= cancels[p.cancel].at and p.quantity > 0 for p in pairs)


def test_the_small_file(tmp_path: Path) -> None:
    path = tmp_path / "retail.csv"
    path.write_text(samples.ONLINE_RETAIL)
    with open_source(path) as source:
        (portion,) = source.batches()
        report = source.report()
    orders = {order.name: order for order in portion.batch.orders}
    # The write-off 536368 is no order; C536400 found both its purchases.
    assert list(orders) == ["536365", "536366", "536367", "C536401", "C536402", "A563185"]
    first = orders["536365"]
    assert [(line.kind, line.product, line.total) for line in first.lines] == [
        ("product", "85123A", 1530), ("product", "85123A", 1530), ("shipping", None, 1800),
    ]  # fmt: skip
    assert first.who.account == "17850"
    assert orders["536367"].who.anonymous
    refunds = {refund.name: refund for refund in portion.batch.refunds}
    assert {name: (r.order, r.amount) for name, r in refunds.items()} == {
        "C536400:536365": ("536365", 1530),
        "C536400:536366": ("536366", 740),
        "C536401:536366": ("536366", 1110),
    }
    # Eight were cancelled, six were left: two find no purchase.
    assert [(line.quantity, line.total) for line in orders["C536401"].lines] == [(-2000, -370)]
    assert [(line.kind, line.total) for line in orders["C536402"].lines] == [("fee", -2750)]
    assert (report.paired_lines, report.partly_paired_lines, report.unpaired_lines) == (2, 1, 1)
    assert (report.stock_rows, report.write_off_rows, report.countries) == (1, 1, 3)
    assert [c.country for c in portion.batch.customers if c.who.account == "17850"] == ["IE"]


def test_the_published_sums() -> None:
    with open_source(shared_data("online_retail/online_retail.csv.gz")) as source:
        found = source.report()
    assert (found.rows, found.names, found.customers, found.countries) == (541_909, 25_900, 4_372, 38)
    assert (found.quantity, found.value) == (Decimal(5_176_450), Decimal("9747747.93"))
    assert (found.duplicate_rows, found.anonymous_rows, found.rejected) == (5_268, 135_080, 0)
    assert (found.cancelling_names, found.write_off_rows) == (3_836, 1_336)
    assert found.paired_lines + found.partly_paired_lines + found.unpaired_lines == 9_288
    assert found.orders == 20_916
