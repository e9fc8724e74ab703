"""Pareto/NBD (Schmittlein, Morrison and Colombo, 1987): orders as in NBD; a customer leaves at a random time, at a rate
that is Gamma(s, beta) over customers.

Of one customer (Fader and Hardie, 2005, "A note on deriving the Pareto/NBD", before they solve the integral):

    L = Gamma(r + x) / Gamma(r) alpha^r (alpha + T)^-(r + x) (beta / (beta + T))^s (1 + D)
    D = integral over u in [t_x, T] of s / (beta + u) ((beta + T) / (beta + u))^s ((alpha + T) / (alpha + u))^(r + x)

D is the odds of having left by T against being there: P(alive) = 1 / (1 + D), whatever the size. It is K of
`power_integral` at A = alpha + t_x, B = beta + t_x, p = r + x, q = s + 1, d = T - t_x.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from perennial.insight.clv.grouped import Grouped
from perennial.insight.clv.model import Alive, Lives, PurchaseModel
from perennial.insight.clv.nbd import rate_terms
from perennial.insight.clv.numerics import DECAY, Floats, discounted, grown, legendre, negative_binomial
from perennial.insight.clv.power_integral import power_integral


@dataclass(frozen=True)
class ParetoNbd(PurchaseModel):
    """``r``, ``alpha`` (a time), ``s``, ``beta`` (a time). See the module and `PurchaseModel`."""

    s: float
    beta: float

    name: ClassVar[str] = "pareto_nbd"
    times: ClassVar[frozenset[str]] = frozenset({"alpha", "beta"})

    def likelihood_and_gradient(self, rows: Grouped) -> tuple[Floats, Floats]:
        """See `PurchaseModel`; formula: module, beta + seen_from in the place of beta."""
        r, alpha, s = self.r, self.alpha, self.s
        x, t_x, age = rows.frequency, rows.age_at_last_order, rows.age
        beta = self.beta + rows.entry
        log, by_r, by_alpha = rate_terms(r, alpha, rows)
        d, big_a, big_b, p = age - t_x, alpha + t_x, beta + t_x, r + x
        k = power_integral(p, big_a, s + 1.0, big_b, d, gradient=True)
        slow, fast = np.log1p(d / big_b), np.log1p(d / big_a)
        odds = np.log(s) - np.log(big_b) + s * slow + p * fast + k.log
        left = special.expit(odds)
        log = log - s * np.log1p(age / beta) + np.logaddexp(0.0, odds)
        by_r = by_r + r * left * (fast + k.by_p)
        by_alpha = by_alpha + alpha * left * (k.by_big_a - p * d / (big_a * (big_a + d)))
        by_s = -s * np.log1p(age / beta) + left * (1.0 + s * (slow + k.by_q))
        by_beta = s * age / (beta * (beta + age))
        by_beta = self.beta * (by_beta + left * (k.by_big_b - 1.0 / big_b - s * d / (big_b * (big_b + d))))
        return log, np.stack([by_r, by_alpha, by_s, by_beta], axis=1)

    def probability_alive(self, x: ArrayLike, t_x: ArrayLike, age: ArrayLike, *, seen_from: ArrayLike = 0.0) -> Floats:
        """See `PurchaseModel`."""
        x, t_x, age, seen = np.broadcast_arrays(*(np.asarray(v, dtype=float) for v in (x, t_x, age, seen_from)))
        d, big_a, big_b, p = age - t_x, self.alpha + t_x, self.beta + seen + t_x, self.r + x
        k = power_integral(p, big_a, self.s + 1.0, big_b, d)
        odds = np.log(self.s) - np.log(big_b) + self.s * np.log1p(d / big_b) + p * np.log1p(d / big_a) + k.log
        return np.asarray(special.expit(-odds))

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
        """See `PurchaseModel`: of those who still are customers, orders until they leave or ``t`` has passed."""
        alive = self.probability_alive(x, t_x, age, seen_from=seen_from)
        arrays = (t, x, age, seen_from, alive)
        t, x, age, seen, alive = np.broadcast_arrays(*(np.asarray(v, dtype=float) for v in arrays))
        rate = rng.gamma(self.r + x) / (self.alpha + age)
        leaves = _waiting(rng, rng.gamma(self.s, size=t.shape), self.beta + seen + age)
        orders = rng.poisson(rate * np.minimum(t, leaves))
        return np.where(rng.random(t.shape) < alive, orders, 0.0)

    def draw_lives(self, rng: np.random.Generator, customers: int) -> Lives:
        """See `PurchaseModel`."""
        rate = rng.gamma(self.r, size=customers) / self.alpha
        leaves = _waiting(rng, rng.gamma(self.s, size=customers), np.full(customers, self.beta))
        return Lives(rate, leaves, np.full(customers, np.inf))

    def _beta(self, alive: Alive) -> Floats:
        return self.beta + alive.seen_from + alive.age

    def _mean_if_alive(self, t: Floats, alive: Alive) -> Floats:
        r, alpha = self._posterior(alive)
        beta = self._beta(alive)
        return r / alpha * beta * grown(self.s - 1.0, np.log1p(t / beta))

    def _pairs_if_alive(self, t: Floats, alive: Alive) -> Floats:
        """r' (r' + 1) / alpha'^2 E[min(leaves, t)^2]; the latter summed, for its closed form cancels for small t."""
        r, alpha = self._posterior(alive)
        beta = self._beta(alive)
        length = np.log1p(t / beta)
        if self.s > 2.0:
            length = np.minimum(length, 60.0 / (self.s - 2.0))
        total = np.zeros_like(length)
        for node, weight in zip(*legendre(32), strict=True):
            v = node * length
            total += weight * np.expm1(v) * np.exp(-(self.s - 1.0) * v)
        return r * (r + 1.0) * 2.0 * total * length * (beta / alpha) ** 2

    def _any_if_alive(self, t: Floats, alive: Alive) -> Floats:
        r, alpha = self._posterior(alive)
        return r / alpha * np.exp(power_integral(r + 1.0, alpha, self.s, self._beta(alive), t).log)

    def _exactly_if_alive(self, n: Floats, t: Floats, alive: Alive) -> Floats:
        """n orders and still there at t, or left before after n."""
        r, alpha = self._posterior(alive)
        beta = self._beta(alive)
        none = 1.0 - self._any_if_alive(t, alive)
        arrays = np.broadcast_arrays(np.maximum(n, 1.0), t, r, alpha, self.s, beta)
        stay = negative_binomial(n, r, t / alpha) * np.exp(-self.s * np.log1p(t / beta))
        orders, until, *parameters = (np.ravel(v) for v in arrays)
        leave = _left_after(orders, until, tuple(parameters)).reshape(arrays[0].shape)
        return np.where(n == 0, none, stay + leave)

    def _discounted_if_alive(self, t: Floats, alive: Alive, rate: float) -> Floats:
        r, alpha = self._posterior(alive)
        beta = self._beta(alive)
        return r / alpha * beta * discounted(self.s, rate * beta, t / beta)


