"""When customers order, what happens to each order, and when that makes them leave.

`draw` walks through each customer's life order by order (all customers of a block at once): gap, order,
delivery, refund, ticket, and then the hazard of leaving, raised by what went wrong. Columns, one row per
order, sorted by ``id``: ``id``, ``row`` (of the customer in the block), ``customer``, ``place`` (0, 1, ...;
`columns.WALK_IN`: nobody known), ``at``; ``gap`` (s since the customer's order before, or since won);
``till``, ``carrier`` (place in the configuration, -1 none), ``late``, ``lost``, ``cancelled``,
``refunded``, ``ticket``, ``unanswered``, ``first`` (product of the first line), ``hazard``, ``left``
(the customer decided to leave after this order); and instants (s, NEVER where there is none, the
future included: callers cut at ``until``): ``paid_at``, ``cancelled_at``, ``promised_at``,
``shipped_at``, ``delivered_at``, ``opened_at``, ``responded_at``, ``refunded_at``, ``settled_at`` (when
the customer has lived through it all).
"""

from __future__ import annotations

import numpy as np

from perennial.simulator.columns import NEVER, WALK_IN, Columns, concat, order_id, take
from perennial.simulator.config import MOST_CUSTOMERS, MOST_ORDERS
from perennial.simulator.draws import Array, Draws, Ints, bounds
from perennial.simulator.season import DAY, HOUR, YEAR_MS
from perennial.simulator.world import World

_LEAST_GAP_MS = 4 * HOUR * 1_000
SUBSCRIPTION = 30 * DAY


def draw(world: World, people: Columns) -> Columns:
    """All orders of a block of customers (columns of `people.draw`), and the till's strangers."""
    lives = _lives(world, people)
    strangers = _walk_ins(world, people)
    orders = concat([lives, strangers])
    orders["id"] = order_id(orders["customer"], orders["place"])
    orders = take(orders, np.argsort(orders["id"], kind="stable"))
    return _instants(world, orders)


def _lives(world: World, people: Columns) -> Columns:
    draws, season = world.draws, world.season
    row = np.flatnonzero(people["buys"])
    customer = people["customer"][row]
    # Most order in the first hour, the others within days.
    soon = np.where(draws.chance("soon", 0.6, customer), HOUR, 4 * DAY)
    lag = (draws.exponential("lag", customer) * soon * 1_000).astype(np.int64)
    even = people["even"][row] + lag
    before = people["won"][row]
    parts = []
    place = 0
    while True:
        at = season.at(np.minimum(even, season.span - 1))
        if place:
            subscribed = people["stages"][row] == 0
            jitter = draws.below("jitter", HOUR, customer, place)
            at = np.where(subscribed, before + SUBSCRIPTION + jitter, at)
            stays = np.where(subscribed, at < season.until, even < season.span)
        else:
            stays = even < season.span
        row, customer, even, at, before = (x[stays] for x in (row, customer, even, at, before))
        part = _events(world, take(people, row), at, place)
        parts.append({"row": row, "gap": at - before, **part})
        place += 1
        stays = ~part["left"]
        row, customer, even, before = (x[stays] for x in (row, customer, even, at))
        if not len(row) or place == MOST_ORDERS:
            return concat(parts)
        even = even + _gaps(draws, people, row, place)


def _gaps(draws: Draws, people: Columns, row: Ints, place: int) -> Ints:
    """Operational milliseconds to the next order: Erlang with the customer's stages and rate."""
    customer, stages = people["customer"][row], np.maximum(people["stages"][row], 1)
    product = draws.uniform("gap", customer, place * 64)
    for stage in range(1, int(stages.max())):
        more = stages > stage
        product[more] *= draws.uniform("gap", customer[more], place * 64 + stage)
    years = -np.log(product) / (stages * people["rate"][row])
    gap: Ints = np.maximum(np.minimum(years, 1_000.0) * YEAR_MS, _LEAST_GAP_MS).astype(np.int64)
    return gap


def _events(
    world: World,
    people: Columns,
    at: Ints,
    place: int,
) -> Columns:
    """What happens to one order of each of ``people``."""
    config, draws, season, catalogue = world.config, world.draws, world.season, world.catalogue
    customer, effects = people["customer"], config.effects
    subscribed = people["stages"] == 0
    till = draws.chance("till", config.till, customer, place) & ~subscribed
    cancelled = draws.chance("cancelled", config.cancelled, customer, place) & ~till & ~subscribed
    shipped = ~till & ~cancelled
    carrier = draws.pick("carrier", bounds([c.share for c in config.carriers]), customer, place)
    risk = np.asarray([c.late for c in config.carriers])[carrier]
    risk *= 1 + (effects.peak_late - 1) * season.peaks(at)
    lost = draws.chance("lost", config.lost, customer, place) & shipped
    late = (draws.chance("late", risk, customer, place) & shipped) | lost
    first = favourite(world, people, at, place)
    quality = catalogue.quality[first]
    dislike = config.refunded * quality * np.where(late, 1.6, 1.0)
    refunded = (draws.chance("refunded", dislike, customer, place) & ~cancelled & ~subscribed) | lost
    asks = np.where(late, config.tickets_late, config.tickets)
    ticket = draws.chance("ticket", asks, customer, place) & ~till
    unanswered = ticket & draws.chance("unanswered", config.unanswered, customer, place)
    hazard = people["hazard"] * (quality if place == 0 else 1.0)
    hazard = hazard * np.where(late, effects.late_delivery, 1.0)
    hazard *= np.where(refunded, effects.refund, 1.0)
    hazard *= np.where(unanswered, effects.unanswered_ticket, 1.0)
    hazard = np.minimum(hazard, effects.ceiling)
    return {
        "customer": customer,
        "place": np.full(len(at), place),
        "at": at,
        "till": till,
        "carrier": np.where(shipped, carrier, -1),
        "late": late,
        "lost": lost,
        "cancelled": cancelled,
        "refunded": refunded,
        "ticket": ticket,
        "unanswered": unanswered,
        "first": first,
        "hazard": hazard,
        "left": draws.chance("left", hazard, customer, place),
    }


