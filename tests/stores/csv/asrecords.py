"""Insight's tables as the mirror would make them of records: the meaning both renderings must have."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from perennial.facts.rules.records import Batch, Line, Order, Refund
from perennial.values.time import LocalDay, to_us

Rows = dict[str, list[dict[str, Any]]]


def as_tables(batches: Iterable[Batch], currency: str, zone: str) -> Rows:
    """orders, lines, refunds, refund_lines, customers and products, by names in place of numbers."""
    tables: Rows = {name: [] for name in ("orders", "lines", "refunds", "refund_lines", "customers", "products")}
    orders: dict[str, Order] = {}
    for batch in batches:
        for order in batch.orders:
            assert order.name not in orders, "an order came twice"
            orders[order.name] = order
            tables["orders"].append(_order(order, currency, zone))
            tables["lines"] += [_line(order, line, currency, zone) for line in order.lines]
        for refund in batch.refunds:
            tables["refunds"].append(_refund(orders[refund.order], refund, currency, zone))
            for part in refund.lines:
                tables["refund_lines"].append(
                    {
                        "order": refund.order,
                        "n": part.line,
                        "quantity": part.quantity,
                        "net": part.amount,
                        "tax": part.tax,
                    }
                )
        tables["customers"] += [
            {"who": _who(c.who), "created_at": to_us(c.created_at), "country": c.country}
            for c in batch.customers if c.created_at
        ]  # fmt: skip
        for product in batch.products:
            price = product.variants[0].price if product.currency == currency else None
            tables["products"].append(
                {"title": product.title, "brand": product.brand, "category": product.category, "price": price}
            )
    return tables


def _who(who: Any) -> str:
    return str(who.account or who.email or who.phone or "")


def _goods(order: Order) -> tuple[int, int]:
    kept = [line for line in order.lines if line.kind in ("product", "fee")]
    tax = sum(line.tax for line in kept)
    return sum(line.total for line in kept) - (tax if order.taxes_included else 0), tax


def _shipping(order: Order) -> tuple[int, int]:
    shipped = [line for line in order.lines if line.kind == "shipping"]
    return (
        order.shipping + sum(line.total for line in shipped),
        order.shipping_tax + sum(line.tax for line in shipped),
    )


def _order(order: Order, currency: str, zone: str) -> dict[str, Any]:
    net, tax = _goods(order)
    shipping, shipping_tax = _shipping(order)
    money = {
        "net": net, "tax": tax, "shipping": shipping - (shipping_tax if order.taxes_included else 0),
        "shipping_tax": shipping_tax, "discount": order.discount, "total": order.total,
    }  # fmt: skip
    return {
        "customer": _who(order.who), "channel": order.channel, "ordered_at": to_us(order.ordered_at),
        "ordered_day": int(LocalDay.of(order.ordered_at, zone)),
        "paid_at": order.paid_at and to_us(order.paid_at),
            "cancelled_at": order.cancelled_at and to_us(order.cancelled_at),
        **{k: v if order.currency == currency else None for k, v in money.items()},
    }  # fmt: skip


def _line(order: Order, line: Line, currency: str, zone: str) -> dict[str, Any]:
    net = line.total - (line.tax if order.taxes_included else 0)
    same = order.currency == currency
    return {
        "customer": _who(order.who), "ordered_day": int(LocalDay.of(order.ordered_at, zone)), "kind": line.kind,
        "has_product": line.product is not None, "quantity": line.quantity, "net": net if same else None,
        "tax": line.tax if same else None, "cost": line.cost if same else None,
    }  # fmt: skip


def _refund(order: Order, refund: Refund, currency: str, zone: str) -> dict[str, Any]:
    net, tax = _goods(order)
    shipping, shipping_tax = _shipping(order)
    if refund.lines or refund.shipping or refund.tax:
        parts = (refund.amount - refund.shipping - refund.tax, refund.tax, refund.shipping, 0)
    else:
        goods = min(refund.amount, max(net + tax, 0))
        goods_tax = _half_even(goods * tax, net + tax)
        with_tax = shipping if order.taxes_included else shipping + shipping_tax
        rest = _half_even((refund.amount - goods) * shipping_tax, with_tax)
        parts = (goods - goods_tax, goods_tax, refund.amount - goods - rest, rest)
    same = order.currency == currency
    named = zip(("net", "tax", "shipping", "shipping_tax", "total"), (*parts, refund.amount), strict=True)
    return {
        "refunded_at": to_us(refund.refunded_at), "refunded_day": int(LocalDay.of(refund.refunded_at, zone)),
        **{k: v if same else None for k, v in named},
    }  # fmt: skip


def _half_even(a: int, b: int) -> int:
    from fractions import Fraction

    return round(Fraction(a, b)) if b > 0 else 0
