"""The store behaves as its hidden truth says. Tolerances are 4.5 standard errors: 1 in 150,000 runs by chance."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest

from perennial.simulator.columns import EXCHANGE, NEVER, known
from perennial.simulator.config import CARRIERS, CHANNELS, Config, Effects
from perennial.simulator.season import YEAR_MS
from perennial.simulator.store import Block, Store
from perennial.simulator.truth import columns, truth
from tests.simulator.shops import UNTIL, small

Z = 4.5


@lru_cache
def block(config: Config) -> Block:
    return Store(config).block(0, config.customers)


def store(**changes: object) -> Block:
    return block(Config(**{"customers": 12_000, "until": UNTIL, "seed": 11} | changes))  # type: ignore[arg-type]


def test_rates_are_gamma_mixed():
    config = store().world.config
    rate = store().people["rate"]
    n, mean, shape = len(rate), config.rate_mean, config.rate_shape
    variance = mean**2 / shape
    assert abs(rate.mean() - mean) < Z * (variance / n) ** 0.5
    fourth = variance**2 * (3 + 6 / shape)
    assert abs(rate.var() - variance) < Z * ((fourth - variance**2) / n) ** 0.5


def test_irregular_customers_who_never_leave_are_poisson():
    """Orders after the first: their number has mean and variance of rate x operational time left."""
    b = store(effects=Effects(ceiling=0.0), regular=0.0, subscribers=0.0, rate_shape=3.0)
    o, season = b.orders, b.world.season
    o = {name: column[o["place"] < EXCHANGE] for name, column in o.items()}
    first = o["place"] == 0
    years = (season.span - season.even(o["at"][first])) / YEAR_MS
    expected = years * b.people["rate"][o["row"][first]]
    seen = np.bincount(o["row"], minlength=len(b.people["rate"]))[o["row"][first]] - 1
    assert abs(seen.sum() - expected.sum()) < Z * expected.sum() ** 0.5
    spread = ((seen - expected) ** 2 - expected).sum()
    assert abs(spread) < Z * (2 * expected**2 + expected).sum() ** 0.5
    assert not columns(b)["dropped"].max() > NEVER


def test_regular_customers_keep_a_rhythm():
    """Gaps of Erlang with six stages: coefficient of variation 1 / sqrt(6), of irregular ones 1."""
    b = store(effects=Effects(ceiling=0.0), subscribers=0.0, seasonal=False, rate_mean=20.0, rate_shape=30.0)
    o = b.orders
    later = (o["place"] > 0) & (o["place"] < 8) & (b.people["won"][o["row"]] < b.world.season.until - 365 * 86_400)
    gap = (o["gap"] / 86_400 * b.people["rate"][o["row"]])[later]
    regular = (b.people["stages"] > 1)[o["row"]][later]
    assert gap[regular].std() / gap[regular].mean() == pytest.approx(6**-0.5, rel=0.03)
    assert gap[~regular].std() / gap[~regular].mean() == pytest.approx(1.0, rel=0.03)


def test_customers_leave_at_their_hazard():
    o = store().orders
    real = o["place"] < EXCHANGE
    left, hazard = o["left"][real], o["hazard"][real]
    assert abs(left.sum() - hazard.sum()) < Z * (hazard * (1 - hazard)).sum() ** 0.5
    # Nobody orders after leaving.
    last = np.zeros(len(left), np.bool_)
    last[np.flatnonzero(np.diff(o["row"][real], append=-1))] = True
    assert not np.any(left & ~last)


PLAIN = {
    "dropout_a": 300.0,
    "dropout_b": 2_700.0,
    "channels": tuple(replace(channel, dropout=1.0) for channel in CHANNELS),
    "carriers": tuple(replace(carrier, late=0.3) for carrier in CARRIERS),
    "customers": 25_000,
}


def ratio(bad: np.ndarray, left: np.ndarray) -> tuple[float, float]:
    """Log of the ratio of shares that left after a bad order and a good one; its standard error (delta method)."""
    shares = [(left[mask].mean(), mask.sum()) for mask in (bad, ~bad)]
    error = sum((1 - p) / (n * p) for p, n in shares) ** 0.5
    return float(np.log(shares[0][0] / shares[1][0])), float(error)


def test_late_deliveries_raise_leaving_by_their_multiplier_as_seen_from_outside():
    """From what tables and truth say: after which orders did no other come because the customer had left."""
    b = store(**PLAIN, refunded=0.0, unanswered=0.0, lost=0.0)
    o, found = b.orders, columns(b)
    last = found["orders"][o["row"]] == o["place"] + 1
    left = last & known(found["dropped"])[o["row"]]
    # The first order's product has an effect of its own; the newest experiences are not over yet.
    chosen = (o["place"] > 0) & (o["place"] < EXCHANGE) & (o["at"] < b.world.season.until - 90 * 86_400)
    chosen &= known(o["delivered_at"])
    late = o["delivered_at"] > o["promised_at"]
    found_ratio, error = ratio(late[chosen], left[chosen])
    assert error < 0.05
    assert abs(found_ratio - np.log(2.0)) < Z * error


@pytest.mark.parametrize(("what", "factor"), [("refunded", 1.4), ("unanswered", 2.5)])
def test_refunds_and_unanswered_tickets_raise_leaving_by_their_multipliers(what, factor):
    shares = {"refunded": 0.4, "unanswered": 0.0} if what == "refunded" else {"refunded": 0.0, "unanswered": 0.9}
    b = store(**PLAIN, **shares, tickets=0.4, lost=0.0)
    o = b.orders
    chosen = (o["place"] > 0) & (o["place"] < EXCHANGE) & ~o["late"] & ~o["cancelled"]
    found_ratio, error = ratio(o[what][chosen], o["left"][chosen])
    assert error < 0.06
    assert abs(found_ratio - np.log(factor)) < Z * error


def test_carriers_are_late_at_their_share_and_more_before_christmas():
    b = store()
    o, season = b.orders, b.world.season
    shipped = o["carrier"] >= 0
    for place, carrier in enumerate(b.world.config.carriers):
        mine = shipped & (o["carrier"] == place) & ~o["lost"]
        for peak, factor in ((0.0, 1.0), (1.0, b.world.config.effects.peak_late)):
            late = o["late"][mine & (season.peaks(o["at"]) == peak)]
            share = carrier.late * factor
            assert abs(late.mean() - share) < Z * (share * (1 - share) / len(late)) ** 0.5


def test_orders_follow_tastes_and_prices_sensitivity():
    b = store()
    o, people, catalogue = b.orders, b.people, b.world.catalogue
    real = (o["place"] < EXCHANGE) & (people["stages"][o["row"]] > 0)
    category = catalogue.category[o["first"][real]]
    hit = category == people["first"][o["row"][real]]
    # 55 %, and its part of the quarter that goes anywhere.
    share = 0.55 + 0.25 / 8
    assert abs(hit.mean() - share) < Z * (share * (1 - share) / len(hit)) ** 0.5
    sensitivity = people["sensitivity"][o["row"]]
    online = (o["place"] == 0) & ~o["till"] & (people["stages"][o["row"]] > 0)
    for low, high in ((0.0, 0.4), (0.6, 1.0)):
        some = online & (sensitivity >= low) & (sensitivity < high)
        wish = 0.1 + 0.4 * sensitivity[some]
        used = o["code"][some] == 1
        assert abs(used.sum() - wish.sum()) < Z * (wish * (1 - wish)).sum() ** 0.5


def test_better_first_products_keep_more_customers():
    b = store(customers=20_000)
    o, quality = b.orders, b.world.catalogue.quality[b.orders["first"]]
    first = o["place"] == 0
    shares = [o["left"][first & (quality == value)].mean() for value in (0.75, 1.0, 1.6)]
    assert shares[0] < shares[1] < shares[2]


def test_shares_of_customers_are_those_configured():
    b = store()
    people, config = b.people, b.world.config
    n = len(people["rate"])
    for column, share in (
        (~people["buys"], config.prospects),
        (people["shared"], config.households),
        (people["stages"] == 0, config.subscribers),
    ):
        # Sharers come in pairs of numbers: at most twice the variance.
        assert abs(column.mean() - share) < Z * (2 * share * (1 - share) / n) ** 0.5
    assert np.all(people["account"][people["stages"] == 0])
    assert np.all(people["account"][np.flatnonzero(people["shared"]) - 1])


def test_truth_agrees_with_what_was_recorded():
    found = list(truth(small()))
    assert 0 < sum(one.alive for one in found) < len(found)
    for one in found:
        assert not (one.alive and one.dropped_at)
        assert one.dropped_at is None or one.won_at < one.dropped_at <= UNTIL
        assert 0 <= one.sensitivity <= 1
        assert one.tastes[0] != one.tastes[1]
        assert one.account or one.orders
    assert len({(one.account, one.email) for one in found}) == len(found)
    assert {one.subscriber for one in found} == {True, False}
