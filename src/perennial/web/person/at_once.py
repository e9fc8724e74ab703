"""The long part of an erasure, as far as whoever asks for it can wait: the work loop does the rest."""

from __future__ import annotations

import time
from datetime import datetime

from perennial.channels.audiences.actions.forget import forget_at_once
from perennial.facts.actions.erasing.steps import erase_steps

SECONDS = 1.5


def blank_at_once(*, brand_id: int, now: datetime, seconds: float = SECONDS) -> bool:
    """Go on with a brand's erasures for so long; whether names and addresses are gone from orders and visits too."""
    began = time.monotonic()
    forget_at_once(brand_id=brand_id, now=now)
    return all(time.monotonic() - began <= seconds for _ in erase_steps(brand_id=brand_id, now=now))
