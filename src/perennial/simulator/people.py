"""Who the customers are: the hidden truth of each, and what a shop can see of them.

Columns of `draw` (one row per customer, numbered from 0 in the order in which they were won):
``customer``; hidden: ``rate`` (orders per operational year), ``stages`` (1 irregular, more: regular, 0: a
subscription), ``hazard`` (of leaving after an order, before multipliers), ``sensitivity`` (to price, 0 to
1), ``first`` and ``second`` (favourite categories); seen: ``won`` (s), ``even`` (the same, operational
ms), ``locale``, ``channel`` (places in the configuration), ``buys``, ``account``, ``shared`` (uses the
address of the customer before), ``country``.
"""

from __future__ import annotations

import numpy as np

from perennial.simulator.columns import Columns
from perennial.simulator.draws import Bools, Ints, bounds
from perennial.simulator.words import CATEGORIES
from perennial.simulator.world import World


def draw(world: World, customer: Ints) -> Columns:
    """The customers with these numbers; each is a function of its own number and the configuration."""
    config, draws, season = world.config, world.draws, world.season
    channel = draws.pick("channel", bounds([c.share for c in config.channels]), customer)
    shared = _shared(world, customer)
    # Whoever shares an address has an account, and so has the owner: else nobody could tell them apart.
    pair = shared | _shared(world, customer + 1)
    buys = ~draws.chance("prospect", config.prospects, customer)
    # Customers are won evenly in operational time: their numbers rise with it.
    unit = (customer + draws.uniform("won", customer)) / config.customers
    even = np.minimum((unit * season.span).astype(np.int64), season.span - 1)
    stages = np.where(draws.chance("regular", config.regular, customer), config.rhythm, 1)
    stages[draws.chance("subscriber", config.subscribers, customer)] = 0
    account = pair | ~buys | (stages == 0) | ~draws.chance("guest", config.guests, customer)
    count = len(CATEGORIES)
    first = draws.below("taste", count, customer)
    hazard = draws.beta("hazard", config.dropout_a, config.dropout_b, customer)
    return {
        "customer": customer,
        "rate": draws.gamma("rate", config.rate_shape, customer) * (config.rate_mean / config.rate_shape),
        "stages": stages,
        "hazard": hazard * np.asarray([c.dropout for c in config.channels])[channel],
        "sensitivity": draws.beta("sensitivity", 2.0, 2.0, customer),
        "first": first,
        "second": (first + 1 + draws.below("taste/second", count - 1, customer)) % count,
        "won": season.at(even),
        "even": even,
        "locale": draws.pick("locale", bounds([place.share for place in config.locales]), customer),
        "channel": channel,
        "buys": buys,
        "account": account,
        "shared": shared,
    }


def _shared(world: World, customer: Ints) -> Bools:
    """Odd customers may use the address of the even one before them."""
    config, draws = world.config, world.draws
    odd = (customer & 1 == 1) & (customer < config.customers)
    return np.asarray(odd & draws.chance("household", 2 * config.households, customer))
