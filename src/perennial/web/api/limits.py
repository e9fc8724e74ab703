"""How many calls a key may make: a bucket of tokens per key in the process' memory, so that no call writes."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings

from perennial.web.api.problems import Problem

_BURST_SECONDS = 10  # of the rate may come at once
_KEYS = 10_000  # in memory; more than that many keys at work begin with a full bucket again


@dataclass(frozen=True, slots=True)
class Left:
    """What a key has left: calls at once, and seconds until all are there again."""

    limit: int
    remaining: int
    reset: int

    def headers(self) -> dict[str, str]:
        """For every answer to the key."""
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.reset),
        }


class Buckets:
    """``per_minute`` calls per key, over all ``workers`` together: each hands out its share.

    The server deals calls out evenly, so the shares add up; a key whose calls all come to one worker gets less.
    """

    def __init__(self, per_minute: int, workers: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = per_minute / 60 / workers
        self._size = max(math.ceil(self._rate * _BURST_SECONDS), 1)
        self._clock = clock
        self._held: dict[int, tuple[float, float]] = {}

    def fill(self) -> None:
        """Begin again with full buckets."""
        self._held.clear()

    def take(self, key_id: int) -> Left:
        """Take a token; Problem 429 where there is none."""
        now = self._clock()
        tokens, at = self._held.get(key_id, (float(self._size), now))
        tokens = min(self._size, tokens + (now - at) * self._rate)
        if tokens < 1:
            wait = math.ceil((1 - tokens) / self._rate)
            left = Left(self._size, 0, math.ceil((self._size - tokens) / self._rate))
            raise Problem(
                "too_many", f"This key made too many calls: wait {wait} s.",
                headers={**left.headers(), "Retry-After": str(wait)},
            )  # fmt: skip
        if len(self._held) >= _KEYS:
            self.fill()
        self._held[key_id] = (tokens - 1, now)
        return Left(self._size, int(tokens - 1), math.ceil((self._size - tokens + 1) / self._rate))


SECRET = Buckets(settings.PERENNIAL_API_CALLS, settings.PERENNIAL_WORKERS)
# In a page's source: all visitors of a shop share it.
PUBLISHABLE = Buckets(10 * settings.PERENNIAL_API_CALLS, settings.PERENNIAL_WORKERS)
