"""Net orders in plain Python, written apart from the product: the reference for its answers."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from perennial.insight.tables import AsOf, Treatment

from .shop import Row, Shop

GOODS = Treatment()


@dataclass(frozen=True)
class Order:
    order_id: int
    person: int | None
    day: int
    at: int
    channel: str | None
    gross: int
    refunded: int
    revenue: int
    counts: bool
    items: int
    profit: int | None


def parts(row: Row, treatment: Treatment) -> int:
    total = row["net"] or 0
    if treatment.tax:
        total += row["tax"] or 0
    if treatment.shipping:
        total += row["shipping"] or 0
        if treatment.tax:
            total += row["shipping_tax"] or 0
    return total


def person_of(shop: Shop, customer: int | None) -> int | None:
    for alias in shop.rows["aliases"]:
        if alias["customer_id"] == customer:
            return alias["person_id"]
    return customer


def orders(shop: Shop, as_of: AsOf, treatment: Treatment = GOODS) -> list[Order]:
    found = []
    untaxed = Treatment(shipping=treatment.shipping)
    for o in shop.rows["orders"]:
        gone = o["cancelled_at"] is not None and o["cancelled_at"] <= as_of.at
        if o["ordered_at"] > as_of.at or gone or o["net"] is None:
            continue
        mine = [r for r in shop.rows["refunds"] if r["order_id"] == o["order_id"]]
        mine = [r for r in mine if r["refunded_at"] <= as_of.at]
        lines = [n for n in shop.rows["lines"] if n["order_id"] == o["order_id"]]
        back = [
            b["cost"] or 0
            for b in shop.rows["refund_lines"]
            if b["order_id"] == o["order_id"] and b["refunded_at"] <= as_of.at
        ]
        known = bool(lines) and all(n["cost"] is not None for n in lines if n["kind"] == "product")
        income = parts(o, untaxed) - sum(parts(r, untaxed) for r in mine)
        refunded = sum(parts(r, treatment) for r in mine)
        found.append(
            Order(
                order_id=o["order_id"],
                person=person_of(shop, o["customer_id"]),
                day=o["ordered_day"],
                at=o["ordered_at"],
                channel=o["channel"],
                gross=parts(o, treatment),
                refunded=refunded,
                revenue=parts(o, treatment) - refunded,
                counts=not (0 < o["net"] <= sum(r["net"] for r in mine)),
                items=sum(n["quantity"] for n in lines if n["kind"] == "product"),
                profit=income - sum(n["cost"] or 0 for n in lines) + sum(back) if known else None,
            )
        )
    return found


def by_person(found: list[Order]) -> dict[int, list[Order]]:
    """Counting orders of people, each person's by time."""
    result: dict[int, list[Order]] = defaultdict(list)
    for order in sorted(found, key=lambda o: (o.at, o.order_id)):
        if order.counts and order.person is not None:
            result[order.person].append(order)
    return dict(result)


def days_of(found: list[Order]) -> dict[int, list[int]]:
    """Each person's purchase occasions, rising."""
    return {person: sorted({o.day for o in mine}) for person, mine in by_person(found).items()}
