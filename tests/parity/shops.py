"""A shop made at random with everything in it that the answers read, for the comparison of engines."""

from __future__ import annotations

import random

from tests.insight.shop import CHANNELS, START, Shop, at

CUSTOMERS, PRODUCTS, DAYS = 60, 6, 500
KINDS = ("page_viewed", "product_viewed", "cart_added", "order_placed", "mail_opened", "goal:newsletter")


def full_shop(seed: int) -> Shop:
    r = random.Random(seed)
    shop = Shop()
    for number in range(1, CUSTOMERS + 1):
        shop.customer(
            number,
            START + r.randint(-20, 100),
            country=r.choice(("ES", "IT", None)),
            acquired_by=r.choice(("ads", "mail", None)),
        )
        if r.random() < 0.15:
            shop.alias(number, r.randint(1, CUSTOMERS), r.random() < 0.5)
    for number in range(1, PRODUCTS + 1):
        shop.add(
            "products",
            product_id=number,
            title=f"P{number}",
            brand=r.choice(("acme", "", None)),
            category=r.choice(("tea > green", "cups", None)),
            price=r.randint(100, 9000),
            hidden=False,
        )
    for customer in (None, *range(1, CUSTOMERS + 1)):
        _buys(r, shop, customer)
    for visitor in range(1, 90):
        _visits(r, shop, visitor)
    for _ in range(30):
        day = START + r.randint(0, DAYS)
        shop.add("spend", day=day, channel=r.choice(CHANNELS), campaign="c", amount=r.randint(0, 9000))
    return shop


def _buys(r: random.Random, shop: Shop, customer: int | None) -> None:
    day, rhythm = START + r.randint(0, 300), r.choice((4, 12, 30, 60))
    while day < START + DAYS:
        _order(r, shop, customer, day)
        if customer is not None and r.random() < 0.15:
            return
        day += max(0, int(rhythm * r.lognormvariate(0, 0.6)))


def _order(r: random.Random, shop: Shop, customer: int | None, day: int) -> None:
    lines = [
        {
            "kind": r.choice(("product", "product", "product", "fee")),
            "product_id": r.randint(1, PRODUCTS),
            "quantity": r.choice((500, 1000, 2000)),
            "net": r.choice((0, 999, 5000, 12345)),
            "tax": r.choice((0, 210)),
            "cost": r.choice((None, 100, 900)),
        }
        for _ in range(r.randint(1, 3))
    ]
    net = sum(line["net"] for line in lines)
    order = shop.order(
        customer,
        day,
        None if r.random() < 0.03 else net,
        hour=r.choice((0, 9, 12, 23)),
        lines=lines,
        channel=r.choice((*CHANNELS, None)),
        tax=sum(line["tax"] for line in lines),
        shipping=r.choice((0, 490)),
        shipping_tax=r.choice((0, 90)),
        discount=r.choice((0, 100)),
        promised_day=r.choice((None, day + 3)),
        subscription=r.random() < 0.1,
        cancelled_day=day + r.randint(1, 30) if r.random() < 0.05 else None,
    )
    if r.random() < 0.2:
        shop.refund(order, day + r.randint(0, 60), r.choice((net, net // 3)), cost=r.choice((None, 100)))
    if r.random() < 0.7:
        shop.fulfilment(
            order,
            promised=r.choice((None, day + 5)),
            shipped=day + r.randint(0, 4),
            delivered=r.choice((None, day + 4, day + 5, day + 9)),
            carrier=r.choice(("post", "courier", None)),
        )
    if r.random() < 0.2:
        opened = day + r.randint(0, 20)
        shop.add(
            "tickets",
            ticket_id=len(shop.rows["tickets"]) + 1,
            customer_id=customer,
            order_id=order,
            channel="mail",
            complaint=r.choice((True, False, None)),
            opened_at=at(opened),
            opened_day=opened,
            responded_at=r.choice((None, at(opened, 15), at(opened + 6))),
            resolved_at=r.choice((None, at(opened + 9))),
            satisfaction=r.choice((None, 10, 50, 90)),
        )
    if r.random() < 0.2:
        rated = day + r.randint(3, 20)
        shop.add(
            "ratings",
            rating_id=len(shop.rows["ratings"]) + 1,
            customer_id=customer,
            order_id=order,
            product_id=r.randint(1, PRODUCTS),
            rated_at=at(rated),
            rated_day=rated,
            score=r.randint(0, 100),
        )


def _visits(r: random.Random, shop: Shop, visitor: int) -> None:
    if r.random() < 0.5:
        shop.add(
            "visitors",
            visitor_id=visitor,
            customer_id=r.randint(1, CUSTOMERS),
            from_at=at(START + r.randint(0, 200)),
            to_at=r.choice((None, at(START + 300))),
        )
    for _ in range(r.randint(1, 12)):
        day, kind = START + r.randint(0, DAYS), r.choice(KINDS)
        shop.add(
            "behaviour",
            visitor_id=visitor if r.random() < 0.95 else None,
            customer_id=r.choice((None, None, None, r.randint(1, CUSTOMERS))),
            kind=kind,
            product_id=r.randint(1, PRODUCTS) if kind in ("product_viewed", "cart_added") else None,
            order_id=r.randint(1, len(shop.rows["orders"])) if kind == "order_placed" else None,
            at=at(day),
            day=day,
        )
