"""Writers of all processes take turns, and a dead one holds nobody up."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from pathlib import Path

import pytest

from perennial.database.fairlock import FairLock

spawn = multiprocessing.get_context("spawn")


def _hog(path: str, rounds: int, counter: str) -> None:
    lock = FairLock.at(Path(path))
    for _ in range(rounds):
        lock.acquire()
        value = int(Path(counter).read_text() or 0)
        Path(counter).write_text(str(value + 1))
        lock.release()


def test_nothing_is_lost_between_processes(tmp_path):
    counter = tmp_path / "counter"
    counter.write_text("0")
    workers = [spawn.Process(target=_hog, args=(str(tmp_path / "lock"), 300, str(counter))) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert counter.read_text() == "1200"


def _hold(path: str, ready, go) -> None:
    lock = FairLock.at(Path(path))
    lock.acquire()
    ready.set()
    go.wait()


def _wait_in_line(path: str, queued) -> None:
    lock = FairLock.at(Path(path))
    queued.set()
    lock.acquire()
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_killed_holder_and_a_killed_waiter_hold_nobody_up(tmp_path):
    path = str(tmp_path / "lock")
    ready, go, queued = spawn.Event(), spawn.Event(), spawn.Event()
    holder = spawn.Process(target=_hold, args=(path, ready, go))
    holder.start()
    ready.wait()
    waiter = spawn.Process(target=_wait_in_line, args=(path, queued))
    waiter.start()
    queued.wait()
    holder.kill()
    lock = FairLock.at(Path(path))
    lock.acquire()
    lock.release()
    waiter.join()
    assert waiter.exitcode == -signal.SIGKILL
    holder.join()


def test_first_come_first_served(tmp_path):
    """A writer in a hurry cannot overtake: each acquisition waits for those that asked before."""
    path = tmp_path / "lock"
    order: list[int] = []
    lock = FairLock.at(path)
    lock.acquire()
    first_in_line = spawn.Process(target=_hog, args=(str(path), 1, str(tmp_path / "counter")))
    (tmp_path / "counter").write_text("0")
    first_in_line.start()
    number = int.from_bytes(path.read_bytes()[8:16], "little")
    while int.from_bytes(path.read_bytes()[8:16], "little") == number:
        os.sched_yield()  # until the other process has taken its number
    lock.release()
    lock.acquire()
    order.append(int((tmp_path / "counter").read_text()))
    lock.release()
    first_in_line.join()
    assert order == [1]


def test_threads_of_one_process_queue_too(tmp_path):
    lock = FairLock.at(tmp_path / "lock")
    total = 0

    def add() -> None:
        nonlocal total
        for _ in range(200):
            lock.acquire()
            seen = total
            total = seen + 1
            lock.release()

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert total == 800


def test_an_interrupt_while_waiting_gives_the_number_back(tmp_path):
    path = tmp_path / "lock"
    ready, go = spawn.Event(), spawn.Event()
    holder = spawn.Process(target=_hold, args=(str(path), ready, go))
    holder.start()
    ready.wait()
    lock = FairLock.at(path)

    def interrupt(signum, frame):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    try:
        with pytest.raises(KeyboardInterrupt):
            lock.acquire()
    finally:
        signal.signal(signal.SIGALRM, before)
    go.set()
    holder.join()
    lock.acquire()
    lock.release()
