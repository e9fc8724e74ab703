"""The loop's part in imports: killed in the middle, beside other tasks, stopped, told how far it is; and its beat."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from perennial.facts.actions import loop_schedules
from perennial.facts.actions.stores import open_store
from perennial.facts.models.loop import Job, Schedule
from perennial.facts.models.orders import Line, Order
from perennial.stores.uploads.actions.decide import record_it, stop
from perennial.stores.uploads.actions.hand_in import digest_of_content, hand_in
from perennial.stores.uploads.models import OrderFile
from perennial.stores.uploads.queries import folder, told
from perennial.work.loop import Loop
from perennial.work.schedules import Every
from perennial.work.tasks import TASKS, Task
from tests.web.files import orders, work

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)


def file_of(content: bytes, now: datetime) -> OrderFile:
    store = open_store(now=now, currency="EUR", zone="Europe/Madrid")
    path = folder() / "test.part"
    path.write_bytes(content)
    digest = digest_of_content()
    digest.update(content)
    made, _ = hand_in(path=path, digest=digest.hexdigest(), name="orders.csv", store=store, user_id=0, now=now)
    return made


def again(file: OrderFile) -> OrderFile:
    return OrderFile.objects.get(id=file.id)


def test_killed_in_the_middle_another_goes_on_and_nothing_is_lost_or_doubled() -> None:
    now, count = datetime.now(UTC), 6_000
    file = file_of(orders(count), now)
    work(now=now)
    record_it(file=file, now=now)
    worker = subprocess.Popen(
        [sys.executable, "-m", "perennial", "work"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    while worker.poll() is None:
        if Job.objects.filter(kind="import", cursor__checkpoint__gt=0).exists():
            break
    worker.send_signal(signal.SIGKILL)
    worker.communicate()
    so_far = Order.objects.count()
    assert 0 < so_far < count
    assert again(file).state == "importing"
    work(now=now + timedelta(seconds=30))
    assert Order.objects.count() == so_far, "the dead one's claim still holds"
    work(now=now + timedelta(minutes=5))
    assert again(file).state == "done"
    assert told(file.id, "result")["resumed_at"] > 0
    assert Order.objects.count() == count
    assert Line.objects.count() == sum(1 + n % 3 for n in range(count))
    counts = again(file).counts["recorded"]
    assert counts["order.new"] + counts.get("order.same", 0) >= count
    assert set(Order.objects.values_list("name", flat=True)) == {f"N{n}" for n in range(count)}


def test_a_loop_goes_on_with_others_while_one_works_beside() -> None:
    open_store(now=NOW)
    began, done = threading.Event(), threading.Event()
    names: list[str] = []

    def long(*, brand_id: int, now: datetime) -> Iterator[object]:
        began.set()
        while not done.wait(0.01):
            yield "at it"
        names.append("long")

    def short(*, brand_id: int, now: datetime) -> Iterator[object]:
        names.append("short")
        yield began.wait(30)
        done.set()

    always = {"ready": lambda *_: True}
    tasks = (
        Task("long", Every(timedelta(hours=1)), long, beside=True, **always),
        Task("short", Every(timedelta(hours=1)), short, **always),
    )
    loop = Loop(clock=lambda: NOW, tasks=tasks)
    runner = threading.Thread(target=loop.run)
    runner.start()
    assert done.wait(60)
    loop.stop.set()
    runner.join(60)
    assert sorted(names) == ["long", "short"]
    assert names[0] == "short"
    # Stopped and waited for: its claim is given back or done with, and its thread is over.
    assert list(Schedule.objects.exclude(claimed_until=None)) == []
    assert [thread for thread in threading.enumerate() if thread.name == "long"] == []


def test_what_is_swift_waits_for_no_other() -> None:
    open_store(now=NOW)
    began, done, over = threading.Event(), threading.Event(), threading.Event()

    def long(*, brand_id: int, now: datetime) -> Iterator[object]:
        began.set()
        yield done.wait(60)
        over.set()

    def swift(*, brand_id: int, now: datetime) -> Iterator[object]:
        yield began.wait(60)
        done.set()

    always = {"ready": lambda *_: True}
    tasks = (
        Task("long", Every(timedelta(hours=1)), long, **always),
        Task("swift", Every(timedelta(hours=1)), swift, swift=True, **always),
    )
    loop = Loop(clock=lambda: NOW, tasks=tasks)
    runner = threading.Thread(target=loop.run)
    runner.start()
    assert done.wait(60)
    assert over.wait(60)
    loop.stop.set()
    runner.join(60)
    assert list(Schedule.objects.exclude(claimed_until=None)) == []
    assert [thread for thread in threading.enumerate() if thread.name == "swift"] == []


def test_what_is_swift_comes_back_at_once_only_after_it_did_something() -> None:
    open_store(now=NOW)
    rounds = iter([["something"], []])
    waited: list[float | None] = []

    class Stop(threading.Event):
        """Keeps how long it was waited for in the swift lane, and is set after two waits there."""

        def wait(self, timeout: float | None = None) -> bool:
            if threading.current_thread().name == "swift":
                waited.append(timeout)
                if len(waited) == 2:
                    self.set()
                return self.is_set()
            return super().wait(timeout)

    def swift(*, brand_id: int, now: datetime) -> Iterator[object]:
        yield from next(rounds)

    task = Task("swift", Every(timedelta(0)), swift, ready=lambda *_: True, swift=True)
    runner = threading.Thread(target=Loop(clock=lambda: NOW, tasks=[task], stop=Stop()).run)
    runner.start()
    runner.join(60)
    assert waited == [0.05, 0.5]


def test_what_somebody_stops_while_it_runs_is_left_there(monkeypatch: Any) -> None:
    from perennial.stores.uploads.actions import carry_on

    monkeypatch.setattr(carry_on, "_TOLD", 0.0)
    monkeypatch.setattr(carry_on, "_PULSE", 0.005)
    now = datetime.now(UTC)
    file = file_of(orders(4_000), now)
    work(now=now)
    record_it(file=file, now=now)
    seen: list[dict[str, int]] = []
    for _ in carry_on.file_steps(brand_id=file.brand_id, clock=lambda: now):
        stands = again(file)
        if stands.progress.get("orders", 0) > 0 and stands.state == "importing":
            seen.append(stands.progress)
            stop(file=file, now=now)
    assert seen[0]["rows"] == sum(1 + n % 3 for n in range(4_000))
    assert seen[0]["of"] == 4_000
    assert again(file).state == "stopped"
    assert 0 < Order.objects.count() < 4_000
    record_it(file=file, now=now)
    work(now=now)
    assert (again(file).state, Order.objects.count()) == ("done", 4_000)


def test_a_fault_with_one_file_stands_in_nobodys_way(monkeypatch: Any) -> None:
    from perennial.stores.uploads.actions import look as looking

    first, second = file_of(orders(2), NOW), file_of(orders(3), NOW + timedelta(minutes=1))
    real = looking.look

    def fails(file: OrderFile, **more: Any) -> dict[str, Any]:
        if file.id == first.id:
            raise KeyError("ana@example.com")
        return real(file, **more)

    monkeypatch.setattr(looking, "look", fails)
    tasks = [task for task in TASKS if task.name == "imports"]
    (ran,) = Loop(clock=lambda: NOW, tasks=tasks).once()
    assert ran.outcome == "failed"
    assert (again(first).state, again(second).state) == ("stopped", "reading")
    assert "ana" not in str(again(first).problem)
    work(now=NOW + timedelta(minutes=3))
    assert again(second).state == "ready"


def test_the_loop_beats_once_a_minute() -> None:
    open_store(now=NOW)
    clock = [NOW]
    loop = Loop(clock=lambda: clock[0], tasks=())
    writes = []
    for seconds in range(0, 150, 10):
        clock[0] = NOW + timedelta(seconds=seconds)
        loop._beat()
        writes.append(Schedule.objects.get(task=loop_schedules.ALIVE).last_finished_at)
    assert sorted(set(writes)) == [NOW, NOW + timedelta(minutes=1), NOW + timedelta(minutes=2)]


def test_a_task_is_hastened_but_not_while_it_runs() -> None:
    brand = open_store(now=NOW).brand_id
    loop_schedules.schedule(tasks=[(brand, "nightly", NOW + timedelta(hours=9))])
    assert not loop_schedules.hasten(brand_id=brand, task="nonsense", now=NOW)
    assert loop_schedules.hasten(brand_id=brand, task="nightly", now=NOW)
    assert loop_schedules.claim(brand_id=brand, task="nightly", worker="w", now=NOW) is not None
    assert not loop_schedules.hasten(brand_id=brand, task="nightly", now=NOW)


def test_what_runs_is_run_once_more_where_that_is_asked() -> None:
    brand = open_store(now=NOW).brand_id
    minute = timedelta(minutes=1)
    loop_schedules.schedule(tasks=[(brand, "nightly", NOW)])
    held = loop_schedules.claim(brand_id=brand, task="nightly", worker="w", now=NOW)
    assert held is not None
    assert loop_schedules.hasten(brand_id=brand, task="nightly", now=NOW + minute, running=True)
    loop_schedules.finish(held, now=NOW + 2 * minute, due_at=NOW + timedelta(days=1))
    again = loop_schedules.claim(brand_id=brand, task="nightly", worker="w", now=NOW + 2 * minute)
    assert again is not None
    loop_schedules.finish(again, now=NOW + 3 * minute, due_at=NOW + timedelta(days=1))
    assert Schedule.objects.get(brand_id=brand, task="nightly").due_at == NOW + timedelta(days=1)
