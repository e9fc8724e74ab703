"""Have customers judged again, since what rules ask about them changed elsewhere than in the facts."""

from __future__ import annotations

from collections.abc import Iterable

from perennial.facts.actions.loop_marks import touch
from perennial.facts.rules.readers import LABELS

READER = "segments"


def judge_again(*, brand_id: int, customers: Iterable[int]) -> None:
    """Say that what is asked about ``customers`` changed: a list, a label. In the transaction that changed it."""
    touch(brand_id=brand_id, reader=READER, customers=customers, what=LABELS)
