"""Endpoints: orders, and what happened to a customer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.db.models import Q

from perennial.facts.models import orders
from perennial.facts.models.loop import Event
from perennial.facts.rules.records import Address
from perennial.values.ids import public
from perennial.values.time import from_us, to_us
from perennial.web.api import shapes, visible
from perennial.web.api.auth import Caller, number
from perennial.web.api.endpoints import get
from perennial.web.api.paging import Cursor, Limit, Pager
from perennial.web.api.problems import Problem
from perennial.web.api.shapes import id_or_none, money, money_or_none

# What an event is about, by its kind or the first word of it.
_SUBJECTS = {
    "order.refunded": "ref", "order.shipped": "ful", "order.delivered": "ful", "customer.merged": "mrg",
    "customer.unmerged": "mrg", "customer": "cus", "order": "ord", "cart": "crt", "ticket": "tic", "rating": "rat",
    "consent": "con",
}  # fmt: skip


@get("/orders/{order_id}", tag="Orders", scope="facts:read", problems=("not_found",))
def read_order(caller: Caller, order_id: str) -> shapes.Order:
    """Read an order

    With its lines, refunds and parcels, as its shop stated them last.
    """
    found = visible.of_store(caller, orders.Order.objects.filter(id=number("ord", order_id, "order"))).first()
    if found is None:
        raise Problem("not_found", "There is no such order.")
    return told(caller, [found])[0]


@get("/customers/{customer_id}/orders", tag="Orders", scope="facts:read", problems=("not_found", "cursor"))
def list_orders(caller: Caller, customer_id: str, limit: Limit, cursor: Cursor) -> shapes.Orders:
    """List a customer's orders

    The newest first. Orders of other customers who are the same person are theirs: see `person`.
    """
    customer = visible.customer(caller, customer_id)
    pager = Pager(caller, "orders", customer=customer.id)
    found = visible.of_store(caller, orders.Order.objects.filter(customer_id=customer.id))
    if (after := pager.after(cursor)) is not None:
        at, id_ = from_us(after[0]), after[1]
        found = found.filter(Q(ordered_at__lt=at) | Q(ordered_at=at, id__lt=id_))
    rows, following = pager.page(
        list(found.order_by("-ordered_at", "-id")[: limit + 1]), limit, lambda row: [to_us(row.ordered_at), row.id]
    )
    return shapes.Orders(items=told(caller, rows), next=following)


@get("/customers/{customer_id}/timeline", tag="Orders", scope="facts:read", problems=("not_found", "cursor"))
def read_timeline(caller: Caller, customer_id: str, limit: Limit, cursor: Cursor) -> shapes.Timeline:
    """Read what happened to a customer

    Orders placed, paid, refunded and delivered, tickets, ratings, consents; the newest first.
    """
    customer = visible.customer(caller, customer_id)
    pager = Pager(caller, "timeline", customer=customer.id)
    found = visible.of_store(caller, Event.objects.filter(customer_id=customer.id))
    if (after := pager.after(cursor)) is not None:
        at, id_ = from_us(after[0]), after[1]
        found = found.filter(Q(occurred_at__lt=at) | Q(occurred_at=at, id__lt=id_))
    rows, following = pager.page(
        list(found.order_by("-occurred_at", "-id")[: limit + 1]), limit, lambda row: [to_us(row.occurred_at), row.id]
    )
    items = [
        shapes.Happened(
            id=public("evt", row.id), kind=row.kind, store=public("sto", row.store_id),
            subject=public(_prefix(row.kind), row.subject_id),
            occurred_at=row.occurred_at, recorded_at=row.recorded_at,
        )
        for row in rows
    ]  # fmt: skip
    return shapes.Timeline(items=items, next=following)


def _prefix(kind: str) -> str:
    return _SUBJECTS.get(kind) or _SUBJECTS.get(kind.partition(".")[0], "sub")


def told(caller: Caller, found: Sequence[orders.Order]) -> list[shapes.Order]:
    """Orders with all their parts: three more queries, however many they are."""
    chosen: dict[str, Any] = {"brand_id": caller.brand_id, "order_id__in": [one.id for one in found]}
    lines, refunds, parcels = defaultdict(list), defaultdict(list), defaultdict(list)
    for line in orders.Line.objects.filter(**chosen, removed=False).order_by("order_id", "id"):
        lines[line.order_id].append(line)
    for refund in orders.Refund.objects.filter(**chosen).order_by("refunded_at", "id"):
        refunds[refund.order_id].append(refund)
    for parcel in orders.Fulfilment.objects.filter(**chosen).order_by("id"):
        parcels[parcel.order_id].append(parcel)
    addresses = caller.may("customers:read")
    return [_told(one, lines[one.id], refunds[one.id], parcels[one.id], addresses=addresses) for one in found]


def _told(
    one: orders.Order,
    lines: Sequence[orders.Line],
    refunds: Sequence[orders.Refund],
    parcels: Sequence[orders.Fulfilment],
    *,
    addresses: bool,
) -> shapes.Order:
    unit = one.currency
    return shapes.Order(
        id=public("ord", one.id), store=public("sto", one.store_id), customer=id_or_none("cus", one.customer_id),
        name=one.name, number=one.number, channel=one.channel, source=one.source, ordered_at=one.ordered_at,
        status=one.status, payment=one.payment, paid_at=one.paid_at, cancelled_at=one.cancelled_at,
        promised_at=one.promised_at, taxes_included=one.taxes_included, total=money(one.total, unit),
        shipping=money(one.shipping, unit), tax=money(one.tax, unit), discount=money(one.discount, unit),
        codes=list(one.codes or ()), lines=[_line(line, unit) for line in lines],
        refunds=[
            shapes.RefundOf(
                id=public("ref", refund.id), kind=refund.kind, refunded_at=refund.refunded_at,
                amount=money(refund.amount, unit), reason=refund.reason,
            )
            for refund in refunds
        ],
        parcels=[
            shapes.Parcel(
                id=public("ful", parcel.id), carrier=parcel.carrier, tracking=parcel.tracking,
                promised_at=parcel.promised_at, shipped_at=parcel.shipped_at, delivered_at=parcel.delivered_at,
            )
            for parcel in parcels
        ],
        billing=Address.model_validate(one.billing) if addresses and one.billing else None,
        delivery=Address.model_validate(one.delivery) if addresses and one.delivery else None,
    )  # fmt: skip


def _line(line: orders.Line, unit: str) -> shapes.Line:
    return shapes.Line(
        name=line.name, kind=line.kind, product=id_or_none("prd", line.product_id), sku=line.sku, title=line.title,
        quantity=line.quantity, unit_price=money_or_none(line.unit_price, unit), total=money(line.total, unit),
        tax=money(line.tax, unit), discount=money(line.discount, unit),
    )  # fmt: skip
