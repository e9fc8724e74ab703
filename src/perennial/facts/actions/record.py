"""The one door in: what a shop, a file or a visitor says happened becomes facts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest

from perennial.database.transactions import atomically
from perennial.facts.actions.erasing.again import stay_blank
from perennial.facts.actions.recording import (
    activity,
    aftersales,
    behaviour,
    catalogue,
    consents,
    customers,
    orders,
    people,
    rates,
)
from perennial.facts.actions.recording.session import Session, Source
from perennial.facts.rules import records
from perennial.facts.rules.versions import Versions
from perennial.values.time import to_us

__all__ = ["Recorded", "Source", "prepare", "record", "record_prepared"]


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of a batch: counts such as ``order.new``, ``order.same``, ``refund.waiting``."""

    counts: Counter[str]

    def __add__(self, other: Recorded) -> Recorded:
        return Recorded(self.counts + other.counts)


def record(batch: records.Batch, *, source: Source, now: datetime, history: bool = False) -> Recorded:
    """Record a batch in one transaction.

    Each thing is taken by version: the same twice counts once, an older state never replaces a newer, and
    the order of arrival does not matter; a refund or parcel that comes before its order waits for it.
    With ``history`` (imports, back-fills) no reader that acts on customers hears of it.

    On SQLite the transaction holds the write lock: keep batches to a few hundred orders, or use
    `facts.actions.record_stream`, which cuts a stream by time.
    """
    ready = prepare(batch, source)
    return atomically(lambda: record_prepared(ready, now=now, history=history))


@dataclass(frozen=True, slots=True)
class Prepared:
    """What can be done to a batch before the write lock is taken."""

    source: Source
    parts: tuple[tuple[records.Batch, Versions], ...]


def prepare(batch: records.Batch, source: Source) -> Prepared:
    """Cut a batch so that nothing is named twice at once, and compute the versions of its records."""
    return Prepared(source, tuple((part, Versions.of(part)) for part in rounds(batch)))


def record_prepared(ready: Prepared, *, now: datetime, history: bool) -> Recorded:
    """The part of `record` that belongs in a transaction, inside the caller's."""
    total = Recorded(Counter())
    for part, versions in ready.parts:
        total += _record(part, Session(ready.source, now, history, versions))
    return total


def rounds(batch: records.Batch) -> Iterator[records.Batch]:
    """The batch in parts in which nothing is named twice: later states of a thing come in later parts."""
    split = {kind: _rounds_of(getattr(batch, kind)) for kind in type(batch).model_fields}
    if all(len(parts) <= 1 for parts in split.values()):
        yield batch
        return
    for parts in zip_longest(*split.values(), fillvalue=()):
        yield batch.model_copy(update=dict(zip(split, map(tuple, parts), strict=True)))


def _rounds_of(found: tuple[records.Record, ...]) -> list[list[records.Record]]:
    parts: list[list[records.Record]] = []
    times: Counter[object] = Counter()
    for item in found:
        name = getattr(item, "name", None)
        if isinstance(item, records.Customer):
            name = item.who.account or item.who.email or item.who.phone
        round_ = times[name] if name is not None else 0
        if name is not None:
            times[name] += 1
        if round_ == len(parts):
            parts.append([])
        parts[round_].append(item)
    return parts


def _record(batch: records.Batch, session: Session) -> Recorded:
    rates.record_rates(session, batch.rates)
    catalogue.record_products(session, batch.products)
    who = people.People(session)
    who.meet(_seen(batch), _proofs(batch))
    customers.record_customers(session, who, batch.customers)
    consents.record_consents(session, who, batch.consents)
    goods = catalogue.Catalogue(session)
    goods.meet(
        _named(batch, who),
        {rating.product for rating in batch.ratings if rating.product}
        | {event.product for event in batch.behaviour if event.product},
    )
    held = rates.Rates(session)
    held.load(order.currency for order in batch.orders)
    orders.record_orders(session, who, goods, held, batch.orders)
    aftersales.record_refunds(session, batch.refunds)
    aftersales.record_fulfilments(session, batch.fulfilments)
    activity.record_carts(session, who, batch.carts)
    activity.record_tickets(session, who, batch.tickets)
    activity.record_ratings(session, who, goods, batch.ratings)
    activity.record_spend(session, batch.spend)
    behaviour.record_behaviour(session, who, goods, batch.behaviour)
    behaviour.record_sightings(session, who, [*batch.sightings, *_implied(batch)])
    if who.some_erased:
        stay_blank(session)
    who.settle()
    session.close()
    return Recorded(+session.tally)


def _named(batch: records.Batch, who: people.People) -> Iterator[tuple[records.Line, str]]:
    """Lines with their currency; those of somebody erased name their products, but do not describe them."""
    for order in batch.orders:
        erased = who.customer(order.who) in who.erased
        for line in order.lines:
            yield (line.model_copy(update={"title": ""}) if erased else line), order.currency


def _seen(batch: records.Batch) -> Iterator[tuple[records.Who, datetime]]:
    for customer in batch.customers:
        yield customer.who, customer.created_at or customer.updated_at
    for order in batch.orders:
        yield order.who, order.ordered_at
    for cart in batch.carts:
        yield cart.who, cart.created_at
    for ticket in batch.tickets:
        yield ticket.who, ticket.opened_at
    for rating in batch.ratings:
        yield rating.who, rating.rated_at
    seen: tuple[records.Seen, ...] = (*batch.consents, *batch.sightings, *batch.behaviour)
    for item in seen:
        yield item.who, item.at


def _proofs(batch: records.Batch) -> dict[records.Who, people.Proof]:
    return {
        customer.who: (
            to_us(customer.email_verified_at) if customer.email_verified_at else None,
            to_us(customer.phone_verified_at) if customer.phone_verified_at else None,
        )
        for customer in batch.customers
    }


def _implied(batch: records.Batch) -> Iterator[records.Sighting]:
    """An order, cart or visit that names both a visitor and a person shows who the visitor is."""
    for who, at in _seen(batch):
        if who.visitor and not who.anonymous:
            yield records.Sighting(visitor=who.visitor, who=who, at=at)
