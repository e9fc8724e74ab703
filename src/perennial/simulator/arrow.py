"""Columns as Arrow tables of insight's schema: nulls, words, instants, local days."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from perennial.insight.tables import SCHEMA
from perennial.simulator.columns import NEVER, WALK_IN, known
from perennial.simulator.draws import Array, Ints
from perennial.simulator.store import Block

if TYPE_CHECKING:
    import pyarrow as pa

STORE = 1
US = 1_000_000


def table(name: str, columns: dict[str, Array | pa.Array]) -> pa.Table:
    """A table of the schema. In a column of instants or days NEVER is null."""
    import pyarrow as pa

    types = {"int64": pa.int64(), "string": pa.string(), "boolean": pa.bool_()}
    fields = SCHEMA[name]
    made = {}
    for column, type_ in fields.items():
        values = columns[column]
        if isinstance(values, np.ndarray):
            nulls = values == NEVER if column.endswith(("_at", "_day")) and name != "visitors" else None
            values = pa.array(values, type=types[type_], mask=nulls)
        made[column] = values
    return pa.table(made, schema=pa.schema([(column, types[type_]) for column, type_ in fields.items()]))


def or_null(values: Array, missing: Array) -> pa.Array:
    """``values``, null where ``missing``."""
    import pyarrow as pa

    return pa.array(values, mask=missing)


def words(words: list[str] | tuple[str, ...], places: Ints, missing: Array | None = None) -> pa.Array:
    """The words at ``places``; null where ``missing``."""
    import pyarrow as pa

    return pa.array(words, pa.string()).take(pa.array(places, mask=missing))


def microseconds(instants: Ints) -> Ints:
    """Instants in microseconds; NEVER stays NEVER."""
    return np.where(known(instants), instants * US, NEVER)


def local_days(block: Block, instants: Ints) -> Ints:
    """Local days of instants (s); NEVER stays NEVER."""
    return np.where(known(instants), block.world.season.day(np.where(known(instants), instants, 0)), NEVER)


def stores(column: Array) -> Ints:
    """The store's number for each row of a column."""
    return np.full(len(column), STORE)


def of_orders(block: Block, rows: Array | None = None) -> dict[str, Array | pa.Array]:
    """The columns that all tables about orders begin with, for ``rows`` (default: all orders)."""
    orders = block.orders
    part = {name: orders[name] if rows is None else orders[name][rows] for name in ("id", "customer", "place")}
    return {
        "order_id": part["id"],
        "customer_id": or_null(part["customer"] + 1, part["place"] == WALK_IN),
        "store_id": stores(part["id"]),
    }
