"""What follows an order: refunds and parcels, which may arrive before the order itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from perennial.database import ids, rows
from perennial.facts.actions.recording import names
from perennial.facts.actions.recording.rates import mark_aftersales
from perennial.facts.actions.recording.session import Session
from perennial.facts.models.orders import Fulfilment, Order, Refund, RefundLine
from perennial.facts.rules import records
from perennial.facts.rules.readers import SALES
from perennial.values.time import LocalDay, from_us, to_us

_REFUND = rows.columns_of(Refund)
_REFUND_LINE = rows.columns_of(RefundLine)
_FULFILMENT = rows.columns_of(Fulfilment)
_OLD_PARCEL = ("shipped_at", "delivered_at", "order_id", "customer_id")
Orders = Mapping[str, tuple[int, bool]]


def _held(session: Session, orders: Orders) -> dict[int, tuple[int | None, int]]:
    """The orders that have arrived: id -> (customer, local day)."""
    found = rows.fetch(
        Order,
        ("id", "customer_id", "ordered_day"),
        "id",
        [id_ for id_, _ in orders.values()],
        equal={"brand_id": session.brand_id},
    )
    return {id_: (customer, day) for id_, customer, day in found}


def _us(at: datetime | None) -> int | None:
    return None if at is None else to_us(at)


def record_refunds(session: Session, refunds: Sequence[records.Refund]) -> None:
    """Take refunds; one whose order has not come yet waits for it."""
    accepted = names.sift(
        session,
        Refund,
        "refund",
        [(r.name, r, session.versions[r]) for r in refunds],
        keep=("refunded_day", "waiting", "order_id", "customer_id"),
    )
    if not accepted:
        return
    wanted = [r.order for r in refunds] + [r.exchange_for for r in refunds if r.exchange_for]
    # Locked, else an order that another process is recording would not see the refund, nor the refund the order.
    orders = names.resolve(session, "order", wanted, lock=True)
    held = _held(session, orders)
    written = []
    for item in accepted:
        refund: records.Refund = item.record
        order = orders[refund.order][0]
        customer, _ = held.get(order, (None, None))
        day = session.day(refund.refunded_at)
        written.append(
            (
                item.id, session.brand_id, session.store_id, *item.version, order, customer, order not in held,
                refund.kind, to_us(refund.refunded_at), int(day), refund.amount, refund.shipping, refund.tax,
                refund.reason, orders[refund.exchange_for][0] if refund.exchange_for else None,
            )
        )  # fmt: skip
        for month in {day.month, LocalDay(item.old["refunded_day"]).month if item.old else day.month}:
            session.mark("refunds", month)
            session.mark("refund_lines", month)
        session.touch(customer, item.old["customer_id"] if item.old else None, what=SALES)
        if order in held:
            _tell_refund(session, item.id, refund.refunded_at, customer, item.version[2] if item.old else 0)
        else:
            session.tally["refund.waiting"] += 1
    names.save(Refund, _REFUND, written)
    # The mirror converts the refunds of an order one upon the other: an earlier one changes the later.
    before = {item.old["order_id"] for item in accepted if item.old}
    mark_aftersales(session, sorted(before | {orders[item.record.order][0] for item in accepted}))
    rows.remove(
        RefundLine,
        "refund_id",
        [item.id for item in accepted if item.old],
        equal={"brand_id": session.brand_id},
    )
    lines = [(item.id, orders[item.record.order][0], line) for item in accepted for line in _by_line(item.record.lines)]
    rows.insert_missing(
        RefundLine,
        _REFUND_LINE,
        [
            (id_, session.brand_id, refund, order, part.line, part.quantity, part.amount, part.tax, part.restocked)
            for id_, (refund, order, part) in zip(ids.take(len(lines)), lines, strict=True)
        ],
    )


def _by_line(parts: Sequence[records.RefundLine]) -> list[records.RefundLine]:
    """One part for each line: where a refund names a line in several, they add up."""
    found: dict[str, records.RefundLine] = {}
    for part in parts:
        other = found.get(part.line)
        found[part.line] = part if other is None else _sum(other, part)
    return list(found.values())


def _sum(one: records.RefundLine, other: records.RefundLine) -> records.RefundLine:
    return one.model_copy(
        update={
            "quantity": one.quantity + other.quantity,
            "amount": one.amount + other.amount,
            "tax": one.tax + other.tax,
            # The cost counts as come back only if all did: one row cannot say a half.
            "restocked": one.restocked and other.restocked,
        }
    )


def _tell_refund(session: Session, id_: int, at: datetime, customer: int | None, discriminator: int) -> None:
    session.event("order.refunded", id_, at, customer, discriminator)


def record_fulfilments(session: Session, fulfilments: Sequence[records.Fulfilment]) -> None:
    """Take parcels: promised, shipped, delivered."""
    dated = [(f.name, f, session.versions[f]) for f in fulfilments]
    accepted = names.sift(session, Fulfilment, "fulfilment", dated, keep=_OLD_PARCEL)
    if not accepted:
        return
    orders = names.resolve(session, "order", [f.order for f in fulfilments], lock=True)
    held = _held(session, orders)
    written = []
    for item in accepted:
        parcel: records.Fulfilment = item.record
        order = orders[parcel.order][0]
        customer, ordered_day = held.get(order, (None, None))
        instants = (parcel.promised_at, parcel.shipped_at, parcel.delivered_at)
        dated_columns = [value for at in instants for value in (_us(at), int(session.day(at)) if at else None)]
        written.append(
            (
                item.id, session.brand_id, session.store_id, *item.version, order, customer, order not in held,
                parcel.carrier, parcel.tracking, *dated_columns,
                rows.as_json([[line.line, line.quantity] for line in parcel.lines]),
            )
        )  # fmt: skip
        session.touch(customer, item.old["customer_id"] if item.old else None, what=SALES)
        if ordered_day is None:
            session.tally["fulfilment.waiting"] += 1
            continue
        session.mark("fulfilments", LocalDay(ordered_day).month)
        old = item.old or {}
        _tell_parcel(session, (item.id, customer), parcel.shipped_at, parcel.delivered_at, old)
    # One that belonged to another order leaves that order's month.
    before = {item.old["order_id"] for item in accepted if item.old}
    place = {"brand_id": session.brand_id}
    for (day,) in rows.fetch(Order, ("ordered_day",), "id", before, equal=place):
        session.mark("fulfilments", LocalDay(day).month)
    names.save(Fulfilment, _FULFILMENT, written)


def _tell_parcel(
    session: Session,
    subject: tuple[int, int | None],
    shipped_at: datetime | None,
    delivered_at: datetime | None,
    old: Mapping[str, object],
) -> None:
    id_, customer = subject
    if shipped_at and not old.get("shipped_at"):
        session.event("order.shipped", id_, shipped_at, customer)
    if delivered_at and not old.get("delivered_at"):
        session.event("order.delivered", id_, delivered_at, customer)


def follow_orders(session: Session, customers: Mapping[int, int | None]) -> None:
    """Give the refunds and parcels of these orders their customer; tell of those that had been waiting."""
    place = {"brand_id": session.brand_id}
    months = {
        id_: LocalDay(day).month for id_, day in rows.fetch(Order, ("id", "ordered_day"), "id", customers, equal=place)
    }
    changes: dict[tuple[type[Refund | Fulfilment], int | None], list[int]] = {}
    for id_, order, customer, waiting, at, day in rows.fetch(
        Refund,
        ("id", "order_id", "customer_id", "waiting", "refunded_at", "refunded_day"),
        "order_id",
        customers,
        equal=place,
    ):
        # The mirror splits and converts a refund as its order is.
        session.mark("refunds", LocalDay(day).month)
        session.mark("refund_lines", LocalDay(day).month)
        if waiting or customer != customers[order]:
            changes.setdefault((Refund, customers[order]), []).append(id_)
        if waiting:
            _tell_refund(session, id_, from_us(at), customers[order], 0)
    for id_, order, customer, waiting, shipped, delivered in rows.fetch(
        Fulfilment,
        ("id", "order_id", "customer_id", "waiting", "shipped_at", "delivered_at"),
        "order_id",
        customers,
        equal=place,
    ):
        session.mark("fulfilments", months[order])
        if waiting or customer != customers[order]:
            changes.setdefault((Fulfilment, customers[order]), []).append(id_)
        if waiting:
            instants = [None if at is None else from_us(at) for at in (shipped, delivered)]
            _tell_parcel(session, (id_, customers[order]), instants[0], instants[1], {})
    for (model, customer), found in changes.items():
        rows.change(model, {"customer_id": customer, "waiting": False}, "id", found, equal=place)
