"""Records and tables of the same store agree: what the records say, worked out one by one, is what tables hold."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache
from typing import Any

import pyarrow as pa
import pytest

from perennial.insight.tables import SCHEMA
from perennial.simulator.tables import blocks_of_tables, tables
from perennial.values.time import LocalDay, to_us
from tests.simulator.shops import gathered, small, told

BOTH = pytest.mark.parametrize("included", [True, False])
Row = dict[str, Any]


@lru_cache
def table(name: str, included: bool = True) -> list[Row]:
    return sorted(
        tables(small(taxes_included=included))[name].to_pylist(), key=lambda r: str(sorted(r.items(), key=str))
    )


class Told:
    """The records of the small store, and how they are read."""

    def __init__(self, included: bool) -> None:
        self.included = included
        self.kinds = gathered(told(included))
        self.orders = {order.name: order for order in self.kinds["orders"]}
        self.rates = {rate.day: Decimal(str(rate.rate)) for rate in self.kinds["rates"]}
        self.accounts = {c.who.email: c for c in self.kinds["customers"] if c.who.account is None}

    def rate(self, order: Any) -> Decimal:
        if order.currency == "EUR":
            return Decimal(1)
        return Decimal(str(order.rate)) if order.rate else self.rates[self.day(order.ordered_at)[1]]

    def money(self, amount: int, order: Any) -> int:
        return int((amount * self.rate(order)).to_integral_value(ROUND_HALF_EVEN))

    def shared(self, amounts: list[int], order: Any) -> list[int]:
        """Lines' amounts so that they add up: rounded down, one more to the largest remainders."""
        exact = [amount * self.rate(order) for amount in amounts]
        parts = [int(x) for x in exact]
        missing = int(sum(exact).to_integral_value(ROUND_HALF_EVEN)) - sum(parts)
        for place in sorted(range(len(parts)), key=lambda i: (parts[i] - exact[i], i))[:missing]:
            parts[place] += 1
        return parts

    def net(self, line: Any) -> int:
        return line.total - line.tax if self.included else line.total

    @staticmethod
    def at(instant: Any) -> int | None:
        return None if instant is None else to_us(instant)

    @staticmethod
    def day(instant: Any) -> tuple[int | None, Any]:
        if instant is None:
            return None, None
        day = LocalDay.of(instant, "Europe/Madrid")
        return int(day), day.date

    def person(self, who: Any) -> int | None:
        """The number in an account's name, or behind the dot of a guest's address."""
        if who.account:
            return int(who.account[1:])
        return int(who.email.partition("@")[0].rpartition(".")[2]) if who.email else None


def same(name: str, rows: list[Row], included: bool = True) -> None:
    assert rows
    for row in rows:
        assert row.keys() == SCHEMA[name].keys()
    wanted = sorted(rows, key=lambda r: str(sorted(r.items(), key=str)))
    assert wanted == table(name, included)


def number(name: str | None) -> int | None:
    return None if name is None else int(name.lstrip("prftqbvk"))


def line_number(name: str) -> int:
    order, _, place = name.partition(".")
    return int(order) * 16 + int(place) - 1


@BOTH
def test_orders(included):
    t = Told(included)
    rows = []
    for o in t.orders.values():
        untaxed = o.shipping - o.shipping_tax if included else o.shipping
        rows.append(
            {
                "order_id": int(o.name),
                "customer_id": t.person(o.who),
                "store_id": 1,
                "channel": o.channel,
                "source": o.touch.source if o.touch else None,
                "ordered_at": t.at(o.ordered_at),
                "ordered_day": t.day(o.ordered_at)[0],
                "paid_at": t.at(o.paid_at),
                "cancelled_at": t.at(o.cancelled_at),
                "net": t.money(sum(t.net(line) for line in o.lines if line.kind != "gift_card"), o),
                "tax": t.money(sum(line.tax for line in o.lines), o),
                "shipping": t.money(untaxed, o),
                "shipping_tax": t.money(o.shipping_tax, o),
                "discount": t.money(o.discount, o),
                "total": t.money(o.total, o),
                "promised_at": t.at(o.promised_at),
                "promised_day": t.day(o.promised_at)[0],
                "subscription": any(line.subscription for line in o.lines),
            }
        )
    same("orders", rows, included)


