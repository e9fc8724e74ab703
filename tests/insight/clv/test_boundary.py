"""Where a model has nothing to say it falls back to one that has, and says so; what is no history is refused."""

from __future__ import annotations

import math

import numpy as np
import pytest

from perennial.insight.clv.bg_nbd import BgNbd
from perennial.insight.clv.fit import fit, fit_spend
from perennial.insight.clv.gamma_gamma import Spend
from perennial.insight.clv.grouped import Grouped, group
from perennial.insight.clv.mbg_nbd import MbgNbd
from perennial.insight.clv.nbd import Nbd
from perennial.insight.clv.pareto_nbd import ParetoNbd
from perennial.insight.clv.simulate import simulate

from .stores import cdnow, online_retail

LEAVING = [BgNbd, MbgNbd, ParetoNbd]


@pytest.mark.parametrize("model", LEAVING)
def test_online_retail_nobody_leaves(model):
    """3,317 customers, drop-out vanishes: every model is NBD, and says so. It is 24.4 % short: Christmas."""
    store = online_retail()
    assert (store.x.size, store.later.sum()) == (3317, 4806)
    fitted = fit(model, store.rows)
    assert (fitted.fell_back, fitted.asked, fitted.model.name) == (True, model.name, "nbd")
    assert [note.code for note in fitted.notes] == ["drop_out_vanishes"]
    assert list(fitted.model.parameters.values()) == pytest.approx([0.7226, 9.4248], abs=5e-4)
    assert fitted.log_likelihood == pytest.approx(-21755.40, abs=0.06)
    expected = fitted.model.conditional_expected_purchases(100 / 7, *store.history)
    assert round(float(expected.sum())) == 3633
    assert 100 * (expected.sum() / 4806 - 1) == pytest.approx(-24.4, abs=0.05)


@pytest.mark.parametrize("model", LEAVING)
def test_where_nobody_leaves_the_forecast_is_that_of_nbd(model):
    """The closed forms give -14.9 million purchases here, or infinitely many, or take minutes."""
    nbd = Nbd(0.7226, 9.4248)
    x, t_x, age = np.array([0, 1, 3, 40]), np.array([0, 2.0, 30.0, 38.0]), 39.0
    for little, much in ((1e-4, 1e4), (1e-9, 1.0), (1e-12, 1e9)):
        near = model(nbd.r, nbd.alpha, little, much)
        for t in (0.01, 39.0, 520.0):
            expected = nbd.conditional_expected_purchases(t, x, t_x, age)
            assert near.conditional_expected_purchases(t, x, t_x, age) == pytest.approx(expected, rel=2e-3)
            assert near.conditional_variance(t, x, t_x, age) == pytest.approx(
                nbd.conditional_variance(t, x, t_x, age), rel=5e-3
            )


@pytest.mark.parametrize("model", [BgNbd, MbgNbd])
def test_no_special_place_at_a_of_one(model):
    """The closed form divides by a - 1."""
    around = [float(model(0.5, 6.0, a, 2.0).expected_purchases(52.0)) for a in (1 - 1e-9, 1.0, 1 + 1e-9)]
    assert around == pytest.approx([around[1]] * 3, rel=1e-8)


def test_no_special_place_at_s_of_one_nor_at_equal_scales():
    history = ([0, 2, 9], [0, 20.0, 38.5], 39.0)
    for one, other in ((1 - 1e-9, 1 + 1e-9), (1.0, 1.0 + 1e-12)):
        values = [ParetoNbd(0.5, 10.0, s, 10.0).conditional_expected_purchases(52.0, *history) for s in (one, other)]
        assert values[0] == pytest.approx(values[1], rel=1e-8)
    values = [ParetoNbd(0.5, 10.0, 0.6, beta).probability_alive(*history) for beta in (10 - 1e-9, 10.0, 10 + 1e-9)]
    assert values[0] == pytest.approx(values[2], rel=1e-8)
    assert values[1] == pytest.approx(values[2], rel=1e-8)


