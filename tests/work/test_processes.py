"""Real processes, killed outright or asked to stop."""

from __future__ import annotations

import signal
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from perennial.cli import main
from perennial.database import ids
from perennial.facts.models.loop import Counter, Dirty, Event, Pending, Schedule
from perennial.figures.queries.check import compare_mirror
from tests.figures.facts import NOW, House, on

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).parents[2]


def worker(task: str, now: datetime) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.work.worker", task, now.isoformat()],
        stdout=subprocess.PIPE, text=True, cwd=ROOT,
    )  # fmt: skip


def run(task: str, now: datetime) -> list[str]:
    process = worker(task, now)
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    return out.split("\n")


def after_units(process: subprocess.Popen[str], count: int) -> None:
    assert process.stdout is not None
    for _ in range(count):
        assert process.stdout.readline().startswith("unit")


def pend(house: House, count: int) -> set[int]:
    events = ids.take(count)
    for event in events:
        Event.objects.create(
            id=event, **house.shop, kind="order.paid", subject_id=event, discriminator=0, occurred_at=NOW,
            recorded_at=NOW, day=1, history=False,
        )  # fmt: skip
        Pending.objects.create(id=ids.new(), brand_id=house.id, reader="probe", event_id=event, due_at=NOW)
    return set(events)


def dealt(house: House) -> dict[int, int]:
    rows = Counter.objects.filter(brand_id=house.id, name__startswith="dealt:")
    return {int(name.partition(":")[2]): n for name, n in rows.values_list("name", "n")}


def test_killed_in_the_middle_everything_is_done_exactly_once() -> None:
    house = House()
    events = pend(house, 200)
    process = worker("pending", NOW)
    after_units(process, 60)
    process.kill()
    process.wait()
    so_far = dealt(house)
    assert 60 <= len(so_far) < 200
    assert len(so_far) + Pending.objects.filter(brand_id=house.id).count() == 200
    assert run("pending", NOW + timedelta(seconds=30)) == [""]  # the dead one's claim still holds
    assert run("pending", NOW + timedelta(seconds=121))[-2] == f"done {200 - len(so_far)}"
    assert dealt(house) == dict.fromkeys(events, 1)
    assert not Pending.objects.filter(brand_id=house.id).exists()


def test_two_at_once_deal_with_each_event_once() -> None:
    house = House()
    events = pend(house, 120)
    Schedule.objects.all().delete()
    processes = [worker("pending", NOW), worker("pending", NOW + timedelta(seconds=200))]  # the second takes over
    for process in processes:
        process.communicate(timeout=120)
        assert process.returncode == 0
    run("pending", NOW + timedelta(seconds=900))
    assert dealt(house) == dict.fromkeys(events, 1)


def test_asked_to_stop_it_ends_after_the_unit_and_gives_its_claim_back() -> None:
    house = House()
    events = pend(house, 200)
    process = worker("pending", NOW)
    after_units(process, 10)
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "stopped" in out
    assert Schedule.objects.get(task="pending").claimed_until is None
    assert run("pending", NOW)[-2].startswith("done")
    assert dealt(house) == dict.fromkeys(events, 1)


def test_a_mirror_killed_half_way_is_finished_by_the_next() -> None:
    house = House()
    who = house.customer()
    for k in range(6):
        house.order(who, on(2023, 1 + k, 3), [{"total": 100 + k, "tax": k}])
    process = worker("mirror", NOW)
    after_units(process, 3)
    process.kill()
    process.wait()
    assert Dirty.objects.filter(brand_id=house.id).exists()
    run("mirror", NOW + timedelta(minutes=3))
    assert not Dirty.objects.filter(brand_id=house.id).exists()
    found = list(compare_mirror(house.id))
    assert [one for one in found if one.differs] == []
    assert sum(one.mirrored for one in found if one.table == "orders") == 6


def perennial(*words: str) -> Any:
    """The command in this process."""
    return CliRunner().invoke(main, list(words))


def test_the_commands() -> None:
    house = House()
    who = house.customer()
    order = house.order(who, on(2024, 5, 3), [{"total": 1210, "tax": 210}])
    command = [sys.executable, "-c", "from perennial.cli import main; main()", "work", "--once"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert "mirror: done" in done.stdout
    checked = perennial("check")
    assert checked.exit_code == 0, checked.output
    assert "0 differ" in checked.output
    type(order).objects.filter(id=order.id).update(net=999)  # behind the house's back: no mark
    checked = perennial("check", "mirror")
    assert checked.exit_code == 1
    assert "orders" in checked.output
    assert "perennial mirror rebuild" in checked.output
    assert perennial("mirror", "rebuild").exit_code == 0
    assert perennial("check", "mirror").exit_code == 0
    type(order).objects.filter(id=order.id).delete()
    checked = perennial("check", "ledger")
    assert checked.exit_code == 1
    assert "order by order_id" in checked.output


def test_what_makes_no_sense_is_refused_with_a_remedy() -> None:
    House()
    zoneless = perennial("work", "--once", "--now", "2024-06-30T12:00:00")
    assert (zoneless.exit_code, "2026-03-01T09:00:00Z" in zoneless.output) == (2, True)
    assert perennial("work", "--once", "--now", "yesterday").exit_code == 2
    assert perennial("work", "--now", "2024-06-30T12:00:00Z").exit_code == 2
    nobody = perennial("check", "--brand", "nobody")
    assert (nobody.exit_code, "known:" in nobody.output) == (1, True)


def test_the_loop_ends_when_asked() -> None:
    House()
    command = [sys.executable, "-c", "from perennial.cli import main; main()", "work"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT)
    assert process.stdout is not None
    assert process.stdout.readline().startswith("perennial work")
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
