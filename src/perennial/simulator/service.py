"""What follows an order: parcels, tickets with their answers, ratings.

Rows point at orders by ``order`` (row in the block's orders). Nothing after ``until`` is known.
"""

from __future__ import annotations

import numpy as np

from perennial.simulator.columns import NEVER, Columns, happened, known, spread, take
from perennial.simulator.draws import bounds
from perennial.simulator.season import DAY, HOUR
from perennial.simulator.world import World

TICKET_CHANNELS = ("email", "chat", "phone", "sms")
TOPICS = ("delivery", "return", "product")


def parcels(world: World, orders: Columns) -> Columns:
    """Parcels that left: ``id``, ``order``, ``part``, ``parts``, ``shipped_at``, ``delivered_at`` (s).

    The last parcel of an order arrives when the order does; an order is late with all of its parcels.
    """
    draws, season = world.draws, world.season
    row = np.flatnonzero(known(happened(orders["shipped_at"], season.until)))
    some = take({name: orders[name] for name in _PARCEL}, row)
    split = draws.chance("split", 0.08, some["customer"], some["place"]) & (some["lines"] > 1)
    copy, part = spread(1 + split)
    some = take(some, copy)
    earlier = (draws.uniform("split/early", some["customer"], some["place"]) * DAY).astype(np.int64)
    sooner = (part == 0) & split[copy] & ~some["late"] & known(some["delivered_at"])
    delivered = np.maximum(some["delivered_at"] - earlier * sooner, some["shipped_at"])
    delivered = np.where(known(some["delivered_at"]), delivered, NEVER)
    return {
        "id": (some["id"] << 1) | part,
        "order": row[copy],
        "part": part,
        "parts": 1 + split[copy],
        "shipped_at": some["shipped_at"],
        "delivered_at": happened(delivered, season.until),
    }


_PARCEL = ("id", "customer", "place", "lines", "late", "shipped_at", "delivered_at")


def tickets(world: World, orders: Columns) -> Columns:
    """Tickets: ``id`` (their order's), ``order``, ``opened_at``, ``responded_at``, ``resolved_at`` (s).

    Also ``channel``, ``topic`` (places in the tuples above), ``complaint``, ``satisfaction`` (0 to 100,
    -1: not told): 90 less 1 per hour waited, less 20 when a parcel was late, with noise.
    """
    draws, season = world.draws, world.season
    row = np.flatnonzero(known(happened(orders["opened_at"], season.until)))
    some = take({name: orders[name] for name in _TICKET}, row)
    key, place = some["customer"], some["place"]
    responded = happened(some["responded_at"], season.until)
    answered = known(responded)
    hours = np.where(answered, (responded - some["opened_at"]) // HOUR, 0)
    resolved = responded + (draws.uniform("resolved", key, place) * 2 * DAY).astype(np.int64)
    noise = np.rint(8 * draws.normal("satisfaction", key, place)).astype(np.int64)
    score = np.clip(90 - hours - 20 * some["late"] + noise, 0, 100)
    tells = answered & draws.chance("tells", 0.6, key, place)
    return {
        "id": some["id"],
        "order": row,
        "opened_at": some["opened_at"],
        "responded_at": responded,
        "resolved_at": happened(np.where(answered, resolved, NEVER), season.until),
        "channel": draws.pick("ticket/channel", bounds([0.5, 0.25, 0.15, 0.1]), key, place),
        "topic": np.where(some["late"], 0, np.where(some["refunded"], 1, 2)),
        "complaint": some["late"] | draws.chance("complaint", 0.2, key, place),
        "satisfaction": np.where(tells, score, -1),
    }


_TICKET = ("id", "customer", "place", "late", "refunded", "opened_at", "responded_at")


def ratings(world: World, orders: Columns) -> Columns:
    """Ratings of the first product, some days after delivery: ``id``, ``order``, ``at`` (s), ``score``.

    1 to 5 stars of 20 each, around 4.4: a star less after a late parcel, one and a half after a refund.
    """
    config, draws, season = world.config, world.draws, world.season
    key, place = orders["customer"], orders["place"]
    days = 2 + 12 * draws.uniform("rated/days", key, place)
    at = orders["delivered_at"] + (days * DAY).astype(np.int64)
    rates = draws.chance("rated", config.rated, key, place) & known(orders["delivered_at"])
    row = np.flatnonzero(rates & (at <= season.until))
    stars = 4.9 - 1.0 * orders["late"][row] - 1.5 * orders["refunded"][row]
    stars = stars + 0.8 * draws.normal("stars", key[row], place[row])
    score = 20 * np.clip(np.rint(stars), 1, 5).astype(np.int64)
    return {"id": orders["id"][row], "order": row, "at": at[row], "score": score}
