"""What must not matter does not: grouping, units, order of rows, where the search begins, saving and loading."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from perennial.insight.clv import fit as fitting
from perennial.insight.clv.bg_nbd import BgNbd
from perennial.insight.clv.fit import fit, fit_spend
from perennial.insight.clv.fitted import from_json, purchases_from_json
from perennial.insight.clv.gamma_gamma import Spend
from perennial.insight.clv.grouped import Grouped, compress, group
from perennial.insight.clv.mbg_nbd import MbgNbd
from perennial.insight.clv.nbd import Nbd
from perennial.insight.clv.pareto_nbd import ParetoNbd
from perennial.insight.clv.simulate import simulate

TRUTHS = [
    Nbd(0.4, 12.0),
    BgNbd(0.25, 4.5, 0.8, 2.4),
    MbgNbd(0.6, 7.0, 0.8, 1.3),
    ParetoNbd(0.6, 11.0, 0.55, 9.0),
]


def history(truth, customers=3000, seed=1):
    """A made-up store's histories on a grid of days."""
    rng = np.random.default_rng(seed)
    lives = simulate(truth, rng.integers(180, 273, customers) / 7, horizon=0.0, rng=rng)
    return lives.history(whole_days=True)


def every_row(x, t_x, age) -> Grouped:
    return Grouped(x, t_x, age, np.ones(x.size))


def test_groups_hold_what_was_put_in():
    columns = history(TRUTHS[3])
    rows, which = group(*columns)
    assert len(rows) < 3000
    assert rows.customers == 3000
    for grouped, column in zip((rows.frequency, rows.age_at_last_order, rows.age), columns, strict=True):
        assert np.array_equal(grouped[which], column)
    again, _ = group(rows.frequency, rows.age_at_last_order, rows.age, weight=rows.weight)
    assert np.array_equal(again.weight, rows.weight)
    assert len(group([], [], [])[0]) == 0


@pytest.mark.parametrize("truth", TRUTHS, ids=str)
def test_grouping_changes_nothing(truth):
    columns = history(truth)
    grouped, single = fit(type(truth), group(*columns)[0]), fit(type(truth), every_row(*columns))
    assert grouped.log_likelihood == pytest.approx(single.log_likelihood, rel=1e-12)
    assert grouped.model.log_parameters == pytest.approx(single.model.log_parameters, abs=2e-5)
    shuffled = np.random.default_rng(0).permutation(3000)
    again = fit(type(truth), every_row(*(column[shuffled] for column in columns)))
    assert again.model.log_parameters == pytest.approx(single.model.log_parameters, abs=2e-5)


@pytest.mark.parametrize("truth", TRUTHS, ids=str)
def test_days_for_weeks_shift_the_likelihood_and_nothing_else(truth):
    """Trap: by -sum(x) ln 7; times are sevenfold, shapes the same."""
    weeks, _ = group(*history(truth))
    days = weeks.in_units_of(1.0)
    assert days.age == pytest.approx(weeks.age * 7)
    one, other = fit(type(truth), weeks), fit(type(truth), days)
    orders = float(weeks.weight @ weeks.frequency)
    assert other.log_likelihood == pytest.approx(one.log_likelihood - orders * math.log(7), abs=1e-4)
    assert (one.unit_days, other.unit_days) == (7, 1)
    for name, value in one.model.parameters.items():
        assert other.model.parameters[name] == pytest.approx(value * (7 if name in truth.times else 1), rel=1e-4)


@pytest.mark.parametrize("truth", TRUTHS, ids=str)
def test_the_last_parameters_are_a_good_start(truth):
    rows, _ = group(*history(truth))
    cold = fit(type(truth), rows)
    warm = fit(type(truth), rows, start=cold.model)
    assert warm.iterations < cold.iterations
    assert warm.model.log_parameters == pytest.approx(cold.model.log_parameters, abs=1e-5)
    far = fit(type(truth), rows, start=type(truth).of_logs(cold.model.log_parameters + 3.0))
    assert far.log_likelihood == pytest.approx(cold.log_likelihood, abs=1e-3)
    other = next(one for one in TRUTHS if type(one) is not type(truth))
    assert fit(type(truth), rows, start=other).model == cold.model  # of another kind: not used


