"""The made-up store's orders as a shop system exports them: several rows per order, many columns."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import numpy as np

from perennial.facts.rules.records import Address, Line, Order
from perennial.simulator.columns import EXCHANGE, WALK_IN
from perennial.simulator.config import Config
from perennial.simulator.records.people import People
from perennial.simulator.records.sales import Sales
from perennial.simulator.store import Block, Store
from perennial.values.money import Money
from perennial.values.time import zone

_ORDER = (
    *("Name", "Email", "Financial Status", "Paid at", "Fulfillment Status", "Fulfilled at", "Accepts Marketing"),
    *("Currency", "Subtotal", "Shipping", "Taxes", "Total", "Discount Code", "Discount Amount"),
    *("Shipping Method", "Created at"),
)
_LINE = (
    *("Lineitem quantity", "Lineitem name", "Lineitem price", "Lineitem compare at price", "Lineitem sku"),
    *("Lineitem requires shipping", "Lineitem taxable", "Lineitem fulfillment status"),
)
_REST = (
    *("Billing Name", "Billing City", "Billing Zip", "Billing Country"),
    *("Shipping Name", "Shipping City", "Shipping Zip", "Shipping Country"),
    *("Cancelled at", "Payment Method", "Refunded Amount", "Id", "Source", "Lineitem discount", "Phone"),
)
SHOPIFY = (*_ORDER, *_LINE, *_REST)


def write_shopify(config: Config, path: Path, *, block: int = 8_192) -> int:
    """Write all orders in the columns of Shopify's orders export (UTF-8, header); the orders written.

    The first row of an order holds the order and its first line, further rows a line each. Exchanges are
    left out, as that export shows them within their first order.
    """
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, SHOPIFY, restval="")
        writer.writeheader()
        for some in Store(config).blocks(block):
            for rows in _orders(some):
                writer.writerows(rows)
                count += 1
    return count


def _orders(block: Block) -> Iterator[list[dict[str, str]]]:
    sales = Sales(block, People(block))
    place = block.orders["place"]
    rows = np.flatnonzero((place < EXCHANGE) | (place == WALK_IN))
    by_time = rows[np.argsort(block.orders["at"][rows], kind="stable")]
    for row in by_time.tolist():
        (order,) = sales.orders(np.asarray([row]))
        lines = [_line(line, order.currency) for line in order.lines]
        refund = int(block.orders["refund"][row]) >= 0
        given_back = sum(r.amount for r in sales.refunds(np.asarray([row]))) if refund else 0
        lines[0] |= _order(order, given_back, config=block.world.config)
        yield [{"Name": f"#{order.name}"} | line for line in lines]


def _order(order: Order, refunded: int, *, config: Config) -> dict[str, str]:
    def money(minor: int) -> str:
        return str(Money(minor, order.currency).major)

    def when(instant: datetime | None) -> str:
        return instant.astimezone(zone(config.zone)).strftime("%Y-%m-%d %H:%M:%S %z") if instant else ""

    shipped = order.status == "closed"
    return {
        "Email": order.who.email or "",
        "Financial Status": order.payment,
        "Paid at": when(order.paid_at),
        "Fulfillment Status": "fulfilled" if shipped else "unfulfilled",
        "Fulfilled at": when(order.status_at) if shipped else "",
        "Accepts Marketing": "no",
        "Currency": order.currency,
        "Subtotal": money(sum(line.total for line in order.lines)),
        "Shipping": money(order.shipping),
        "Taxes": money(order.tax),
        "Total": money(order.total),
        "Discount Code": ", ".join(order.codes),
        "Discount Amount": money(order.discount),
        "Shipping Method": "Standard" if order.shipping else "",
        "Created at": when(order.ordered_at),
        "Cancelled at": when(order.cancelled_at),
        "Payment Method": ", ".join(tender.kind for tender in order.tenders),
        "Refunded Amount": money(refunded),
        "Id": order.name,
        "Source": "pos" if order.channel == "till" else "web",
        "Phone": order.who.phone or "",
        **_address("Billing", order.billing),
        **_address("Shipping", order.delivery),
    }


def _address(kind: str, address: Address | None) -> dict[str, str]:
    if address is None:
        return {}
    return {
        f"{kind} Name": address.name,
        f"{kind} City": address.city,
        f"{kind} Zip": address.postcode,
        f"{kind} Country": address.country or "",
    }


def _line(line: Line, currency: str) -> dict[str, str]:
    discount = sum(part.amount for part in line.discounts)
    return {
        "Lineitem quantity": str(line.quantity // 1_000),
        "Lineitem name": line.title,
        "Lineitem price": str(Money(line.unit_price or 0, currency).major),
        "Lineitem sku": line.sku,
        "Lineitem requires shipping": "true" if line.kind == "product" else "false",
        "Lineitem taxable": "true" if line.tax else "false",
        "Lineitem fulfillment status": "fulfilled",
        "Lineitem discount": str(Money(discount, currency).major),
    }
