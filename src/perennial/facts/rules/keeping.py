"""How long things are kept that are not kept for ever."""

from __future__ import annotations

from datetime import datetime, timedelta

from perennial.values.time import LocalDay

VISITS = timedelta(days=400)
# A price stays for the 30 days after the change that ended it: the lowest price of 30 days can be told.
PRICES = timedelta(days=30)


def oldest_month(now: datetime) -> int:
    """The first month whose visits are kept: the one that holds the day 400 days ago, wherever the store is."""
    return LocalDay.of(now - VISITS - timedelta(hours=12), "UTC").month