def test_bg_nbd_takes_every_one_time_buyer_for_a_customer():
    """Trap: its P(alive) is no churn flag. The others know better."""
    age = np.array([1.0, 39.0, 1000.0])
    assert BgNbd(0.24, 4.4, 0.79, 2.4).probability_alive(0, 0, age).tolist() == [1, 1, 1]
    for other in (MbgNbd(0.52, 6.2, 0.89, 1.6), ParetoNbd(0.55, 10.6, 0.61, 11.7)):
        alive = other.probability_alive(0, 0, age)
        assert np.all(np.diff(alive) <= 0)
        assert alive[0] < 1
    pareto = ParetoNbd(0.55, 10.6, 0.61, 11.7).probability_alive(0, 0, age)
    assert pareto[2] < 0.05


@pytest.mark.parametrize("model", [Nbd, *LEAVING])
def test_one_order_each(model):
    fitted = fit(model, Grouped([0, 0], [0, 0], [10, 20], [30, 10]))
    assert [(note.code, note.numbers) for note in fitted.notes] == [("one_order_each", {"customers": 40, "time": 500})]
    year = float(fitted.model.expected_purchases(52.18))
    assert 0 < year < 0.1
    assert fitted.log_likelihood < 0
    assert all(math.isnan(error) for error in fitted.standard_errors.values())


@pytest.mark.parametrize("model", [Nbd, *LEAVING])
def test_a_single_day(model):
    """Nothing was seen: an order a year, and nothing is sure."""
    fitted = fit(model, Grouped([0], [0], [0], [40], unit_days=1.0))
    assert [note.code for note in fitted.notes] == ["single_day"]
    assert fitted.model.name == "nbd"
    assert float(fitted.model.expected_purchases(365.25)) == pytest.approx(1.0)
    assert float(fitted.model.conditional_variance(365.25, 0, 0, 0)) > 2


@pytest.mark.parametrize("model", LEAVING)
def test_fewer_customers_than_parameters(model):
    rows, _ = group([2, 0, 1], [5, 0, 3], [10, 10, 10])
    fitted = fit(model, rows)
    assert [note.code for note in fitted.notes] == ["few_customers"]
    assert fitted.notes[0].numbers == {"customers": 3, "parameters": 4}
    expected = fitted.model.conditional_expected_purchases(10, 2, 5, 10)
    assert 0.5 < float(expected) < 2
    assert fit(Nbd, rows).model.name == "nbd"


@pytest.mark.parametrize("model", [Nbd, *LEAVING])
def test_little_data_is_answered_with_something_finite(model):
    rows, _ = group([3, 0, 1, 0, 0, 7], [5, 0, 3, 0, 0, 8.5], [10, 1, 10, 0, 2, 9])
    fitted = fit(model, rows)
    answer = fitted.model.conditional_expected_purchases(52, rows.frequency, rows.age_at_last_order, rows.age)
    assert np.all(np.isfinite(answer))
    assert np.all(answer >= 0)


def test_customers_who_are_all_alike():
    rng = np.random.default_rng(8)
    x = rng.poisson(4.0, 4000).astype(float)
    rows, _ = group(x, np.where(x > 0, 19.0, 0.0), np.full(4000, 20.0))
    fitted = fit(Nbd, rows)
    assert fitted.model.parameters["r"] / fitted.model.parameters["alpha"] == pytest.approx(x.mean() / 20, rel=1e-3)
    assert "rates_alike" in [note.code for note in fitted.notes] or fitted.model.parameters["r"] > 100


def test_customers_who_all_leave_alike():
    """Drop-out with one rate for all: s and beta run to their bound together, and the fit says so."""
    rng = np.random.default_rng(5)
    lives = simulate(BgNbd(1.0, 5.0, 2000.0, 8000.0), rng.uniform(10, 39, 400), horizon=26.0, rng=rng)
    rows, _ = group(*lives.history())
    fitted = fit(ParetoNbd, rows)
    assert [note.code for note in fitted.notes] == ["drop_out_alike"]
    assert math.isnan(fitted.standard_errors["s"])
    ahead = fitted.model.conditional_expected_purchases(26.0, *lives.history())
    assert ahead.sum() == pytest.approx(lives.future().sum(), rel=0.2)


