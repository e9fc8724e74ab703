"""The made-up store as files: Parquet of insight's tables, and orders as CSV."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from perennial.insight.tables import SCHEMA
from perennial.simulator.columns import WALK_IN
from perennial.simulator.config import Config
from perennial.simulator.draws import Ints
from perennial.simulator.lines import shared_out
from perennial.simulator.store import Block, Store
from perennial.simulator.tables import BLOCK, blocks_of_tables
from perennial.values.money import exponent

if TYPE_CHECKING:
    import pyarrow as pa


def write_parquet(config: Config, folder: Path, *, block: int = BLOCK) -> dict[str, int]:
    """Write one ``<table>.parquet`` per table of the schema into ``folder``; rows of each.

    Streams: memory holds one block of customers. A file appears under its name when it is whole.
    """
    import pyarrow.parquet as pq

    folder.mkdir(parents=True, exist_ok=True)
    rows = dict.fromkeys(SCHEMA, 0)
    with ExitStack() as stack:
        writers: dict[str, Any] = {}
        for tables in blocks_of_tables(config, block=block):
            for name, table in tables.items():
                if name not in writers:
                    writer = pq.ParquetWriter(folder / f"{name}.parquet.part", table.schema)
                    writers[name] = stack.enter_context(writer)
                writers[name].write_table(table)
                rows[name] += table.num_rows
    for name in SCHEMA:
        (folder / f"{name}.parquet.part").replace(folder / f"{name}.parquet")
    return rows


def write_csv(config: Config, path: Path, *, lines: bool = True, rows: int | None = None, block: int = BLOCK) -> int:
    """Write the orders as plain CSV, UTF-8 with a header; rows written (at most ``rows``).

    With ``lines``, one row per product line: ``order,customer,date,amount,product,quantity``; else one per
    order: ``order,customer,date,amount``. ``date`` is the store's wall clock; ``amount`` is in major units
    of the reporting currency, tax included, shipping not; ``customer`` is empty for sales to strangers.
    """
    import pyarrow.csv as pc

    written = 0
    with ExitStack() as stack:
        writer = None
        for some in Store(config).blocks(block):
            table = _plain(some, lines=lines)
            if rows is not None:
                table = table.slice(0, rows - written)
            if writer is None:
                # Nothing here needs quotes: numbers, and words of letters and digits.
                options = pc.WriteOptions(quoting_style="none")
                writer = stack.enter_context(pc.CSVWriter(path, table.schema, write_options=options))
            writer.write_table(table)
            written += table.num_rows
            if written == rows:
                break
    return written


def _plain(block: Block, *, lines: bool) -> pa.Table:
    import pyarrow as pa
    import pyarrow.compute as pc

    orders, config = block.orders, block.world.config
    row = np.arange(len(orders["id"]))
    if lines:
        kept = np.flatnonzero(block.lines["product"] >= 0)
        row = block.lines["order"][kept]
    rate = orders["rate"][block.lines["order"]]
    amount = sum(shared_out(block.lines[name], rate, block.lines["order"]) for name in ("net", "tax"))
    amount = np.asarray(amount)
    of_orders = np.add.reduceat(amount, np.searchsorted(block.lines["order"], np.arange(len(orders["id"]))))
    stranger = orders["place"] == WALK_IN
    number = pa.array(orders["customer"] + 1, mask=stranger).cast(pa.string())
    customer = pc.binary_join_element_wise("c", number, "")
    date = pa.array(block.world.season.local(orders["at"])).cast(pa.timestamp("s"))
    columns = {
        "order": pa.array(orders["id"][row]),
        "customer": customer.take(pa.array(row)),
        "date": date.cast(pa.string()).take(pa.array(row)),
        "amount": _decimal(amount[kept] if lines else of_orders, exponent(config.currency)),
    }
    if lines:
        product = block.lines["product"][kept] + 1
        columns["product"] = pc.binary_join_element_wise("p", pa.array(product).cast(pa.string()), "")
        columns["quantity"] = pa.array(block.lines["quantity"][kept])
    return pa.table(columns)


def _decimal(minor: Ints, digits: int) -> pa.Array:
    """Minor units as decimals with ``digits`` after the point, written exactly."""
    import pyarrow as pa

    pair = np.stack([minor, minor >> 63], axis=1)  # low and high half of 128 bits
    return pa.Array.from_buffers(pa.decimal128(18, digits), len(minor), [None, pa.py_buffer(pair.tobytes())])
