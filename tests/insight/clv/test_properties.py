"""Whatever the parameters and the history: chances are chances, expectations are finite, and more time is not less."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perennial.insight.clv.bg_nbd import BgNbd
from perennial.insight.clv.fit import fit
from perennial.insight.clv.gamma_gamma import GammaGamma
from perennial.insight.clv.grouped import group
from perennial.insight.clv.mbg_nbd import MbgNbd
from perennial.insight.clv.nbd import Nbd
from perennial.insight.clv.pareto_nbd import ParetoNbd

MODELS = [Nbd, BgNbd, MbgNbd, ParetoNbd]
HORIZONS = np.array([1e-6, 0.01, 1.0, 13.0, 52.0, 520.0, 1e5])


def powers(low: float, high: float) -> st.SearchStrategy[float]:
    return st.floats(low, high).map(lambda e: 10.0**e)


@st.composite
def models(draw) -> Nbd | BgNbd | MbgNbd | ParetoNbd:
    kind = draw(st.sampled_from(MODELS))
    return kind(*(draw(powers(-3, 6) if name in kind.times else powers(-4, 4)) for name in kind.names()))


@st.composite
def histories(draw) -> tuple[float, float, float]:
    x = draw(st.one_of(st.just(0), st.integers(1, 40), st.sampled_from([1000, 10**6])))
    age = draw(powers(-3, 4))
    return float(x), (age * draw(st.floats(1e-3, 1.0)) if x else 0.0), age


@given(models(), histories())
@settings(max_examples=150)
def test_answers_are_chances_and_finite(model, history):
    x, t_x, age = history
    alive = float(model.probability_alive(x, t_x, age))
    assert 0 <= alive <= 1
    within = model.probability_of_order_within(HORIZONS, x, t_x, age)
    assert np.all((within >= 0) & (within <= alive + 1e-9))
    assert np.all(np.diff(within) >= -1e-8)
    ahead = model.conditional_expected_purchases(HORIZONS, x, t_x, age)
    # What would come if nobody ever left.
    most = (model.r + x) / (model.alpha + age) * HORIZONS
    assert np.all(np.isfinite(ahead))
    assert np.all((ahead >= -1e-12 * most) & (ahead <= most * (1 + 1e-9)))
    assert np.all(np.diff(ahead) >= -1e-8 * most[1:])
    assert np.all(ahead >= within * (1 - 1e-6) - 1e-12 * most)
    assert np.all(np.isfinite(model.conditional_variance(HORIZONS, x, t_x, age)))


@given(models(), histories())
@settings(max_examples=100)
def test_likelihoods_and_slopes_are_finite(model, history):
    rows, _ = group(*([value] for value in history))
    log, slope = model.likelihood_and_gradient(rows)
    assert np.all(np.isfinite(log))
    assert np.all(np.isfinite(slope))


@given(models(), histories(), st.sampled_from([0.0027, 0.05]))
@settings(max_examples=60)
def test_discounting_takes_away(model, history, rate):
    year = model.discounted_expected_residual_transactions(rate, *history, horizon=52.0)
    for_ever = model.discounted_expected_residual_transactions(rate, *history)
    plain = model.conditional_expected_purchases(52.0, *history)
    assert np.isfinite(for_ever)
    most = (model.r + history[0]) / (model.alpha + history[2]) * 52
    assert float(year) <= float(plain) * (1 + 1e-6) + 1e-9 * most
    assert float(year) >= float(plain) * np.exp(-rate * 52) * (1 - 1e-6) - 1e-9 * most
    assert float(year) <= float(for_ever) * (1 + 1e-6) + 1e-9 * most


@given(models(), st.floats(0.1, 200.0))
@settings(max_examples=60)
def test_the_chances_of_each_number_are_chances(model, t):
    chances = model.probability_of_n(np.arange(30), t)
    assert np.all((chances >= 0) & (chances <= 1))
    assert chances.sum() <= 1 + 1e-5
    assert float(model.probability_of_order_within(t, 0, 0, 0)) == pytest.approx(1 - chances[0], abs=1e-7)


@given(st.lists(histories().filter(lambda h: h[0] < 1000), min_size=1, max_size=12))
@settings(max_examples=40)
def test_any_few_customers_are_fitted(some):
    rows, _ = group(*zip(*some, strict=True))
    for model in MODELS:
        fitted = fit(model, rows)
        ahead = fitted.model.conditional_expected_purchases(52.0, rows.frequency, rows.age_at_last_order, rows.age)
        assert np.isfinite(fitted.log_likelihood)
        assert np.all(np.isfinite(ahead))


@given(
    st.builds(GammaGamma, powers(-2, 4), powers(-2, 4), powers(-3, 6)),
    st.integers(1, 10**6),
    powers(-2, 8),
)
def test_expected_worth_lies_between_the_own_and_that_of_all(model, x, average):
    everybody = model.expected_average_profit
    own = float(model.conditional_expected_average_profit(x, average))
    shrunk = model.p * x + model.q > 1
    assert (own > 0) if shrunk else np.isinf(own)
    if np.isfinite(everybody):
        assert min(everybody, average) * (1 - 1e-9) <= own <= max(everybody, average) * (1 + 1e-9)
    assert float(model.conditional_expected_average_profit(0, 0)) == pytest.approx(everybody)
