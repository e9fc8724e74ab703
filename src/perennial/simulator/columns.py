"""Blocks of columns: equal-long numpy arrays by name, and the numbers that name things in them.

Instants in columns are whole seconds since 1970-01-01 UTC; `NEVER` stands for "did not happen".
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from perennial.simulator.draws import Array, Bools, Ints

Columns = dict[str, Array]

NEVER = np.iinfo(np.int64).min
# Bits of a number: an order below its customer, a line below its order, a device below its customer.
ORDER_BITS, LINE_BITS, DEVICE_BITS = 12, 4, 6
# Places of a customer's orders: real ones from 0, exchanges of them from here, the till's stranger last.
EXCHANGE, WALK_IN = 2048, 4095


def order_id(customer: Ints, place: Ints) -> Ints:
    """The number of a customer's order (customers count from 0; their own number is one more)."""
    return np.asarray(((customer + 1) << ORDER_BITS) | place)


def length(columns: Columns) -> int:
    """Rows in a block of columns."""
    return len(next(iter(columns.values())))


def take(columns: Columns, rows: Array) -> Columns:
    """The chosen rows (places or a mask) of every column."""
    return {name: column[rows] for name, column in columns.items()}


def concat(parts: Sequence[Columns]) -> Columns:
    """Rows of all parts, in order; all parts have the same columns."""
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def spread(counts: Ints) -> tuple[Ints, Ints]:
    """For rows repeated ``counts`` times: the row each copy comes from, and its place among its copies."""
    row = np.repeat(np.arange(len(counts)), counts)
    first = np.cumsum(counts) - counts
    return row, np.arange(len(row)) - np.repeat(first, counts)


def sums(values: Ints, counts: Ints) -> Ints:
    """Sums of consecutive groups of ``values``, each ``counts`` long; exact."""
    total = np.concatenate([np.zeros(1, np.int64), np.cumsum(values)])
    ends = np.cumsum(counts)
    return np.asarray(total[ends] - total[ends - counts])


def happened(instants: Ints, until: int) -> Ints:
    """``instants`` with those after ``until`` (not known yet) made NEVER."""
    return np.where(instants > until, NEVER, instants)


def known(instants: Ints) -> Bools:
    """Where an instant is one."""
    return np.asarray(instants != NEVER)
