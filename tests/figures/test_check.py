"""The check finds what differs, and only that."""

from __future__ import annotations

import pytest

from perennial.facts.models.orders import Line, Order
from perennial.facts.models.people import Customer
from perennial.figures.actions.refresh_mirror import refresh_mirror
from perennial.figures.queries import mirror
from perennial.figures.queries.check import Found, compare_mirror, orphans
from tests.figures.facts import NOW, House, month, on

pytestmark = pytest.mark.django_db(transaction=True)


def house_in_order() -> tuple[House, Order]:
    house = House()
    who = house.customer()
    order = house.order(who, on(2024, 5, 3), [{"total": 1210, "tax": 210}, {"total": 1210, "tax": 210}])
    house.refund(order, on(2024, 6, 3), 100)
    refresh_mirror(brand_id=house.id, now=NOW)
    return house, order


def different(house: House) -> list[Found]:
    return [found for found in compare_mirror(house.id) if found.differs]


def test_what_agrees_does_not_differ() -> None:
    house, _ = house_in_order()
    found = list(compare_mirror(house.id))
    assert different(house) == []
    assert {one.table: one.rows for one in found if one.rows} == {
        "customers": 1, "orders": 1, "lines": 2, "refunds": 1,
    }  # fmt: skip


def test_a_changed_amount_is_told_with_both_sums() -> None:
    house, order = house_in_order()
    Order.objects.filter(id=order.id).update(shipping=7)
    (found,) = different(house)
    assert (found.table, found.month, found.waiting) == ("orders", month(on(2024, 5, 3)), False)
    assert found.differs == "sum of shipping 0 instead of 7"


def test_a_swap_that_leaves_the_sums_is_found() -> None:
    house, order = house_in_order()
    first, second = Line.objects.filter(order_id=order.id).order_by("id")
    Line.objects.filter(id=first.id).update(discount=5)
    Line.objects.filter(id=second.id).update(discount=-5)
    (found,) = different(house)
    assert (found.table, found.differs) == ("lines", "rows differ, sums do not")


def test_missing_rows_and_missing_files() -> None:
    house, order = house_in_order()
    Line.objects.filter(order_id=order.id).delete()
    (found,) = different(house)
    assert (found.table, found.rows, found.mirrored) == ("lines", 0, 2)
    assert found.differs.startswith("rows 2 instead of 0")
    for file in mirror.folder(house.id).glob("refunds/*.parquet"):
        file.unlink()
    assert {(one.table, one.differs) for one in different(house)} >= {("refunds", "the file is missing")}


def test_a_dirty_month_waits() -> None:
    house, _ = house_in_order()
    house.order(None, on(2024, 5, 4), [{"total": 1}])
    assert {(found.table, found.waiting) for found in different(house)} == {("orders", True), ("lines", True)}


def test_rows_that_point_at_nothing() -> None:
    house, _ = house_in_order()
    assert {found.rows for found in orphans(house.id)} == {0}
    Customer.objects.all().delete()
    assert [(found.table, found.points_at, found.rows) for found in orphans(house.id) if found.rows] == [
        ("order", "customer by customer_id", 1)
    ]
