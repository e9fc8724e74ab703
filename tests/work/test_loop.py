"""The loop runs what is due, once, whatever fails and whoever else looks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from perennial.database import ids
from perennial.facts.actions import loop_schedules
from perennial.facts.actions.loop_pending import Due, deal_steps
from perennial.facts.models.loop import Event, Pending, Schedule
from perennial.work.loop import Loop
from perennial.work.schedules import Daily, Every
from perennial.work.tasks import Task
from tests.figures.facts import NOW, House

pytestmark = pytest.mark.django_db(transaction=True)


class Clock:
    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **units: float) -> None:
        self.now += timedelta(**units)


def task(name: str, do: Callable[[int], Any] = lambda _: None, when: Any = None, units: int = 1, **more: Any) -> Task:
    def steps(*, brand_id: int, now: datetime) -> Iterator[object]:
        for unit in range(units):
            do(unit)
            yield unit

    return Task(name, when or Every(timedelta(minutes=10)), steps, **{"ready": lambda *_: True, **more})


def outcomes(loop: Loop) -> list[tuple[str, str]]:
    return [(ran.task, ran.outcome) for ran in loop.tick()]


def schedule(name: str) -> Schedule:
    return Schedule.objects.get(task=name)


def test_a_task_runs_when_it_is_due_and_not_before() -> None:
    House()
    clock = Clock()
    loop = Loop(clock=clock, tasks=(task("a"),))
    assert outcomes(loop) == [("a", "done")]
    assert outcomes(loop) == []
    clock.pass_(minutes=9)
    assert outcomes(loop) == []
    clock.pass_(minutes=1)
    assert outcomes(loop) == [("a", "done")]
    row = schedule("a")
    assert (row.last_started_at, row.last_finished_at, row.claimed_until) == (clock.now, clock.now, None)


def test_a_daily_task_runs_once_a_day_and_not_at_once() -> None:
    House(zone="America/New_York")
    clock = Clock(datetime(2024, 3, 8, 12, tzinfo=UTC))
    loop = Loop(clock=clock, tasks=(task("n", when=Daily(time(3)), ready=None),))
    ran = []
    for _ in range(4 * 24):
        ran += [clock.now for _ in loop.tick()]
        clock.pass_(hours=1)
    # 3 o'clock in New York: 8 UTC, and 7 from the 10th, when the clocks leap.
    assert ran == [datetime(2024, 3, day, hour, tzinfo=UTC) for day, hour in ((9, 8), (10, 7), (11, 7), (12, 7))]


def test_every_brand_has_its_own() -> None:
    one, two = House(), House()
    loop = Loop(clock=Clock(), tasks=(task("a"),))
    assert {ran.brand_id for ran in loop.tick()} == {one.id, two.id}


def test_a_failure_is_kept_tried_again_later_and_stops_no_other() -> None:
    House()
    clock = Clock()
    broken = True

    def do(_: int) -> None:
        if broken:
            raise RuntimeError("no room on the disk")

    loop = Loop(clock=clock, tasks=(task("a", do), task("b")))
    assert outcomes(loop) == [("a", "failed"), ("b", "done")]
    row = schedule("a")
    assert "no room on the disk" in row.last_error
    assert (row.failures, row.due_at, row.claimed_until) == (1, clock.now + timedelta(minutes=1), None)
    clock.pass_(minutes=1)
    assert outcomes(loop) == [("a", "failed")]
    assert schedule("a").due_at == clock.now + timedelta(minutes=2)
    clock.pass_(minutes=2)
    broken = False
    assert outcomes(loop) == [("a", "done")]
    row = schedule("a")
    assert (row.last_error, row.failures) == ("", 0)


def test_the_pause_after_failures_is_at_most_an_hour() -> None:
    House()
    clock = Clock()
    loop = Loop(clock=clock, tasks=(task("a", lambda _: 1 / 0),))
    for _ in range(12):
        assert outcomes(loop) == [("a", "failed")]
        clock.now = schedule("a").due_at
    assert outcomes(loop) == [("a", "failed")]
    assert schedule("a").due_at - clock.now == timedelta(hours=1)


def test_stopped_between_two_units_it_stays_due() -> None:
    House()
    clock, seen = Clock(), []
    loop = Loop(clock=clock, tasks=(task("a", lambda unit: (seen.append(unit), loop.stop.set()), units=5), task("b")))
    assert outcomes(loop) == [("a", "stopped")]
    assert seen == [0]
    assert schedule("a").claimed_until is None
    other = Loop(clock=clock, tasks=(task("a", seen.append, units=5),))
    assert outcomes(other) == [("a", "done")]
    assert seen == [0, 0, 1, 2, 3, 4]


def test_what_one_holds_another_leaves_until_the_claim_runs_out() -> None:
    House()
    clock = Clock()
    one, two = Loop(clock=clock, tasks=(task("a"),), worker="one"), Loop(clock=clock, tasks=(task("a"),), worker="two")
    one.tick()
    clock.pass_(minutes=10)
    held = loop_schedules.claim(brand_id=schedule("a").brand_id, task="a", worker="dead", now=clock.now)
    assert held is not None
    assert outcomes(two) == []
    clock.pass_(seconds=119)
    assert outcomes(two) == []
    clock.pass_(seconds=1)
    assert outcomes(two) == [("a", "done")]
    assert not loop_schedules.renew(held, now=clock.now)
    loop_schedules.finish(held, now=clock.now, due_at=NOW)  # the dead one wakes up: nothing is its own any more
    assert schedule("a").due_at > clock.now


def test_a_worker_that_takes_over_from_itself_holds_a_claim_of_its_own() -> None:
    """A machine was suspended; or two containers have the same name and process number."""
    House()
    clock = Clock()
    loop = Loop(clock=clock, tasks=(task("a"),))
    loop.tick()
    named = {"brand_id": schedule("a").brand_id, "task": "a", "worker": loop.worker, "early": True}
    before = loop_schedules.claim(now=clock.now, **named)
    assert before is not None
    clock.pass_(minutes=3)
    after = loop_schedules.claim(now=clock.now, **named)
    assert after is not None
    assert not loop_schedules.renew(before, now=clock.now)
    loop_schedules.release(before)
    assert loop_schedules.renew(after, now=clock.now)
    assert len(schedule("a").claimed_by) <= Schedule._meta.get_field("claimed_by").max_length


def test_what_somebody_else_is_at_is_tried_again_soon_and_did_not_fail() -> None:
    House()
    clock = Clock()
    busy = [True]

    def do(_: int) -> None:
        if busy:
            raise loop_schedules.NotNow

    loop = Loop(clock=clock, tasks=(task("a", do, Daily(time(3)), ready=None),))
    loop.tick()
    clock.now = schedule("a").due_at
    assert outcomes(loop) == [("a", "postponed")]
    kept = schedule("a")
    assert (kept.last_error, kept.failures, kept.claimed_by) == ("", 0, "")
    assert kept.due_at == clock.now + timedelta(minutes=1)
    busy.clear()
    clock.pass_(minutes=1)
    assert outcomes(loop) == [("a", "done")]


def test_a_long_task_keeps_its_claim_and_one_that_lost_it_ends() -> None:
    House()
    clock = Clock()
    rival: list[Any] = []

    def slow(unit: int) -> None:
        clock.pass_(seconds=60 if unit < 4 else 600)
        rival.append(loop_schedules.claim(brand_id=schedule("a").brand_id, task="a", worker="other", now=clock.now))

    loop = Loop(clock=clock, tasks=(task("a", slow, units=9),))
    assert outcomes(loop) == [("a", "lost")]
    assert [bool(one) for one in rival] == [False] * 4 + [True]


def test_once_does_all_there_is_and_then_ends() -> None:
    House()
    left = [3]

    def do(_: int) -> None:
        left[0] -= 1

    loop = Loop(clock=Clock(), tasks=(task("a", do, ready=lambda *_: left[0] > 0), task("bad", lambda _: 1 / 0)))
    assert [(ran.task, ran.outcome) for ran in loop.once()] == [
        ("a", "done"),
        ("bad", "failed"),
        ("a", "done"),
        ("a", "done"),
    ]
    assert left == [0]


def pend(house: House, *, due_at: datetime = NOW, count: int = 1) -> list[int]:
    events = []
    for _ in range(count):
        event = Event.objects.create(
            id=ids.new(), **house.shop, kind="order.paid", customer_id=1, subject_id=ids.new(), discriminator=0,
            occurred_at=NOW, recorded_at=NOW, day=1, history=False,
        )  # fmt: skip
        Pending.objects.create(id=ids.new(), brand_id=house.id, reader="r", event_id=event.id, due_at=due_at)
        events.append(event.id)
    return events


def test_each_event_is_dealt_with_once_oldest_first() -> None:
    house = House()
    second, first = pend(house), pend(house, due_at=NOW - timedelta(hours=1))
    pend(house, due_at=NOW + timedelta(hours=1))
    seen: list[Due] = []
    assert list(deal_steps(reader="r", brand_id=house.id, now=NOW, deal=seen.append)) == first + second
    assert [due.event_id for due in seen] == first + second
    assert (seen[0].kind, seen[0].occurred_at, seen[0].brand_id) == ("order.paid", NOW, house.id)
    assert list(deal_steps(reader="r", brand_id=house.id, now=NOW, deal=seen.append)) == []


def test_a_bad_event_waits_longer_each_time_and_leaves_nothing_behind() -> None:
    house = House()
    bad, good = pend(house, count=2)
    seen: list[int] = []

    def deal(due: Due) -> None:
        Schedule.objects.create(id=due.event_id, brand_id=1, task=str(due.event_id), due_at=NOW)
        if due.event_id == bad:
            raise ValueError("odd event")
        seen.append(due.event_id)

    now = NOW
    assert list(deal_steps(reader="r", brand_id=house.id, now=now, deal=deal)) == [good]
    for minutes in (1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360):
        row = Pending.objects.get(event_id=bad)
        assert (row.due_at, row.error) == (now + timedelta(minutes=minutes), "ValueError: odd event")
        now = row.due_at
        assert list(deal_steps(reader="r", brand_id=house.id, now=now, deal=deal)) == []
    assert not Schedule.objects.filter(id=bad).exists()
    assert seen == [good]
