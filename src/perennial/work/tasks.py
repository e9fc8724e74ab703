"""What the loop does: each task, when it is due, and what tells that there is something to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Protocol

from perennial.work.schedules import Daily, Every


class Steps(Protocol):
    """The work of a task for a brand, in units between which it may be stopped for good."""

    def __call__(self, *, brand_id: int, now: datetime) -> Iterator[object]:
        """Begin, or go on where an earlier run was stopped."""
        ...


@dataclass(frozen=True, slots=True)
class Task:
    """``steps`` must be safe to begin again after a kill. ``ready``: None means whenever it is due."""

    name: str
    when: Daily | Every
    steps: Steps
    ready: Callable[[int], bool] | None = None


def _mirror(*, brand_id: int, now: datetime) -> Iterator[object]:
    from perennial.figures.actions.refresh_mirror import mirror_steps

    return mirror_steps(brand_id=brand_id, now=now)


def _figures(*, brand_id: int, now: datetime) -> Iterator[object]:
    from perennial.figures.actions.refresh_figures import touched_steps

    return touched_steps(brand_id=brand_id, now=now)


def _answers(*, brand_id: int, now: datetime) -> Iterator[object]:
    from perennial.figures.actions.compute_answers import wanted_steps

    return wanted_steps(brand_id=brand_id, now=now)


def _nightly(*, brand_id: int, now: datetime) -> Iterator[object]:
    from perennial.figures.actions.compute_answers import all_steps
    from perennial.figures.actions.refresh_figures import everybody_steps

    yield from everybody_steps(brand_id=brand_id, now=now)
    yield from all_steps(brand_id=brand_id, now=now)


def _prune(*, brand_id: int, now: datetime) -> Iterator[object]:
    from perennial.facts.actions.prune import prune_steps

    return prune_steps(brand_id=brand_id, now=now)


def _mirror_is_behind(brand_id: int) -> bool:
    from perennial.figures.queries.waiting import mirror_is_behind

    return mirror_is_behind(brand_id)


def _somebody_is_touched(brand_id: int) -> bool:
    from perennial.figures.queries.waiting import somebody_is_touched

    return somebody_is_touched(brand_id)


def _an_answer_is_wanted(brand_id: int) -> bool:
    from perennial.figures.queries.waiting import an_answer_is_wanted

    return an_answer_is_wanted(brand_id)


# In this order within one tick: figures of many people are computed from the mirror.
TASKS: tuple[Task, ...] = (
    Task("mirror", Every(timedelta(seconds=5)), _mirror, _mirror_is_behind),
    Task("figures", Every(timedelta(seconds=5), rest=5), _figures, _somebody_is_touched),
    Task("answers", Every(timedelta(seconds=1), rest=0), _answers, _an_answer_is_wanted),
    Task("nightly", Daily(time(3)), _nightly),
    Task("prune", Daily(time(4, 30)), _prune),
)
