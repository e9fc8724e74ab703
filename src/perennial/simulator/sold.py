"""The tables of what was sold and given back, as insight reads them, from the columns of a block.

Conversion is the mirror's: an order's sums each rounded half to even, its lines so that they add up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from perennial.simulator.arrow import local_days, microseconds, of_orders, or_null, words
from perennial.simulator.catalogue import VARIANTS
from perennial.simulator.columns import EXCHANGE, Columns, take
from perennial.simulator.draws import Array
from perennial.simulator.lines import KINDS, REFUNDS, converted, shared_out
from perennial.simulator.store import Block

if TYPE_CHECKING:
    import pyarrow as pa


def orders(block: Block) -> dict[str, Array | pa.Array]:
    """Orders, exchanges and sales to strangers among them."""
    o, config = block.orders, block.world.config
    rate = o["rate"]
    shipping = o["shipping"] - o["shipping_tax"] * config.taxes_included
    renews = (block.people["stages"][o["row"]] == 0) & (o["place"] < EXCHANGE)
    return {
        **of_orders(block),
        "channel": words(("online", "till"), o["till"].astype(np.int64)),
        "source": words([c.key for c in config.channels], block.people["channel"][o["row"]], o["till"]),
        "ordered_at": microseconds(o["at"]),
        "ordered_day": local_days(block, o["at"]),
        "paid_at": microseconds(o["paid_at"]),
        "cancelled_at": microseconds(o["cancelled_at"]),
        **{name: converted(o[name], rate) for name in ("net", "tax", "shipping_tax", "discount", "total")},
        "shipping": converted(shipping, rate),
        "promised_at": microseconds(o["promised_at"]),
        "promised_day": local_days(block, o["promised_at"]),
        "subscription": renews,
    }


def lines(block: Block) -> dict[str, Array | pa.Array]:
    """Lines of all orders."""
    n, row = block.lines, block.lines["order"]
    rate = block.orders["rate"][row]
    missing = n["product"] < 0
    product = n["product"] + 1
    return {
        "line_id": n["id"],
        **of_orders(block, row),
        "ordered_at": microseconds(block.orders["at"])[row],
        "ordered_day": local_days(block, block.orders["at"])[row],
        "kind": words(KINDS, n["kind"]),
        "product_id": or_null(product, missing),
        "variant_id": or_null(product * VARIANTS + n["variant"], missing),
        "quantity": 1_000 * n["quantity"],
        **{name: shared_out(n[name], rate, row) for name in ("net", "tax", "discount")},
        "cost": or_null(converted(np.maximum(n["cost"], 0), rate), n["cost"] < 0),
    }


def refunds(block: Block) -> dict[str, Array | pa.Array]:
    """Refunds made by ``until``: one at most per order, named like it."""
    rows = np.flatnonzero(block.orders["refund"] >= 0)
    o, included = take(block.orders, rows), block.world.config.taxes_included
    shipping = o["back_shipping"] - o["back_shipping_tax"] * included
    amounts: Columns = {
        "net": block.given_back["net"][rows],
        "tax": block.given_back["tax"][rows],
        "shipping": shipping,
        "shipping_tax": o["back_shipping_tax"],
    }
    total = sum(amounts.values(), np.zeros(len(rows), np.int64))
    return {
        "refund_id": o["id"],
        **of_orders(block, rows),
        "kind": words(REFUNDS, o["refund"]),
        "refunded_at": microseconds(o["refunded_at"]),
        "refunded_day": local_days(block, o["refunded_at"]),
        **{name: converted(amount, o["rate"]) for name, amount in amounts.items()},
        "total": converted(total, o["rate"]),
    }


def refund_lines(block: Block) -> dict[str, Array | pa.Array]:
    """What of which line was refunded."""
    back = block.back
    o = {name: block.orders[name][back["order"]] for name in ("id", "refunded_at", "rate")}
    product, unknown = block.lines["product"][back["from"]], block.lines["cost"][back["from"]] < 0
    return {
        "refund_id": o["id"],
        "line_id": back["line"],
        "order_id": o["id"],
        "product_id": or_null(product + 1, product < 0),
        "refunded_at": microseconds(o["refunded_at"]),
        "refunded_day": local_days(block, o["refunded_at"]),
        "quantity": 1_000 * back["quantity"],
        "net": converted(back["net"], o["rate"]),
        "tax": converted(back["tax"], o["rate"]),
        "cost": or_null(converted(back["cost"], o["rate"]), unknown & back["restocked"]),
    }


def fulfilments(block: Block) -> dict[str, Array | pa.Array]:
    """Parcels that left by ``until``."""
    p, config = block.parcels, block.world.config
    promised = block.orders["promised_at"][p["order"]]
    return {
        "fulfilment_id": p["id"],
        **of_orders(block, p["order"]),
        "carrier": words([c.key for c in config.carriers], block.orders["carrier"][p["order"]]),
        "promised_at": microseconds(promised),
        "promised_day": local_days(block, promised),
        "shipped_at": microseconds(p["shipped_at"]),
        "shipped_day": local_days(block, p["shipped_at"]),
        "delivered_at": microseconds(p["delivered_at"]),
        "delivered_day": local_days(block, p["delivered_at"]),
    }