@BOTH
def test_lines(included):
    t = Told(included)
    rows = []
    for o in t.orders.values():
        nets = t.shared([t.net(line) for line in o.lines], o)
        taxes = t.shared([line.tax for line in o.lines], o)
        offs = t.shared([sum(part.amount for part in line.discounts) for line in o.lines], o)
        for line, net, tax, off in zip(o.lines, nets, taxes, offs, strict=True):
            rows.append(
                {
                    "line_id": line_number(line.name),
                    "order_id": int(o.name),
                    "customer_id": t.person(o.who),
                    "store_id": 1,
                    "ordered_at": t.at(o.ordered_at),
                    "ordered_day": t.day(o.ordered_at)[0],
                    "kind": line.kind,
                    "product_id": number(line.product),
                    "variant_id": number(line.variant),
                    "quantity": line.quantity,
                    "net": net,
                    "tax": tax,
                    "discount": off,
                    "cost": None if line.cost is None else t.money(line.cost, o),
                }
            )
    same("lines", rows, included)


@BOTH
def test_refunds_and_their_lines(included):
    t = Told(included)
    rows, parts = [], []
    for r in t.kinds["refunds"]:
        o = t.orders[r.order]
        lines = {line.name: line for line in o.lines}
        goods_tax = sum(part.tax for part in r.lines)
        shipping_tax = r.tax - goods_tax
        shipping = r.shipping - shipping_tax if included else r.shipping
        when = {"refunded_at": t.at(r.refunded_at), "refunded_day": t.day(r.refunded_at)[0]}
        rows.append(
            {
                "refund_id": int(r.name[1:]),
                "order_id": int(r.order),
                "customer_id": t.person(o.who),
                "store_id": 1,
                "kind": r.kind,
                **when,
                "net": t.money(r.amount - shipping - shipping_tax - goods_tax, o),
                "tax": t.money(goods_tax, o),
                "shipping": t.money(shipping, o),
                "shipping_tax": t.money(shipping_tax, o),
                "total": t.money(r.amount, o),
            }
        )
        for part in r.lines:
            line = lines[part.line]
            back = None if line.cost is None else line.cost * part.quantity // line.quantity
            parts.append(
                {
                    "refund_id": int(r.name[1:]),
                    "line_id": line_number(part.line),
                    "order_id": int(r.order),
                    "product_id": number(line.product),
                    **when,
                    "quantity": part.quantity,
                    "net": t.money(part.amount - part.tax if included else part.amount, o),
                    "tax": t.money(part.tax, o),
                    "cost": 0 if not part.restocked else None if back is None else t.money(back, o),
                }
            )
    same("refunds", rows, included)
    same("refund_lines", parts, included)


def test_parcels():
    t = Told(included=True)
    same(
        "fulfilments",
        [
            {
                "fulfilment_id": number(f.name),
                "order_id": int(f.order),
                "customer_id": t.person(t.orders[f.order].who),
                "store_id": 1,
                "carrier": f.carrier,
                "promised_at": t.at(f.promised_at),
                "promised_day": t.day(f.promised_at)[0],
                "shipped_at": t.at(f.shipped_at),
                "shipped_day": t.day(f.shipped_at)[0],
                "delivered_at": t.at(f.delivered_at),
                "delivered_day": t.day(f.delivered_at)[0],
            }
            for f in t.kinds["fulfilments"]
        ],
    )


def test_customers_tickets_and_ratings():
    t = Told(included=True)
    same(
        "customers",
        [
            {
                "customer_id": t.person(c.who),
                "store_id": 1,
                "created_at": t.at(c.created_at),
                "created_day": t.day(c.created_at)[0],
                "country": c.country,
                "locale": c.locale,
                "acquired_by": c.acquired_by,
            }
            for c in t.kinds["customers"]
        ],
    )
    same(
        "tickets",
        [
            {
                "ticket_id": number(k.name),
                "customer_id": t.person(k.who),
                "store_id": 1,
                "order_id": int(k.order),
                "channel": k.channel,
                "topic": k.topic,
                "complaint": k.complaint,
                "opened_at": t.at(k.opened_at),
                "opened_day": t.day(k.opened_at)[0],
                "responded_at": t.at(k.responded_at),
                "resolved_at": t.at(k.resolved_at),
                "satisfaction": k.satisfaction,
            }
            for k in t.kinds["tickets"]
        ],
    )
    same(
        "ratings",
        [
            {
                "rating_id": number(r.name),
                "customer_id": t.person(r.who),
                "store_id": 1,
                "order_id": int(r.order),
                "product_id": number(r.product),
                "rated_at": t.at(r.rated_at),
                "rated_day": t.day(r.rated_at)[0],
                "score": r.score,
            }
            for r in t.kinds["ratings"]
        ],
    )