def test_orders_that_are_very_rare():
    """23 of 20,000 came back: the search must not take so flat a hill for its top."""
    rng = np.random.default_rng(5)
    lives = simulate(Nbd(0.5, 1e4), rng.uniform(10, 39, 20_000), horizon=26.0, rng=rng)
    rows, _ = group(*lives.history())
    model = fit(Nbd, rows).model
    rate = (rows.weight @ rows.frequency) / (rows.weight @ rows.age)
    assert model.parameters["r"] / model.parameters["alpha"] == pytest.approx(rate, rel=0.01)
    best = [Nbd(r, r / rate).log_likelihood(rows) @ rows.weight for r in np.exp(np.linspace(-7, 7, 200))]
    assert model.log_likelihood(rows) @ rows.weight >= max(best) - 1e-3


def test_a_log_that_starts_in_the_midst_of_lives():
    """Seen from age 52 on: Pareto/NBD knows that who is still there leaves slowly, and finds the truth again."""
    truth = ParetoNbd(0.9, 8.0, 1.5, 30.0)
    lives = simulate(truth, np.full(40_000, 91.0), horizon=0.0, rng=np.random.default_rng(3))
    there = lives.left_at > 52
    later = (lives.at > 52) & there[lives.customer]
    x = np.bincount(lives.customer[later], minlength=there.size)[there].astype(float)
    last = np.zeros(there.size)
    np.maximum.at(last, lives.customer[later], lives.at[later])
    t_x = np.where(x > 0, last[there] - 52, 0.0)
    ages, entry = np.full(x.size, 39.0), np.full(x.size, 52.0)
    told = fit(ParetoNbd, group(x, t_x, ages, seen_from=entry)[0])
    off = {k: (v - truth.parameters[k]) / told.standard_errors[k] for k, v in told.model.parameters.items()}
    assert all(abs(z) < 3.5 for z in off.values()), off
    untold = fit(ParetoNbd, group(x, t_x, ages)[0]).model.parameters
    assert untold["beta"] / untold["s"] > 1.5 * truth.beta / truth.s
    alive = lives.alive[there]
    assert told.model.probability_alive(x, t_x, ages, seen_from=entry).mean() == pytest.approx(alive.mean(), abs=0.02)
    for model in (BgNbd, MbgNbd):
        codes = [note.code for note in fit(model, group(x, t_x, ages, seen_from=entry)[0]).notes]
        assert "entry_approximated" in codes
    assert fit(Nbd, group(x, t_x, ages, seen_from=entry)[0]).model == fit(Nbd, group(x, t_x, ages)[0]).model


@pytest.mark.parametrize(
    ("columns", "why"),
    [
        (([np.nan], [0], [1]), "frequency must be a number"),
        (([-1], [0], [1]), "frequency must be a number"),
        (([1], [2], [1]), "must not exceed age"),
        (([1], [np.inf], [np.inf]), "age must be a number"),
        (([1, 0], [1, 1], [2, 2]), "row 1 has 1"),
        (([1], [0], [1]), "one day is one occasion"),
        (([0], [0], [-3]), "age must be a number"),
        (([0, 0], [0], [1, 1]), "one length"),
    ],
)
def test_what_is_no_history_is_refused(columns, why):
    with pytest.raises(ValueError, match=why):
        group(*columns)


