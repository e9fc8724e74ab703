"""Chance that depends on nothing but seed, stream, key and index; and is distributed as it says."""

from __future__ import annotations

import numpy as np
import pytest

from perennial.simulator.draws import Draws, bounds, place

KEYS = np.arange(40_000)


def test_a_draw_depends_on_its_key_alone():
    draws = Draws(1)
    whole = draws.uniform("x", KEYS, 3)
    assert np.array_equal(whole[100:200], Draws(1).uniform("x", KEYS[100:200], 3))
    assert np.array_equal(whole[::-1], draws.uniform("x", KEYS[::-1], 3))
    assert whole[7] == draws.uniform("x", KEYS[7:8], np.asarray([3]))[0]


def test_gamma_depends_on_its_key_alone_though_it_rejects():
    whole = Draws(1).gamma("g", 0.7, KEYS)
    assert np.array_equal(whole[5:6], Draws(1).gamma("g", 0.7, KEYS[5:6]))


@pytest.mark.parametrize("other", [("x", 4, 1), ("y", 3, 1), ("x", 3, 2)])
def test_streams_indexes_and_seeds_are_unrelated(other):
    stream, index, seed = other
    one, two = Draws(1).uniform("x", KEYS, 3), Draws(seed).uniform(stream, KEYS, index)
    # The correlation of independent numbers has a standard error of 1 / sqrt(n).
    assert abs(np.corrcoef(one, two)[0, 1]) < 4.5 / len(KEYS) ** 0.5
    assert not np.any(one == two)


def test_uniform_numbers_fill_the_interval():
    unit = np.sort(Draws(2).uniform("u", KEYS))
    assert unit[0] > 0
    assert unit[-1] < 1
    # Kolmogorov and Smirnov: 1.95 / sqrt(n) is passed once in a thousand.
    steps = np.arange(1, len(unit) + 1) / len(unit)
    assert np.max(np.abs(unit - steps)) < 1.95 / len(unit) ** 0.5


@pytest.mark.parametrize("shape", [0.4, 1.1, 6.0])
def test_gamma_has_its_mean_and_variance(shape):
    drawn = Draws(3).gamma("g", shape, KEYS)
    n = len(KEYS)
    assert abs(drawn.mean() - shape) < 4.5 * (shape / n) ** 0.5
    fourth = 3 * shape**2 + 6 * shape  # central moment of a gamma with scale 1
    assert abs(drawn.var() - shape) < 4.5 * ((fourth - shape**2) / n) ** 0.5


def test_beta_has_its_mean_and_variance():
    a, b, n = 1.2, 5.0, len(KEYS)
    drawn = Draws(4).beta("b", a, b, KEYS)
    mean, variance = a / (a + b), a * b / ((a + b) ** 2 * (a + b + 1))
    assert abs(drawn.mean() - mean) < 4.5 * (variance / n) ** 0.5
    assert drawn.var() == pytest.approx(variance, rel=0.05)


def test_normal_exponential_and_counts_have_their_means():
    draws, n = Draws(5), len(KEYS)
    normal = draws.normal("n", KEYS)
    assert abs(normal.mean()) < 4.5 / n**0.5
    assert abs(normal.var() - 1) < 4.5 * (2 / n) ** 0.5
    assert abs(draws.exponential("e", KEYS).mean() - 1) < 4.5 / n**0.5
    counts = draws.count("c", 1.6, KEYS)
    assert counts.min() == 0
    assert abs(counts.mean() - 1.6) < 4.5 * (1.6 * 2.6 / n) ** 0.5  # a geometric count's variance is m (1 + m)
    assert draws.count("c", 0.0, KEYS).sum() == 0


def test_picks_follow_their_weights():
    weights = [3.0, 0.0, 1.0]
    picked = np.bincount(Draws(6).pick("p", bounds(weights), KEYS), minlength=3)
    assert picked[1] == 0
    assert abs(picked[0] - 0.75 * len(KEYS)) < 4.5 * (0.1875 * len(KEYS)) ** 0.5
    assert place(bounds(weights), np.asarray([0.0, 0.7499, 0.75, 0.9999])).tolist() == [0, 0, 2, 2]
