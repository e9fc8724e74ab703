"""The made-up store as the tables of insight, straight from columns: no record, no database between.

Rows are those the mirror would have after the store's records were recorded, with numbers of our own for
identifiers: a customer's is its number + 1, an order's is its record's name, a line's is
``order << 4 | place``. Rows stand in order of customers, so blocks of any size give the same tables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from perennial.insight.tables import SCHEMA
from perennial.simulator import sold
from perennial.simulator.arrow import STORE, US, local_days, microseconds, of_orders, or_null, stores, table, words
from perennial.simulator.columns import take
from perennial.simulator.config import Config
from perennial.simulator.draws import Array
from perennial.simulator.records.shop import spend_columns
from perennial.simulator.records.visits import sightings
from perennial.simulator.service import TICKET_CHANNELS, TOPICS
from perennial.simulator.store import Block, Store
from perennial.simulator.visits import EVENTS
from perennial.simulator.world import World
from perennial.values.time import LocalDay

if TYPE_CHECKING:
    import pyarrow as pa

BLOCK = 8_192
_FIRST, _LAST = np.iinfo(np.int64).min, np.iinfo(np.int64).max


def tables(config: Config, *, block: int = BLOCK) -> dict[str, pa.Table]:
    """All tables of `insight.tables.SCHEMA` for the whole store, in memory."""
    import pyarrow as pa

    store = Store(config)
    parts = [store_tables(store.world), *(block_tables(some) for some in store.blocks(block))]
    return {name: pa.concat_tables([part[name] for part in parts if name in part]) for name in SCHEMA}


def blocks_of_tables(config: Config, *, block: int = BLOCK) -> Iterator[dict[str, pa.Table]]:
    """The same, piece by piece: first the tables of the store, then those of each block of customers."""
    store = Store(config)
    yield store_tables(store.world)
    for some in store.blocks(block):
        yield block_tables(some)


def store_tables(world: World) -> dict[str, pa.Table]:
    """Products as they stand at ``until``, spend, and no aliases."""
    import pyarrow as pa

    catalogue, season = world.catalogue, world.season
    product = np.arange(catalogue.count)
    now, first = np.full(catalogue.count, season.until), np.zeros(catalogue.count, np.int64)
    products = {
        "product_id": product + 1,
        "store_id": first + STORE,
        "title": pa.array([catalogue.title(p) for p in product.tolist()], pa.string()),
        "brand": pa.array([catalogue.brand_name(p) for p in product.tolist()], pa.string()),
        "category": pa.array([catalogue.category_name(p) for p in product.tolist()], pa.string()),
        "price": catalogue.prices(product, first, now),
        "cost": catalogue.costs(product, first),
        "hidden": catalogue.gone <= season.until,
    }
    day, channel, amount = spend_columns(world)
    keys = [c.key for c in world.config.channels]
    campaigns = [f"{keys[c]}-{LocalDay(d).date.year}" for d, c in zip(day.tolist(), channel.tolist(), strict=True)]
    spend = {
        "store_id": np.full(len(day), STORE),
        "day": day,
        "channel": words(keys, channel),
        "campaign": pa.array(campaigns, pa.string()),
        "amount": amount,
    }
    none = np.zeros(0, np.int64)
    aliases = {"customer_id": none, "person_id": none, "confirmed": none.astype(np.bool_)}
    return {
        "products": table("products", products),
        "spend": table("spend", spend),
        "aliases": table("aliases", aliases),
    }


_NUMPY = {"int64": np.int64, "string": np.str_, "boolean": np.bool_}


def block_tables(block: Block) -> dict[str, pa.Table]:
    """The tables of what a block of customers did; without behaviour or service their tables are empty."""
    config = block.world.config
    makers: dict[str, Callable[[Block], dict[str, Array | pa.Array]]] = {
        "customers": _customers,
        "orders": sold.orders,
        "lines": sold.lines,
        "refunds": sold.refunds,
        "refund_lines": sold.refund_lines,
        "fulfilments": sold.fulfilments,
    }
    service = {"tickets": _tickets, "ratings": _ratings}
    behaviour = {"behaviour": _behaviour, "visitors": _visitors}
    makers |= service if config.service else {}
    makers |= behaviour if config.behaviour else {}
    made = {name: table(name, make(block)) for name, make in makers.items()}
    for name in {**service, **behaviour}.keys() - made.keys():
        made[name] = table(name, {c: np.zeros(0, _NUMPY[t]) for c, t in SCHEMA[name].items()})
    return made


def _customers(block: Block) -> dict[str, Array | pa.Array]:
    people, config = take(block.people, block.seen), block.world.config
    return {
        "customer_id": people["customer"] + 1,
        "store_id": stores(people["won"]),
        "created_at": microseconds(people["won"]),
        "created_day": local_days(block, people["won"]),
        "country": words([place.country for place in config.locales], people["locale"]),
        "locale": words([place.code for place in config.locales], people["locale"]),
        "acquired_by": words([c.key for c in config.channels], people["channel"]),
    }


def _tickets(block: Block) -> dict[str, Array | pa.Array]:
    t = block.tickets
    return {
        "ticket_id": t["id"],
        **of_orders(block, t["order"]),
        "channel": words(TICKET_CHANNELS, t["channel"]),
        "topic": words(TOPICS, t["topic"]),
        "complaint": t["complaint"],
        "opened_at": microseconds(t["opened_at"]),
        "opened_day": local_days(block, t["opened_at"]),
        "responded_at": microseconds(t["responded_at"]),
        "resolved_at": microseconds(t["resolved_at"]),
        "satisfaction": or_null(t["satisfaction"], t["satisfaction"] < 0),
    }


def _ratings(block: Block) -> dict[str, Array | pa.Array]:
    r = block.ratings
    return {
        "rating_id": r["id"],
        **of_orders(block, r["order"]),
        "product_id": block.orders["first"][r["order"]] + 1,
        "rated_at": microseconds(r["at"]),
        "rated_day": local_days(block, r["at"]),
        "score": r["score"],
    }


def _behaviour(block: Block) -> dict[str, Array | pa.Array]:
    e, s = block.events, take(block.sessions, block.events["session"])
    placed = e["kind"] == len(EVENTS) - 1
    order = np.where(placed, s["order"], -1)
    customer = block.people["customer"][s["row"]] + 1
    # One row more, for events of no order: a block may have no order at all.
    ids, totals = (np.append(block.orders[name], 0)[order] for name in ("id", "total"))
    return {
        "visitor_id": s["visitor"],
        "customer_id": or_null(customer, ~(s["known"] | placed)),
        "store_id": stores(order),
        "kind": words(EVENTS, e["kind"]),
        "product_id": or_null(e["product"] + 1, e["product"] < 0),
        "order_id": or_null(ids, order < 0),
        "at": e["at"] * US,
        "day": block.world.season.day(e["at"]),
        "value": or_null(totals, order < 0),
    }


def _visitors(block: Block) -> dict[str, Array | pa.Array]:
    """Whose a visitor was: the last sighting's at or before; before the first sighting, the first's."""
    seen = sightings(block)
    visitor = block.sessions["visitor"][seen["session"]]
    customer = block.people["customer"][block.sessions["row"][seen["session"]]] + 1
    order = np.lexsort([seen["at"], visitor])
    visitor, customer, at = visitor[order], customer[order], seen["at"][order] * US
    same = np.zeros(len(visitor), np.bool_)
    same[1:] = visitor[1:] == visitor[:-1]
    keep = ~same
    keep[1:] |= customer[1:] != customer[:-1]
    visitor, customer, at, same = visitor[keep], customer[keep], at[keep], same[keep]
    until = np.full(len(at), _LAST)
    until[:-1] = np.where(same[1:], at[1:], _LAST)
    return {
        "visitor_id": visitor,
        "customer_id": customer,
        "from_at": np.where(same, at, _FIRST),
        "to_at": until,
    }
