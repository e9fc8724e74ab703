"""The arithmetic beneath the models, beside quadrature, closed forms where these hold, and differences."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from scipy import integrate, special

from perennial.insight.clv.bg_nbd import BgNbd
from perennial.insight.clv.gamma_gamma import GammaGamma, Spend
from perennial.insight.clv.grouped import group
from perennial.insight.clv.mbg_nbd import MbgNbd
from perennial.insight.clv.nbd import Nbd
from perennial.insight.clv.numerics import discounted, distinct, grown, log_rising
from perennial.insight.clv.pareto_nbd import ParetoNbd
from perennial.insight.clv.power_integral import power_integral

X = np.array([0, 0, 1, 1, 2, 5, 12, 40, 300, 2.0])
T_X = np.array([0, 0, 0.2, 30, 38.9, 21, 38.5, 35, 38.9, 1e-3])
AGE = np.array([39, 0, 39, 31, 39, 39, 38.5, 39, 39, 2e-3])
MODELS = [
    Nbd(0.385, 12.07),
    BgNbd(0.2426, 4.4136, 0.7929, 2.4259),
    BgNbd(3.0, 1.5, 2.5, 0.4),
    MbgNbd(0.5248, 6.183, 0.8914, 1.614),
    MbgNbd(0.05, 60.0, 0.02, 30.0),
    ParetoNbd(0.5533, 10.578, 0.6062, 11.669),
    ParetoNbd(2.0, 8.0, 1.0, 8.0),
    ParetoNbd(0.3, 0.4, 3.5, 90.0),
]


def exactly(z: int, x: int) -> float:
    """ln of z (z + 1) ... (z + x - 1), from the integer product."""
    return math.log(math.prod(range(z, z + x)))


@pytest.mark.parametrize(("z", "x"), [(1, 3), (49, 20), (50, 20), (10**8, 5), (10**15, 40), (3, 500)])
def test_log_rising(z: int, x: int):
    assert float(log_rising(z, x)) == pytest.approx(exactly(z, x), rel=4e-15)


def test_log_rising_is_continuous_where_its_ways_meet():
    below, above = log_rising([50 - 1e-9, 50.0], 7.5)
    assert below == pytest.approx(above, rel=1e-10)


def test_grown():
    for k, length in ((0.7, 3.0), (-2.0, 5.0), (1e-9, 4.0), (0.0, 4.0), (50.0, 1e-8)):
        exact = integrate.quad(lambda v, k=k: math.exp(-k * v), 0, length, epsrel=1e-13)[0]
        assert float(grown(k, length)) == pytest.approx(exact, rel=1e-11)


@pytest.mark.parametrize(
    ("p", "a", "q", "b", "d"),
    [
        (0.55, 10.6, 1.6, 11.7, 39.0),
        (26.6, 41.4, 1.6, 42.5, 0.14),
        (0.01, 0.1, 1.0001, 30.0, 1e4),
        (3.0, 50.0, 1.2, 0.01, 200.0),
        (400.5, 12.0, 1.6, 11.0, 39.0),
        (1e6, 45.0, 2.0, 46.0, 39.0),
        (2.0, 5.0, 800.0, 30.0, 39.0),
        (5.0, 7.0, 5.0, 7.0, 11.0),
        (0.3, 1e-3, 1.5, 1e3, 1e3),
    ],
)
def test_the_integral_of_pareto_nbd_beside_quadrature(p: float, a: float, q: float, b: float, d: float):
    def inside(v: float) -> float:
        u = min(a, b) * math.expm1(v)
        return math.exp(-p * math.log1p(u / a) - q * math.log1p(u / b) + v) * min(a, b)

    steep = (p / a + q / b) * min(a, b)
    end = min(math.log1p(d / min(a, b)), 45 / steep)
    exact = integrate.quad(inside, 0, end, epsabs=0, epsrel=1e-13, limit=400)[0]
    assert math.exp(float(power_integral(p, a, q, b, d).log)) == pytest.approx(exact, rel=1e-10)


def test_the_likelihood_of_pareto_nbd_beside_its_closed_form():
    """Fader and Hardie (2005): a difference of two 2F1, right where these do not cancel; alpha < beta and >."""
    x, t_x, age = np.array([0.0, 1, 2, 7]), np.array([0, 1.71, 30.43, 29.43]), np.full(4, 38.86)
    rows, _ = group(x, t_x, age)
    for r, alpha, s, beta in ((0.55, 10.6, 0.61, 11.7), (0.55, 13.0, 0.61, 9.0), (1.2, 6.0, 2.0, 6.0)):
        high, low = max(alpha, beta), min(alpha, beta)
        second = s + 1 if alpha >= beta else r + rows.frequency
        power = r + s + rows.frequency

        def part(y, high=high, low=low, second=second, power=power):
            return special.hyp2f1(power, second, power + 1, (high - low) / (high + y)) / (high + y) ** power

        a0 = part(rows.age_at_last_order) - part(rows.age)
        stay = (alpha + rows.age) ** -(r + rows.frequency) * (beta + rows.age) ** -s
        log = special.gammaln(r + rows.frequency) - special.gammaln(r) + r * math.log(alpha) + s * math.log(beta)
        closed = log + np.log(stay + s / power * a0)
        assert ParetoNbd(r, alpha, s, beta).log_likelihood(rows) == pytest.approx(closed, rel=1e-11)


def test_discounting_beside_tricomi():
    for s in (0.2, 0.6, 1.0, 2.5, 9.0):
        for kappa in (1e-3, 0.03, 0.5, 4.0):
            closed = special.hyperu(s, s, kappa) * kappa ** (s - 1)
            assert float(discounted(s, kappa, np.inf)) == pytest.approx(closed, rel=1e-9)
    exact = integrate.quad(lambda w: (1 + w) ** -0.6 * math.exp(-0.03 * w), 0, 1.5, epsrel=1e-13)[0]
    assert float(discounted(0.6, 0.03, 1.5)) == pytest.approx(exact, rel=1e-12)


@pytest.mark.parametrize("model", MODELS, ids=str)
def test_gradients_beside_differences(model):
    rows, _ = group(X, T_X, AGE)
    log, slope = model.likelihood_and_gradient(rows)
    assert log.shape == (len(rows),)
    assert slope.shape == (len(rows), len(model.names()))
    for i in range(slope.shape[1]):
        move = np.zeros(slope.shape[1])
        move[i] = 1e-5
        up, down = (type(model).of_logs(model.log_parameters + sign * move) for sign in (1, -1))
        numeric = (up.log_likelihood(rows) - down.log_likelihood(rows)) / 2e-5
        assert slope[:, i] == pytest.approx(numeric, rel=2e-6, abs=2e-6)


def test_gradient_of_gamma_gamma_beside_differences():
    spend = Spend(np.array([1, 2, 50.0, 1e6]), np.array([3.0, 80.0, 35.0, 20.0]), np.ones(4))
    model = GammaGamma(6.25, 3.74, 15.44)
    slope = model.likelihood_and_gradient(spend)[1]
    for i in range(3):
        move = np.zeros(3)
        move[i] = 1e-5
        up, down = (GammaGamma.of_logs(model.log_parameters + sign * move) for sign in (1, -1))
        numeric = (up.log_likelihood(spend) - down.log_likelihood(spend)) / 2e-5
        assert slope[:3, i] == pytest.approx(numeric[:3], rel=1e-6, abs=1e-6)
        assert slope[3, i] == pytest.approx(numeric[3], rel=1e-3, abs=1.0)


def bg_closed_form(model: BgNbd, t: float, x: float, age: float) -> float:
    """Of those alive: equation 10 of Fader, Hardie and Lee (2005) without its denominator."""
    r, alpha, a, b = model.r + x, model.alpha + age, model.a, model.b + x
    tail = (alpha / (alpha + t)) ** r * special.hyp2f1(r, b, a + b - 1, t / (alpha + t))
    return (a + b - 1) / (a - 1) * (1 - tail)


@pytest.mark.parametrize("a", [0.4, 0.7929, 1.7, 12.0])
@pytest.mark.parametrize("b", [0.3, 2.4259, 40.0])
def test_expectations_of_bg_nbd_beside_the_closed_form(a: float, b: float):
    model = BgNbd(0.2426, 4.4136, a, b)
    for t in (1.0, 39.0, 104.0):
        for x, age in ((0, 0.0), (0, 30.0), (7, 39.0)):
            t_x = age if x else 0.0
            alive = float(model.probability_alive(x, t_x, age))
            expected = bg_closed_form(model, t, x, age) * alive
            assert float(model.conditional_expected_purchases(t, x, t_x, age)) == pytest.approx(expected, rel=2e-9)


@pytest.mark.parametrize("model", MODELS, ids=str)
@pytest.mark.parametrize("history", [(0, 0.0, 0.0), (1, 10.0, 39.0), (7, 38.0, 39.0)])
def test_mean_variance_and_chances_agree(model, history):
    """The chances of 0, 1, 2, ... orders add up to 1, and have the mean and the variance that are told."""
    n = np.arange(0, 6000)
    chances = model.probability_of_n(n, 12.0, *history)
    assert chances.sum() == pytest.approx(1.0, abs=1e-8)
    mean = float(model.conditional_expected_purchases(12.0, *history))
    assert chances @ n == pytest.approx(mean, rel=1e-7)
    variance = chances @ (n - mean) ** 2
    assert float(model.conditional_variance(12.0, *history)) == pytest.approx(variance, rel=1e-6)
    assert float(model.probability_of_order_within(12.0, *history)) == pytest.approx(1 - chances[0], abs=1e-10)


@pytest.mark.parametrize("model", MODELS, ids=str)
def test_discounted_orders_are_the_discounted_increments(model):
    history = (2, 30.0, 39.0)
    weeks = np.linspace(0, 52, 20_001)
    ahead = model.conditional_expected_purchases(weeks, *history)
    middle = (weeks[1:] + weeks[:-1]) / 2
    summed = float(np.exp(-0.02 * middle) @ np.diff(ahead))
    told = model.discounted_expected_residual_transactions(0.02, *history, horizon=52.0)
    assert float(told) == pytest.approx(summed, rel=1e-6)
    plain = model.discounted_expected_residual_transactions(0.0, *history, horizon=52.0)
    assert float(plain) == pytest.approx(float(ahead[-1]), rel=1e-9)
    for_ever = model.discounted_expected_residual_transactions(0.02, *history)
    assert float(for_ever) > float(told)


def test_distinct_is_exact():
    rng = np.random.default_rng(2)
    columns = [rng.integers(0, 9, 4000) / 7.0, rng.integers(-3, 4, 4000).astype(float), rng.choice([0.1, 1e300], 4000)]
    kept, which = distinct(*columns)
    assert all(np.array_equal(one[which], column) for one, column in zip(kept, columns, strict=True))
    assert kept[0].size == len(set(zip(*(c.tolist() for c in columns), strict=True)))
    wide = [rng.random(3000) for _ in range(7)]  # more combinations than an integer holds
    kept, which = distinct(*wide)
    assert kept[0].size == 3000
    assert all(np.array_equal(one[which], column) for one, column in zip(kept, wide, strict=True))


def test_a_half_is_a_half():
    """Of a fair coin and a known rate all is known by hand: Y = min(N, G)."""
    model = BgNbd(1e4, 1e4, 1e4, 1e4)
    half = Fraction(1, 2)
    exact = sum(
        half ** (n - 1) * (1 - sum(Fraction(1, math.factorial(k)) for k in range(n)) / Fraction(math.e))
        for n in range(1, 20)
    )
    assert float(model.expected_purchases(1.0)) == pytest.approx(float(exact), rel=2e-4)
