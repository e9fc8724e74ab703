"""Carts, tickets, ratings, acquisition spend."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from perennial.database import rows
from perennial.facts.actions.recording import names
from perennial.facts.actions.recording.catalogue import Catalogue
from perennial.facts.actions.recording.people import People
from perennial.facts.actions.recording.session import Session
from perennial.facts.models.activity import Cart, Rating, Spend, Ticket
from perennial.facts.rules import records
from perennial.facts.rules.readers import SERVICE, VISITS
from perennial.facts.rules.versions import name_hash
from perennial.values.time import LocalDay, to_us

_OLD_TICKET = ("opened_day", "responded_at", "resolved_at", "customer_id")


def _us(at: datetime | None) -> int | None:
    return None if at is None else to_us(at)


def visitor_id(session: Session, visitor: str | None) -> int | None:
    """The opaque number of a visitor of this brand."""
    return None if visitor is None else name_hash(session.brand_id, "visitor", visitor)


def _order_ids(session: Session, orders: Sequence[str | None]) -> dict[str | None, int | None]:
    found = names.resolve(session, "order", [name for name in orders if name])
    return {None: None} | {name: id_ for name, (id_, _) in found.items()}


def record_carts(session: Session, people: People, carts: Sequence[records.Cart]) -> None:
    """Take carts as they stand."""
    dated = [(c.name, c, session.versions[c]) for c in carts]
    accepted = names.sift(session, Cart, "cart", dated, keep=("customer_id",))
    orders = _order_ids(session, [c.order for c in carts])
    written = []
    for item in accepted:
        cart: records.Cart = item.record
        customer = people.customer(cart.who)
        written.append(
            (
                item.id, session.brand_id, session.store_id, *item.version, customer,
                visitor_id(session, cart.who.visitor), to_us(cart.created_at), int(session.day(cart.created_at)),
                cart.currency, cart.total, cart.step, orders[cart.order],
                rows.as_json([line.model_dump(exclude_defaults=True) for line in cart.lines]),
            )
        )  # fmt: skip
        session.touch(customer, item.old["customer_id"] if item.old else None, what=VISITS)
        session.event("cart.changed", item.id, cart.updated_at, customer, item.version[2])
    names.save(Cart, rows.columns_of(Cart), written)


def record_tickets(session: Session, people: People, tickets: Sequence[records.Ticket]) -> None:
    """Take conversations with support."""
    dated = [(t.name, t, session.versions[t]) for t in tickets]
    accepted = names.sift(session, Ticket, "ticket", dated, keep=_OLD_TICKET)
    orders = _order_ids(session, [t.order for t in tickets])
    written = []
    for item in accepted:
        ticket: records.Ticket = item.record
        old = item.old or {}
        customer, day = people.customer(ticket.who), session.day(ticket.opened_at)
        written.append(
            (
                item.id, session.brand_id, session.store_id, *item.version, customer, orders[ticket.order],
                ticket.channel, ticket.topic, ticket.complaint, to_us(ticket.opened_at), int(day),
                _us(ticket.responded_at), _us(ticket.resolved_at), ticket.satisfaction,
            )
        )  # fmt: skip
        session.touch(customer, old.get("customer_id"), what=SERVICE)
        for month in {day.month, LocalDay(old["opened_day"]).month if old else day.month}:
            session.mark("tickets", month)
        if not old:
            session.event("ticket.opened", item.id, ticket.opened_at, customer)
        if ticket.responded_at and not old.get("responded_at"):
            session.event("ticket.answered", item.id, ticket.responded_at, customer)
        if ticket.resolved_at and not old.get("resolved_at"):
            session.event("ticket.resolved", item.id, ticket.resolved_at, customer)
    names.save(Ticket, rows.columns_of(Ticket), written)


def record_ratings(session: Session, people: People, catalogue: Catalogue, ratings: Sequence[records.Rating]) -> None:
    """Take ratings and reviews."""
    accepted = names.sift(
        session,
        Rating,
        "rating",
        [(r.name, r, session.versions[r]) for r in ratings],
        keep=("rated_day", "customer_id"),
    )
    orders = _order_ids(session, [r.order for r in ratings])
    written = []
    for item in accepted:
        rating: records.Rating = item.record
        customer, day = people.customer(rating.who), session.day(rating.rated_at)
        written.append(
            (
                item.id, session.brand_id, session.store_id, *item.version, customer,
                catalogue.product(rating.product), orders[rating.order], to_us(rating.rated_at), int(day),
                rating.score, rating.title, rating.body,
            )
        )  # fmt: skip
        session.touch(customer, item.old["customer_id"] if item.old else None, what=SERVICE)
        for month in {day.month, LocalDay(item.old["rated_day"]).month if item.old else day.month}:
            session.mark("ratings", month)
        if not item.old:
            session.event("rating.given", item.id, rating.rated_at, customer)
    names.save(Rating, rows.columns_of(Rating), written)


def record_spend(session: Session, spend: Sequence[records.Spend]) -> None:
    """Take what acquisition cost."""
    accepted = names.sift(session, Spend, "spend", [(s.name, s, session.versions[s]) for s in spend], keep=("day",))
    written = []
    for item in accepted:
        cost: records.Spend = item.record
        day = LocalDay.on(cost.day)
        written.append(
            (
                item.id, session.brand_id, session.store_id, *item.version, int(day), cost.channel, cost.campaign,
                cost.currency, cost.amount,
            )
        )  # fmt: skip
        for month in {day.month, LocalDay(item.old["day"]).month if item.old else day.month}:
            session.mark("spend", month)
    names.save(Spend, rows.columns_of(Spend), written)
