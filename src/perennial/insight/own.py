"""One person's own figures in plain Python: rhythm, stage and group by the formulas of `rhythm`, `lifecycle`, `rfm`.

For whoever judges a single person without an engine. What is known of the whole store is given: a row of
`rhythm.rhythm_store`, of `gaps.dormancy`, of `rfm.rfm_cuts`. That both ways say the same of everybody is tested.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from perennial.insight.lifecycle import LOYAL_FROM
from perennial.insight.rfm import GROUPS, SCORES
from perennial.insight.rhythm import DRIFTING, DUE, LOST, WHOLE
from perennial.insight.rhythm_fit import LEAST_SPREAD

UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class StoreRhythm:
    """What `rhythm.rhythm_store` says of a store whose rhythm is known."""

    log_mean: float
    within: float
    prior_gaps: float
    shape: float


@dataclass(frozen=True, slots=True)
class Turns:
    """The last local days of being on time, due and drifting; a later day is lost."""

    expected_day: int
    due_day: int
    lost_day: int

    def state(self, today: int) -> str:
        """The state on a day."""
        if today <= self.expected_day:
            return "on_time"
        if today <= self.due_day:
            return "due"
        return "drifting" if today <= self.lost_day else "lost"


def turns(days: Sequence[int], store: StoreRhythm) -> Turns:
    """When the silence after the last of a person's occasions (rising local days, at least one) changes its name."""
    logs = [math.log(later - earlier) for earlier, later in pairwise(days)]
    n = float(len(logs))
    log_sum = math.fsum(logs)
    mean = log_sum / n if logs else 0.0
    squares = max(math.fsum(one * one for one in logs) - log_sum * mean, 0.0)
    k = store.prior_gaps + n
    place = (store.prior_gaps * store.log_mean + log_sum) / k
    apart = mean - store.log_mean
    b = store.within * (store.shape - 1.0) + squares / 2.0 + store.prior_gaps * n * apart * apart / (k * 2.0)
    spread = b / (store.shape + n / 2.0 - 1.0) * (1.0 / k + 1.0)
    beta = math.pi / math.sqrt(max(spread, LEAST_SPREAD * LEAST_SPREAD) * 3.0)

    def after(q: float) -> int:
        gap = math.exp(place + math.log(q / (1 - q)) / beta)
        return days[-1] + max(math.floor(gap + WHOLE), 1)

    return Turns(after(DUE), after(DRIFTING), after(LOST))


def stage(days: Sequence[int], state: str, dormancy_days: int | None, loyal_from: int = LOYAL_FROM) -> str:
    """The stage of a person with these occasions (rising local days) whose rhythm says ``state``."""
    if not days:
        return "prospect"
    if state in ("lost", "drifting"):
        return state
    gaps = [later - earlier for earlier, later in pairwise(days)]
    if gaps and dormancy_days is not None and gaps[-1] > dormancy_days:
        long_gaps = sum(1 for gap in gaps if gap > dormancy_days)
        if len(gaps) == 1 or long_gaps * 2 <= len(gaps):
            return "won_back"
    if len(days) == 1:
        return "new"
    return "loyal" if len(days) >= loyal_from else "active"


def group(days_since: int, orders: int, revenue: int, cuts: Mapping[str, int]) -> str:
    """The RFM group of a person with at least one order that counts, by the store's cut-points."""
    r = SCORES - _exceeded(days_since, "r", cuts)
    f = _exceeded(orders, "f", cuts) + 1
    m = _exceeded(revenue, "m", cuts) + 1
    return GROUPS[r, (f + m + 1) // 2]


def _exceeded(value: int, name: str, cuts: Mapping[str, int]) -> int:
    return next((k for k in range(SCORES - 1, 0, -1) if value > cuts[f"{name}_cut_{k}"]), 0)
