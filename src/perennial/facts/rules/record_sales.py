"""Records of what was sold: orders, refunds, parcels."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, Field, model_validator

from perennial.facts.rules.record_base import (
    Address,
    Currency,
    Minor,
    Name,
    Record,
    Short,
    State,
    Text,
    Thousandths,
    Who,
)


class Discount(Record):
    """A discount allocated to a line: ``amount`` >= 0, in the order's currency."""

    code: Short = ""
    amount: Minor


class Line(Record):
    """One line of an order. ``total`` is what the shop states for the line after all discounts.

    ``total`` contains ``tax`` if the order's prices do. ``cost`` is the cost of the whole line at sale.
    Revenue counts lines of kind product and fee; a shipping line counts as the order's shipping; gift
    cards (a debt until they are used) and tips are no revenue.
    """

    name: Name
    kind: Literal["product", "gift_card", "fee", "tip", "shipping"] = "product"
    product: Name | None = None
    variant: Name | None = None
    sku: Short = ""
    title: Short = ""
    category: Short = ""
    quantity: Thousandths = 1000
    unit_price: Minor | None = None
    total: Minor
    discounts: tuple[Discount, ...] = ()
    tax: Minor = 0
    cost: Minor | None = None
    subscription: Name | None = None


class Tender(Record):
    """A payment: ``fingerprint`` is a hash that recognises the same card again, never its number."""

    kind: Short = ""
    amount: Minor
    fingerprint: Short = ""


class Touch(Record):
    """What first brought the buyer: the campaign words of the landing page."""

    source: Short = ""
    medium: Short = ""
    campaign: Short = ""
    referrer: Text = ""
    landing: Text = ""


class Order(State):
    """An order with its lines. Totals are as the shop states them; ``shipping`` follows ``taxes_included``.

    ``rate``: reporting-currency minor units per minor unit of ``currency``, where the shop states one.
    """

    name: Name
    number: Short = ""
    who: Who = Who()
    channel: Short = "online"
    ordered_at: AwareDatetime
    status: Literal["open", "closed", "cancelled"] = "open"
    status_at: AwareDatetime | None = None
    payment: Literal["pending", "authorized", "paid", "partially_refunded", "refunded", "voided"] = "paid"
    paid_at: AwareDatetime | None = None
    cancelled_at: AwareDatetime | None = None
    currency: Currency
    rate: Annotated[float, Field(gt=0, lt=1e6)] | None = None
    taxes_included: bool = True
    total: Minor
    shipping: Minor = 0
    shipping_tax: Minor = 0
    tax: Minor = 0
    discount: Minor = 0
    promised_at: AwareDatetime | None = None
    codes: tuple[Short, ...] = ()
    tenders: tuple[Tender, ...] = ()
    billing: Address | None = None
    delivery: Address | None = None
    touch: Touch | None = None
    lines: tuple[Line, ...] = ()

    @model_validator(mode="after")
    def _names_its_lines_once(self) -> Self:
        if len({line.name for line in self.lines}) != len(self.lines):
            names = [line.name for line in self.lines]
            twice = next(name for name in names if names.count(name) > 1)
            raise ValueError(f"line {twice!r} stands twice in an order: each line has a name of its own")
        return self


class RefundLine(Record):
    """What of a line was refunded; ``amount`` >= 0, with tax if the order's prices have it."""

    line: Name
    quantity: Thousandths = 0
    amount: Minor = 0
    tax: Minor = 0
    restocked: bool = False


class Refund(State):
    """Money given back on an order, by line and for shipping; ``amount`` >= 0 is the whole of it.

    ``exchange_for`` names the order that replaces the returned goods.
    """

    name: Name
    order: Name
    refunded_at: AwareDatetime
    kind: Literal["refund", "return", "exchange", "chargeback"] = "refund"
    amount: Minor
    shipping: Minor = 0
    tax: Minor = 0
    reason: Short = ""
    exchange_for: Name | None = None
    lines: tuple[RefundLine, ...] = ()


class FulfilmentLine(Record):
    """How much of a line is in a parcel."""

    line: Name
    quantity: Thousandths


class Fulfilment(State):
    """A parcel: promised, shipped, delivered."""

    name: Name
    order: Name
    carrier: Short = ""
    tracking: Short = ""
    promised_at: AwareDatetime | None = None
    shipped_at: AwareDatetime | None = None
    delivered_at: AwareDatetime | None = None
    lines: tuple[FulfilmentLine, ...] = ()