@pytest.mark.parametrize("truth", TRUTHS[1:], ids=str)
def test_many_rows_are_fitted_on_few_and_finished_on_all(truth, monkeypatch):
    rows, _ = group(*history(truth, customers=40_000))
    whole = fit(type(truth), rows)
    monkeypatch.setattr(fitting, "COMPRESS_FROM", 1000)
    monkeypatch.setattr(fitting, "compress", lambda table: compress(table, at_most=5000))
    few = compress(rows, at_most=5000)
    assert len(few) < len(rows) / 2
    assert few.customers == pytest.approx(40_000)
    assert few.weight @ few.frequency == pytest.approx(rows.weight @ rows.frequency)
    quick = fit(type(truth), rows)
    errors = np.sqrt(np.diag(whole.covariance))
    assert np.all(np.abs(quick.model.log_parameters - whole.model.log_parameters) < 5e-3 * errors)
    assert quick.log_likelihood == pytest.approx(whole.log_likelihood, abs=1e-3)
    assert np.sqrt(np.diag(quick.covariance)) == pytest.approx(errors, rel=0.06)
    assert [note.code for note in quick.notes] == ["compressed"]


@pytest.mark.parametrize("truth", TRUTHS, ids=str)
def test_saved_and_loaded(truth):
    fitted = fit(type(truth), group(*history(truth))[0])
    again = purchases_from_json(fitted.to_json())
    assert (again.model, again.asked, again.notes) == (fitted.model, fitted.asked, fitted.notes)
    assert np.array_equal(again.covariance, fitted.covariance)
    assert again.to_json() == fitted.to_json()
    assert json.loads(fitted.to_json())["schema"] == 1


def test_a_fall_back_is_saved_and_loaded():
    fitted = fit(BgNbd, Grouped([0], [0], [10], [30]))
    again = purchases_from_json(fitted.to_json())
    assert again.fell_back
    assert again.notes == fitted.notes
    assert np.all(np.isnan(again.covariance))


def test_what_is_no_fitted_model_is_refused():
    spend = fit_spend(Spend.of([1, 2, 5, 3.0], [10.0, 12.0, 30.0, 11.0]))
    assert from_json(spend.to_json()).model == spend.model
    with pytest.raises(ValueError, match="no model of purchases"):
        purchases_from_json(spend.to_json())
    with pytest.raises(ValueError, match="schema 2"):
        from_json('{"schema": 2}')
    for text in ("{}", "[]", '{"schema": 1, "model": "none"}', "nonsense"):
        with pytest.raises(ValueError):  # noqa: PT011 - json's own message for what is no JSON
            from_json(text)


def test_spend_in_cents_is_spend_in_euros():
    rng = np.random.default_rng(4)
    x = rng.integers(1, 9, 4000).astype(float)
    average = rng.gamma(6.0 * x) / x / (rng.gamma(3.7, size=x.size) / 15.0)
    euros, cents = fit_spend(Spend.of(x, average)), fit_spend(Spend.of(x, average * 100))
    assert cents.model.gamma == pytest.approx(100 * euros.model.gamma, rel=1e-4)
    assert (cents.model.p, cents.model.q) == pytest.approx((euros.model.p, euros.model.q), rel=1e-4)
    assert cents.log_likelihood == pytest.approx(euros.log_likelihood - 4000 * math.log(100), abs=1e-3)
    off = [
        (v - t) / e
        for v, t, e in zip(
            euros.model.parameters.values(), (6.0, 3.7, 15.0), euros.standard_errors.values(), strict=True
        )
    ]
    assert all(abs(z) < 3.5 for z in off)


def test_parameters_drawn_have_the_covariance_found():
    fitted = fit(ParetoNbd, group(*history(TRUTHS[3]))[0])
    logs = np.array([model.log_parameters for model in fitted.draw_models(np.random.default_rng(0), 4000)])
    assert logs.mean(axis=0) == pytest.approx(fitted.model.log_parameters, abs=0.03)
    assert np.std(logs, axis=0) == pytest.approx(np.sqrt(np.diag(fitted.covariance)), rel=0.06)
    vague = fit(BgNbd, Grouped([0], [0], [10], [30]))
    assert {model.r for model in vague.draw_models(np.random.default_rng(0), 3)} == {vague.model.parameters["r"]}


def test_parameters_drawn_along_a_ridge_stay_on_it():
    """Seven customers fit a ridge of r and alpha: their ratio is known, they are not."""
    rows, _ = group([3, 4, 3, 4, 5, 4, 3], [9.5, 9, 8, 9, 9, 9, 8], [10.0] * 7)
    fitted = fit(ParetoNbd, rows)
    for model in fitted.draw_models(np.random.default_rng(0), 50):
        assert np.all(np.abs(model.log_parameters - fitted.model.log_parameters) <= 3 + 1e-9)
        ahead = model.conditional_expected_purchases(10.0, rows.frequency, rows.age_at_last_order, rows.age)
        assert np.all(np.isfinite(ahead))
        assert ahead.sum() < 200
