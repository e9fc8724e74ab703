"""Made-up customers of a known model: true lives, for tests of the models and for `lab`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from perennial.insight.clv.grouped import DAYS_PER_WEEK
from perennial.insight.clv.model import PurchaseModel
from perennial.insight.clv.numerics import Floats


@dataclass(frozen=True, eq=False)
class SimulatedLives:
    """Customers with their truth, and their repeat orders. Times are ages: 0 is the customer's first order.

    - ``age`` (T): of each customer at the cut; the lives go on to ``horizon`` beyond;
    - ``rate``: the true rate of orders; ``left_at``: the true age of leaving (inf: not by the end of the horizon);
    - ``customer``, ``at``: a repeat order a row, of which customer and at what age; by customer, then age.
    """

    age: Floats
    horizon: float
    rate: Floats
    left_at: Floats
    customer: NDArray[np.intp]
    at: Floats

    @property
    def alive(self) -> NDArray[np.bool_]:
        """Who truly still is a customer at the cut."""
        return self.left_at > self.age

    def history(self, *, unit_days: float = DAYS_PER_WEEK, whole_days: bool = False) -> tuple[Floats, Floats, Floats]:
        """x, t_x, T at the cut, a customer a row, for `perennial.insight.clv.grouped.group`.

        ``whole_days``: as a shop's calendar would tell it: an order counts on the day that ends at or after it (in
        units of ``unit_days`` days; ages then should be whole days), those of one day are one, T is the last whole day.
        """
        customer, at = self._seen(unit_days, whole_days=whole_days)
        cut = np.floor(self.age * unit_days + 1e-9) / unit_days if whole_days else self.age
        before = at <= cut[customer]
        x = np.bincount(customer[before], minlength=cut.size).astype(float)
        t_x = np.zeros_like(cut)
        np.maximum.at(t_x, customer[before], at[before])
        return x, t_x, cut

    def future(self, t: float | None = None, *, unit_days: float = DAYS_PER_WEEK, whole_days: bool = False) -> Floats:
        """True orders of each customer in (T, T + t], by default to the horizon; see `history` for ``whole_days``."""
        t = self.horizon if t is None else t
        if not 0 <= t <= self.horizon:
            raise ValueError(f"lives were drawn to {self.horizon:g} beyond the cut, not to {t:g}")
        customer, at = self._seen(unit_days, whole_days=whole_days)
        cut = self.age[customer]
        return np.bincount(customer[(at > cut) & (at <= cut + t)], minlength=self.age.size).astype(float)

    def _seen(self, unit_days: float, *, whole_days: bool) -> tuple[NDArray[np.intp], Floats]:
        if not whole_days or self.at.size == 0:
            return self.customer, self.at
        day = np.ceil(self.at * unit_days - 1e-9)
        first = np.ones(day.size, dtype=bool)
        first[1:] = (self.customer[1:] != self.customer[:-1]) | (day[1:] != day[:-1])
        return self.customer[first], np.maximum(day[first], 1.0) / unit_days


def simulate(model: PurchaseModel, age: ArrayLike, *, horizon: float, rng: np.random.Generator) -> SimulatedLives:
    """Draw true lives: a customer for each of ``age`` (how long ago its first order was at the cut).

    Ages that differ are customers born at different times: ``rng.uniform(27, 39, customers)`` is a quarter's intake, 39
    weeks after the first. Times in the unit of the model's parameters. Raises `ValueError` for a negative age.
    """
    ages = np.asarray(age, dtype=float).ravel()
    if np.any(~(np.isfinite(ages) & (ages >= 0))) or not (np.isfinite(horizon) and horizon >= 0):
        raise ValueError("ages and the horizon must be times >= 0")
    lives = model.draw_lives(rng, ages.size)
    end = ages + horizon
    until = np.minimum(end, lives.leaves_at)
    count = rng.poisson(lives.rate * until)
    customer = np.repeat(np.arange(ages.size), count)
    at = rng.random(customer.size) * until[customer]
    order = np.lexsort((at, customer))
    at = at[order]
    start = np.cumsum(count) - count
    nth = np.arange(at.size) - start[customer] + 1
    kept = nth <= lives.orders_before_leaving[customer]
    # Who left after so many orders left at the last of them; after none, at once.
    left_at = lives.leaves_at.copy()
    last = nth == lives.orders_before_leaving[customer]
    left_at[customer[last]] = at[last]
    left_at[lives.orders_before_leaving <= 0] = 0.0
    left_at[left_at > end] = np.inf
    return SimulatedLives(ages, horizon, lives.rate, left_at, customer[kept], at[kept])
