"""Leaving after an order: each time with a probability p of the customer's own, Beta(a, b) over customers.

Shared by BG/NBD (the first toss of the coin follows the first repeat order) and MBG/NBD (it follows the very first
order). Who survived k tosses and is still there has p from Beta(a, b + k), independent of the rate. What they do next:

- orders would come as N, negative binomial (r + x, alpha + T); they stop at the G-th, geometric in p: Y = min(N, G), so

      P(Y >= n) = P(N >= n) P(G >= n),   P(G >= n) = E[(1 - p)^(n - 1)]

- E[Y] = E_p[(1 - (1 + z p)^-r') / p] and E[Y (Y - 1)] = E_p[2 (1 - p) / p^2 P(N_zp >= 2)], with z = t / (alpha + T).

The closed forms of the papers (by 2F1, divided by a - 1) are these expectations; they lose all digits as a -> 0,
b -> infinity and as a -> 1. Here the expectation over p is a trapezoid sum in y = logit(p), where the integrand is
analytic within +-i pi/2 of the real line and falls exponentially: the error falls like e^(-pi^2 / step). Where a < 1
most of the mass of p lies at 0, so the *shortfall* from the value there is summed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from perennial.insight.clv.grouped import Grouped
from perennial.insight.clv.model import Alive, Lives, PurchaseModel
from perennial.insight.clv.nbd import rate_terms
from perennial.insight.clv.numerics import (
    Floats,
    digamma_rise,
    legendre,
    log_rising,
    negative_binomial,
    negative_binomial_at_least,
)

_NODES = 112
_RANGE = 32.0  # nats below the peak at which the sum over logit(p) ends
_CHUNK = 512


@dataclass(frozen=True)
class GeometricDropOut(PurchaseModel):
    """``r``, ``alpha`` (a time), ``a``, ``b``. See the module and `PurchaseModel`."""

    a: float
    b: float

    # Coins tossed before the first repeat order.
    tosses_at_start: ClassVar[int]

    def likelihood_and_gradient(self, rows: Grouped) -> tuple[Floats, Floats]:
        """See `PurchaseModel`. With k tosses survived (x, or x + 1):

        ln L = ln L of NBD + ln B(a, b + k) - ln B(a, b) + ln(1 + [k > 0] W), W the odds of having left at t_x,
        W = a / (b + k - 1) ((alpha + T) / (alpha + t_x))^(r + x).
        """
        r, alpha, a, b = self.r, self.alpha, self.a, self.b
        x, t_x, age = rows.frequency, rows.age_at_last_order, rows.age
        log, by_r, by_alpha = rate_terms(r, alpha, rows)
        levels, which = rows.levels
        k = levels + self.tosses_at_start
        odds, longer = self._log_odds(x, t_x, age)
        left = special.expit(odds)
        log = log + (log_rising(b, k) - log_rising(a + b, k))[which] + np.logaddexp(0.0, odds)
        by_r = by_r + r * left * longer
        by_alpha = by_alpha - left * alpha * (r + x) * (age - t_x) / ((alpha + age) * (alpha + t_x))
        both = digamma_rise(a + b, k)
        by_a = left - (a * both)[which]
        by_b = (b * (digamma_rise(b, k) - both))[which]
        by_b = by_b - left * np.where(k > 0, b / np.where(k > 0, b + k - 1.0, 1.0), 0.0)[which]
        return log, np.stack([by_r, by_alpha, by_a, by_b], axis=1)

    def _log_odds(self, x: Floats, t_x: Floats, age: Floats) -> tuple[Floats, Floats]:
        """ln of the odds of having left (-inf where no coin was tossed), and ln((alpha + T) / (alpha + t_x))."""
        k = x + self.tosses_at_start
        longer = np.log1p((age - t_x) / (self.alpha + t_x))
        odds = np.log(self.a) - np.log(np.where(k > 0, self.b + k - 1.0, 1.0)) + (self.r + x) * longer
        return np.where(k > 0, odds, -np.inf), longer

    def probability_alive(self, x: ArrayLike, t_x: ArrayLike, age: ArrayLike, *, seen_from: ArrayLike = 0.0) -> Floats:
        """See `PurchaseModel`; ``seen_from`` is not used (see `Grouped`)."""
        x, t_x, age, _ = np.broadcast_arrays(*(np.asarray(v, dtype=float) for v in (x, t_x, age, seen_from)))
        return np.asarray(special.expit(-self._log_odds(x, t_x, age)[0]))

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
        """See `PurchaseModel`: min(N, G) of those who still are customers."""
        alive = self.probability_alive(x, t_x, age, seen_from=seen_from)
        t, x, age, alive = np.broadcast_arrays(*(np.asarray(v, dtype=float) for v in (t, x, age, alive)))
        orders = rng.poisson(rng.gamma(self.r + x) / (self.alpha + age) * t)
        until = _geometric(rng, rng.beta(self.a, self.b + x + self.tosses_at_start))
        return np.where(rng.random(alive.shape) < alive, np.minimum(orders, until), 0.0)

    def draw_lives(self, rng: np.random.Generator, customers: int) -> Lives:
        """See `PurchaseModel`."""
        rate = rng.gamma(self.r, size=customers) / self.alpha
        until = _geometric(rng, rng.beta(self.a, self.b, size=customers)) - self.tosses_at_start
        return Lives(rate, np.full(customers, np.inf), until)

    def _leaving(self, alive: Alive) -> Floats:
        return self.b + alive.x + self.tosses_at_start

    def _mean_if_alive(self, t: Floats, alive: Alive) -> Floats:
        r, alpha = self._posterior(alive)
        z = t / alpha
        return r * z * _by_chunks(_share_of_orders, self.a, self._leaving(alive), r, z)

    def _pairs_if_alive(self, t: Floats, alive: Alive) -> Floats:
        r, alpha = self._posterior(alive)
        z, b = t / alpha, self._leaving(alive)
        return r * (r + 1.0) * z * z * b / (self.a + b) * _by_chunks(_share_of_pairs, self.a, b, r, z)

    def _any_if_alive(self, t: Floats, alive: Alive) -> Floats:
        r, alpha = self._posterior(alive)
        return np.asarray(-np.expm1(-r * np.log1p(t / alpha)))

    def _exactly_if_alive(self, n: Floats, t: Floats, alive: Alive) -> Floats:
        r, alpha = self._posterior(alive)
        z, b = t / alpha, self._leaving(alive)
        before = np.maximum(n - 1.0, 0.0)
        reach = np.exp(log_rising(b, before) - log_rising(self.a + b, before))  # P(G >= n)
        stop = np.where(n > 0, self.a / (self.a + b + before), 0.0)  # P(G = n | G >= n)
        return reach * (negative_binomial(n, r, z) + stop * negative_binomial_at_least(n + 1.0, r, z))

    def _discounted_if_alive(self, t: Floats, alive: Alive, rate: float) -> Floats:
        """By parts: e^(-rate t) E[Y(t)] + rate times the integral of e^(-rate u) E[Y(u)], in v = ln(1 + u / alpha')."""
        _, alpha = self._posterior(alive)
        end = np.minimum(t, 45.0 / rate) if rate > 0 else t
        if rate == 0:
            return self._mean_if_alive(t, alive)
        total = np.exp(-rate * end) * self._mean_if_alive(end, alive)
        length = np.log1p(end / alpha)
        for node, weight in zip(*legendre(40), strict=True):
            u = alpha * np.expm1(node * length)
            total = total + rate * weight * length * (alpha + u) * np.exp(-rate * u) * self._mean_if_alive(u, alive)
        return np.asarray(total)


def _geometric(rng: np.random.Generator, p: Floats) -> Floats:
    """The number of tosses up to the first success, inf for p = 0; numpy's own overflows for small p."""
    with np.errstate(divide="ignore"):
        return np.floor(rng.standard_exponential(p.shape) / -np.log1p(-p)) + 1.0


def _share_of_orders(a: float, b: Floats, r: Floats, z: Floats) -> Floats:
    """E[Y] as a share of r z, what it would be if nobody left: E_p of k(p) = (1 - (1 + z p)^-r) / (r z p)."""
    p, q, weight = _logit_nodes(a, b)
    rz = r * z

    def k(p: Floats) -> Floats:
        return np.asarray(-np.expm1(-r * np.log1p(z * p)) / (rz * p))

    at_one = k(np.ones_like(b))
    if a < 1.0:
        return np.asarray((b + a * at_one) / (a + b) - np.sum(weight * (q + at_one * p - k(p)), axis=0))
    return np.asarray(a / (a + b) * at_one + np.sum(weight * (k(p) - at_one * p), axis=0))


def _share_of_pairs(a: float, b: Floats, r: Floats, z: Floats) -> Floats:
    """E of k2(p) = 2 P(N_zp >= 2) / (r (r + 1) (z p)^2) over Beta(a, b + 1): 1 if nobody left."""
    p, q, weight = _logit_nodes(a, b)
    tilted = weight * q * (a + b) / b
    w = z * p
    rw = (r + 1.0) * w
    few = rw < 0.1
    with np.errstate(over="ignore", invalid="ignore"):
        direct = 2.0 * (1.0 - (1.0 + rw) * np.exp(-(r + 1.0) * np.log1p(w))) / (r * (r + 1.0) * w * w)
    near, term = np.ones_like(w), np.ones_like(w)
    for j in range(1, 9):  # 2F1(r + 2, 2; 3; -w)
        term = np.where(few, term * -(r + 1.0 + j) * w / j, 0.0)
        near = near + term * 2.0 / (j + 2.0)
    k2 = np.where(few, near, direct)
    return np.asarray(1.0 - np.sum(tilted * (1.0 - k2), axis=0) if a < 1.0 else np.sum(tilted * k2, axis=0))


def _logit_nodes(a: float, b: Floats) -> tuple[Floats, Floats, Floats]:
    """Points p, 1 - p, and weights (nodes, rows) so that sum(weight f(p)) = E f(p) over Beta(a, b).

    For f that vanish like p at 0 where a < 1, and like 1 - p at 1: the sum reaches over all where the density times
    these is within e^-32 of its peak.
    """
    left = a + 1.0 if a < 1.0 else a
    right = b + 1.0
    peak = np.log(left / right)
    top = left * peak - (left + right) * np.logaddexp(0.0, peak) - _RANGE
    low, high = top / left, -top / right
    for _ in range(12):  # Newton from outside on a concave function: stays outside
        low = low - _above(low, left, right, top)
        high = high - _above(high, left, right, top)
    step = (high - low) / (_NODES - 1)
    y = low + np.arange(_NODES)[:, None] * step
    log_q = -np.log1p(np.exp(y))
    log_p = y + log_q
    weight = np.exp(a * log_p + b * log_q + (np.log(step) - _log_beta(a, b)))
    return np.exp(log_p), np.exp(log_q), np.asarray(weight)


def _above(y: Floats, left: float, right: Floats, top: Floats) -> Floats:
    """Newton's step to where the log-density of logit(p), but for its constant, is ``top``."""
    value = left * y - (left + right) * np.logaddexp(0.0, y) - top
    return np.asarray(value / (left - (left + right) * special.expit(y)))


def _log_beta(a: float, b: Floats) -> Floats:
    """ln B(a, b) = ln Gamma(a) - (ln Gamma(a + b) - ln Gamma(b)), without cancellation for large b."""
    return np.asarray(special.gammaln(a) - log_rising(b, a))


def _by_chunks(
    what: Callable[[float, Floats, Floats, Floats], Floats], a: float, b: Floats, r: Floats, z: Floats
) -> Floats:
    """Row by row over what fits the cache; rows with no time ahead keep the share 1."""
    out = np.ones_like(z)
    rows = np.flatnonzero(z > 0)
    for start in range(0, rows.size, _CHUNK):
        some = rows[start : start + _CHUNK]
        out[some] = what(a, b[some], r[some], z[some])
    return out
