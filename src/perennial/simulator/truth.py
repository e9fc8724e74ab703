"""What is true of each customer, which no shop can see: to check estimates against."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from perennial.simulator.columns import EXCHANGE, NEVER, Columns
from perennial.simulator.config import Config
from perennial.simulator.store import Block, Store
from perennial.simulator.words import CATEGORIES
from perennial.values.time import from_us


@dataclass(frozen=True, slots=True)
class Truth:
    """One customer the shop has heard of.

    ``customer``: the number in our tables; ``account`` and ``email``: the names in our records (two people
    may share an address: both have accounts then). ``rate``: orders per operational year (see `season`)
    while alive; ``regular``: whether orders keep a rhythm; ``subscriber``: one order every 30 days instead.
    ``hazard``: probability of leaving after an order without incident; ``dropped_at``: when the experience
    that made the customer leave was over, None if not by ``until``; ``alive``: buys at all and has not
    left. ``orders``: placed by ``until``, without exchanges.
    """

    customer: int
    account: str | None
    email: str
    channel: str
    won_at: datetime
    rate: float
    regular: bool
    subscriber: bool
    hazard: float
    sensitivity: float
    tastes: tuple[str, str]
    alive: bool
    dropped_at: datetime | None
    orders: int


def columns(block: Block) -> Columns:
    """The truth of a block's customers as columns, for the shop's unknown ones too (mask: ``block.seen``).

    ``customer`` (number in our tables), ``rate``, ``stages``, ``hazard``, ``sensitivity``, ``first``,
    ``second``, ``channel``, ``won`` and ``dropped`` (s, NEVER), ``buys``, ``alive``, ``orders``.
    """
    people, orders = block.people, block.orders
    count = len(people["customer"])
    dropped = np.full(count, NEVER)
    last = orders["left"] & (orders["settled_at"] <= block.world.season.until)
    dropped[orders["row"][last]] = orders["settled_at"][last]
    names = ["rate", "stages", "hazard", "sensitivity", "first", "second", "channel", "won", "buys"]
    return {name: people[name] for name in names} | {
        "customer": people["customer"] + 1,
        "dropped": dropped,
        "alive": people["buys"] & (dropped == NEVER),
        "orders": np.bincount(orders["row"][orders["place"] < EXCHANGE], minlength=count),
    }


def truth(config: Config, *, block: int = 8_192) -> Iterator[Truth]:
    """The truth of every customer the shop has heard of, in order of their numbers."""
    for some in Store(config).blocks(block):
        yield from _rows(some)


def _rows(block: Block) -> Iterator[Truth]:
    lists = {name: column.tolist() for name, column in columns(block).items()}
    channels = block.world.config.channels
    for row in np.flatnonzero(block.seen).tolist():
        person, one = block.persons[row], {name: values[row] for name, values in lists.items()}
        yield Truth(
            customer=one["customer"],
            account=person.account,
            email=person.email,
            channel=channels[one["channel"]].key,
            won_at=from_us(one["won"] * 1_000_000),
            rate=one["rate"],
            regular=one["stages"] != 1,
            subscriber=one["stages"] == 0,
            hazard=one["hazard"],
            sensitivity=one["sensitivity"],
            tastes=(CATEGORIES[one["first"]][0], CATEGORIES[one["second"]][0]),
            alive=one["alive"],
            dropped_at=None if one["dropped"] == NEVER else from_us(one["dropped"] * 1_000_000),
            orders=one["orders"],
        )
