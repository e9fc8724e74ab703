"""What one recording carries from step to step, and what it leaves for the loop."""

from __future__ import annotations

from collections import Counter as Tally
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from perennial.database import ids, rows
from perennial.facts.actions.happen import count_up, write_events
from perennial.facts.actions.loop_marks import touch_customers
from perennial.facts.actions.readers import installed
from perennial.facts.models.loop import Dirty
from perennial.facts.rules.readers import EVERYTHING, PERSON
from perennial.facts.rules.versions import Versions
from perennial.values.time import LocalDay, to_us


@dataclass(frozen=True, slots=True)
class Source:
    """Where a batch comes from: a store of a brand, through a door (``name``: csv, shopify, api ...)."""

    name: str
    brand_id: int
    store_id: int
    zone: str
    currency: str  # the brand's reporting currency
    country: str = ""  # reads national phone numbers


@dataclass(slots=True)
class Session:
    """One recording in one transaction."""

    source: Source
    now: datetime
    history: bool
    versions: Versions = field(default_factory=lambda: Versions({}))
    tally: Tally[str] = field(default_factory=Tally)
    touched: dict[int, int] = field(default_factory=dict)  # customer -> what changed of them
    named: set[int] = field(default_factory=set)  # who got an account or address they had not
    dirty: set[tuple[str, int]] = field(default_factory=set)
    events: list[tuple[Any, ...]] = field(default_factory=list)
    now_us: int = 0

    def __post_init__(self) -> None:
        self.now_us = to_us(self.now)

    @property
    def brand_id(self) -> int:
        """The brand all rows belong to."""
        return self.source.brand_id

    @property
    def store_id(self) -> int:
        """The store the batch comes from."""
        return self.source.store_id

    def day(self, at: datetime) -> LocalDay:
        """The store's local day of an instant."""
        return LocalDay.of(at, self.source.zone)

    def mark(self, table: str, month: int) -> None:
        """A month of a mirrored table changes."""
        self.dirty.add((table, month))

    def touch(self, *customers: int | None, what: int = EVERYTHING) -> None:
        """Facts of these customers change; ``what``: of which sorts."""
        for customer in customers:
            if customer is not None:
                self.touched[customer] = self.touched.get(customer, 0) | what

    def event(
        self,
        kind: str,
        subject_id: int,
        occurred_at: datetime,
        customer_id: int | None,
        discriminator: int = 0,
    ) -> None:
        """Something happened to a subject; once per (subject, kind, discriminator) for ever."""
        self.events.append(
            (
                self.brand_id, self.store_id, kind, customer_id, subject_id, discriminator,
                to_us(occurred_at), self.now_us, int(self.day(occurred_at)), self.history,
            )
        )  # fmt: skip

    def close(self) -> None:
        """Write what the loop needs: events with their pending rows, touched customers, dirty months."""
        write_events(self.brand_id, self.events, self.now, history=self.history)
        touch_customers(self.brand_id, [one.name for one in installed() if one.touched], self.touched)
        named = dict.fromkeys(self.named, PERSON)
        touch_customers(self.brand_id, [one.name for one in installed() if one.named and not one.touched], named)
        dirty = sorted(self.dirty)
        rows.upsert(
            Dirty,
            ("id", "brand_id", "table", "month", "n"),
            [
                (id_, self.brand_id, table, month, 1)
                for id_, (table, month) in zip(ids.take(len(dirty)), dirty, strict=True)
            ],
            key=("brand_id", "table", "month"),
            change={"n": '"dirty"."n" + 1'},
        )

    def count(self, counts: Tally[str]) -> None:
        """Add to the brand's counters."""
        count_up(self.brand_id, counts)
