"""Whether the work loop is at it: pages say so where it is not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from perennial.facts.actions.loop_schedules import ALIVE, BEAT, LEASE
from perennial.facts.models.loop import Schedule

if TYPE_CHECKING:
    from perennial.web.desk.page import Desk


@dataclass(frozen=True, slots=True)
class LoopState:
    """``stopped``: no sign of it for longer than a minute's beat; ``last``: its last sign, None if there was none."""

    stopped: bool
    last: datetime | None


def loop_state(desk: Desk) -> LoopState:
    """Look for the loop's last sign: its beat, or a task of the brand that it began, ended or holds."""
    signs: list[datetime] = []
    rows = Schedule.objects.filter(brand_id=desk.brand.id)
    for task, began, ended, until in rows.values_list("task", "last_started_at", "last_finished_at", "claimed_until"):
        signs += [at for at in (began if task != ALIVE else None, ended) if at is not None]
        if until is not None:
            signs.append(min(until - LEASE, desk.now))
    last = max(signs, default=None)
    # The beat comes once a minute: two minutes without one mean that one is missing.
    return LoopState((last or desk.brand.created_at) + 2 * BEAT < desk.now, last)
