"""What a door hands in: the records of a batch, before they become rows.

Every shop connector, file reader, API call and the simulator speaks these. Conventions:

- ``name`` is the thing's own id in its source, unique per store and kind; other records point to it by it.
- Money is whole minor units of the record's ``currency``; quantities are thousandths of a piece.
- Instants are aware datetimes. ``updated_at`` is the source's own time of change: the record's version.
- A record is the whole state of its thing at ``updated_at``, not a change to it.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

_NO_NUL = r"^[^\x00]*$"  # no database stores U+0000 in text
Name = Annotated[str, StringConstraints(min_length=1, max_length=255, pattern=_NO_NUL)]
Short = Annotated[str, StringConstraints(max_length=255, pattern=_NO_NUL)]
Text = Annotated[str, StringConstraints(max_length=20_000, pattern=_NO_NUL)]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
# Amounts fit a 64-bit sum of a million orders: beyond this a number is a mistake in the file.
Minor = Annotated[int, Field(ge=-(10**13), le=10**13)]
Thousandths = Annotated[int, Field(ge=-(10**12), le=10**12)]
Score = Annotated[int, Field(ge=0, le=100)]


class Record(BaseModel):
    """Base of all records: frozen, unknown fields refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Who(Record):
    """How a source names a person: by shop account, by address, or only by visitor."""

    account: Name | None = None
    email: Short | None = None
    phone: Short | None = None
    visitor: Name | None = None

    @property
    def anonymous(self) -> bool:
        """True when nothing names the person beyond a browser."""
        return self.account is None and not self.email and not self.phone


class Address(Record):
    """A postal address; ``country`` is ISO 3166 alpha-2."""

    name: Short = ""
    company: Short = ""
    line1: Short = ""
    line2: Short = ""
    city: Short = ""
    region: Short = ""
    postcode: Short = ""
    country: Country | None = None


class Beneficiary(Record):
    """Someone the customer buys for: a child, a pet. ``dates`` maps a label such as "birthday" to a day."""

    name: Name
    relation: Short = ""
    dates: dict[str, date] = {}


class Customer(Record):
    """A person with a shop account, or known by an address."""

    who: Who
    updated_at: AwareDatetime
    created_at: AwareDatetime | None = None
    first_name: Short = ""
    last_name: Short = ""
    locale: Short = ""
    country: Country | None = None
    email_verified_at: AwareDatetime | None = None
    phone_verified_at: AwareDatetime | None = None
    acquired_by: Short = ""
    address: Address | None = None
    attributes: dict[str, bool | int | float | date | str] = {}
    beneficiaries: tuple[Beneficiary, ...] = ()


class Consent(Record):
    """A permission given or withdrawn; ``proof`` says where it is recorded."""

    who: Who
    channel: Literal["email", "sms", "post", "phone", "push", "onsite"]
    purpose: Literal["marketing", "transactional", "profiling", "publication"] = "marketing"
    given: bool
    at: AwareDatetime
    source: Short = ""
    text_version: Short = ""
    proof: Short = ""


class Variant(Record):
    """What is sold and counted: one size, one colour."""

    name: Name
    sku: Short = ""
    title: Short = ""
    price: Minor | None = None
    compare_at: Minor | None = None
    cost: Minor | None = None
    stock: Thousandths | None = None


class Product(Record):
    """An article of the catalogue; ``category`` is a path with " > " between levels."""

    name: Name
    updated_at: AwareDatetime
    title: Short = ""
    brand: Short = ""
    category: Short = ""
    currency: Currency
    url: Text = ""
    image: Text = ""
    hidden: bool = False
    variants: tuple[Variant, ...] = ()


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


class Order(Record):
    """An order with its lines. Totals are as the shop states them; ``shipping`` follows ``taxes_included``.

    ``rate``: reporting-currency minor units per minor unit of ``currency``, where the shop states one.
    """

    name: Name
    number: Short = ""
    who: Who = Who()
    channel: Short = "online"
    ordered_at: AwareDatetime
    updated_at: AwareDatetime
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


class RefundLine(Record):
    """What of a line was refunded; ``amount`` >= 0, with tax if the order's prices have it."""

    line: Name
    quantity: Thousandths = 0
    amount: Minor = 0
    tax: Minor = 0
    restocked: bool = False


class Refund(Record):
    """Money given back on an order, by line and for shipping; ``amount`` >= 0 is the whole of it.

    ``exchange_for`` names the order that replaces the returned goods.
    """

    name: Name
    order: Name
    refunded_at: AwareDatetime
    updated_at: AwareDatetime
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


class Fulfilment(Record):
    """A parcel: promised, shipped, delivered."""

    name: Name
    order: Name
    updated_at: AwareDatetime
    carrier: Short = ""
    tracking: Short = ""
    promised_at: AwareDatetime | None = None
    shipped_at: AwareDatetime | None = None
    delivered_at: AwareDatetime | None = None
    lines: tuple[FulfilmentLine, ...] = ()


class CartLine(Record):
    """One article in a cart."""

    product: Name | None = None
    variant: Name | None = None
    title: Short = ""
    quantity: Thousandths = 1000
    total: Minor


class Cart(Record):
    """A cart as it stands; ``order`` names what it became."""

    name: Name
    who: Who = Who()
    created_at: AwareDatetime
    updated_at: AwareDatetime
    currency: Currency
    total: Minor
    step: Short = ""
    order: Name | None = None
    lines: tuple[CartLine, ...] = ()


class Ticket(Record):
    """A conversation with support."""

    name: Name
    who: Who
    updated_at: AwareDatetime
    opened_at: AwareDatetime
    responded_at: AwareDatetime | None = None
    resolved_at: AwareDatetime | None = None
    channel: Short = ""
    topic: Short = ""
    complaint: bool = False
    order: Name | None = None
    satisfaction: Score | None = None


class Rating(Record):
    """A rating or review; ``score`` from 0 (worst) to 100."""

    name: Name
    who: Who
    updated_at: AwareDatetime
    rated_at: AwareDatetime
    score: Score
    product: Name | None = None
    order: Name | None = None
    title: Short = ""
    body: Text = ""


class Spend(Record):
    """What acquisition cost on a day through a channel."""

    name: Name
    day: date
    updated_at: AwareDatetime
    channel: Short
    campaign: Short = ""
    currency: Currency
    amount: Minor


class Behaviour(Record):
    """Something a visitor did. ``name`` is the event's own id: the same one counts once."""

    name: Name
    who: Who
    at: AwareDatetime
    kind: Short
    product: Name | None = None
    order: Name | None = None
    value: Minor | None = None
    props: dict[str, str | int | bool] = {}


class Sighting(Record):
    """A visitor shown to be a person: a sign-in, a click on a personal link, an order."""

    visitor: Name
    who: Who
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
