"""What the loop does: each task, when it is due, and what tells that there is something to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from time import monotonic as time_passed
from typing import Protocol

from perennial.work.schedules import Daily, Every


class Steps(Protocol):
    """The work of a task for a brand, in units between which it may be stopped for good."""

    def __call__(self, *, brand_id: int, now: datetime) -> Iterator[object]:
        """Begin, or go on where an earlier run was stopped."""
        ...


@dataclass(frozen=True, slots=True)
class Task:
    """``steps`` must be safe to begin again after a kill. ``ready``: None means whenever it is due.

    ``beside``: it may take long, so that a loop runs it in a thread while it goes on with the others.
    ``swift``: somebody waits for it, so that it is looked for by a thread of its own, more often.
    """

    name: str
    when: Daily | Every
    steps: Steps
    ready: Callable[[int, datetime], bool] | None = None
    beside: bool = False
    swift: bool = False


def _mirror(*, brand_id: int, now: datetime) -> Iterator[object]:
    from perennial.figures.actions.refresh_mirror import mirror_steps

    return mirror_steps(brand_id=brand_id, now=now)


def _figures(*, brand_id: int, now: datetime) -> Iterator[object]:
    from perennial.figures.actions.refresh_figures import touched_steps

    return touched_steps(brand_id=brand_id, now=now)


def _segments(*, brand_id: int, now: datetime) -> Iterator[object]:
    from perennial.segments.actions.follow import follow_steps

    return follow_steps(brand_id=brand_id, now=now)


def _previews(*, brand_id: int, now: datetime) -> Iterator[object]:
    from perennial.segments.actions.count_previews import preview_steps

    return preview_steps(brand_id=brand_id, now=now)


def _search(*, brand_id: int, now: datetime) -> Iterator[object]:  # noqa: ARG001  # words know no time
    from perennial.facts.actions.search_words import touched_steps

    return touched_steps(brand_id=brand_id)


def _answers(*, brand_id: int, now: datetime) -> Iterator[object]:
    from perennial.figures.actions.compute_answers import wanted_steps

    return wanted_steps(brand_id=brand_id, now=now)


def _nightly(*, brand_id: int, now: datetime) -> Iterator[object]:
    from perennial.figures.actions.check_data import counting_steps
    from perennial.figures.actions.compute_answers import all_steps
    from perennial.figures.actions.refresh_figures import everybody_steps
    from perennial.segments.actions.fill import nightly_steps

    began = time_passed()
    yield from everybody_steps(brand_id=brand_id, now=now)
    # Memberships were followed meanwhile: as of ``now`` they would be judged as they stood before.
    yield from nightly_steps(brand_id=brand_id, now=now + timedelta(seconds=time_passed() - began))
    yield from all_steps(brand_id=brand_id, now=now)
    yield from counting_steps(brand_id=brand_id, now=now)


def _care(*, brand_id: int, now: datetime) -> Iterator[object]:
    from perennial.segments.actions.allocate import allocate_steps

    return allocate_steps(brand_id=brand_id, now=now)


def _something_to_allot(brand_id: int, _now: datetime) -> bool:
    from perennial.segments.actions.allocate import something_to_allot

    return something_to_allot(brand_id)


def _prune(*, brand_id: int, now: datetime) -> Iterator[object]:
    from perennial.facts.actions.prune import prune_steps
    from perennial.segments.actions.list_files import forget_left_over
    from perennial.stores.uploads.actions.expire import expire_steps

    yield from prune_steps(brand_id=brand_id, now=now)
    yield from expire_steps(brand_id=brand_id, now=now)
    forget_left_over(now)


def _imports(*, brand_id: int, now: datetime) -> Iterator[object]:
    from perennial.stores.uploads.actions.carry_on import file_steps

    began = time_passed()
    # What is recorded late in a long import is recorded late: its clock goes on from the loop's.
    return file_steps(brand_id=brand_id, clock=lambda: now + timedelta(seconds=time_passed() - began))


def _listed(*, brand_id: int, now: datetime) -> Iterator[object]:
    from perennial.segments.actions.match_listed import match_steps

    return match_steps(brand_id=brand_id, now=now)


def _lists(*, brand_id: int, now: datetime) -> Iterator[object]:
    from perennial.segments.actions.list_files import list_steps

    return list_steps(brand_id=brand_id, now=now)


def _somebody_is_named(brand_id: int, _now: datetime) -> bool:
    from perennial.segments.actions.match_listed import somebody_is_named

    return somebody_is_named(brand_id)


def _a_list_waits(brand_id: int, _now: datetime) -> bool:
    from perennial.segments.actions.list_files import something_waits

    return something_waits(brand_id)


def _checks(*, brand_id: int, now: datetime) -> Iterator[object]:
    from perennial.figures.actions.check_data import wanted_check_steps

    return wanted_check_steps(brand_id=brand_id, now=now)


def _a_file_waits(brand_id: int, _now: datetime) -> bool:
    from perennial.stores.uploads.queries import something_waits

    return something_waits(brand_id)


def _a_check_is_wanted(brand_id: int, _now: datetime) -> bool:
    from perennial.figures.queries.data_checks import a_check_is_wanted

    return a_check_is_wanted(brand_id)


def _erasures(*, brand_id: int, now: datetime) -> Iterator[object]:
    from perennial.facts.actions.erasing.steps import erase_steps

    return erase_steps(brand_id=brand_id, now=now)


def _rates(*, brand_id: int, now: datetime) -> Iterator[object]:
    from perennial.facts.actions.convert import convert_steps
    from perennial.facts.actions.jobs import want_job
    from perennial.figures.queries.data_checks import COUNTS, KIND

    yield from convert_steps(brand_id=brand_id, now=now)
    want_job(brand_id=brand_id, kind=KIND, key=COUNTS, now=now)  # the page tells how many wait for a rate


def _backups(*, brand_id: int, now: datetime) -> Iterator[object]:
    from perennial.work.backups import backup_steps

    return backup_steps(brand_id=brand_id, now=now)


def _audiences(*, brand_id: int, now: datetime) -> Iterator[object]:
    from perennial.channels.audiences.actions.sync import audience_steps

    return audience_steps(brand_id=brand_id, now=now)


def _there_are_audiences(brand_id: int, _now: datetime) -> bool:
    from perennial.channels.audiences.queries import something_to_send

    return something_to_send(brand_id)


def _something_to_erase(brand_id: int, _now: datetime) -> bool:
    from perennial.facts.actions.erasing.steps import something_to_erase

    return something_to_erase(brand_id)


def _orders_wait_for_rates(brand_id: int, _now: datetime) -> bool:
    from perennial.facts.actions.convert import orders_wait

    return orders_wait(brand_id)


def _a_backup_is_wanted(brand_id: int, _now: datetime) -> bool:
    from perennial.work.backups import wanted

    return wanted(brand_id)


def _mirror_is_behind(brand_id: int, _now: datetime) -> bool:
    from perennial.figures.queries.waiting import mirror_is_behind

    return mirror_is_behind(brand_id)


def _somebody_is_touched(brand_id: int, _now: datetime) -> bool:
    from perennial.figures.queries.waiting import somebody_is_touched

    return somebody_is_touched(brand_id)


def _a_rule_is_looked_at(brand_id: int, _now: datetime) -> bool:
    from perennial.segments.actions.count_previews import something_is_looked_at

    return something_is_looked_at(brand_id)


def _segments_are_behind(brand_id: int, now: datetime) -> bool:
    from perennial.segments.queries.live import something_to_follow

    return something_to_follow(brand_id=brand_id, reader="segments", now=now)


def _somebody_is_to_be_found(brand_id: int, _now: datetime) -> bool:
    from perennial.facts.actions.search_words import somebody_is_touched

    return somebody_is_touched(brand_id)


def _an_answer_is_wanted(brand_id: int, _now: datetime) -> bool:
    from perennial.figures.queries.waiting import an_answer_is_wanted

    return an_answer_is_wanted(brand_id)


# In this order within one tick: figures of many people are computed from the mirror.
TASKS: tuple[Task, ...] = (
    Task("rates", Every(timedelta(seconds=1), rest=0), _rates, _orders_wait_for_rates),
    Task("mirror", Every(timedelta(seconds=5)), _mirror, _mirror_is_behind),
    Task("figures", Every(timedelta(seconds=5), rest=5), _figures, _somebody_is_touched),
    Task("search", Every(timedelta(seconds=5), rest=1), _search, _somebody_is_to_be_found),
    Task("listed", Every(timedelta(seconds=1), rest=0), _listed, _somebody_is_named),
    Task("segments", Every(timedelta(0), rest=0), _segments, _segments_are_behind, swift=True),
    Task("previews", Every(timedelta(seconds=1), rest=0), _previews, _a_rule_is_looked_at),
    Task("answers", Every(timedelta(seconds=1), rest=0), _answers, _an_answer_is_wanted),
    Task("imports", Every(timedelta(seconds=1), rest=0), _imports, _a_file_waits, beside=True),
    Task("lists", Every(timedelta(seconds=1), rest=0), _lists, _a_list_waits, beside=True),
    Task("checks", Every(timedelta(seconds=1), rest=0), _checks, _a_check_is_wanted),
    Task("erasures", Every(timedelta(seconds=2), rest=0), _erasures, _something_to_erase),
    Task("backups", Every(timedelta(seconds=1), rest=0), _backups, _a_backup_is_wanted, beside=True),
    Task("audiences", Every(timedelta(seconds=5), rest=0), _audiences, _there_are_audiences, beside=True),
    Task("nightly", Daily(time(3)), _nightly),
    # After the night, whose figures it is worked out from.
    Task("care", Every(timedelta(seconds=1), rest=5), _care, _something_to_allot),
    Task("prune", Daily(time(4, 30)), _prune),
)
