"""Stores of any habits: extreme shares, zones and currencies break neither the books nor the tables."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from perennial.simulator.batches import batches
from perennial.simulator.config import Config, Effects
from perennial.simulator.tables import tables
from perennial.simulator.truth import truth
from tests.simulator.shops import gathered

SHARES = (
    *("second_share", "regular", "prospects", "guests", "households", "subscribers", "walk_ins", "more_lines"),
    *("till", "cancelled", "refunded", "lost", "tickets", "tickets_late", "unanswered", "rated", "gift_cards"),
    "abandoned",
)
share = st.sampled_from([0.0, 0.05, 0.5, 1.0])
habits = st.fixed_dictionaries(dict.fromkeys(SHARES, share))
stores = st.fixed_dictionaries(
    {
        "customers": st.integers(1, 15),
        "seed": st.integers(0, 2**64),
        "months": st.integers(1, 30),
        "until": st.integers(915_148_800, 3_786_912_000).map(lambda at: datetime.fromtimestamp(at, UTC)),
        "zone": st.sampled_from(["Europe/Rome", "Pacific/Chatham", "America/St_Johns", "Africa/Casablanca"]),
        "currency": st.sampled_from(["EUR", "JPY", "KWD"]),
        "second_currency": st.sampled_from([None, "GBP"]),
        "rate_mean": st.sampled_from([0.01, 3.0, 60.0]),
        "rate_shape": st.sampled_from([0.3, 4.0]),
        "products": st.sampled_from([24, 60]),
        "taxes_included": st.booleans(),
        "seasonal": st.booleans(),
        "visits": st.sampled_from([0.0, 2.0]),
        "strangers": st.sampled_from([0.0, 5.0]),
    }
)
EVERYTHING: dict[str, Any] = dict.fromkeys(SHARES, 1.0) | {"prospects": 0.0, "till": 0.0, "cancelled": 0.0}


def size(value: Any) -> int:
    return len(value)


@settings(max_examples=30)
@given(stores, habits)
@example({"customers": 6, "until": datetime(2026, 1, 1, tzinfo=UTC)}, EVERYTHING)
@example({"customers": 6, "until": datetime(2026, 1, 1, tzinfo=UTC)}, dict.fromkeys(SHARES, 0.0))
@example({"customers": 6, "until": datetime(2026, 1, 1, tzinfo=UTC), "effects": Effects(ceiling=0.0)}, {})
def test_any_store_keeps_its_books(store, habits):
    config = Config(**store, **habits)
    kinds = gathered(tuple(batches(config)))
    own = tables(config)
    orders = {order.name: order for order in kinds["orders"]}
    for order in orders.values():
        taxes = 0 if config.taxes_included else order.tax
        assert order.total == sum(line.total for line in order.lines) + order.shipping + taxes >= 0
        assert order.ordered_at <= order.updated_at <= config.until
    for refund in kinds["refunds"]:
        assert 0 < refund.amount <= orders[refund.order].total
    per_order: dict[int, int] = {}
    for line in own["lines"].to_pylist():
        if line["kind"] != "gift_card":
            per_order[line["order_id"]] = per_order.get(line["order_id"], 0) + line["net"]
    for row in own["orders"].to_pylist():
        order = orders[str(row["order_id"])]
        assert abs(per_order.get(row["order_id"], 0) - row["net"]) <= (order.currency != config.currency)
    for part, column in (("orders", "ordered_at"), ("behaviour", "at"), ("tickets", "opened_at")):
        assert own[part].num_rows == size(kinds[part])
        assert own[part][column].null_count == 0
    known = list(truth(config))
    assert size(known) == size(kinds["customers"]) == own["customers"].num_rows
    placed = sum(one.orders for one in known)
    exchanges = sum(refund.kind == "exchange" for refund in kinds["refunds"])
    strangers = sum(order.who.anonymous for order in orders.values())
    assert placed + exchanges + strangers == size(orders)