def test_other_refusals():
    model = BgNbd(0.24, 4.4, 0.79, 2.4)
    with pytest.raises(ValueError, match="weight must be positive"):
        Grouped([0], [0], [1], [0])
    with pytest.raises(ValueError, match="unit_days"):
        Grouped([0], [0], [1], [1], unit_days=0)
    with pytest.raises(ValueError, match="no customer"):
        fit(BgNbd, Grouped([], [], [], []))
    with pytest.raises(ValueError, match="seen_from"):
        Grouped([0], [0], [1], [1], seen_from=[-1])
    with pytest.raises(ValueError, match="alpha of bg_nbd"):
        BgNbd(0.24, math.nan, 0.79, 2.4)
    with pytest.raises(ValueError, match="how far ahead"):
        model.conditional_expected_purchases(-1, 0, 0, 1)
    with pytest.raises(ValueError, match="must not exceed"):
        model.conditional_expected_purchases(1, 1, 5, 3)
    with pytest.raises(ValueError, match="whole number"):
        model.probability_of_n(1.5, 39.0)
    with pytest.raises(ValueError, match="discount rate"):
        model.discounted_expected_residual_transactions(0.0, 0, 0, 1)


@pytest.mark.parametrize("average", [0.0, -5.0, np.nan, np.inf])
def test_spend_must_be_positive(average):
    """Trap: zero and negative money breaks Gamma-Gamma."""
    with pytest.raises(ValueError, match="average must be positive"):
        Spend.of([1, 2], [3.0, average])
    assert Spend.of([0, 2], [average, 3.0]).customers == 1
    with pytest.raises(ValueError, match="too few"):
        fit_spend(Spend.of([1, 2], [3.0, 4.0]))


def test_spend_that_hardly_has_a_mean():
    rng = np.random.default_rng(5)
    x = rng.integers(1, 6, 20_000).astype(float)
    worth = rng.gamma(3.0 * x) / x / (rng.gamma(0.8, size=x.size) / 10.0)
    fitted = fit_spend(Spend.of(x, worth))
    assert [note.code for note in fitted.notes] == ["spend_heavy_tail"]
    assert np.isfinite(fitted.model.expected_average_profit)
    assert np.isfinite(fitted.log_likelihood)


def test_a_million_orders():
    """One customer with a million orders moves nobody else to nan, nor takes long."""
    x, t_x, age = np.array([1e6, 0, 2]), np.array([38.9, 0, 20.0]), np.array([39.0, 39.0, 39.0])
    for model in (BgNbd(0.24, 4.4, 0.79, 2.4), MbgNbd(0.52, 6.2, 0.89, 1.6), ParetoNbd(0.55, 10.6, 0.61, 11.7)):
        expected = model.conditional_expected_purchases(39.0, x, t_x, age)
        # Lives on a tenth of a week after the last of 25,641 orders a week: it is gone.
        assert np.all(np.isfinite(expected))
        assert expected[0] < 1
        rows, _ = group(x, t_x, age)
        assert np.all(np.isfinite(model.likelihood_and_gradient(rows)[1]))
        now = model.conditional_expected_purchases(39.0, 1e6, 39.0, 39.0)
        assert 0 < float(now) < 1.01e6


@pytest.mark.parametrize("model", [Nbd, *LEAVING])
@pytest.mark.parametrize("times", [300, 10**6])
def test_one_account_that_is_none_moves_nobody_else(model, times):
    """A till's or a dealer's account: left out of what is learned, said so, and forecast by its own orders."""
    store = cdnow()
    alone = fit(model, store.rows)
    history = [np.append(column, value) for column, value in zip(store.history, (times, 38.8, 38.86), strict=True)]
    fitted = fit(model, group(*history)[0])
    assert [(n.code, n.numbers) for n in fitted.notes] == [("left_out", {"customers": 1, "frequency": times})]
    assert fitted.customers == 2357
    assert fitted.model.log_parameters == pytest.approx(alone.model.log_parameters, abs=1e-5)
    # Of a million orders in 39 weeks, 0.06 weeks without one is a long silence.
    ahead = float(fitted.model.conditional_expected_purchases(39.0, *(column[-1] for column in history)))
    assert np.isfinite(ahead)
    assert times > 300 or 100 < ahead < 300
