"""Histories of customers, grouped: what the purchase models are fitted on and asked about.

The whole history of a customer enters these models as three numbers (sufficient statistics): ``frequency`` x, the
purchase occasions *after* the first; ``age_at_last_order`` t_x, from the first occasion to the last (0 where x = 0);
``age`` T, from the first occasion to the end of the window. All occasions of one day are one. Customers of one day with
equal numbers share a row, with ``weight`` n: a store of millions has some hundred thousand rows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from perennial.insight.clv.numerics import Floats, distinct

DAYS_PER_WEEK = 7.0


@dataclass(frozen=True, eq=False)
class Grouped:
    """Rows of equal histories.

    - ``frequency`` (x): repeat purchase occasions, >= 0;
    - ``age_at_last_order`` (t_x), ``age`` (T): in units of ``unit_days`` days (default: weeks), 0 <= t_x <= T;
    - ``weight`` (n): customers of the row, > 0;
    - ``seen_from``: where the log starts in the midst of their lives: the age at which it begins to see them (0: from
      acquisition). The clocks t_x and T then start there, at the first order seen, and x counts from it.

    What ``seen_from`` does: the likelihood of how they were won and what they did before is dropped, and the customer
    is known to be one when first seen. For NBD that changes nothing and is exact; for Pareto/NBD a life that has lasted
    so long is likelier a slow one: beta + seen_from in the place of beta, exact given the age; for
    BG/NBD and MBG/NBD the number of unseen orders would be needed, and the first order seen stands for the first
    (approximate: drop-out is overstated for old customers; fits say so). Not corrected in any: those with an order in
    the log buy more often than those without.

    Raises `ValueError`, naming the first row, for values that are no history.
    """

    frequency: Floats
    age_at_last_order: Floats
    age: Floats
    weight: Floats
    unit_days: float = DAYS_PER_WEEK
    seen_from: Floats | None = field(default=None)

    def __post_init__(self) -> None:
        for name in ("frequency", "age_at_last_order", "age", "weight"):
            object.__setattr__(self, name, np.ascontiguousarray(getattr(self, name), dtype=float))
        if self.seen_from is not None:
            object.__setattr__(self, "seen_from", np.ascontiguousarray(self.seen_from, dtype=float))
        if not (np.isfinite(self.unit_days) and self.unit_days > 0):
            raise ValueError(f"unit_days must be a positive number of days, not {self.unit_days}")
        columns = [self.frequency, self.age_at_last_order, self.age, self.weight]
        columns += [] if self.seen_from is None else [self.seen_from]
        if any(column.shape != (self.frequency.size,) for column in columns):
            raise ValueError(f"columns of one length are needed, not {[column.shape for column in columns]}")
        _refuse(~(np.isfinite(self.weight) & (self.weight > 0)), "weight must be positive", self.weight)
        check_history(self.frequency, self.age_at_last_order, self.age)
        if self.seen_from is not None:
            _refuse(~(np.isfinite(self.seen_from) & (self.seen_from >= 0)), "seen_from must be >= 0", self.seen_from)

    def __len__(self) -> int:
        return self.frequency.size

    @property
    def customers(self) -> float:
        """How many customers the rows stand for."""
        return float(self.weight.sum())

    @property
    def entry(self) -> Floats:
        """``seen_from``, zeros where every life was seen from its beginning."""
        return np.zeros_like(self.age) if self.seen_from is None else self.seen_from

    @cached_property
    def levels(self) -> tuple[Floats, NDArray[np.intp]]:
        """The distinct frequencies, and which of them each row has: what depends on x alone is found once for each."""
        (levels,), which = distinct(self.frequency)
        return levels, which

    def only(self, kept: NDArray[np.bool_]) -> Grouped:
        """The rows marked."""
        seen = None if self.seen_from is None else self.seen_from[kept]
        x, t_x, age, n = (c[kept] for c in (self.frequency, self.age_at_last_order, self.age, self.weight))
        return Grouped(x, t_x, age, n, self.unit_days, seen)

    def in_units_of(self, unit_days: float) -> Grouped:
        """The same histories in units of so many days; shifts a log-likelihood by -sum(n x) ln(unit_days ratio)."""
        k = self.unit_days / unit_days
        seen = None if self.seen_from is None else self.seen_from * k
        return Grouped(self.frequency, self.age_at_last_order * k, self.age * k, self.weight, unit_days, seen)


def group(
    frequency: ArrayLike,
    age_at_last_order: ArrayLike,
    age: ArrayLike,
    *,
    unit_days: float = DAYS_PER_WEEK,
    weight: ArrayLike | None = None,
    seen_from: ArrayLike | None = None,
) -> tuple[Grouped, NDArray[np.intp]]:
    """Group rows (a customer each, or ``weight`` of them): the groups, and for each row the place of its group.

    Exact: only equal histories are put together, so nothing is lost. See `Grouped` for the columns.
    """
    columns = [np.asarray(column, dtype=float).ravel() for column in (frequency, age_at_last_order, age)]
    if seen_from is not None:
        columns.append(np.asarray(seen_from, dtype=float).ravel())
    if len({column.size for column in columns}) != 1:
        raise ValueError(f"columns of one length are needed, not {[column.size for column in columns]}")
    check_history(*columns[:3])
    n = np.ones(columns[0].size) if weight is None else np.asarray(weight, dtype=float).ravel()
    _refuse(~(np.isfinite(n) & (n > 0)), "weight must be positive", n)
    # Ages on a grid of days are found again as whole numbers; the keys serve the sort alone.
    keys = [columns[0], *(_whole(column, unit_days) for column in columns[1:])]
    _, which = distinct(*keys)
    count = int(which.max(initial=-1)) + 1
    first = np.zeros(count, dtype=np.intp)
    first[which[::-1]] = np.arange(which.size - 1, -1, -1)
    kept = [column[first] for column in columns]
    total = np.bincount(which, weights=n, minlength=count).astype(float)
    return Grouped(kept[0], kept[1], kept[2], total, unit_days, kept[3] if seen_from is not None else None), which


def _whole(column: Floats, unit_days: float) -> Floats:
    days = np.rint(column * unit_days)
    return days if np.array_equal(days / unit_days, column) else column


def check_history(x: Floats, t_x: Floats, age: Floats) -> None:
    """Raise `ValueError`, naming the first row, unless every row is a history (see `Grouped`)."""
    _refuse(~(np.isfinite(x) & (x >= 0)), "frequency must be a number >= 0", x)
    _refuse(~(np.isfinite(age) & (age >= 0)), "age must be a number >= 0", age)
    _refuse(~(np.isfinite(t_x) & (t_x >= 0)), "age_at_last_order must be a number >= 0", t_x)
    _refuse(t_x > age, "age_at_last_order must not exceed age", t_x)
    _refuse((x == 0) & (t_x != 0), "age_at_last_order must be 0 where frequency is 0", t_x)
    _refuse((x > 0) & (t_x == 0), "age_at_last_order must be positive where frequency is: one day is one occasion", t_x)


def _refuse(wrong: NDArray[np.bool_], why: str, values: Floats) -> None:
    if np.any(wrong):
        row = int(np.argmax(wrong))
        raise ValueError(f"{why}: row {row} has {values.flat[row]:g}")


def compress(rows: Grouped, *, at_most: int = 20_000) -> Grouped:
    """Fewer rows that stand for the same customers: neighbours are replaced by their weighted mean.

    Frequencies to 7 stay exact and above are binned by an eighth of their size; ages and the time since the last order
    are cut into so many bands that about ``at_most`` rows remain. `fit` goes on from its optimum on all rows, so that
    only the speed, and the second digit of standard errors, depend on it.
    """
    if len(rows) <= at_most:
        return rows
    x, t_x, age, n = rows.frequency, rows.age_at_last_order, rows.age, rows.weight
    level = np.where(x < 8, x, 8 + np.floor(8 * np.log2(np.maximum(x, 8.0) / 8)))
    bands = max(int(np.sqrt(at_most / max(np.unique(level).size, 1) * 2)), 4)
    silence = np.sqrt(age - t_x)  # finer where the last order is near
    cells = [level, _bands(age, bands), _bands(silence, bands), _bands(rows.entry, bands)]
    _, which = distinct(*cells)
    total = np.bincount(which, weights=n).astype(float)
    x, t_x, age, seen = (np.bincount(which, weights=v * n) / total for v in (x, t_x, age, rows.entry))
    t_x = np.minimum(t_x, age)
    return Grouped(x, t_x, age, total, rows.unit_days, None if rows.seen_from is None else seen)


def _bands(values: Floats, bands: int) -> Floats:
    low, high = float(values.min()), float(values.max())
    return np.floor((values - low) / max(high - low, 1e-300) * bands * (1 - 1e-12))
