"""What the API gives: the shapes of its answers. Money in minor units, instants in UTC, ids with their prefix."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from perennial.facts.rules.records import Address
from perennial.values.ids import public

Int64 = Annotated[int, Field(ge=-(2**63), le=2**63 - 1)]


class Shape(BaseModel):
    """Base: what is not declared is not given away."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_serialization_defaults_required=True)


class Money(Shape):
    """An amount in minor units (cents of EUR, yen of JPY) of its ISO 4217 currency."""

    amount: Int64
    currency: str


def money(amount: int, currency: str) -> Money:
    """Money."""
    return Money(amount=amount, currency=currency)


def money_or_none(amount: int | None, currency: str) -> Money | None:
    """Money where it is known."""
    return None if amount is None else Money(amount=amount, currency=currency)


def id_or_none(prefix: str, number: int | None) -> str | None:
    """A public id, where there is one."""
    return public(prefix, number) if number else None


class Store(Shape):
    """A store of the brand."""

    id: str
    key: str
    name: str
    currency: str
    zone: str
    locale: str


class Stores(Shape):
    """The stores that the key is good for."""

    items: list[Store]


class Me(Shape):
    """The key that asks: its brand, the only store it is good for (null: all), what it may do."""

    brand: str
    brand_name: str
    currency: str
    zone: str
    store: Store | None
    key: str
    kind: str
    scopes: list[str]


class Figures(Shape):
    """What is known of a person as of an instant: net of refunds and cancellations. Null: not known."""

    as_of: datetime
    orders: int
    revenue: Money
    profit: Money | None
    average_order: Money | None
    first_order: date | None
    last_order: date | None
    stage: str
    recency: int | None = Field(description="RFM score, 1 to 5")
    frequency: int | None
    monetary: int | None
    rfm_group: str
    rhythm: str
    usual_gap: float | None = Field(description="median of the next gap, in days")
    expected: date | None = Field(description="day of the next order, if it comes as usual")
    due: date | None = Field(description="from then on the person is drifting")
    yearly_value: Money | None


class Customer(Shape):
    """A customer. ``person``: whom they count as where several customers are one person."""

    id: str
    person: str
    store: str
    account: bool
    email: str
    phone: str
    first_name: str
    last_name: str
    locale: str
    country: str
    acquired_by: str
    created_at: datetime | None
    figures: Figures | None = Field(description="of the person, over all stores; null without the scope figures:read")


class Customers(Shape):
    """A page of customers."""

    items: list[Customer]
    next: str | None


class ConsentHeld(Shape):
    """What holds now for a channel and a purpose."""

    channel: str
    purpose: str
    given: bool
    at: datetime
    text_version: str


class IdentityHeld(Shape):
    """An account or address by which somebody is known, and when it was verified."""

    kind: str
    value: str
    source: str
    verified_at: datetime | None
    since: datetime
    until: datetime | None


class Score(Shape):
    """A number kept of a person that rules may name: `score("care") >= 20`. ``low`` to ``high``: its interval."""

    name: str
    value: float
    unit: str = Field(description="money (minor units of the brand's currency), days, share or number")
    low: float | None
    high: float | None
    as_of: datetime


class CustomerInFull(Customer):
    """A customer with all that is known."""

    scores: list[Score] = Field(description="of the person, over all stores; empty without the scope figures:read")

    consents: list[ConsentHeld]
    identities: list[IdentityHeld]
    attributes: dict[str, Any]


class CardLink(Shape):
    """Where the card of a customer is shown: the address on this house, without its host."""

    path: str
    until: datetime


class Line(Shape):
    """A line of an order, as the shop states it. ``quantity`` in thousandths."""

    name: str
    kind: str
    product: str | None
    sku: str
    title: str
    quantity: Int64
    unit_price: Money | None
    total: Money
    tax: Money
    discount: Money


class RefundOf(Shape):
    """Money given back."""

    id: str
    kind: str
    refunded_at: datetime
    amount: Money
    reason: str


class Parcel(Shape):
    """A parcel of an order."""

    id: str
    carrier: str
    tracking: str
    promised_at: datetime | None
    shipped_at: datetime | None
    delivered_at: datetime | None


class Order(Shape):
    """An order with its lines, refunds and parcels. ``billing`` and ``delivery`` need the scope customers:read."""

    id: str
    store: str
    customer: str | None
    name: str
    number: str
    channel: str
    source: str
    ordered_at: datetime
    status: str
    payment: str
    paid_at: datetime | None
    cancelled_at: datetime | None
    promised_at: datetime | None
    taxes_included: bool
    total: Money
    shipping: Money
    tax: Money
    discount: Money
    codes: list[str]
    lines: list[Line]
    refunds: list[RefundOf]
    parcels: list[Parcel]
    billing: Address | None
    delivery: Address | None


class Orders(Shape):
    """A page of orders, the newest first."""

    items: list[Order]
    next: str | None


class Happened(Shape):
    """Something that happened. ``subject``: the thing it happened to."""

    id: str
    kind: str
    store: str
    subject: str
    occurred_at: datetime
    recorded_at: datetime


class Timeline(Shape):
    """A page of what happened, the newest first."""

    items: list[Happened]
    next: str | None


class Recorded(Shape):
    """What became of the records: counts such as ``order.new``, ``order.same``, ``refund.waiting``."""

    records: int
    counts: dict[str, int]


class ErasureBegun(Shape):
    """A person whose name and addresses are gone."""

    customer: str
    erasure: str
    orders_blank: bool = Field(
        description="those on orders and visits too; false: they follow within a minute, while the work loop runs"
    )


class ConsentTaken(Shape):
    """A permission as it was recorded; ``new`` false: it had been told before."""

    customer: str
    channel: str
    purpose: str
    given: bool
    at: datetime
    new: bool
