"""Orders and their lines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from perennial.database import ids, rows
from perennial.facts.actions.recording import names
from perennial.facts.actions.recording.aftersales import follow_orders
from perennial.facts.actions.recording.catalogue import Catalogue
from perennial.facts.actions.recording.people import People
from perennial.facts.actions.recording.rates import Rates, mark_aftersales
from perennial.facts.actions.recording.session import Session
from perennial.facts.models.orders import Line, Order
from perennial.facts.rules import records
from perennial.facts.rules.readers import SALES
from perennial.facts.rules.revenue import REVENUE_KINDS
from perennial.values.time import LocalDay, to_us

_ORDER = rows.columns_of(Order)
_LINE = rows.columns_of(Line)
_OLD = ("customer_id", "ordered_day", "paid_at", "cancelled_at")


def record_orders(
    session: Session, people: People, catalogue: Catalogue, rates: Rates, orders: Sequence[records.Order]
) -> None:
    """Take orders as their shop states them, with all their lines."""
    accepted = names.sift(session, Order, "order", [(o.name, o, session.versions[o]) for o in orders], keep=_OLD)
    if not accepted:
        return
    written = []
    for item in accepted:
        order: records.Order = item.record
        day = session.day(order.ordered_at)
        customer = people.customer(order.who)
        written.append(_row(session, item, customer, (people.matched_by(order.who), day), rates))
        _tell(session, item, customer, day)
    names.save(Order, _ORDER, written)
    _write_lines(session, catalogue, accepted)
    changed = [item.id for item in accepted if item.old is not None]
    mark_aftersales(session, changed)
    follow_orders(session, {item.id: people.customer(item.record.who) for item in accepted})


def _us(at: datetime | None) -> int | None:
    return None if at is None else to_us(at)


def _json(value: records.Record | None) -> str | None:
    return None if value is None else rows.as_json(value.model_dump(exclude_defaults=True))


def _row(
    session: Session, item: names.Accepted, customer: int | None, placed: tuple[str, LocalDay], rates: Rates
) -> rows.Row:
    order: records.Order = item.record
    matched_by, day = placed
    rate, stated = rates.of(order, day)
    net = tax = shipping = shipping_tax = 0
    for line in order.lines:
        without = line.total - line.tax if order.taxes_included else line.total
        if line.kind in REVENUE_KINDS:
            net, tax = net + without, tax + line.tax
        elif line.kind == "shipping":
            shipping, shipping_tax = shipping + line.total, shipping_tax + line.tax
    promised = order.promised_at
    return (
        item.id, session.brand_id, session.store_id, *item.version, customer, matched_by, order.name, order.number,
        order.channel, to_us(order.ordered_at), int(day), order.status, _us(order.status_at), order.payment,
        _us(order.paid_at), _us(order.cancelled_at), order.currency, rate, stated, order.taxes_included, order.total,
        order.shipping + shipping, order.shipping_tax + shipping_tax, order.tax, order.discount, net, tax,
        _us(promised), int(session.day(promised)) if promised else None,
        any(line.subscription for line in order.lines), order.touch.source if order.touch else "",
        rows.as_json(list(order.codes) or None), rows.as_json([t.model_dump() for t in order.tenders] or None),
        _json(order.touch), _json(order.billing), _json(order.delivery), session.now_us,
    )  # fmt: skip


def _tell(session: Session, item: names.Accepted, customer: int | None, day: LocalDay) -> None:
    """Mark what changes, and record what happened: placed, paid and cancelled once each, else changed."""
    order: records.Order = item.record
    old = item.old or {}
    session.touch(customer, old.get("customer_id"), what=SALES)
    for month in {day.month, LocalDay(old["ordered_day"]).month if old else day.month}:
        session.mark("orders", month)
        session.mark("lines", month)
        if old:  # parcels lie in the month of their order: one that moves takes them along
            session.mark("fulfilments", month)
    if not old:
        session.event("order.placed", item.id, order.ordered_at, customer)
    else:
        session.event("order.changed", item.id, order.updated_at, customer, item.version[2])
    if order.paid_at and not old.get("paid_at"):
        session.event("order.paid", item.id, order.paid_at, customer)
    if order.cancelled_at and not old.get("cancelled_at"):
        session.event("order.cancelled", item.id, order.cancelled_at, customer)
    if session.tally and order.currency != session.source.currency:
        session.tally["order.foreign"] += 1


def _write_lines(session: Session, catalogue: Catalogue, accepted: Sequence[names.Accepted]) -> None:
    place = {"brand_id": session.brand_id}
    held: dict[int, dict[str, int]] = defaultdict(dict)
    changed = [item.id for item in accepted if item.old is not None]
    for order, name, id_ in rows.fetch(Line, ("order_id", "name", "id"), "order_id", changed, equal=place):
        held[order][name] = id_
    stated = [(item.id, line) for item in accepted for line in item.record.lines]
    new_ids = iter(ids.take(len(stated)))
    written: list[rows.Row] = []
    for order, line in stated:
        id_ = held[order].pop(line.name, None) if order in held else None
        row = (
            id_ or next(new_ids), session.brand_id, session.store_id, order, line.name, line.kind,
            catalogue.product(line.product), catalogue.variant(line.product, line.variant), line.sku, line.title,
            line.quantity, line.unit_price, line.total, line.tax,
            sum(d.amount for d in line.discounts) if line.discounts else 0,
            rows.as_json([d.model_dump(exclude_defaults=True) for d in line.discounts]) if line.discounts else None,
            line.cost,
            line.subscription or "", False,
        )  # fmt: skip
        written.append(row)
    rows.upsert(Line, _LINE, written, key=("brand_id", "order_id", "name"))
    # What an edit took away stays, empty: points and refunds still point at it.
    gone = [id_ for lines in held.values() for id_ in lines.values()]
    empty = {"quantity": 0, "total": 0, "tax": 0, "discount": 0, "discounts": None, "removed": True}
    rows.change(Line, empty, "id", gone, equal=place)
