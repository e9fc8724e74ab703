"""The loop over what is due: one or many processes, killed and restarted as you like."""

from __future__ import annotations

import logging
import os
import socket
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from perennial.facts.actions import loop_schedules
from perennial.facts.actions.loop_schedules import LEASE, Claim, NotNow
from perennial.facts.models.brands import Brand
from perennial.values.reason import named
from perennial.work.tasks import TASKS, Task

log = logging.getLogger("perennial.work")
_POLL = timedelta(seconds=1)
_SWIFT_POLL = timedelta(milliseconds=500)
_SOON = timedelta(milliseconds=50)  # after a swift task did something: more may have come meanwhile
_FIRST_RETRY = timedelta(minutes=1)
_LAST_RETRY = timedelta(hours=1)
_ROUNDS = 20  # of `once`: work that makes work ends well before


@dataclass(slots=True)
class Ran:
    """What became of one task, and its units of work.

    Done, stopped, lost (the claim ran out), postponed (another process is at what it needs) or failed.
    """

    task: str
    brand_id: int
    outcome: str = "done"
    units: int = 0
    error: str = ""


@dataclass(slots=True)
class Loop:
    """``clock`` tells the time, here and nowhere else; ``stop`` ends the loop between two units of work."""

    clock: Callable[[], datetime]
    tasks: Sequence[Task] = TASKS
    stop: threading.Event = field(default_factory=threading.Event)
    worker: str = field(default_factory=lambda: f"{socket.gethostname()[:40]}:{os.getpid()}")
    _beaten: datetime | None = None

    def run(self) -> None:
        """Tick until stopped. Between ticks a second passes: each look costs a few indexed reads.

        What is swift ticks in a thread of its own, so that it waits for none of the others.
        """
        swift = [task for task in self.tasks if task.swift]
        lane = threading.Thread(target=self._run_lane, args=(swift, _SWIFT_POLL, _SOON), name="swift")
        if swift:
            lane.start()
        try:
            self._run_lane([task for task in self.tasks if not task.swift], _POLL, _POLL, beat=self._beat)
        finally:
            self.stop.set()
            if swift:
                lane.join()

    def _run_lane(
        self, tasks: Sequence[Task], poll: timedelta, soon: timedelta, beat: Callable[[], None] = lambda: None
    ) -> None:
        """Tick until stopped: again after ``poll``, or after ``soon`` where something was done.

        What runs and does nothing waits for another, or for time to pass: to ask at once again would only burn.
        """
        from django.db import close_old_connections, connections

        threads: list[threading.Thread] = []
        while not self.stop.is_set():
            # A database that was restarted must not leave the loop with a dead connection.
            close_old_connections()
            pause = poll
            try:
                beat()
                for ran in self._tick(tasks, early=False, but=set(), beside=threads):
                    pause = soon if ran.units else pause
                    beat()
            except Exception:  # the database is away, or the disk is full: say so and go on trying
                log.exception("the loop could not look for work; trying again")
            threads = [thread for thread in threads if thread.is_alive()]
            self.stop.wait(pause.total_seconds())
        for thread in threads:
            thread.join()
        if threading.current_thread() is not threading.main_thread():
            connections.close_all()

    def _beat(self) -> None:
        """Say once a minute that the loop is at it: pages tell people when it is not."""
        now = self.clock()
        if self._beaten is None or now - self._beaten >= loop_schedules.BEAT:
            loop_schedules.beat(brands=list(Brand.objects.values_list("id", flat=True)), now=now)
            self._beaten = now

    def once(self) -> list[Ran]:
        """Do all there is to do now, upkeep without its pauses, until nothing is left; failures once."""
        done: list[Ran] = []
        failed: set[tuple[int, str]] = set()
        for _ in range(_ROUNDS):
            ran = list(self._tick(self.tasks, early=True, but=failed))
            done += ran
            failed |= {(one.brand_id, one.task) for one in ran if one.outcome != "done"}
            if not any(one.outcome == "done" for one in ran) or self.stop.is_set():
                break
        return done

    def tick(self) -> list[Ran]:
        """Run each task that is due, once."""
        return list(self._tick(self.tasks, early=False, but=set()))

    def _tick(
        self,
        tasks: Sequence[Task],
        *,
        early: bool,
        but: set[tuple[int, str]],
        beside: list[threading.Thread] | None = None,
    ) -> Iterator[Ran]:
        now = self.clock()
        brands = list(Brand.objects.order_by("id").values_list("id", "zone"))
        loop_schedules.schedule(
            tasks=[
                (brand_id, task.name, now if task.ready else task.when.next_due(now=now, zone_name=zone))
                for brand_id, zone in brands
                for task in tasks
            ]
        )
        for task in tasks:
            for brand_id, zone in brands:
                if self.stop.is_set():
                    return
                if (brand_id, task.name) in but or (task.ready and not task.ready(brand_id, self.clock())):
                    continue
                held = loop_schedules.claim(
                    brand_id=brand_id,
                    task=task.name,
                    worker=self.worker,
                    now=self.clock(),
                    early=early and task.ready is not None,
                )
                if held is None:
                    continue
                if task.beside and beside is not None:
                    thread = threading.Thread(target=self._run_beside, args=(task, held, zone), name=task.name)
                    thread.start()
                    beside.append(thread)
                    continue
                yield self._run(task, held, zone)

    def _run_beside(self, task: Task, held: Claim, zone: str) -> None:
        from django.db import connections

        try:
            self._run(task, held, zone)
        except Exception:  # the database is away: the claim runs out, and the task is taken up again
            log.exception("%s could not say what became of it", task.name)
        finally:
            connections.close_all()

    def _run(self, task: Task, held: Claim, zone: str) -> Ran:
        ran = Ran(task.name, held.brand_id)
        began = renewed = self.clock()
        steps: Iterator[object] = iter(())
        try:
            steps = task.steps(brand_id=held.brand_id, now=began)
            for _ in steps:
                ran.units += 1
                now = self.clock()
                if self.stop.is_set():
                    ran.outcome = "stopped"
                    break
                if now - renewed >= LEASE / 4:
                    if not loop_schedules.renew(held, now=now):
                        ran.outcome = "lost"
                        break
                    renewed = now
        except NotNow:
            ran.outcome = "postponed"
            loop_schedules.postpone(held, due_at=self.clock() + _FIRST_RETRY)
        except Exception as error:  # noqa: BLE001  # one task's failure is kept with it, and stops no other
            ran.outcome, ran.error = "failed", named(error)
            where = "".join(traceback.format_tb(error.__traceback__, limit=-8))
            log.error(  # noqa: TRY400  # its traceback would repeat the values that were wrong
                "%s failed for brand %s: %s\n%s", task.name, held.brand_id, ran.error, where
            )
            wait = min(_FIRST_RETRY * 2 ** min(held.failures, 10), _LAST_RETRY)
            loop_schedules.fail(held, error=f"{ran.error}\n{where}", retry_at=self.clock() + wait)
            return ran
        finally:
            close = getattr(steps, "close", None)
            if close is not None:
                close()
        if ran.outcome == "stopped":
            loop_schedules.release(held)
        elif ran.outcome == "done":
            now = self.clock()
            due_at = task.when.next_due(now=now, zone_name=zone, took=now - began)
            loop_schedules.finish(held, now=now, due_at=due_at)
        return ran
