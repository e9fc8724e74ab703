"""Beside made-up customers of known truth: what is expected is what happens, with the spread that is told."""

from __future__ import annotations

import numpy as np
import pytest

from perennial.insight.clv.bg_nbd import BgNbd
from perennial.insight.clv.fit import fit
from perennial.insight.clv.gamma_gamma import GammaGamma
from perennial.insight.clv.grouped import group
from perennial.insight.clv.mbg_nbd import MbgNbd
from perennial.insight.clv.nbd import Nbd
from perennial.insight.clv.pareto_nbd import ParetoNbd
from perennial.insight.clv.simulate import simulate

TRUTHS = [
    Nbd(0.4, 12.0),
    BgNbd(0.25, 4.5, 0.8, 2.4),
    BgNbd(1.5, 3.0, 2.0, 3.0),
    MbgNbd(0.6, 7.0, 0.8, 1.3),
    ParetoNbd(0.6, 11.0, 0.55, 9.0),
    ParetoNbd(2.0, 4.0, 3.0, 60.0),
]
CUSTOMERS = 60_000


def lives_of(truth, customers=CUSTOMERS, seed=7):
    rng = np.random.default_rng(seed)
    return simulate(truth, rng.uniform(26.0, 39.0, customers), horizon=26.0, rng=rng)


@pytest.mark.parametrize("truth", TRUTHS, ids=str)
def test_what_is_expected_happens(truth):
    """Of all, and of each of ten groups by what was expected: means, variances, P(alive), P(an order)."""
    lives = lives_of(truth)
    history = lives.history()
    later = lives.future()
    mean = truth.conditional_expected_purchases(26.0, *history)
    variance = truth.conditional_variance(26.0, *history)
    alive = truth.probability_alive(*history)
    within = truth.probability_of_order_within(13.0, *history)
    soon = lives.future(13.0) > 0
    for some in (np.arange(CUSTOMERS), *np.array_split(np.argsort(mean), 10)):
        error = np.sqrt(variance[some].sum())
        assert abs(later[some].sum() - mean[some].sum()) < 4.5 * error
        for told, true in ((alive, lives.alive), (within, soon)):
            spread = np.sqrt(np.sum(told[some] * (1 - told[some])))
            assert abs(told[some].sum() - true[some].sum()) <= 4.5 * spread + 1e-6
        if mean[some].sum() > 100:  # fewer orders do not show their spread
            squares = (later[some] - mean[some]) ** 2
            noise = np.sqrt(np.sum((squares - variance[some]) ** 2))
            assert abs(squares.sum() - variance[some].sum()) < 5 * noise


@pytest.mark.parametrize("truth", TRUTHS, ids=str)
def test_the_new_customers_first_half_year(truth):
    lives = simulate(truth, np.full(CUSTOMERS, 26.0), horizon=0.0, rng=np.random.default_rng(2))
    x, _, _ = lives.history()
    error = np.sqrt(float(truth.conditional_variance(26.0, 0, 0, 0)) / CUSTOMERS)
    assert x.mean() == pytest.approx(float(truth.expected_purchases(26.0)), abs=4.5 * error)
    for n in (0, 1, 2, 5):
        told = float(truth.probability_of_n(n, 26.0))
        assert np.mean(x == n) == pytest.approx(told, abs=4.5 * np.sqrt(told / CUSTOMERS))


@pytest.mark.parametrize("truth", TRUTHS, ids=str)
def test_draws_have_the_mean_and_the_variance_told(truth):
    rng = np.random.default_rng(11)
    for history in ((0, 0.0, 30.0), (3, 20.0, 39.0), (12, 38.5, 39.0)):
        many = np.full(CUSTOMERS, 26.0)
        drawn = truth.draw(rng, many, *history)
        mean = float(truth.conditional_expected_purchases(26.0, *history))
        variance = float(truth.conditional_variance(26.0, *history))
        assert drawn.mean() == pytest.approx(mean, abs=4.5 * np.sqrt(variance / CUSTOMERS))
        noise = np.std((drawn - mean) ** 2) / np.sqrt(CUSTOMERS)
        assert np.mean((drawn - mean) ** 2) == pytest.approx(variance, abs=5 * noise)
        told = truth.probability_of_n(np.arange(4), 26.0, *history)
        seen = np.array([np.mean(drawn == n) for n in range(4)])
        assert np.all(np.abs(seen - told) < 4.5 * np.sqrt(told / CUSTOMERS) + 1e-9)


@pytest.mark.parametrize("truth", TRUTHS, ids=str)
def test_fits_find_the_truth_again(truth):
    fitted = fit(type(truth), group(*lives_of(truth, 20_000).history())[0])
    assert not fitted.fell_back
    step = fitted.model.log_parameters - truth.log_parameters
    distance = float(step @ np.linalg.solve(fitted.covariance, step))
    assert distance < 25  # chi-square of 4 degrees: five in a hundred thousand


@pytest.mark.parametrize("model", [BgNbd, MbgNbd, ParetoNbd])
def test_where_truly_nobody_leaves_the_forecast_is_right(model):
    truth = Nbd(0.8, 10.0)
    lives = lives_of(truth, 8000)
    fitted = fit(model, group(*lives.history())[0])
    expected = fitted.model.conditional_expected_purchases(26.0, *lives.history())
    assert expected.sum() == pytest.approx(lives.future().sum(), rel=0.05)


def test_lives_hold_together():
    for truth in TRUTHS:
        lives = lives_of(truth, 4000)
        assert np.all(lives.at <= lives.left_at[lives.customer])
        assert np.all(lives.at <= lives.age[lives.customer] + 26)
        assert np.all(np.diff(lives.customer) >= 0)
        x, t_x, age = lives.history()
        assert np.array_equal(age, lives.age)
        total = np.bincount(lives.customer, minlength=4000)
        assert np.array_equal(x + lives.future(), total)
        group(x, t_x, age)
    assert np.all(lives_of(TRUTHS[0], 100).alive)
    with pytest.raises(ValueError, match="beyond the cut"):
        lives_of(TRUTHS[0], 10).future(27.0)
    with pytest.raises(ValueError, match="ages"):
        simulate(TRUTHS[0], [-1.0], horizon=1.0, rng=np.random.default_rng(0))


def test_orders_of_one_day_are_one():
    lives = simulate(BgNbd(5.0, 0.5, 0.1, 9.0), np.full(500, 10.0), horizon=5.0, rng=np.random.default_rng(0))
    x, t_x, age = lives.history(whole_days=True)
    exact, _, _ = lives.history()
    assert x.sum() < exact.sum()
    assert x.max() <= 70
    assert np.array_equal(np.rint(t_x * 7) / 7, t_x)
    assert np.all(t_x <= age)
    assert lives.future(whole_days=True).max() <= 35
    group(x, t_x, age)


def test_worth_drawn_has_the_mean_told():
    model = GammaGamma(6.25, 3.74, 15.44)
    rng = np.random.default_rng(1)
    for x, average in ((0, 0.0), (1, 80.0), (20, 30.0)):
        drawn = model.draw(rng, np.full(CUSTOMERS, 3.0), x, average) / 3
        told = float(model.conditional_expected_average_profit(x, average))
        assert drawn.mean() == pytest.approx(told, abs=4.5 * drawn.std() / np.sqrt(CUSTOMERS))
        variance = float(model.conditional_variance(x, average))
        assert np.var(model.draw(rng, np.full(CUSTOMERS, 1e6), x, average) / 1e6) == pytest.approx(variance, rel=0.15)
    assert model.draw(rng, 0, 1, 80.0) == 0
