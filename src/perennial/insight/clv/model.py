"""What every purchase model answers. The models differ in how customers leave; all else is said here once.

Common to all: while someone is a customer, orders come at random at a rate of their own, and rates are
Gamma(r, alpha) over customers. A history (x, t_x, T) then tells two things: how likely the customer still is one, and
what those who are will do; given that they are, it only moves the parameters (r + x, alpha + T, and those of leaving).
So each model says `probability_alive` and a handful of ``_..._if_alive``, and every forecast is one times the other.

Arguments of the questions: ``t`` how far ahead, ``x`` (frequency), ``t_x`` (age_at_last_order), ``age`` (T), arrays or
numbers that broadcast, all times in the unit that the parameters were fitted in; a new customer is (0, 0, 0).
``seen_from``: see `perennial.insight.clv.grouped.Grouped`. Answers are float64 arrays of the broadcast shape.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from perennial.insight.clv.grouped import Grouped, check_history
from perennial.insight.clv.numerics import Floats, distinct
from perennial.insight.clv.parameters import Parameters


class Alive(NamedTuple):
    """Histories of customers who still are: all that counts for what comes next."""

    x: Floats
    age: Floats
    seen_from: Floats


class Lives(NamedTuple):
    """What a simulation draws for each customer: a rate, and either an age or a number of orders to leave at."""

    rate: Floats
    leaves_at: Floats  # inf: never by age
    orders_before_leaving: Floats  # repeat orders; inf: never by number


@dataclass(frozen=True)
class PurchaseModel(Parameters, ABC):
    """Parameters of a model, all positive, and what follows from them."""

    # The parameters that are times: they move with the unit.
    times: ClassVar[frozenset[str]] = frozenset({"alpha"})

    r: float
    alpha: float

    @abstractmethod
    def likelihood_and_gradient(self, rows: Grouped) -> tuple[Floats, Floats]:
        """Log-likelihood of *one* customer of each row, and its derivatives in `log_parameters` (rows, parameters)."""

    def log_likelihood(self, rows: Grouped) -> Floats:
        """Log-likelihood of one customer of each row (times in the rows' unit; `Grouped.in_units_of` on units)."""
        return self.likelihood_and_gradient(rows)[0]

    @abstractmethod
    def probability_alive(self, x: ArrayLike, t_x: ArrayLike, age: ArrayLike, *, seen_from: ArrayLike = 0.0) -> Floats:
        """How likely someone of this history still is a customer now."""

    def expected_purchases(self, t: ArrayLike) -> Floats:
        """Expected repeat orders of a new customer in the first ``t``."""
        return self.conditional_expected_purchases(t, 0.0, 0.0, 0.0)

    def conditional_expected_purchases(
        self, t: ArrayLike, x: ArrayLike, t_x: ArrayLike, age: ArrayLike, *, seen_from: ArrayLike = 0.0
    ) -> Floats:
        """Expected orders in (T, T + t] given the history."""
        return self._asked(self._mean_if_alive, t, (x, t_x, age), seen_from)

    def conditional_variance(
        self, t: ArrayLike, x: ArrayLike, t_x: ArrayLike, age: ArrayLike, *, seen_from: ArrayLike = 0.0
    ) -> Floats:
        """Variance of the number of orders in (T, T + t] given the history (parameters taken as known)."""
        mean = self._asked(self._mean_if_alive, t, (x, t_x, age), seen_from)
        return np.maximum(self._asked(self._pairs_if_alive, t, (x, t_x, age), seen_from) + mean - mean * mean, 0.0)

    def probability_of_order_within(
        self, t: ArrayLike, x: ArrayLike, t_x: ArrayLike, age: ArrayLike, *, seen_from: ArrayLike = 0.0
    ) -> Floats:
        """P(at least one order in (T, T + t] | history)."""
        return np.clip(self._asked(self._any_if_alive, t, (x, t_x, age), seen_from), 0.0, 1.0)

    def probability_of_n(
        self,
        n: ArrayLike,
        t: ArrayLike,
        x: ArrayLike = 0.0,
        t_x: ArrayLike = 0.0,
        age: ArrayLike = 0.0,
        *,
        seen_from: ArrayLike = 0.0,
    ) -> Floats:
        """P(exactly ``n`` orders in (T, T + t] | history); without a history: of a new customer in the first t."""
        x, t_x, age = _history(x, t_x, age)
        n, t, seen = (np.asarray(v, dtype=float) for v in (n, t, seen_from))
        if np.any(~((n >= 0) & (n == np.floor(n)))) or np.any(~(t >= 0)):
            raise ValueError("a number of orders is a whole number >= 0, in a time >= 0")
        alive = self.probability_alive(x, t_x, age, seen_from=seen)
        chance = alive * self._exactly_if_alive(n, t, Alive(x, age, seen))
        return np.clip(chance + np.where(n == 0, 1.0 - alive, 0.0), 0.0, 1.0)

    def discounted_expected_residual_transactions(
        self,
        rate: float,
        x: ArrayLike,
        t_x: ArrayLike,
        age: ArrayLike,
        *,
        horizon: ArrayLike = np.inf,
        seen_from: ArrayLike = 0.0,
    ) -> Floats:
        """Expected orders from now on (for ``horizon``; default for ever), each worth e^(-rate u) when u ahead.

        ``rate`` is continuous, for one unit of time: ln(1 + 15 %) / 52 = .0027 a week for 15 % a year. Fader, Hardie
        and Lee (2005), "RFM and CLV". Raises `ValueError` for a negative rate, or a rate of 0 for ever.
        """
        if not rate >= 0 or (rate == 0 and not np.all(np.isfinite(horizon))):
            raise ValueError(f"the discount rate must be positive, or 0 with a horizon, not {rate}")
        return self._asked(self._discounted_if_alive, horizon, (x, t_x, age), seen_from, rate)

    @abstractmethod
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
        """One draw per history of the number of orders in (T, T + t], from its predictive distribution."""

    @abstractmethod
    def draw_lives(self, rng: np.random.Generator, customers: int) -> Lives:
        """New customers, drawn from the population (see `simulate`)."""

    def _asked(
        self,
        what: Callable[..., Floats],
        t: ArrayLike,
        history: tuple[ArrayLike, ArrayLike, ArrayLike],
        seen_from: ArrayLike,
        *more: Any,
    ) -> Floats:
        """P(alive) times what those alive do; the latter is asked once per distinct (t, x, T): t_x has no part."""
        x, t_x, age = _history(*history)
        t, seen = np.asarray(t, dtype=float), np.asarray(seen_from, dtype=float)
        if np.any(~(t >= 0)):
            raise ValueError("how far ahead must be a time >= 0")
        alive = self.probability_alive(x, t_x, age, seen_from=seen)
        t, x, age, seen = np.broadcast_arrays(t, x, age, seen)
        finite = np.where(np.isfinite(t), t, -1.0)
        (far, xs, ages, seens), which = distinct(finite.ravel(), x.ravel(), age.ravel(), seen.ravel())
        answer = what(np.where(far < 0, np.inf, far), Alive(xs, ages, seens), *more)
        return np.asarray(alive * answer[which].reshape(t.shape))

    def _posterior(self, alive: Alive) -> tuple[Floats, Floats]:
        return self.r + alive.x, self.alpha + alive.age

    @abstractmethod
    def _mean_if_alive(self, t: Floats, alive: Alive) -> Floats: ...

    @abstractmethod
    def _pairs_if_alive(self, t: Floats, alive: Alive) -> Floats:
        """E[Y (Y - 1)]."""

    @abstractmethod
    def _any_if_alive(self, t: Floats, alive: Alive) -> Floats: ...

    @abstractmethod
    def _exactly_if_alive(self, n: Floats, t: Floats, alive: Alive) -> Floats: ...

    @abstractmethod
    def _discounted_if_alive(self, t: Floats, alive: Alive, rate: float) -> Floats: ...


def _history(x: ArrayLike, t_x: ArrayLike, age: ArrayLike) -> tuple[Floats, Floats, Floats]:
    a, b, c = np.broadcast_arrays(*(np.asarray(v, dtype=float) for v in (x, t_x, age)))
    check_history(a, b, c)
    return a, b, c