def test_behaviour_and_whose_it_is():
    t = Told(included=True)
    same(
        "behaviour",
        [
            {
                "visitor_id": number(b.who.visitor),
                "customer_id": t.person(b.who),
                "store_id": 1,
                "kind": b.kind,
                "product_id": number(b.product),
                "order_id": None if b.order is None else int(b.order),
                "at": t.at(b.at),
                "day": t.day(b.at)[0],
                "value": b.value,
            }
            for b in t.kinds["behaviour"]
        ],
    )
    by_visitor: dict[int, list[tuple[int, int]]] = {}
    for s in t.kinds["sightings"]:
        by_visitor.setdefault(number(s.visitor), []).append((t.at(s.at), t.person(s.who)))
    rows, two = [], 0
    for visitor, seen in by_visitor.items():
        seen.sort()
        changes = [s for i, s in enumerate(seen) if i == 0 or s[1] != seen[i - 1][1]]
        two += len(changes) > 1
        for i, (at, customer) in enumerate(changes):
            ends = changes[i + 1][0] if i + 1 < len(changes) else 2**63 - 1
            begins = at if i else -(2**63)
            rows.append({"visitor_id": visitor, "customer_id": customer, "from_at": begins, "to_at": ends})
    assert two > 0  # some browsers are used by two people
    same("visitors", rows)


def test_products_and_spend():
    t = Told(included=True)
    newest = {p.name: p for p in sorted(t.kinds["products"], key=lambda p: p.updated_at)}
    same(
        "products",
        [
            {
                "product_id": number(p.name),
                "store_id": 1,
                "title": p.title,
                "brand": p.brand,
                "category": p.category,
                "price": min(variant.price for variant in p.variants),
                "cost": p.variants[0].cost,
                "hidden": p.hidden,
            }
            for p in newest.values()
        ],
    )
    same(
        "spend",
        [
            {
                "store_id": 1,
                "day": int(LocalDay.on(s.day)),
                "channel": s.channel,
                "campaign": s.campaign,
                "amount": s.amount,
            }
            for s in t.kinds["spend"]
        ],
    )


def test_tables_have_the_schema_and_are_the_same_in_blocks_of_any_size():
    whole = tables(small())
    types = {"int64": pa.int64(), "string": pa.string(), "boolean": pa.bool_()}
    assert whole.keys() == SCHEMA.keys()
    for name, columns in SCHEMA.items():
        assert {c: whole[name].schema.field(c).type for c in columns} == {c: types[k] for c, k in columns.items()}
        assert whole[name].column_names == list(columns)
    small_blocks = tables(small(), block=10)
    for name in SCHEMA.keys() - {"visitors"}:
        assert small_blocks[name].equals(whole[name]), name
    assert (
        whole["visitors"]
        .sort_by([("visitor_id", "ascending"), ("from_at", "ascending")])
        .equals(small_blocks["visitors"].sort_by([("visitor_id", "ascending"), ("from_at", "ascending")]))
    )


def test_identifiers_are_unique_and_resolve():
    whole = tables(small())
    for name, column in (
        ("customers", "customer_id"),
        ("orders", "order_id"),
        ("lines", "line_id"),
        ("refunds", "refund_id"),
        ("fulfilments", "fulfilment_id"),
    ):
        ids = whole[name][column].to_pylist()
        assert len(set(ids)) == len(ids)
    orders = set(whole["orders"]["order_id"].to_pylist())
    for name in ("lines", "refunds", "refund_lines", "fulfilments", "tickets", "ratings"):
        assert set(whole[name]["order_id"].to_pylist()) <= orders
    customers = set(whole["customers"]["customer_id"].to_pylist())
    assert set(whole["orders"]["customer_id"].drop_null().to_pylist()) <= customers


def test_parts_left_out_leave_empty_tables():
    lean = next(iter(list(blocks_of_tables(small(behaviour=False, service=False)))[1:]))
    for name in ("behaviour", "visitors", "tickets", "ratings"):
        assert lean[name].num_rows == 0
        assert lean[name].column_names == list(SCHEMA[name])
    assert lean["orders"].num_rows > 0
