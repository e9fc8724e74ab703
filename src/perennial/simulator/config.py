"""What a made-up store is like: its size, its people, its habits, and the effects that are known exactly.

Rates are per year of operational time (see `season`), shares lie between 0 and 1, money is in minor units
of `Config.currency`. The same configuration gives the same store, to the byte, on every run.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from perennial.values.money import check_currency
from perennial.values.time import zone as check_zone

# Order numbers of one customer share 12 bits with exchanges and the till: see `columns.order_id`.
MOST_ORDERS = 2_000
MOST_CUSTOMERS = 1 << 31


@dataclass(frozen=True, slots=True)
class Locale:
    """A language and country that customers come from, with its share of them (shares are relative)."""

    code: str
    country: str
    share: float


@dataclass(frozen=True, slots=True)
class Channel:
    """A way customers are won: its share, cost of one new customer, and factor on the drop-out hazard."""

    key: str
    medium: str
    share: float
    cost: int
    dropout: float


@dataclass(frozen=True, slots=True)
class Carrier:
    """A carrier: share of parcels, days promised, share delivered after the promise outside the season."""

    key: str
    share: float
    days: int
    late: float


@dataclass(frozen=True, slots=True)
class Effects:
    """The truth that estimates must find. Multipliers act on the hazard of leaving after an order."""

    late_delivery: float = 2.0
    refund: float = 1.4
    unanswered_ticket: float = 2.5
    # Most a hazard can become, whatever multiplies it.
    ceiling: float = 0.95
    # Share of late parcels in the weeks before Christmas, relative to the carrier's usual share.
    peak_late: float = 1.8
    # Added to the log-odds of an order within the window of a message, by what the message carries.
    message: float = 0.25
    taste: float = 0.35
    # Per tenth of the price taken off, times the customer's price sensitivity (mean 0.5).
    discount: float = 0.6
    # Odds of an order from somebody who had left, before a message adds to them.
    return_odds: float = 0.01


LOCALES = (
    Locale("es-ES", "ES", 0.30),
    Locale("en-GB", "GB", 0.25),
    Locale("it-IT", "IT", 0.20),
    Locale("fr-FR", "FR", 0.20),
    Locale("ar-AE", "AE", 0.03),
    Locale("he-IL", "IL", 0.02),
)
CHANNELS = (
    Channel("search", "cpc", 0.34, 1_100, 1.0),
    Channel("social", "paid_social", 0.22, 1_400, 1.2),
    Channel("direct", "none", 0.18, 0, 0.9),
    Channel("referral", "referral", 0.11, 500, 0.7),
    Channel("marketplace", "marketplace", 0.10, 900, 1.4),
    Channel("newsletter", "email", 0.05, 150, 0.85),
)
CARRIERS = (
    Carrier("Correcaminos", 0.45, 3, 0.05),
    Carrier("Nordpost", 0.35, 4, 0.10),
    Carrier("Lumaca Espressa", 0.20, 5, 0.28),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """A store to make up. ``until`` (aware) is the last instant of its history; nothing reads a clock.

    Raises ValueError where a value makes no store.
    """

    customers: int
    until: datetime
    seed: int = 1
    months: int = 24
    zone: str = "Europe/Madrid"
    currency: str = "EUR"
    # A few orders in another currency with as many minor digits; None: none.
    second_currency: str | None = "GBP"
    second_share: float = 0.03
    taxes_included: bool = True
    source: str = "simulator"
    locales: tuple[Locale, ...] = LOCALES
    channels: tuple[Channel, ...] = CHANNELS
    carriers: tuple[Carrier, ...] = CARRIERS
    products: int = 180

    # Purchase rate of a customer: gamma with this shape and mean, in orders per year.
    rate_shape: float = 1.1
    rate_mean: float = 4.0
    # Gaps: irregular customers exponential, this share regular (Erlang of `rhythm` stages).
    regular: float = 0.35
    rhythm: int = 6
    # Hazard of leaving after an order: beta distributed among customers, then multiplied (see `Effects`).
    dropout_a: float = 1.2
    dropout_b: float = 5.0
    effects: Effects = field(default_factory=Effects)
    # Growth of the store's intensity per year (0.15: +15 %); `seasonal` False: no season, week or hour.
    growth: float = 0.15
    seasonal: bool = True

    # Shares of customers: registered but never bought, without account, second person at one address,
    # with a subscription of 30 days; and sales at the till to nobody known, per customer.
    prospects: float = 0.08
    guests: float = 0.35
    households: float = 0.04
    subscribers: float = 0.03
    walk_ins: float = 0.10

    # Per order: a further line after each, bought at the till, cancelled, refunded, lost parcel,
    # asked support (and after a late parcel), left without answer, rated.
    more_lines: float = 0.42
    till: float = 0.06
    cancelled: float = 0.02
    refunded: float = 0.07
    lost: float = 0.004
    tickets: float = 0.04
    tickets_late: float = 0.35
    unanswered: float = 0.15
    rated: float = 0.12
    gift_cards: float = 0.015
    # Delivery costs this below the order value from which it is free.
    shipping: int = 490
    free_shipping: int = 6_000

    # Visits without order per order, carts left behind per order, strangers who never buy per customer.
    visits: float = 1.6
    abandoned: float = 0.35
    strangers: float = 1.5
    # Parts that can be left out for speed: behaviour (visits, carts, sightings), service (tickets, ratings).
    behaviour: bool = True
    service: bool = True

    def __post_init__(self) -> None:
        if not 1 <= self.customers < MOST_CUSTOMERS:
            raise ValueError(f"a store has 1 to {MOST_CUSTOMERS - 1:,} customers, not {self.customers}")
        if self.until.tzinfo is None:
            raise ValueError(f"until={self.until.isoformat()} has no time zone: an instant needs one")
        if not 1 <= self.months <= 120:
            raise ValueError(f"the history holds 1 to 120 months, not {self.months}")
        if not 24 <= self.products <= 100_000:
            raise ValueError(f"the catalogue holds 24 to 100,000 products, not {self.products}")
        check_zone(self.zone)
        check_currency(self.currency)
        if self.second_currency is not None:
            check_currency(self.second_currency)
        for name in _SHARES:
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} is a share between 0 and 1, not {getattr(self, name)}")


_SHARES = [
    "second_share",
    "regular",
    "prospects",
    "guests",
    "households",
    "subscribers",
    "walk_ins",
    "more_lines",
    "till",
    "cancelled",
    "refunded",
    "lost",
    "tickets",
    "tickets_late",
    "unanswered",
    "rated",
    "gift_cards",
    "abandoned",
]


def demo(until: datetime, *, customers: int = 1_800, seed: int = 7) -> Config:
    """The shop of ``make demo``: about 5,000 orders, 50,000 events and all that surrounds them."""
    return Config(customers=customers, until=until, seed=seed, visits=0.5, strangers=0.6, abandoned=0.25)


def load(until: datetime, *, customers: int = 1_000_000, seed: int = 1, behaviour: bool = False) -> Config:
    """A large store with about ten orders per customer, without visits unless asked for."""
    return Config(
        customers=customers,
        until=until,
        seed=seed,
        rate_mean=16.0,
        rate_shape=1.5,
        dropout_a=0.6,
        dropout_b=11.0,
        behaviour=behaviour,
    )
