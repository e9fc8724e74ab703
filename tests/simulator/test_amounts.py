"""Conversion, sharing and tax against exact decimals."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perennial.simulator.lines import RATE_SCALE, converted, shared_out, taxed

amounts = st.lists(st.integers(0, 10**9), min_size=1, max_size=9)
rates = st.integers(1, 50_000)


@pytest.mark.parametrize(("amount", "rate", "result"), [(5, 5_000, 2), (15, 5_000, 8), (7, 10_000, 7), (1, 15_000, 2)])
def test_halves_go_to_the_even_unit(amount, rate, result):
    assert converted(np.asarray([amount]), np.asarray([rate])).tolist() == [result]


@given(amounts, rates)
def test_conversion_is_that_of_decimals(values, rate):
    exact = [(Decimal(value) * rate / RATE_SCALE).to_integral_value(ROUND_HALF_EVEN) for value in values]
    assert converted(np.asarray(values), np.full(len(values), rate)).tolist() == exact


@given(st.lists(st.tuples(amounts, rates | st.just(RATE_SCALE)), min_size=1, max_size=5))
def test_lines_add_up_to_their_converted_order(orders):
    amount = np.asarray([value for values, _ in orders for value in values])
    rate = np.asarray([rate for values, rate in orders for _ in values])
    order = np.asarray([place for place, (values, _) in enumerate(orders) for _ in values])
    shared = shared_out(amount, rate, order)
    for place, (values, one) in enumerate(orders):
        total = (Decimal(sum(values)) * one / RATE_SCALE).to_integral_value(ROUND_HALF_EVEN)
        assert shared[order == place].sum() == total
    assert np.all(np.abs(shared * RATE_SCALE - amount * rate) < RATE_SCALE)


def test_the_missing_unit_goes_to_the_largest_remainder_then_to_the_earlier_line():
    rate, order = np.full(3, 15_000), np.zeros(3, np.int64)
    assert shared_out(np.asarray([1, 1, 2]), rate, order).tolist() == [2, 1, 3]
    assert shared_out(np.asarray([1, 3, 2]), np.full(3, 14_000), order).tolist() == [1, 4, 3]


@given(st.integers(0, 10**9), st.sampled_from([0, 40, 100, 210, 220]))
def test_tax_is_rounded_half_up(amount, rate):
    def up(value: Decimal) -> int:
        return int(value.to_integral_value(ROUND_HALF_UP))

    share = Decimal(rate) / 1_000
    assert taxed(np.asarray([amount]), rate, included=False).tolist() == [up(amount * share)]
    assert taxed(np.asarray([amount]), rate, included=True).tolist() == [up(amount * share / (1 + share))]
