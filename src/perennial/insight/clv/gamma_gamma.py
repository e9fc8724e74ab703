"""Gamma-Gamma (Colombo and Jiang, 1999; Fader and Hardie, 2013): what an order of a customer is worth.

Orders of one customer are Gamma(p, nu), nu is Gamma(q, gamma) over customers; worth and number of orders are taken as
independent. Of a customer whose x orders were worth m on average:

    ln L = ln Gamma(px + q) - ln Gamma(px) - ln Gamma(q) - q ln(1 + xm / gamma) - px ln(1 + gamma / (xm)) - ln m

Money in any unit, the same throughout (major units of one currency keep gamma readable); profit or revenue, as given.
An order must be worth more than 0: a purchase occasion is a day with positive net spend.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from perennial.insight.clv.numerics import Floats, digamma_rise, distinct, log_rising
from perennial.insight.clv.parameters import Parameters


@dataclass(frozen=True, eq=False)
class Spend:
    """Customers and what their orders were worth, a row each.

    ``orders`` (x > 0): how many orders are averaged (by custom the *repeat* occasions: the first is often unlike the
    others); ``average`` (m > 0): their mean worth; ``weight``: customers of the row. Raises `ValueError` otherwise.
    """

    orders: Floats
    average: Floats
    weight: Floats

    def __post_init__(self) -> None:
        for name in ("orders", "average", "weight"):
            values = np.ascontiguousarray(getattr(self, name), dtype=float)
            object.__setattr__(self, name, values)
            if values.shape != (np.size(self.orders),):
                raise ValueError(f"columns of one length are needed: {name} has the shape {values.shape}")
            wrong = ~(np.isfinite(values) & (values > 0))
            if np.any(wrong):
                row = int(np.argmax(wrong))
                raise ValueError(f"{name} must be positive: row {row} has {values[row]:g}")

    @classmethod
    def of(cls, orders: ArrayLike, average: ArrayLike) -> Spend:
        """Of one customer a row; those without an order in the average (x = 0) are left out."""
        x, m = np.asarray(orders, dtype=float), np.asarray(average, dtype=float)
        kept = x != 0
        return cls(x[kept], m[kept], np.ones(int(kept.sum())))

    @property
    def customers(self) -> float:
        """How many customers the rows stand for."""
        return float(self.weight.sum())

    @cached_property
    def levels(self) -> tuple[Floats, NDArray[np.intp]]:
        """The distinct numbers of orders, and which of them each row has."""
        (levels,), which = distinct(self.orders)
        return levels, which

    @cached_property
    def log_average(self) -> Floats:
        """ln m."""
        return np.log(self.average)


@dataclass(frozen=True)
class GammaGamma(Parameters):
    """``p``, ``q``, ``gamma`` (money): the mean worth of an order is p gamma / (q - 1). See the module."""

    p: float
    q: float
    gamma: float

    name: ClassVar[str] = "gamma_gamma"

    def likelihood_and_gradient(self, spend: Spend) -> tuple[Floats, Floats]:
        """Log-likelihood of one customer of each row; derivatives in ln p, ln q, ln gamma (rows, 3)."""
        p, q, gamma = self.p, self.q, self.gamma
        levels, which = spend.levels
        x, total = spend.orders, spend.orders * spend.average
        more, less = np.log1p(total / gamma), np.log1p(gamma / total)
        log = (log_rising(p * levels, q) - special.gammaln(q))[which] - q * more - p * x * less - spend.log_average
        by_p = p * ((levels * digamma_rise(p * levels, q))[which] - x * less)
        by_q = q * ((special.digamma(p * levels + q) - special.digamma(q))[which] - more)
        by_gamma = (q * total - p * x * gamma) / (gamma + total)
        return log, np.stack([by_p, by_q, by_gamma], axis=1)

    def log_likelihood(self, spend: Spend) -> Floats:
        """Log-likelihood of one customer of each row."""
        return self.likelihood_and_gradient(spend)[0]

    @property
    def expected_average_profit(self) -> float:
        """Of a customer nothing is known of: p gamma / (q - 1), infinite for q <= 1."""
        return self.p * self.gamma / (self.q - 1.0) if self.q > 1.0 else float("inf")

    def conditional_expected_average_profit(self, x: ArrayLike, average: ArrayLike) -> Floats:
        """Expected worth of an order of a customer whose ``x`` orders were worth ``average`` each (x = 0: any average).

        p (gamma + x m) / (p x + q - 1): between the customer's own average and that of all.
        """
        x, total = _seen(x, average)
        return np.asarray(self._expected(x, total))

    def _expected(self, x: Floats, total: Floats) -> Floats:
        below = self.p * x + self.q - 1.0
        return np.where(below > 0, self.p * (self.gamma + total) / np.where(below > 0, below, 1.0), np.inf)

    def conditional_variance(self, x: ArrayLike, average: ArrayLike) -> Floats:
        """Variance of the customer's *true* mean worth of an order, given what was seen; infinite for p x + q <= 2."""
        x, total = _seen(x, average)
        shape = self.p * x + self.q
        finite = shape > 2.0
        safe = np.where(finite, shape, 3.0)
        return np.where(finite, (self.p * (self.gamma + total) / (safe - 1.0)) ** 2 / (safe - 2.0), np.inf)

    def draw(self, rng: np.random.Generator, orders: ArrayLike, x: ArrayLike, average: ArrayLike) -> Floats:
        """One draw per customer of what ``orders`` further orders are worth in sum (0 for none)."""
        x, total = _seen(x, average)
        n, x, total = np.broadcast_arrays(np.asarray(orders, dtype=float), x, total)
        nu = rng.gamma(self.p * x + self.q) / (self.gamma + total)
        return np.where(n > 0, rng.gamma(self.p * np.maximum(n, 1.0)) / nu, 0.0)


def _seen(x: ArrayLike, average: ArrayLike) -> tuple[Floats, Floats]:
    """Number of orders and their worth in sum; an average is asked of those with orders alone."""
    x, m = np.broadcast_arrays(np.asarray(x, dtype=float), np.asarray(average, dtype=float))
    if np.any(~(np.isfinite(x) & (x >= 0))):
        raise ValueError("the number of orders averaged must be >= 0")
    if np.any((x > 0) & ~(np.isfinite(m) & (m > 0))):
        raise ValueError("the average worth of an order must be positive where there are orders")
    return x, np.where(x > 0, x * np.where(x > 0, m, 0.0), 0.0)
