"""One store, the loop, and the segments of its desk: what every tactic's test goes through."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from perennial.facts.rules import records as r
from tests.facts.builders import NOW, line, order

NEW = r.Who(account="c3", email="new@example.com")
TODAY = 91  # days from the builders' start to their now

_FOLLOWING = ("rates", "mirror", "figures", "listed", "segments", "lists")


def bought(name: str, who: r.Who, total: int, ago: float = 0) -> r.Order:
    """An order of so many minor units, so many days ago."""
    return order(name, who=who, day=TODAY - ago, lines=(line("1", total),))


@dataclass
class Followed:
    """A store on a clock of its own: what is recorded, the loop follows."""

    source: Any
    now: datetime = NOW
    tasks: Iterable[str] = field(default=_FOLLOWING)

    def record(self, **kinds: Any) -> None:
        from perennial.facts.actions.record import record
        from perennial.facts.rules.records import Batch

        record(Batch(**kinds), source=self.source, now=self.now)

    def segment(self, key: str, rule: str) -> None:
        from perennial.documents.actions import save

        save(
            brand_id=self.source.brand_id, kind="segment", key=key, body={"title": key, "rule": rule}, author="ada",
            seen_version=0, state="live", now=self.now,
        )  # fmt: skip

    def follow(self, **later: int) -> None:
        """The loop's tasks, once, after some time."""
        from perennial.work.loop import Loop
        from perennial.work.tasks import TASKS

        self.now += timedelta(**later)
        for ran in Loop(clock=lambda: self.now, tasks=[task for task in TASKS if task.name in self.tasks]).once():
            assert ran.outcome == "done", (ran.task, ran.error)

    def members(self, key: str) -> set[str]:
        """The shop accounts of who is in a segment."""
        from perennial.facts.models.people import Identity
        from perennial.segments.models import Membership

        people = Membership.objects.filter(brand_id=self.source.brand_id, segment=key, left_at=None)
        accounts = Identity.objects.filter(
            kind="account", customer_id__in=list(people.values_list("customer_id", flat=True))
        )
        return set(accounts.values_list("value", flat=True))


@pytest.fixture
def followed(transactional_db: None) -> Followed:
    from perennial.facts.actions.stores import open_store, source_of

    store = open_store(now=NOW, currency="EUR", zone="Europe/Madrid", locale="es-ES")
    return Followed(source_of(store, "test"))
