"""Parameters, likelihoods and forecasts that others published, or found with other software, on CDNOW."""

from __future__ import annotations

import math

import numpy as np
import pytest

from perennial.insight.clv.bg_nbd import BgNbd
from perennial.insight.clv.fit import fit, fit_spend
from perennial.insight.clv.gamma_gamma import GammaGamma, Spend
from perennial.insight.clv.mbg_nbd import MbgNbd
from perennial.insight.clv.nbd import Nbd
from perennial.insight.clv.pareto_nbd import ParetoNbd

from .stores import Store, cdnow

MODELS = {"nbd": Nbd, "bg_nbd": BgNbd, "mbg_nbd": MbgNbd, "pareto_nbd": ParetoNbd}
# Digits as printed: Fader, Hardie and Lee (2005) for BG/NBD and Pareto/NBD.
SAMPLE = {
    "nbd": ((".3848", "12.072"), "-9763.66"),
    "bg_nbd": ((".2426", "4.4136", ".7929", "2.4259"), "-9582.429"),
    "mbg_nbd": ((".5248", "6.183", ".8914", "1.614"), "-9582.136"),
    "pareto_nbd": ((".5533", "10.578", ".6062", "11.669"), "-9594.976"),
}
FULL = {
    "bg_nbd": ((".2516", "4.7889", ".7234", "2.1611"), "-95368.44"),
    "mbg_nbd": ((".6371", "7.3103", ".8075", "1.2284"), "-95336.96"),
    "pareto_nbd": ((".5974", "11.5857", ".5222", "8.8278"), "-95415.12"),
}
# Sum of what was expected in weeks 40 to 78, its bias in percent, mean absolute error.
HELD_OUT = {
    ("nbd", True): (2930, 55.7, 1.041),
    ("bg_nbd", True): (1653, -12.2, 0.786),
    ("mbg_nbd", True): (1577, -16.2, 0.765),
    ("pareto_nbd", True): (1666, -11.5, 0.755),
    ("nbd", False): (29008, 47.4, 1.055),
    ("bg_nbd", False): (16874, -14.3, 0.819),
    ("mbg_nbd", False): (15934, -19.1, 0.795),
    ("pareto_nbd", False): (17153, -12.9, 0.794),
}


def as_printed(value: float, text: str) -> bool:
    """Whether ``value`` is printed as ``text`` with its digits."""
    digits = len(text.split(".")[1])
    return float(f"{value:.{digits}f}") == float(text)


@pytest.mark.parametrize("name", SAMPLE)
def test_parameters_of_the_sample(name: str):
    parameters, log_likelihood = SAMPLE[name]
    fitted = fit(MODELS[name], cdnow().rows)
    assert fitted.customers == 2357
    assert fitted.notes == ()
    assert not fitted.fell_back
    told = list(zip(fitted.model.parameters.values(), parameters, strict=True))
    assert [value for value, text in told if not as_printed(value, text)] == []
    assert as_printed(fitted.log_likelihood, log_likelihood)


@pytest.mark.parametrize("name", FULL)
def test_parameters_of_the_full_cohort(name: str):
    parameters, log_likelihood = FULL[name]
    rows = cdnow(sample=False).rows
    assert (len(rows), rows.customers) == (8685, 23570)
    fitted = fit(MODELS[name], rows)
    told = list(zip(fitted.model.parameters.values(), parameters, strict=True))
    assert [value for value, text in told if not as_printed(value, text)] == []
    assert as_printed(fitted.log_likelihood, log_likelihood)


def test_standard_errors():
    errors = fit(ParetoNbd, cdnow().rows).standard_errors
    assert [round(errors[name], 4) for name in ("r", "alpha", "s")] == pytest.approx([0.0476, 0.843, 0.187], abs=5e-4)
    assert errors["beta"] == pytest.approx(6.21, abs=0.005)
    # Others' are posterior standard deviations under vague priors: wider, not another size.
    errors = fit(BgNbd, cdnow().rows).standard_errors
    posterior = {"r": 0.0119, "alpha": 0.362, "a": 0.197, "b": 0.779}
    assert all(0.85 < errors[name] / value < 1.15 for name, value in posterior.items())


def test_the_first_customers_of_the_sample():
    x, t_x, age = (column[:3] for column in cdnow().history)
    assert x.tolist() == [2, 1, 0]
    assert (round(t_x[0], 2), round(age[0], 2), round(t_x[1], 2)) == (30.43, 38.86, 1.71)


def test_values_of_bg_nbd():
    model = BgNbd(0.243, 4.414, 0.793, 2.426)
    assert model.conditional_expected_purchases(39, 2, 30.43, 38.86) == pytest.approx(1.226, abs=5e-4)
    weeks = [0.1429, 1, 3, 31.8571, 32, 78]
    told = [0.0078, 0.0532, 0.1506, 1.0405, 1.0437, 1.8576]
    assert fit(BgNbd, cdnow().rows).model.expected_purchases(weeks) == pytest.approx(told, abs=6e-4)
    assert float(model.probability_of_n(0, 39)) == pytest.approx(0.5737864, abs=5e-8)


