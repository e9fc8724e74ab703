"""The same seed and configuration make the same store, in blocks of any size, in any process, to the byte."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from perennial.facts.rules.records import Batch
from perennial.simulator.batches import batches
from perennial.simulator.config import Config
from perennial.simulator.store import Store
from perennial.simulator.truth import truth
from tests.simulator.shops import UNTIL, gathered, small, told


def dumped(some: tuple[Batch, ...]) -> dict[str, list[str]]:
    return {kind: [r.model_dump_json() for r in records] for kind, records in gathered(some).items()}


def test_the_same_seed_tells_the_same_bytes():
    again = tuple(batches(small(), records=500))
    assert [batch.model_dump_json() for batch in again] == [batch.model_dump_json() for batch in told()]


def test_another_seed_tells_another_store():
    other = dumped(tuple(batches(small(seed=6))))
    same = dumped(told())
    assert not set(other["orders"]) & set(same["orders"])


@pytest.mark.parametrize("block", [2, 14, 64])
def test_blocks_of_any_size_hold_the_same_records(block):
    other, same = dumped(tuple(batches(small(), block=block))), dumped(told())
    assert {kind: sorted(r) for kind, r in other.items()} == {kind: sorted(r) for kind, r in same.items()}


def test_one_customer_can_be_made_alone():
    store = Store(small())
    whole, alone = store.block(0, 150), store.block(76, 2)
    for name in ("people", "orders", "lines", "back", "parcels", "tickets", "ratings", "sessions", "events"):
        one, all_ = getattr(alone, name), getattr(whole, name)
        pointers = {"row", "order", "from", "session"}
        if name == "people":
            mask = (all_["customer"] == 76) | (all_["customer"] == 77)
        else:
            bits = {"orders": 12, "lines": 16, "back": 16, "parcels": 13, "tickets": 12, "ratings": 12}
            bits |= {"sessions": 16, "events": 22}
            key = all_["line" if name == "back" else "id"]
            mask = (key >> bits[name] == 77) | (key >> bits[name] == 78)
        assert mask.any() or name in ("back", "tickets", "ratings")
        for column in one.keys() - pointers:
            assert np.array_equal(one[column], all_[column][mask]), (name, column)
    assert alone.persons == whole.persons[76:78]


def test_a_block_is_even_and_not_empty():
    for size in (0, 1, 7):
        with pytest.raises(ValueError, match="even number"):
            list(Store(small()).blocks(size))


def test_another_process_tells_the_same_bytes():
    code = (
        "import hashlib\n"
        "from perennial.simulator.batches import batches\n"
        "from tests.simulator.shops import small\n"
        "told = ''.join(b.model_dump_json() for b in batches(small(), records=500))\n"
        "print(hashlib.sha256(told.encode()).hexdigest())"
    )
    told_here = hashlib.sha256("".join(b.model_dump_json() for b in told()).encode()).hexdigest()
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=root,
        env={**os.environ, "PYTHONHASHSEED": "77", "TZ": "Asia/Tokyo", "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == told_here


def test_truth_is_the_same_in_blocks_of_any_size():
    assert list(truth(small(), block=6)) == list(truth(small()))


def test_memory_holds_one_block_whatever_the_size_of_the_store():
    def peak(customers: int) -> int:
        config = Config(customers=customers, until=UNTIL, months=12, products=24, behaviour=False)
        tracemalloc.start()
        try:
            count = sum(len(batch.orders) for batch in batches(config, block=50, records=200))
            return tracemalloc.get_traced_memory()[1] if count > customers / 2 else 0
        finally:
            tracemalloc.stop()

    few, many = peak(100), peak(500)
    assert 0 < many < 1.3 * few


def test_parts_left_out_change_nothing_else():
    lean = gathered(tuple(batches(small(behaviour=False, service=False))))
    full = gathered(told())
    for kind in ("customers", "consents", "orders", "refunds", "fulfilments", "products", "spend", "rates"):
        assert lean[kind] == full[kind]
    assert not any(lean[kind] for kind in ("behaviour", "sightings", "carts", "tickets", "ratings"))


@pytest.mark.parametrize(
    "wrong",
    [
        {"customers": 0},
        {"until": UNTIL.replace(tzinfo=None)},
        {"months": 0},
        {"zone": "Mars/Olympus"},
        {"currency": "euro"},
        {"guests": 1.2},
        {"products": 3},
    ],
)
def test_a_configuration_that_makes_no_store_is_refused(wrong):
    with pytest.raises(ValueError, match=r"not|no "):
        small(**wrong)


def test_the_smallest_store_and_one_without_a_second_currency():
    kinds = gathered(tuple(batches(small(customers=1, second_currency=None, months=1))))
    assert len(kinds["customers"]) <= 1
    assert not kinds["rates"]
    foreign = gathered(tuple(batches(small(customers=40, second_currency=None, behaviour=False))))
    assert {order.currency for order in foreign["orders"]} == {"EUR"}
