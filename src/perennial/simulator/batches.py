"""The made-up store as batches of records, as a door hands them to ``facts.actions.record``.

First comes what the store is (rates, products, spend), then its customers block by block; within a block
records stand in order of time, so that a batch is a stretch of it. A store of one block (the default up
to 8,192 customers) is told in order of time altogether. Memory holds one block, whatever the store's size.
Records show each thing as it stood at ``until``, once, at the time it began; products once per change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import numpy as np

from perennial.facts.rules.records import Batch
from perennial.simulator.config import Config
from perennial.simulator.draws import Ints
from perennial.simulator.records import shop
from perennial.simulator.records.care import Care
from perennial.simulator.records.people import People
from perennial.simulator.records.sales import Sales
from perennial.simulator.records.visits import Visits
from perennial.simulator.store import Block, Store

BLOCK = 8_192
RECORDS = 2_000

# A kind of record: its part of a batch, the instants (s) of its rows, and what makes records of rows.
Part = tuple[str, Ints, Callable[[Ints], Sequence[Any]]]


def batches(config: Config, *, records: int = RECORDS, block: int = BLOCK) -> Iterator[Batch]:
    """All records of the store, at most ``records`` in a batch; ``block`` changes their order only."""
    store = Store(config)
    yield from _cut("rates", shop.rates(store.world), records)
    yield from _cut("products", shop.products(store.world), records)
    yield from _cut("spend", shop.spend(store.world), records)
    for some in store.blocks(block):
        yield from _block(some, records)


def _cut(part: str, made: Iterable[Any], records: int) -> Iterator[Batch]:
    rest = iter(made)
    while some := tuple(islice(rest, records)):
        yield Batch(**{part: some})


def _block(block: Block, records: int) -> Iterator[Batch]:
    parts = _parts(block)
    kind = np.repeat(np.arange(len(parts)), [len(times) for _, times, _ in parts])
    row = np.concatenate([np.arange(len(times)) for _, times, _ in parts])
    order = np.lexsort([row, kind, np.concatenate([times for _, times, _ in parts])])
    kind, row = kind[order], row[order]
    for first in range(0, len(order), records):
        kinds, rows = kind[first : first + records], row[first : first + records]
        yield Batch(**{name: tuple(make(rows[kinds == place])) for place, (name, _, make) in enumerate(parts)})


def _parts(block: Block) -> list[Part]:
    """All kinds of record in a block; of the same second, the earlier in this list comes first."""
    config, orders = block.world.config, block.orders
    people = People(block)
    sales = Sales(block, people)
    consent_rows, consent_kinds, consent_times = people.consent_columns()

    def consents(rows: Ints) -> Sequence[Any]:
        return people.consents(consent_rows[rows], consent_kinds[rows], consent_times[rows])

    seen = np.flatnonzero(block.seen)
    refunded = np.flatnonzero(orders["refund"] >= 0)
    parts: list[Part] = [
        ("customers", block.people["won"][seen], lambda rows: people.customers(seen[rows])),
        ("consents", consent_times, consents),
        ("orders", orders["at"], sales.orders),
        ("fulfilments", block.parcels["shipped_at"], sales.fulfilments),
        ("refunds", orders["refunded_at"][refunded], lambda rows: sales.refunds(refunded[rows])),
    ]
    if config.service:
        care = Care(block, people)
        parts.append(("tickets", block.tickets["opened_at"], care.tickets))
        parts.append(("ratings", block.ratings["at"], care.ratings))
    if config.behaviour:
        visits = Visits(block, people)
        parts.append(("sightings", visits.sightings_of["at"], visits.sightings))
        parts.append(("carts", visits.carts_of["created_at"], visits.carts))
        parts.append(("behaviour", block.events["at"], visits.behaviour))
    return parts
