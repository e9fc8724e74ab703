"""Answers to messages and offers: a known effect that an estimate can find."""

from __future__ import annotations

import math
from datetime import timedelta

import pytest

from perennial.simulator.config import Config, Effects
from perennial.simulator.response import Stimulus, happens, respond
from perennial.simulator.truth import truth
from tests.simulator.shops import UNTIL

PEOPLE = list(truth(Config(customers=6_000, until=UNTIL, seed=2)))
OFFER = Stimulus("spring", discount=200)


def odds(probability: float) -> float:
    return probability / (1 - probability)


def test_a_message_adds_to_the_log_odds_what_it_is_said_to():
    effects = Effects()
    one = next(p for p in PEOPLE if p.alive and not p.subscriber and p.sensitivity > 0.5)
    plain = respond(one, Stimulus("plain"), UNTIL)
    assert plain.without == pytest.approx(1 - math.exp(-one.rate * 14 / 365.25))
    assert math.log(odds(plain.with_message) / odds(plain.without)) == pytest.approx(effects.message)
    offer = respond(one, OFFER, UNTIL)
    added = effects.message + effects.discount * one.sensitivity * 2
    assert math.log(odds(offer.with_message) / odds(offer.without)) == pytest.approx(added)
    liked = respond(one, Stimulus("liked", category=one.tastes[1]), UNTIL)
    added = effects.message + effects.taste
    assert math.log(odds(liked.with_message) / odds(liked.without)) == pytest.approx(added)
    assert liked.opens > plain.opens
    assert offer.clicks > plain.clicks


def test_without_effects_a_message_does_nothing():
    none = Effects(message=0.0, taste=0.0, discount=0.0)
    for one in PEOPLE[:200]:
        assert respond(one, OFFER, UNTIL, effects=none).lift == pytest.approx(0.0, abs=1e-12)


def test_who_has_left_hardly_answers():
    gone = next(p for p in PEOPLE if p.dropped_at and p.dropped_at < UNTIL - timedelta(days=60))
    after = respond(gone, OFFER, UNTIL)
    before = respond(gone, OFFER, gone.won_at)
    assert after.without == pytest.approx(0.01 / 1.01)
    assert after.opens < before.opens
    assert before.without != after.without


def test_a_trial_with_held_out_customers_finds_the_lift():
    reached = [p for p in PEOPLE if p.customer % 2]
    held_out = [p for p in PEOPLE if not p.customer % 2]
    lift = sum(respond(p, OFFER, UNTIL).lift for p in PEOPLE) / len(PEOPLE)
    bought = [happens(respond(p, OFFER, UNTIL).with_message, seed=1, customer=p, what="spring") for p in reached]
    base = [happens(respond(p, OFFER, UNTIL).without, seed=1, customer=p, what="spring") for p in held_out]
    shares = [(sum(group) / len(group), len(group)) for group in (bought, base)]
    error = sum(p * (1 - p) / n for p, n in shares) ** 0.5
    assert abs(shares[0][0] - shares[1][0] - lift) < 4.5 * error
    assert lift > 2 * error


def test_a_choice_is_the_same_every_time_and_never_lost_by_a_message_that_helps():
    for one in PEOPLE[:500]:
        answer = respond(one, OFFER, UNTIL)
        without = happens(answer.without, seed=1, customer=one, what="x")
        assert without == happens(answer.without, seed=1, customer=one, what="x")
        assert happens(answer.with_message, seed=1, customer=one, what="x") >= without


def test_an_impossible_discount_is_refused():
    with pytest.raises(ValueError, match="thousandths"):
        Stimulus("too much", discount=1_001)
