"""One made-up store: its calendar, catalogue and customers, block by block.

Everything that happens is drawn as columns (`Block`), once; `records`, `tables`, `truth` and `files` only
show it. A block holds consecutive customers; blocks of any size hold the same customers.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy as np

from perennial.simulator import lines as line_draws
from perennial.simulator import orders as order_draws
from perennial.simulator import people as people_draws
from perennial.simulator import service, visits
from perennial.simulator.columns import WALK_IN, Columns, happened, known, sums, take
from perennial.simulator.config import Config
from perennial.simulator.draws import Bools
from perennial.simulator.names import Person, persons
from perennial.simulator.world import World

_INSTANTS = ["paid_at", "cancelled_at", "shipped_at", "delivered_at", "opened_at", "responded_at", "refunded_at"]


class Store:
    """The world and the blocks of its customers."""

    def __init__(self, config: Config) -> None:
        self.world = World.of(config)

    def block(self, first: int, count: int) -> Block:
        """Customers ``first`` (even, from 0) to ``first + count``, as far as there are so many."""
        return Block(self, first, min(count, self.world.config.customers - first))

    def blocks(self, size: int) -> Iterator[Block]:
        """All customers in blocks of ``size``; it must be even, as two people may share an address."""
        if size < 2 or size % 2:
            raise ValueError(f"a block holds an even number of customers, not {size}")
        for first in range(0, self.world.config.customers, size):
            yield self.block(first, size)


class Block:
    """Some customers and all that they did. Columns are described where they are drawn."""

    def __init__(self, store: Store, first: int, count: int) -> None:
        world = self.world = store.world
        self.people = people_draws.draw(world, np.arange(first, first + count))
        orders, self.lines, back = line_draws.draw(world, self.people, order_draws.draw(world, self.people))
        #: The drop-outs as they were decided, also where the experience ends after ``until``.
        self.orders = orders | {name: happened(orders[name], world.season.until) for name in _INSTANTS}
        refunded = known(self.orders["refunded_at"])
        self.orders["refund"] = np.where(refunded, orders["refund"], -1)
        self.back: Columns = take(back, refunded[back["order"]])

    @cached_property
    def seen(self) -> Bools:
        """Customers the shop has heard of: with an account, or with an order."""
        ordered = np.bincount(self.orders["row"][self.orders["place"] != WALK_IN], minlength=len(self.people["won"]))
        return np.asarray(self.people["account"] | (ordered > 0))

    @cached_property
    def given_back(self) -> Columns:
        """Per order, what was refunded of its goods: ``amount``, ``net``, ``tax``."""
        counts = np.bincount(self.back["order"], minlength=len(self.orders["id"]))
        return {name: sums(self.back[name], counts) for name in ("amount", "net", "tax")}

    @cached_property
    def persons(self) -> list[Person]:
        """See `names.persons`: one per row of ``people``."""
        return persons(self.world, self.people)

    @cached_property
    def parcels(self) -> Columns:
        """See `service.parcels`."""
        return service.parcels(self.world, self.orders)

    @cached_property
    def tickets(self) -> Columns:
        """See `service.tickets`."""
        return service.tickets(self.world, self.orders)

    @cached_property
    def ratings(self) -> Columns:
        """See `service.ratings`."""
        return service.ratings(self.world, self.orders)

    @cached_property
    def sessions(self) -> Columns:
        """See `visits.draw`."""
        return visits.draw(self.world, self.people, self.orders, self.lines)

    @cached_property
    def events(self) -> Columns:
        """See `visits.events`."""
        return visits.events(self.world, self.people, self.lines, self.sessions)