def test_values_of_pareto_nbd():
    model = fit(ParetoNbd, cdnow().rows).model
    assert float(model.expected_purchases(52)) == pytest.approx(1.473434, abs=2e-5)
    last = 216 / 7  # printed as 30.86
    assert float(model.conditional_expected_purchases(52, 26, last, 31)) == pytest.approx(25.45647, rel=6e-5)
    assert float(model.probability_alive(26, last, 31)) == pytest.approx(0.997874, abs=2e-6)
    x, t_x, age = [0, 1, 2, 7], [0, 1.71, 30.43, 29.43], 38.86
    assert model.probability_alive(x, t_x, age) == pytest.approx([0.295, 0.168, 0.869, 0.750], abs=6e-4)
    ahead = model.conditional_expected_purchases(39, x, t_x, age)
    assert ahead == pytest.approx([0.107, 0.171, 1.455, 3.712], abs=6e-4)


def test_discounted_residual_transactions():
    x, t_x, age = [0, 1, 7, 9, 1, 7, 14], [0, 30, 35, 40, 77, 70, 77], 77.86
    model = fit(ParetoNbd, cdnow().rows).model
    told = [0.182, 1.431, 0.895, 1.077, 3.125, 14.11, 29.28]
    a_week = math.log(1.15) / 52.0
    assert model.discounted_expected_residual_transactions(a_week, x, t_x, age) == pytest.approx(told, rel=1.2e-3)


def spend_of(store: Store) -> Spend:
    """Trap: one of the full cohort came back for nothing. Worth nothing says nothing of what an order is worth."""
    paid = store.spent > 0
    return Spend.of(store.x[paid], store.spent[paid] / 100)


def test_gamma_gamma_of_the_sample():
    store = cdnow()
    spend = spend_of(store)
    fitted = fit_spend(spend)
    assert fitted.customers == 946
    told = zip(fitted.model.parameters.values(), ("6.2496", "3.7442", "15.4435"), strict=True)
    assert [value for value, text in told if not as_printed(value, text)] == []
    assert as_printed(fitted.log_likelihood, "-4055.918")
    assert as_printed(fitted.model.expected_average_profit, "35.17")
    first = fitted.model.conditional_expected_average_profit(store.x[:10], store.spent[:10] / 100)
    assert first.round(2).tolist() == [24.65, 18.91, 35.17, 35.17, 35.17, 71.46, 18.91, 35.17, 27.28, 35.17]


def test_gamma_gamma_of_the_full_cohort():
    fitted = fit_spend(spend_of(cdnow(sample=False)))
    assert list(fitted.model.parameters.values()) == pytest.approx([6.2754, 3.6244, 14.9837], abs=6e-5)
    assert as_printed(fitted.log_likelihood, "-40763.48")


def test_cohort_value_of_rfm_and_clv():
    """Fader, Hardie and Lee (2005), "RFM and CLV": $1,100,623 at 30 % margin and 15 % a year, $4.404 of one-timers."""
    store = cdnow(sample=False, end="1998-06-30")
    pareto = ParetoNbd(0.563, 12.559, 0.4081, 10.5145)
    spend = GammaGamma(4.683, 4.190, 24.391)
    usual = store.x * store.spent <= 400_000
    assert int((~usual).sum()) == 10
    orders = pareto.discounted_expected_residual_transactions(0.0026877, *store.history)
    averaged = np.where(store.spent > 0, store.x, 0.0)
    value = 0.30 * orders * spend.conditional_expected_average_profit(averaged, store.spent / 100)
    assert int(usual.sum()) == 23560
    assert round(float(value[usual].sum())) == 1_100_623
    once = usual & (store.x == 0)
    assert int(once.sum()) == 12054
    assert as_printed(float(value[once].mean()), "4.404")


@pytest.mark.parametrize(("name", "sample"), HELD_OUT)
def test_held_out_weeks(name: str, sample: bool):
    total, bias, error = HELD_OUT[name, sample]
    store = cdnow(sample=sample)
    assert store.later.sum() == (1882 if sample else 19684)
    expected = fit(MODELS[name], store.rows).model.conditional_expected_purchases(39, *store.history)
    assert round(float(expected.sum())) == total
    assert 100 * (expected.sum() / store.later.sum() - 1) == pytest.approx(bias, abs=0.06)
    assert float(np.abs(expected - store.later).mean()) == pytest.approx(error, abs=6e-4)


@pytest.mark.parametrize(("sample", "bias"), [(True, -14.8), (False, -15.8)])
def test_held_out_spend(sample: bool, bias: float):
    store = cdnow(sample=sample)
    orders = fit(ParetoNbd, store.rows).model.conditional_expected_purchases(39, *store.history)
    spend = fit_spend(spend_of(store)).model
    averaged = np.where(store.spent > 0, store.x, 0.0)
    expected = orders * spend.conditional_expected_average_profit(averaged, store.spent / 100)
    assert 100 * (expected.sum() * 100 / store.later_spent.sum() - 1) == pytest.approx(bias, abs=0.06)
