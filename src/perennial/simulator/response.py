"""How customers answer messages and offers: a known effect, so that estimates of it can be judged.

The probability of an order within ``days`` is that of the customer's own rate, ``1 - exp(-rate x time)``;
a message and what it carries add to its log-odds (`config.Effects`). Nothing else is changed, so the true
lift of a campaign is the mean of ``with_message - without`` over those who got it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime

from perennial.simulator.config import Effects
from perennial.simulator.truth import Truth
from perennial.values.hashing import chance

_LEAST, _MOST = 1e-9, 1 - 1e-9


@dataclass(frozen=True, slots=True)
class Stimulus:
    """A message: its key, a discount it offers (thousandths of the price), a category it speaks of."""

    key: str
    discount: int = 0
    category: str = ""

    def __post_init__(self) -> None:
        if not 0 <= self.discount <= 1_000:
            raise ValueError(f"a discount is 0 to 1000 thousandths of the price, not {self.discount}")


@dataclass(frozen=True, slots=True)
class Response:
    """Probabilities: of opening and clicking the message, of an order without it and with it."""

    opens: float
    clicks: float
    without: float
    with_message: float

    @property
    def lift(self) -> float:
        """The true effect on this customer: points of probability."""
        return self.with_message - self.without


def respond(
    customer: Truth, stimulus: Stimulus, at: datetime, *, days: int = 14, effects: Effects | None = None
) -> Response:
    """How the customer answers a message sent ``at`` (aware), within ``days``.

    Somebody who had left by ``at``, or never buys, hardly orders: `Effects.return_odds`, with or without.
    """
    effects = effects or Effects()
    gone = customer.dropped_at is not None and customer.dropped_at <= at
    buys = customer.alive or customer.orders > 0
    years = days / 365.25
    if gone or not buys or customer.won_at > at:
        without = effects.return_odds / (1 + effects.return_odds)
    elif customer.subscriber:
        without = min(days / 30, _MOST)
    else:
        without = min(max(1 - math.exp(-customer.rate * years), _LEAST), _MOST)
    added = effects.message
    added += effects.discount * customer.sensitivity * stimulus.discount / 100
    liked = stimulus.category in customer.tastes
    added += effects.taste if liked else 0.0
    opens = 0.15 if gone else 0.40
    opens += 0.10 * liked
    clicks = opens * (0.10 + 0.15 * liked + 0.20 * customer.sensitivity * min(stimulus.discount, 500) / 500)
    odds = without / (1 - without) * math.exp(added)
    return Response(opens=opens, clicks=clicks, without=without, with_message=odds / (1 + odds))


def happens(probability: float, *, seed: int, customer: Truth, what: str) -> bool:
    """The customer's choice: true with ``probability``, always the same for the same seed and ``what``.

    A customer's orders with and without the same message come from one number, so a message that helps
    never loses an order that would have come anyway.
    """
    return chance(probability, "response", seed, customer.customer, what)
