"""NBD (Ehrenberg, 1959): orders at random at rates that are Gamma(r, alpha) over customers; nobody ever leaves.

With rates integrated out, of the times of the x repeat orders in (0, T]:

    ln L = ln Gamma(r + x) - ln Gamma(r) + r ln(alpha) - (r + x) ln(alpha + T)

What the other models become where drop-out vanishes, so what they fall back to.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from perennial.insight.clv.grouped import Grouped
from perennial.insight.clv.model import Alive, Lives, PurchaseModel
from perennial.insight.clv.numerics import Floats, digamma_rise, log_rising, negative_binomial


def rate_terms(r: float, alpha: float, rows: Grouped) -> tuple[Floats, Floats, Floats]:
    """ln L of NBD and its derivatives in ln r and ln alpha, a value a row."""
    x, age = rows.frequency, rows.age
    levels, which = rows.levels
    longer = np.log1p(age / alpha)
    log = log_rising(r, levels)[which] - (r + x) * longer - x * np.log(alpha)
    by_r = r * (digamma_rise(r, levels)[which] - longer)
    by_alpha = (r * age - alpha * x) / (alpha + age)
    return log, by_r, by_alpha


@dataclass(frozen=True)
class Nbd(PurchaseModel):
    """``r``, ``alpha`` (a time): mean rate r / alpha. See the module and `PurchaseModel`."""

    name: ClassVar[str] = "nbd"

    def likelihood_and_gradient(self, rows: Grouped) -> tuple[Floats, Floats]:
        """See `PurchaseModel`; formula: module."""
        log, *by = rate_terms(self.r, self.alpha, rows)
        return log, np.stack(by, axis=1)

    def probability_alive(self, x: ArrayLike, t_x: ArrayLike, age: ArrayLike, *, seen_from: ArrayLike = 0.0) -> Floats:
        """1: nobody ever leaves."""
        return np.ones(np.broadcast_shapes(*(np.shape(v) for v in (x, t_x, age, seen_from))))

    def draw(
        self,
        rng: np.random.Generator,
        t: ArrayLike,
        x: ArrayLike,
        t_x: ArrayLike,
        age: ArrayLike,
        *,
        seen_from: ArrayLike = 0.0,
    ) -> Floats:
        """See `PurchaseModel`."""
        arrays = (t, x, age, t_x, seen_from)
        t, x, age, _, _ = np.broadcast_arrays(*(np.asarray(v, dtype=float) for v in arrays))
        rate = rng.gamma(self.r + x) / (self.alpha + age)
        return np.asarray(rng.poisson(rate * t), dtype=float)

    def draw_lives(self, rng: np.random.Generator, customers: int) -> Lives:
        """See `PurchaseModel`."""
        never = np.full(customers, np.inf)
        return Lives(rng.gamma(self.r, size=customers) / self.alpha, never, never)

    def _mean_if_alive(self, t: Floats, alive: Alive) -> Floats:
        r, alpha = self._posterior(alive)
        return r * t / alpha

    def _pairs_if_alive(self, t: Floats, alive: Alive) -> Floats:
        r, alpha = self._posterior(alive)
        return r * (r + 1.0) * (t / alpha) ** 2

    def _any_if_alive(self, t: Floats, alive: Alive) -> Floats:
        r, alpha = self._posterior(alive)
        return np.asarray(-np.expm1(-r * np.log1p(t / alpha)))

    def _exactly_if_alive(self, n: Floats, t: Floats, alive: Alive) -> Floats:
        r, alpha = self._posterior(alive)
        return negative_binomial(n, r, t / alpha)

    def _discounted_if_alive(self, t: Floats, alive: Alive, rate: float) -> Floats:
        r, alpha = self._posterior(alive)
        if rate == 0:
            return r * t / alpha
        return np.asarray(r / alpha * -np.expm1(-rate * t) / rate)