def _waiting(rng: np.random.Generator, shape: Floats, scale: Floats) -> Floats:
    """How long until one leaves whose rate is ``shape`` / ``scale``; inf where that is 0."""
    with np.errstate(divide="ignore", over="ignore"):
        return np.asarray(rng.standard_exponential(shape.shape) / (shape / scale))


def _left_after(n: Floats, t: Floats, parameters: tuple[Floats, ...]) -> Floats:
    """P(left within ``t``, after exactly ``n`` >= 1 orders): an integral over the time of leaving u.

    In y = ln u the integrand is log-concave; Gauss-Legendre on panels from where it has risen to within e^-36 of its
    peak to where it has fallen so far, or to ln t.
    """
    r, alpha, s, beta = parameters
    log_alpha, log_beta = np.log(alpha), np.log(beta)

    def height(y: Floats) -> Floats:
        by_order = (n + r) * np.logaddexp(log_alpha, y)
        return np.asarray((n + 1.0) * y - by_order - (s + 1.0) * np.logaddexp(log_beta, y))

    def slope(y: Floats) -> Floats:
        by_order = (n + r) * special.expit(y - log_alpha)
        return np.asarray(n + 1.0 - by_order - (s + 1.0) * special.expit(y - log_beta))

    last = np.log(np.where(t > 0, t, 1.0))
    low, high = np.minimum(last, np.minimum(log_alpha, log_beta)) - 60.0, last
    for _ in range(60):
        middle = (low + high) / 2
        rising = slope(middle) > 0
        low, high = np.where(rising, middle, low), np.where(rising, high, middle)
    top = height(high)
    start = (top - DECAY + (n + r) * log_alpha + (s + 1.0) * log_beta) / (n + 1.0)
    end = last
    for _ in range(30):  # Newton from outside on a concave function: stays outside
        start = start - (height(start) - top + DECAY) / slope(start)
        fallen = height(end) < top - DECAY
        end = np.where(fallen, end - (height(end) - top + DECAY) / np.where(fallen, slope(end), 1.0), end)
    total = np.zeros_like(t)
    panels = 6
    for panel in range(panels):
        for node, weight in zip(*legendre(24), strict=True):
            y = start + (end - start) * (panel + node) / panels
            u = np.exp(y)
            leaving = s / beta * np.exp(y - (s + 1.0) * np.log1p(u / beta))
            total += negative_binomial(n, r, u / alpha) * leaving * weight / panels
    return np.where(t > 0, total * (end - start), 0.0)
