"""What a door hands in: the records of a batch, before they become rows.

Every shop connector, file reader, API call and the simulator speaks these. Conventions:

- ``name`` is the thing's own id in its source, unique per store and kind; other records point to it by it.
- Money is whole minor units of the record's ``currency``; quantities are thousandths of a piece.
- Instants are aware datetimes. ``updated_at`` is the source's own time of change: the record's version.
- A record is the whole state of its thing at ``updated_at``, not a change to it.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import AwareDatetime, Field

from perennial.facts.rules.record_base import (
    Address,
    Beneficiary,
    Consent,
    Currency,
    Customer,
    Minor,
    Name,
    Record,
    Score,
    Seen,
    Short,
    State,
    Text,
    Thousandths,
    Who,
)
from perennial.facts.rules.record_sales import (
    Discount,
    Fulfilment,
    FulfilmentLine,
    Line,
    Order,
    Refund,
    RefundLine,
    Tender,
    Touch,
)

__all__ = [
    "Address",
    "Batch",
    "Behaviour",
    "Beneficiary",
    "Cart",
    "CartLine",
    "Consent",
    "Customer",
    "Discount",
    "Fulfilment",
    "FulfilmentLine",
    "Line",
    "Order",
    "Product",
    "Rate",
    "Rating",
    "Record",
    "Refund",
    "RefundLine",
    "Seen",
    "Sighting",
    "Spend",
    "State",
    "Tender",
    "Ticket",
    "Touch",
    "Variant",
    "Who",
]


class Variant(Record):
    """What is sold and counted: one size, one colour."""

    name: Name
    sku: Short = ""
    title: Short = ""
    price: Minor | None = None
    compare_at: Minor | None = None
    cost: Minor | None = None
    stock: Thousandths | None = None


class Product(State):
    """An article of the catalogue; ``category`` is a path with " > " between levels."""

    name: Name
    title: Short = ""
    brand: Short = ""
    category: Short = ""
    currency: Currency
    url: Text = ""
    image: Text = ""
    hidden: bool = False
    variants: tuple[Variant, ...] = ()


class CartLine(Record):
    """One article in a cart."""

    product: Name | None = None
    variant: Name | None = None
    title: Short = ""
    quantity: Thousandths = 1000
    total: Minor


class Cart(State):
    """A cart as it stands; ``order`` names what it became."""

    name: Name
    who: Who = Who()
    created_at: AwareDatetime
    currency: Currency
    total: Minor
    step: Short = ""
    order: Name | None = None
    lines: tuple[CartLine, ...] = ()


class Ticket(State):
    """A conversation with support. ``topic`` is a word of the shop's own list, never the subject somebody wrote."""

    name: Name
    who: Who
    opened_at: AwareDatetime
    responded_at: AwareDatetime | None = None
    resolved_at: AwareDatetime | None = None
    channel: Short = ""
    topic: Short = ""
    complaint: bool = False
    order: Name | None = None
    satisfaction: Score | None = None


class Rating(State):
    """A rating or review; ``score`` from 0 (worst) to 100."""

    name: Name
    who: Who
    rated_at: AwareDatetime
    score: Score
    product: Name | None = None
    order: Name | None = None
    title: Short = ""
    body: Text = ""


class Spend(State):
    """What acquisition cost on a day through a channel."""

    name: Name
    day: date
    channel: Short
    campaign: Short = ""
    currency: Currency
    amount: Minor


class Behaviour(Seen):
    """Something a visitor did. ``name`` is the event's own id: the same one counts once."""

    name: Name
    kind: Short
    product: Name | None = None
    order: Name | None = None
    value: Minor | None = None
    props: dict[str, str | int | bool] = {}


class Sighting(Seen):
    """A visitor shown to be a person: a sign-in, a click on a personal link, an order."""

    visitor: Name
    at: AwareDatetime


class Rate(Record):
    """Exchange rate of a day: reporting-currency minor units per minor unit of ``currency``."""

    currency: Currency
    day: date
    rate: Annotated[float, Field(gt=0, lt=1e6)]


class Batch(Record):
    """What is recorded together; any part may be empty, in any order."""

    rates: tuple[Rate, ...] = ()
    products: tuple[Product, ...] = ()
    customers: tuple[Customer, ...] = ()
    consents: tuple[Consent, ...] = ()
    sightings: tuple[Sighting, ...] = ()
    orders: tuple[Order, ...] = ()
    refunds: tuple[Refund, ...] = ()
    fulfilments: tuple[Fulfilment, ...] = ()
    carts: tuple[Cart, ...] = ()
    tickets: tuple[Ticket, ...] = ()
    ratings: tuple[Rating, ...] = ()
    spend: tuple[Spend, ...] = ()
    behaviour: tuple[Behaviour, ...] = ()
