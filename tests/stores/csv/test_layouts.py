"""Each layout is told by its header and means what the shop means."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from perennial.facts.rules.records import Batch, Order
from perennial.stores.csv.mapping.files import propose_mapping, read_mapping
from perennial.stores.csv.mapping.source import Source, open_source
from perennial.stores.csv.parser.evidence import tell
from perennial.stores.csv.parser.faults import Unreadable
from tests.stores.csv import samples


def opened(folder: Path, text: str, encoding: str = "utf-8", **said: str) -> Source:
    path = folder / "orders.csv"
    path.write_bytes(text.encode(encoding))
    return open_source(path, **said)


def whole(source: Source) -> Batch:
    (portion,) = source.batches()
    return portion.batch


def by_name(batch: Batch) -> dict[str, Order]:
    return {order.name: order for order in batch.orders}


@pytest.mark.parametrize(
    ("name", "layout"),
    [(name, name.partition("_")[0] if name.startswith("woo") else name) for name in samples.ALL],
)
def test_recognised_without_options(name: str, layout: str, tmp_path: Path) -> None:
    found = opened(tmp_path, samples.ALL[name]).guess
    assert found.layout == {"woo": "woocommerce"}.get(layout, layout.partition(" ")[0])
    shown = "\n".join(found.lines())
    assert found.title in shown
    assert all(column in shown for column in found.columns.values())


def test_shopify(tmp_path: Path) -> None:
    batch = whole(opened(tmp_path, samples.SHOPIFY, zone="Europe/Madrid"))
    orders = by_name(batch)
    assert list(orders) == ["5001", "5002", "5003", "5004"]
    first = orders["5001"]
    assert (first.number, first.who.email, first.currency, first.codes) == (
        "#1001",
        "ann@example.com",
        "USD",
        ("SPRING",),
    )
    assert (first.total, first.shipping, first.tax, first.discount) == (3518, 500, 320, 300)
    assert not first.taxes_included
    # 19.98 and 10.00 less a discount of 3.00 by their share; 3.20 of tax over lines and shipping.
    assert [line.total for line in first.lines] == [1798, 900]
    assert [line.discounts[0].amount for line in first.lines] == [200, 100]
    assert sum(line.tax for line in first.lines) + first.shipping_tax == 320
    assert [line.tax for line in first.lines] == [180, 90]
    assert first.ordered_at == datetime(2024, 5, 1, 9, 58, 12, tzinfo=UTC)
    assert first.updated_at == datetime(2024, 5, 2, 7, tzinfo=UTC)
    assert first.billing is not None
    assert (first.billing.country, first.billing.postcode) == ("US", "01103")
    second, third, fourth = orders["5002"], orders["5003"], orders["5004"]
    assert second.taxes_included
    assert [(line.quantity, line.total, line.tax) for line in second.lines] == [(2000, 2000, 333)]
    assert (second.payment, third.payment, third.status, fourth.payment) == (
        "partially_refunded", "refunded", "cancelled", "pending",
    )  # fmt: skip
    assert third.who.anonymous
    assert third.cancelled_at == datetime(2024, 5, 5, 6, tzinfo=UTC)
    assert fourth.paid_at is None
    assert fourth.lines[0].kind == "gift_card"
    assert [(r.order, r.amount) for r in batch.refunds] == [("5002", 1000), ("5003", 1400)]
    assert [p.name for p in batch.products] == ["TEE-BLK-S", "MUG", "Gift Card - 50"]
    assert {c.who.email for c in batch.customers} == {"ann@example.com", "bo@example.com"}


def test_an_order_of_another_currency_has_its_own_digits(tmp_path: Path) -> None:
    text = samples.SHOPIFY.replace(",USD,26.98,5.00,3.20,35.18", ",JPY,2698,500,320,3518").replace("9.99", "999", 1)
    text = text.replace("10.00,,MUG", "1000,,MUG", 1).replace("SPRING,3.00", "SPRING,300")
    first = by_name(whole(opened(tmp_path, text)))["5001"]
    assert (first.currency, first.total) == ("JPY", 3518)
    assert [line.total for line in first.lines] == [1798, 900]


def test_woocommerce(tmp_path: Path) -> None:
    batch = whole(opened(tmp_path, samples.WOO_ADVANCED, currency="INR", zone="Asia/Kolkata"))
    orders = by_name(batch)
    first = orders["36952"]
    assert (first.total, first.shipping, first.tax, first.taxes_included) == (59000, 5000, 9000, False)
    assert [(line.total, line.tax) for line in first.lines] == [(20000, 3600), (25000, 4500)]
    assert first.shipping_tax == 900
    assert first.ordered_at == datetime(2025, 6, 1, 12, 56, tzinfo=UTC)
    assert orders["36953"].status == "cancelled"
    assert orders["36954"].codes == ("SUMMER",)
    assert [(r.order, r.amount) for r in batch.refunds] == [("36954", 1200)]


def test_woocommerce_suite(tmp_path: Path) -> None:
    orders = by_name(whole(opened(tmp_path, samples.WOO_SUITE)))
    first, second = orders["11"], orders["12"]
    assert (first.who.account, first.who.email, second.who.account) == ("7", "eva@example.com", None)
    assert (first.lines[0].total, first.lines[0].tax, first.shipping_tax) == (2000, 420, 105)
    assert second.payment == "pending"


def test_magento(tmp_path: Path) -> None:
    batch = whole(opened(tmp_path, samples.MAGENTO))
    orders = by_name(batch)
    assert (orders["000000299"].total, orders["000000299"].shipping) == (21940, 2000)
    assert orders["000000299"].currency == "USD"
    assert orders["000000299"].ordered_at == datetime(2023, 5, 31, 2, 55, 9, tzinfo=UTC)
    # What the total has beyond subtotal and shipping is tax.
    assert orders["000000300"].tax == 10000
    assert orders["000000300"].lines[0].total == 100000
    assert orders["000000301"].status == "cancelled"
    assert [(r.order, r.amount) for r in batch.refunds] == [("000000300", 110000)]


def test_ecwid(tmp_path: Path) -> None:
    orders = by_name(whole(opened(tmp_path, samples.ECWID)))
    assert (orders["1701"].total, orders["1701"].shipping) == (3500, 500)
    assert [line.total for line in orders["1701"].lines] == [2000, 1000]
    assert orders["1702"].payment == "pending"


@pytest.mark.parametrize(
    ("name", "totals", "day"),
    [
        ("en", [1990, 500, 725], (2024, 1, 5)),
        ("es", [123450, 990], (2024, 1, 25)),
        ("it", [1200, 850], (2024, 1, 31)),
        ("fr", [123450, 300], (2023, 12, 31)),
    ],
)
def test_plain_files_in_four_languages(name: str, totals: list[int], day: tuple[int, int, int], tmp_path: Path) -> None:
    batch = whole(opened(tmp_path, samples.PLAIN[name]))
    assert [order.total for order in batch.orders] == totals
    assert all(not order.who.anonymous for order in batch.orders)
    first = batch.orders[0].ordered_at
    assert (first.year, first.month, first.day) == day
    if name == "it":
        assert batch.orders[1].status == "cancelled"


def test_lines_of_a_plain_file(tmp_path: Path) -> None:
    orders = by_name(whole(opened(tmp_path, samples.PLAIN["lines"])))
    assert [(line.product, line.quantity, line.total, line.cost) for line in orders["1"].lines] == [
        ("Tea", 2000, 700, 400),
        ("Pot", 1000, 2000, 900),
    ]
    assert orders["1"].total == 2700


def test_an_order_whose_lines_stand_apart_is_one(tmp_path: Path) -> None:
    orders = by_name(whole(opened(tmp_path, samples.PLAIN["apart"])))
    assert {name: [line.total for line in order.lines] for name, order in orders.items()} == {
        "1": [200, 500],
        "2": [300, 400],
        "3": [100],
    }


def test_without_order_numbers_a_purchase_is_a_customers_moment(tmp_path: Path) -> None:
    batch = whole(opened(tmp_path, samples.PLAIN["no order"]))
    assert [(order.who.account, order.total) for order in batch.orders] == [("c1", 500), ("c1", 400), ("c2", 100)]


def test_importing_again_means_the_same_version_and_a_newer_export_a_newer_one(tmp_path: Path) -> None:
    once = by_name(whole(opened(tmp_path, samples.SHOPIFY)))
    again = by_name(whole(opened(tmp_path, samples.SHOPIFY)))
    assert once == again
    later = samples.SHOPIFY.replace(
        "#1004,ann@example.com,pending,,", "#1004,ann@example.com,paid,2024-06-02 10:00:00 +0200,"
    )
    newer = by_name(whole(opened(tmp_path, later)))
    assert newer["5004"].updated_at > once["5004"].updated_at
    assert newer["5001"] == once["5001"]


def test_a_mapping_is_proposed_completed_and_obeyed(tmp_path: Path) -> None:
    text = "Bestellung;Käufer;Am;Preis\nB1;k1;03.04.2024;12,50\nB2;k2;05.04.2024;7,00\n"
    with pytest.raises(Unreadable) as caught:
        opened(tmp_path, text)
    assert caught.value.fault.reason.code == "csv.unknown_layout"
    rows = [["B1", "k1", "03.04.2024", "12,50"], ["B2", "k2", "05.04.2024", "7,00"]]
    proposed = propose_mapping(["Bestellung", "Käufer", "Am", "Preis"], rows)
    assert '# ?: "Bestellung"  # B1 | B2' in proposed
    with pytest.raises(Unreadable) as caught:
        read_mapping(proposed)
    fields = iter(("order", "account", "ordered_at", "total"))
    completed = "\n".join(
        line.replace("# ?", next(fields)) if line.startswith("  # ?") else line for line in proposed.splitlines()
    )
    mapping = read_mapping(completed + "\ndates: day-first\ncurrency: CHF\nzone: Europe/Zurich\n")
    path = tmp_path / "orders.csv"
    batch = whole(open_source(path, mapping=mapping))
    assert [(o.name, o.total, o.currency, o.ordered_at) for o in batch.orders] == [
        ("B1", 1250, "CHF", datetime(2024, 4, 2, 22, tzinfo=UTC)),
        ("B2", 700, "CHF", datetime(2024, 4, 4, 22, tzinfo=UTC)),
    ]


def test_a_known_header_is_proposed_with_its_fields() -> None:
    mapping = read_mapping(
        propose_mapping(["Order ID", "E-mail", "Order date", "Total: all"], [["1", "a@b.c", "2024-01-01", "2"]])
    )
    assert mapping.columns == {"order": "Order ID", "email": "E-mail", "ordered_at": "Order date"}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("columns: [a", "expected"),
        ("orders: {}", "columns"),
        ("columns: {}\nfoo: 1", "foo"),
        ("columns:\n  invoice: x", "invoice"),
        ("columns: {order: a}\ndates: soon", "dates"),
        ("columns: {order: a}\ndecimal: ';'", "decimal"),
        ("columns: {order: a}\ncurrency: euro", "currency"),
        ("columns: {order: a}\nzone: Mars", "zone"),
    ],
)
def test_a_wrong_mapping_file_says_what_is_wrong(text: str, problem: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read_mapping(text, "my.yaml")
    assert problem in caught.value.fault.message
    assert "my.yaml" in caught.value.fault.message


def test_a_total_that_differs_within_an_order_is_the_rows(tmp_path: Path) -> None:
    source = opened(tmp_path, "order,email,date,total\n1,a@b.c,2024-01-01,2\n1,a@b.c,2024-01-01,3\n")
    assert "line_total" in source.guess.columns
    assert whole(source).orders[0].total == 500
    assert any("differs within order 1" in tell(doubt) for doubt in source.guess.doubts)


def test_doubts_are_told(tmp_path: Path) -> None:
    text = "order,date,name,total,status\n1,03/04/2025,Ann,5,zapped\n2,05/06/2025,Bo,6,paid\n"
    doubts = " ".join(tell(doubt) for doubt in opened(tmp_path, text).guess.doubts)
    assert "could be either" in doubts
    assert "zapped" in doubts
    assert "names only" in doubts
    assert "assumed EUR" in doubts


def test_a_shopify_order_without_any_date_is_rejected(tmp_path: Path) -> None:
    lost = samples.SHOPIFY.replace("2024-05-03 10:00:00 +0200", "")
    with opened(tmp_path, lost) as source:
        assert sorted(by_name(whole(source))) == ["5001", "5003", "5004"]
        (problem,) = source.problems()
    assert (problem.column, problem.reason.code, problem.line) == ("Created at", "cell.missing", 5)
