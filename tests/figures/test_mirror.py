"""The mirror says what the database says, in the reporting currency."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perennial.facts.models.loop import Dirty
from perennial.facts.models.orders import Line, Order
from perennial.figures.actions.refresh_mirror import mirror_steps, rebuild_mirror, refresh_mirror
from perennial.figures.queries import mirror
from perennial.figures.rules.mirrored import MACROS
from perennial.insight.tables import SCHEMA
from tests.figures.facts import NOW, ONE, House, day, month, on, rows, us

pytestmark = pytest.mark.django_db(transaction=True)


def one(table: Any) -> dict[str, Any]:
    found = rows(table)
    assert len(found) == 1, found
    return found[0]


def refreshed(house: House) -> Any:
    refresh_mirror(brand_id=house.id, now=NOW)
    assert not Dirty.objects.filter(brand_id=house.id).exists()
    return mirror.tables(house.id)


def test_before_the_first_refresh_all_tables_are_there_and_empty() -> None:
    t = mirror.tables(House().id)
    for name, columns in SCHEMA.items():
        table = getattr(t, name)
        assert {c: str(kind) for c, kind in table.schema().items()} == dict(columns)
        assert rows(table) == []


def test_every_table_has_the_declared_columns_and_types() -> None:
    house = House()
    who = house.customer(country="ES", locale="es")
    house.alias(who, who)
    order = house.order(who, on(2024, 5, 3), [{"total": 1210, "tax": 210, "cost": 400}])
    house.refund(order, on(2024, 5, 9), 121, [{"line": "l0", "quantity": 100, "amount": 121, "tax": 21}], tax=21)
    house.fulfilment(order, shipped_at=on(2024, 5, 4), shipped_day=day(on(2024, 5, 4)))
    house.product((500, 200))
    house.behaviour(7, on(2024, 5, 2))
    house.sighting(7, who, on(2024, 5, 3))
    house.ticket(who, on(2024, 5, 10), complaint=True)
    house.rating(who, on(2024, 5, 11), 90)
    house.spend(on(2024, 5, 1), 5000)
    t = refreshed(house)
    for name, columns in SCHEMA.items():
        table = getattr(t, name)
        assert {c: str(kind) for c, kind in table.schema().items()} == dict(columns), name
        assert len(rows(table)) == 1, name
    of = mirror.tables_of(house.id, [who])
    for name in set(SCHEMA) - {"products", "spend", "behaviour"}:
        assert rows(getattr(of, name)) == rows(getattr(t, name)), name


def test_an_order_its_lines_and_its_refund() -> None:
    house = House()
    who = house.customer()
    order = house.order(
        who, on(2024, 5, 3),
        [
            {"total": 1210, "tax": 210, "cost": 400, "quantity": 2000, "discount": 90, "product_id": 5},
            {"total": 500, "tax": 0, "kind": "gift_card"},
        ],
        shipping=605, shipping_tax=105, source="ads", promised_at=on(2024, 5, 6), promised_day=day(on(2024, 5, 6)),
    )  # fmt: skip
    Line.objects.create(
        id=1, **house.shop, order_id=order.id, name="gone", kind="product", sku="", title="", quantity=0,
        total=0, tax=0, discount=0, subscription="", removed=True,
    )  # fmt: skip
    house.refund(
        order, on(2024, 6, 1), 1210,
        [{"line": "l0", "quantity": 1000, "amount": 605, "tax": 105, "restocked": True}, {"line": "unknown"}],
        shipping=605, tax=210,
    )  # fmt: skip
    house.refund(order, on(2024, 6, 2), 5, waiting=True)
    t = refreshed(house)
    o = one(t.orders)
    assert (o["net"], o["tax"], o["shipping"], o["shipping_tax"]) == (1500, 210, 500, 105)
    assert (o["total"], o["discount"], o["source"]) == (1210 + 500 + 605, 90, "ads")
    assert (o["ordered_at"], o["ordered_day"]) == (us(order.ordered_at), day(order.ordered_at))
    assert o["promised_day"] == day(on(2024, 5, 6))
    goods, card = rows(t.lines)
    assert (goods["net"], goods["tax"], goods["cost"], goods["quantity"], goods["product_id"]) == (
        1000, 210, 400, 2000, 5,
    )  # fmt: skip
    assert (card["net"], card["kind"], card["cost"]) == (500, "gift_card", None)
    r = one(t.refunds)
    assert (r["net"], r["tax"], r["shipping"], r["shipping_tax"], r["total"]) == (500, 105, 500, 105, 1210)
    back, other = sorted(rows(t.refund_lines), key=lambda row: row["line_id"] is None)
    assert (back["net"], back["tax"], back["cost"], back["product_id"]) == (500, 105, 200, 5)
    assert (other["line_id"], other["net"], other["cost"]) == (None, 0, 0)


def test_a_refund_that_states_no_parts_is_split_as_its_order() -> None:
    house = House()
    order = house.order(None, on(2024, 5, 3), [{"total": 1210, "tax": 210}], shipping=605, shipping_tax=105)
    whole = house.refund(order, on(2024, 5, 4), 1815)
    half = house.refund(
        house.order(None, on(2024, 5, 3), [{"total": 1000, "tax": 210}], taxes_included=False), on(2024, 5, 4), 605
    )
    found = {row["refund_id"]: row for row in rows(refreshed(house).refunds)}
    parts = ("net", "tax", "shipping", "shipping_tax", "total")
    assert [found[whole.id][part] for part in parts] == [1000, 210, 500, 105, 1815]
    assert [found[half.id][part] for part in parts] == [500, 105, 0, 0, 605]


@pytest.mark.parametrize("included", [True, False])
def test_what_is_refunded_of_gift_cards_and_tips_is_no_revenue(included: bool) -> None:
    house = House()
    tax = 0 if included else 10
    order = house.order(
        None, on(2024, 5, 3),
        [
            {"total": 1000, "kind": "gift_card"},
            {"total": 500, "tax": 100, "kind": "tip"},
            {"total": 605, "tax": 105, "kind": "shipping"},
            {"total": 121, "tax": 21},
        ],
        taxes_included=included,
    )  # fmt: skip
    lines = [
        {"line": "l0", "amount": 1000},
        {"line": "l1", "amount": 50, "tax": 10},
        {"line": "l2", "amount": 605, "tax": 105},
        {"line": "l3", "amount": 121, "tax": 21},
    ]
    amount = 1776 if included else 1776 + 136
    house.refund(order, on(2024, 5, 9), amount, lines, tax=136)
    found = one(refreshed(house).refunds)
    assert [found[part] for part in ("net", "tax", "shipping", "shipping_tax", "total")] == [
        100 if included else 121, 21, 500 if included else 605, 105, amount,
    ]  # fmt: skip
    assert found["total"] - sum(found[part] for part in ("net", "tax", "shipping", "shipping_tax")) == 1050 + tax


def test_an_order_without_a_rate_is_there_without_amounts() -> None:
    house = House()
    order = house.order(None, on(2024, 5, 3), [{"total": 1210, "tax": 210, "cost": 5}], rate_e12=None)
    house.refund(order, on(2024, 5, 4), 10)
    t = refreshed(house)
    money = {"net": None, "tax": None, "discount": None}
    assert one(t.orders).items() >= {**money, "total": None, "shipping": None}.items()
    assert one(t.lines).items() >= {**money, "cost": None, "quantity": 1000}.items()
    assert one(t.refunds).items() >= {"net": None, "tax": None, "total": None}.items()
    Order.objects.filter(id=order.id).update(rate_e12=ONE // 2)
    house.mark(*((name, month(on(2024, 5, 3))) for name in ("orders", "lines", "refunds")))
    t = refreshed(house)
    assert (one(t.orders)["net"], one(t.lines)["net"], one(t.refunds)["total"]) == (500, 500, 5)


@lru_cache
def _arithmetic() -> Any:
    import duckdb

    con = duckdb.connect()
    con.execute(MACROS)
    return con


@given(
    amounts=st.lists(st.integers(-(10**7), 10**7), min_size=1, max_size=9),
    rate=st.integers(1, 10**15) | st.sampled_from([ONE // 2, ONE // 3, 3 * ONE // 2, ONE // 10**6]),
)
def test_conversion_is_half_even_and_exact(amounts: list[int], rate: int) -> None:
    found = (
        _arithmetic()
        .execute("SELECT list_transform(?::BIGINT[], lambda a: converted(a, ?::BIGINT))", [amounts, rate])
        .fetchone()
    )
    assert found[0] == [round(Fraction(amount * rate, ONE)) for amount in amounts]


@pytest.mark.parametrize("rate", [ONE // 3, 1_084_300_000_000, 7, 149_350_000_000_000, 2 * ONE + 1])
def test_lines_add_up_to_their_order_and_partial_refunds_to_the_whole(rate: int) -> None:
    house = House()
    orders = [
        house.order(
            None, on(2024, 5, 1 + k),
            [{"total": 100 * k + 7 * j + 1, "tax": 3 * j, "discount": j} for j in range(1, k + 2)]
            + [{"total": -k, "kind": "fee"}],
            rate_e12=rate,
        )
        for k in range(9)
    ]  # fmt: skip
    for order in orders:
        goods = order.net + order.lines_tax
        for nth in range(3):
            part = goods // 3 if nth < 2 else goods - 2 * (goods // 3)
            house.refund(order, on(2024, 5 + nth, 20), part)
    t = refreshed(house)
    lines = rows(t.lines)
    refunds = rows(t.refunds)
    for row in rows(t.orders):
        source = next(order for order in orders if order.id == row["order_id"])
        mine = [line for line in lines if line["order_id"] == row["order_id"]]
        assert row["net"] == round(Fraction(source.net * rate, ONE))
        for part in ("net", "tax", "discount"):
            assert sum(line[part] for line in mine) == row[part], part
        back = [refund for refund in refunds if refund["order_id"] == row["order_id"]]
        assert sum(refund["total"] for refund in back) == round(Fraction((source.net + source.lines_tax) * rate, ONE))
        assert [sum(refund[part] for refund in back) for part in ("net", "tax", "shipping")] == [
            row["net"], row["tax"], 0,
        ]  # fmt: skip
        assert len(back) == 3
    of = mirror.tables_of(house.id, [])
    assert rows(of.orders) == []


def test_a_split_line_is_never_off_by_more_than_one_unit() -> None:
    house = House()
    rate = 1_084_300_000_000
    house.order(None, on(2024, 5, 1), [{"total": total, "tax": 0} for total in (1, 1, 1, 999, 333)], rate_e12=rate)
    for line, total in zip(rows(refreshed(house).lines), (1, 1, 1, 999, 333), strict=True):
        assert abs(line["net"] - total * rate / ONE) < 1


def test_visits_belong_to_whom_was_seen_last() -> None:
    house = House()
    ann, bob = house.customer(), house.customer()
    for who, at in ((ann, 1), (ann, 2), (bob, 3), (ann, 5), (ann, 6)):
        house.sighting(70, who, on(2024, 5, at))
    house.sighting(71, bob, on(2024, 5, 4))
    least, most = -(2**63), 2**63 - 1
    assert [tuple(row.values()) for row in rows(refreshed(house).visitors)] == [
        (70, ann, least, us(on(2024, 5, 3))),
        (70, ann, us(on(2024, 5, 5)), most),
        (70, bob, us(on(2024, 5, 3)), us(on(2024, 5, 5))),
        (71, bob, least, most),
    ]


def test_products_and_spend_are_in_the_reporting_currency() -> None:
    house = House()
    house.rate("USD", on(2024, 5, 1), ONE // 2)
    house.rate("USD", on(2024, 5, 10), ONE // 4)
    cheap = house.product((900, 300), (500, 200), currency="USD", maker="Acme", category="")
    house.spend(on(2024, 4, 30), 1000, "USD", "a")
    house.spend(on(2024, 5, 9), 1000, "USD", "b")
    house.spend(on(2024, 5, 10), 1000, "USD", "c")
    house.spend(on(2024, 5, 10), 1000, "EUR", "d")
    t = refreshed(house)
    product = one(t.products)
    assert (product["product_id"], product["price"], product["cost"]) == (cheap, 125, 50)
    assert (product["brand"], product["category"]) == ("Acme", None)
    assert {row["channel"]: row["amount"] for row in rows(t.spend)} == {"a": None, "b": 500, "c": 250, "d": 1000}


def test_only_dirty_months_are_written_and_an_emptied_month_goes() -> None:
    house = House()
    may = house.order(None, on(2024, 5, 3), [{"total": 100}])
    house.order(None, on(2024, 4, 3), [{"total": 50}])
    refreshed(house)
    before = mirror.manifest(house.id)
    assert before is not None
    Line.objects.filter(order_id=may.id).delete()
    Order.objects.filter(id=may.id).delete()
    house.mark(("orders", month(on(2024, 5, 3))), ("lines", month(on(2024, 5, 3))))
    assert [row["net"] for row in rows(refreshed(house).orders)] == [50]
    after = mirror.manifest(house.id)
    assert after is not None
    april = month(on(2024, 4, 3))
    assert after.parts["orders"] == {april: before.parts["orders"][april]}


def test_tables_read_what_was_published_when_they_were_opened() -> None:
    house = House()
    house.order(None, on(2024, 5, 3), [{"total": 100}])
    t = refreshed(house)
    house.order(None, on(2024, 5, 4), [{"total": 7}])
    later = refreshed(house)
    assert [row["net"] for row in rows(t.orders)] == [100]
    assert [row["net"] for row in rows(later.orders)] == [100, 7]


def test_a_change_during_the_refresh_keeps_its_mark() -> None:
    house = House()
    house.order(None, on(2024, 4, 3), [{"total": 100}])
    house.order(None, on(2024, 5, 3), [{"total": 100}])
    steps = mirror_steps(brand_id=house.id, now=NOW)
    next(steps)  # May is written
    house.order(None, on(2024, 4, 9), [{"total": 7}])  # after the marks were read, before April is
    list(steps)
    assert {mark.month for mark in Dirty.objects.filter(brand_id=house.id)} == {month(on(2024, 4, 3))}
    assert len(rows(refreshed(house).orders)) == 3


def test_one_refresh_at_a_time() -> None:
    house = House()
    refreshed(house)
    house.order(None, on(2024, 5, 3), [{"total": 100}])
    steps = mirror_steps(brand_id=house.id, now=NOW)
    next(steps)
    house.order(None, on(2024, 5, 4), [{"total": 100}])
    assert refresh_mirror(brand_id=house.id, now=NOW) == 0
    steps.close()
    assert refresh_mirror(brand_id=house.id, now=NOW) == 1


def test_retired_files_stay_for_an_hour_and_strays_go() -> None:
    from datetime import timedelta

    house = House()
    house.order(None, on(2024, 5, 3), [{"total": 100}])
    refreshed(house)
    root = mirror.folder(house.id)
    stray = root / "orders" / "month=1.00000099.parquet"
    stray.write_bytes(b"half a file")
    house.order(None, on(2024, 5, 4), [{"total": 7}])
    refreshed(house)
    assert not stray.exists()
    assert len(list(root.glob("orders/*.parquet"))) == 2
    refresh_mirror(brand_id=house.id, now=NOW + timedelta(hours=2))
    assert len(list(root.glob("orders/*.parquet"))) == 1


def test_after_an_erasure_replaced_files_go_as_soon_as_no_answer_reads_them() -> None:
    from perennial.facts.actions.loop_marks import REPLACED, mark_dirty
    from perennial.figures.queries.waiting import mirror_is_behind

    house = House()
    house.order(None, on(2024, 5, 3), [{"total": 100}])
    refreshed(house)
    root = mirror.folder(house.id)
    with mirror.undisturbed(house.id):
        before = mirror.tables(house.id).orders
        house.order(None, on(2024, 5, 4), [{"total": 7}])
        mark_dirty(brand_id=house.id, months=[(REPLACED, 0)])
        refresh_mirror(brand_id=house.id, now=NOW)
        assert before.count().execute() == 1
        assert mirror_is_behind(house.id)
    refresh_mirror(brand_id=house.id, now=NOW)
    assert len(list(root.glob("orders/*.parquet"))) == 1
    assert not mirror_is_behind(house.id)
    assert mirror.tables(house.id).orders.count().execute() == 2


def test_rebuilt_from_nothing_it_is_the_same() -> None:
    import shutil

    house = House()
    who = house.customer()
    for k in range(6):
        order = house.order(who, on(2024, 1 + k, 3), [{"total": 100 + k, "tax": k}])
        house.refund(order, on(2024, 1 + k, 13), 10)
        house.behaviour(3, on(2024, 1 + k, 2))
    t = refreshed(house)
    before = {name: rows(getattr(t, name)) for name in SCHEMA}
    shutil.rmtree(mirror.folder(house.id))
    t = refreshed(house)  # no list of files: everything is written again, though nothing is marked
    assert {name: rows(getattr(t, name)) for name in SCHEMA} == before
    assert rebuild_mirror(brand_id=house.id, now=NOW) >= 6
    t = mirror.tables(house.id)
    assert {name: rows(getattr(t, name)) for name in SCHEMA} == before


def test_no_personal_column_reaches_the_mirror() -> None:
    """Names, addresses and free text are no columns of the schema; a new text column must be looked at."""
    texts = {(table, column) for table, of in SCHEMA.items() for column, kind in of.items() if kind == "string"}
    assert texts == {
        ("customers", "country"), ("customers", "locale"), ("customers", "acquired_by"), ("orders", "channel"),
        ("orders", "source"), ("lines", "kind"), ("refunds", "kind"), ("fulfilments", "carrier"),
        ("products", "title"), ("products", "brand"), ("products", "category"), ("behaviour", "kind"),
        ("tickets", "channel"), ("tickets", "topic"), ("spend", "channel"), ("spend", "campaign"),
    }  # fmt: skip