def favourite(world: World, people: Columns, at: Ints, index: Ints | int) -> Ints:
    """A product to each taste: 55 % of the first category, 20 % of the second, else of any.

    ``index``: place of the order, plus `MOST_ORDERS` for each further line. Subscribers stay with one.
    """
    draws, catalogue = world.draws, world.catalogue
    from perennial.simulator.words import CATEGORIES

    customer = people["customer"]
    index = np.where(people["stages"] == 0, 0, index)
    unit = draws.uniform("category", customer, index)
    count = len(CATEGORIES)
    other = ((unit - 0.75) / 0.25 * count).astype(np.int64)
    category = np.where(unit < 0.55, people["first"], np.where(unit < 0.75, people["second"], other))
    return catalogue.draw(category, draws.uniform("product", customer, index), at)


def _walk_ins(world: World, people: Columns) -> Columns:
    """Sales at the till to strangers: at most one per customer's number, belonging to nobody."""
    config, draws, season = world.config, world.draws, world.season
    row = np.flatnonzero(draws.chance("walk in", config.walk_ins, people["customer"]))
    customer = people["customer"][row]
    even = draws.uniform("walk in/when", customer) * season.span
    at = season.at(np.minimum(even.astype(np.int64), season.span - 1))
    no = np.zeros(len(row), np.bool_)
    # Their taste is nobody's: drawn for a customer that no store has.
    people = take(people, row) | {"customer": customer + MOST_CUSTOMERS}
    first = favourite(world, people | {"stages": np.ones(len(row), np.int64)}, at, 0)
    return {
        "row": row,
        "gap": np.zeros(len(row), np.int64),
        "customer": customer,
        "place": np.full(len(row), WALK_IN),
        "at": at,
        "till": ~no,
        "carrier": np.full(len(row), -1),
        **dict.fromkeys(("late", "lost", "cancelled", "refunded", "ticket", "unanswered"), no),
        "first": first,
        "hazard": np.zeros(len(row)),
        "left": no,
    }


def _instants(world: World, orders: Columns) -> Columns:
    config, draws, season = world.config, world.draws, world.season
    customer, place, at = orders["customer"], orders["place"], orders["at"]

    def some(stream: str, low: float, high: float) -> Ints:
        """Seconds between ``low`` and ``high`` days."""
        unit = draws.uniform(stream, customer, place)
        return ((low + unit * (high - low)) * DAY).astype(np.int64)

    def when(mask: Array, instants: Ints) -> Ints:
        return np.where(mask, instants, NEVER)

    shipped = orders["carrier"] >= 0
    days = np.asarray([c.days for c in config.carriers])[orders["carrier"]]
    # Promised for the evening of a day: 20 h on the store's wall clock.
    promised = at + days * DAY
    promised += 20 * HOUR - season.local(promised) % DAY
    left_house = at + some("shipped", 0.1, 1.4)
    early = promised - some("early", 0.05, 1.2)
    arrives = np.where(orders["late"], promised + some("delay", 1.0, 7.0), np.maximum(early, left_house))
    arrives = np.where(orders["late"] | (arrives < promised), arrives, promised)
    delivered = when(shipped & ~orders["lost"], arrives)
    slow = draws.chance("transfer", 0.06, customer, place) & ~orders["till"]
    unpaid = orders["cancelled"] & draws.chance("unpaid", 0.4, customer, place)
    cancelled = when(orders["cancelled"], at + some("cancel", 0.05, 0.9))
    paid = np.where(slow & ~orders["cancelled"], at + some("transfer/days", 0.3, 2.5), at)
    arrival = np.where(orders["lost"], promised + 10 * DAY, np.where(shipped, arrives, at))
    refunded = when(orders["refunded"], np.maximum(arrival, paid) + some("refund/days", 2, 18))
    repaid = when(orders["cancelled"] & ~unpaid, cancelled + some("repaid", 0.01, 0.1))
    refunded = np.where(orders["cancelled"], repaid, refunded)
    asked = np.where(orders["late"], promised + some("ticket/late", 0.2, 1.5), arrival)
    opened = when(orders["ticket"], asked + some("ticket/days", 0.1, 2))
    # Hours to the answer: log-normal with a median of 7.
    hours = np.minimum(np.exp(np.log(7.0) + 0.9 * draws.normal("answer", customer, place)), 200.0)
    answered = opened + (hours * HOUR).astype(np.int64)
    responded = when(orders["ticket"] & ~orders["unanswered"], answered)
    # Whoever gets no answer has waited ten days for it.
    waited = when(orders["unanswered"], opened + 10 * DAY)
    settled = np.maximum.reduce([arrival, delivered, refunded, responded, waited, cancelled])
    return orders | {
        "paid_at": when(~unpaid, paid),
        "cancelled_at": cancelled,
        "promised_at": when(shipped, promised),
        "shipped_at": when(shipped, np.minimum(left_house, arrives)),
        "delivered_at": delivered,
        "opened_at": opened,
        "responded_at": responded,
        "refunded_at": refunded,
        "settled_at": settled,
    }
