"""A worker process for the tests: runs one of the tasks below by the real loop, telling each unit of work.

python -m tests.work.worker <task> <now>
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

READER = "probe"


def tell(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


def deal(due: Any) -> None:
    """Count how often each event was dealt with."""
    from django.db.models import F

    from perennial.database import ids
    from perennial.facts.models.loop import Counter

    name = f"dealt:{due.event_id}"
    if not Counter.objects.filter(brand_id=due.brand_id, name=name).update(n=F("n") + 1):
        Counter.objects.create(id=ids.new(), brand_id=due.brand_id, name=name, n=1)


def pending(*, brand_id: int, now: datetime) -> Iterator[object]:
    from perennial.facts.actions.loop_pending import deal_steps

    for done in deal_steps(reader=READER, brand_id=brand_id, now=now, deal=deal):
        tell("unit", done)
        yield done


def mirror(*, brand_id: int, now: datetime) -> Iterator[object]:
    from perennial.figures.actions.refresh_mirror import mirror_steps

    for month in mirror_steps(brand_id=brand_id, now=now):
        tell("unit", month)
        yield month


def main() -> None:
    import signal

    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "perennial.settings"
    django.setup()
    from perennial.work.loop import Loop
    from perennial.work.schedules import Every
    from perennial.work.tasks import Task

    steps = {"pending": pending, "mirror": mirror}[sys.argv[1]]
    now = datetime.fromisoformat(sys.argv[2])
    task = Task(sys.argv[1], Every(timedelta(seconds=1)), steps, ready=lambda *_: True)
    loop = Loop(clock=lambda: now, tasks=(task,))
    signal.signal(signal.SIGTERM, lambda *_: loop.stop.set())
    for ran in loop.tick():
        tell(ran.outcome, ran.units)


if __name__ == "__main__":
    main()
