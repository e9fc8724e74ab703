"""Everything recorded of one person, as a rule reads it: the facts of all customers who are that person.

Conventions of `insight.tables`: ``*_at`` microseconds since 1970 UTC, ``*_day`` days since 1970 of the store's
calendar, money in minor units of the reporting currency (null: not converted), quantities in thousandths. The
order of rows means nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


class CustomerFact(NamedTuple):
    """A customer who is this person."""

    customer_id: int
    created_at: int | None
    created_day: int | None
    country: str | None
    locale: str | None
    acquired_by: str | None


class OrderFact(NamedTuple):
    """An order, cancelled ones too."""

    order_id: int
    store_id: int
    ordered_at: int
    ordered_day: int
    cancelled_at: int | None
    net: int | None
    tax: int | None
    shipping: int | None
    shipping_tax: int | None
    discount: int | None
    promised_day: int | None


class LineFact(NamedTuple):
    """A line of an order, with the category and brand of its product."""

    line_id: int
    order_id: int
    kind: str
    product_id: int | None
    category: str | None
    brand: str | None
    quantity: int
    net: int | None
    tax: int | None
    cost: int | None


class RefundFact(NamedTuple):
    """A refund of an order."""

    order_id: int
    store_id: int
    refunded_at: int
    refunded_day: int
    net: int | None
    tax: int | None
    shipping: int | None
    shipping_tax: int | None


class BackFact(NamedTuple):
    """What of a line came back. ``cost``: the cost of goods put back in stock."""

    line_id: int | None
    order_id: int
    refunded_at: int
    quantity: int | None
    net: int | None
    tax: int | None
    cost: int | None


class ParcelFact(NamedTuple):
    """A parcel of an order."""

    order_id: int
    promised_day: int | None
    shipped_at: int | None
    delivered_at: int | None
    delivered_day: int | None


class ActFact(NamedTuple):
    """Something the person did, with the category and brand of its product."""

    kind: str
    product_id: int | None
    category: str | None
    brand: str | None
    at: int
    day: int


class TicketFact(NamedTuple):
    """A conversation with support."""

    store_id: int
    complaint: bool | None
    opened_at: int
    opened_day: int
    resolved_at: int | None


class ConsentFact(NamedTuple):
    """A permission given or withdrawn. ``reachable``: of the customer there is an address, not suppressed."""

    customer_id: int
    channel: str
    purpose: str
    given: bool
    at: int
    reachable: bool


class AttributeFact(NamedTuple):
    """Something known of a customer: one of the four is set, as its type says. ``text`` is folded (`folded`)."""

    name: str
    text: str | None
    number: float | None
    yes: bool | None
    day: int | None


class YearlyFact(NamedTuple):
    """A day of somebody the customer buys for; ``name``: of the day, such as birthday."""

    name: str
    day: int


class LabelFact(NamedTuple):
    """A label borne from an instant to another (None: still)."""

    name: str
    from_at: int
    to_at: int | None


class ScoreFact(NamedTuple):
    """A stored score with its interval."""

    value: float
    low: float | None
    high: float | None


@dataclass(slots=True)
class History:
    """One person. ``listed``: the lists they are on; ``scores``: by name, of each customer."""

    person_id: int
    customers: list[CustomerFact] = field(default_factory=list)
    orders: list[OrderFact] = field(default_factory=list)
    lines: list[LineFact] = field(default_factory=list)
    refunds: list[RefundFact] = field(default_factory=list)
    backs: list[BackFact] = field(default_factory=list)
    parcels: list[ParcelFact] = field(default_factory=list)
    acts: list[ActFact] = field(default_factory=list)
    tickets: list[TicketFact] = field(default_factory=list)
    consents: list[ConsentFact] = field(default_factory=list)
    attributes: list[AttributeFact] = field(default_factory=list)
    yearly: list[YearlyFact] = field(default_factory=list)
    labels: list[LabelFact] = field(default_factory=list)
    listed: frozenset[str] = frozenset()
    scores: Mapping[str, list[ScoreFact]] = field(default_factory=dict)


def ahead(history: History, at: int, until: int) -> bool:
    """Whether something recorded of a person is dated after ``at``, up to ``until``."""
    dated = (
        *(one.created_at for one in history.customers),
        *(instant for one in history.orders for instant in (one.ordered_at, one.cancelled_at)),
        *(one.refunded_at for one in history.refunds),
        *(one.refunded_at for one in history.backs),
        *(instant for one in history.parcels for instant in (one.shipped_at, one.delivered_at)),
        *(one.at for one in history.acts),
        *(instant for one in history.tickets for instant in (one.opened_at, one.resolved_at)),
        *(one.at for one in history.consents),
        *(instant for one in history.labels for instant in (one.from_at, one.to_at)),
    )
    return any(instant is not None and at < instant <= until for instant in dated)


def folded(text: str) -> str:
    """Text as it is compared: without spaces at its ends, capitals alike, in every script."""
    return text.strip().casefold()
