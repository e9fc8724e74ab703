"""What one recording carries from step to step, and what it leaves for the loop."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from perennial.database import ids, rows
from perennial.facts.actions.readers import installed
from perennial.facts.models.loop import Counter, Dirty, Event, Pending, Touched
from perennial.facts.rules.versions import Versions
from perennial.values.time import LocalDay, from_us, to_us

_EVENT = rows.columns_of(Event)


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
    touched: set[int] = field(default_factory=set)
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

    def touch(self, *customers: int | None) -> None:
        """Facts of these customers change."""
        self.touched.update(customer for customer in customers if customer is not None)

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
        self._write_events()
        readers = [(reader.name, self.touched if reader.touched else self.named) for reader in installed()
                   if reader.touched or reader.named]  # fmt: skip
        self._count_up(
            Touched, "customer_id", [(reader, customer) for reader, whom in readers for customer in sorted(whom)]
        )
        self._count_up(Dirty, "month", sorted(self.dirty))

    def _count_up(self, model: type[Touched | Dirty], second: str, keys: Iterable[tuple[str, int]]) -> None:
        keys = list(keys)
        first = "reader" if model is Touched else "table"
        table = model._meta.db_table
        rows.upsert(
            model,
            ("id", "brand_id", first, second, "n"),
            [
                (id_, self.brand_id, name, number, 1)
                for id_, (name, number) in zip(ids.take(len(keys)), keys, strict=True)
            ],
            key=("brand_id", first, second),
            change={"n": f'"{table}"."n" + 1'},
        )

    def _write_events(self) -> None:
        if not self.events:
            return
        numbered = [(id_, *event) for id_, event in zip(ids.take(len(self.events)), self.events, strict=True)]
        written = rows.insert_missing(Event, _EVENT, numbered)
        readers = [reader for reader in installed() if reader.kinds and (reader.history or not self.history)]
        if not readers:
            return
        if written != len(numbered):  # some had happened already: those make nothing pending again
            new = {id_ for (id_,) in rows.fetch(Event, ("id",), "id", [event[0] for event in numbered])}
            numbered = [event for event in numbered if event[0] in new]
        pending: list[tuple[Any, ...]] = []
        late: Tally[str] = Tally()
        for event in numbered:
            kind, occurred_at = event[3], from_us(event[7])
            for reader in readers:
                if not reader.hears(kind, history=self.history):
                    continue
                if reader.too_old(occurred_at, self.now):
                    late[f"late:{reader.name}"] += 1
                else:
                    pending.append((self.brand_id, reader.name, event[0], self.now_us, 0, ""))
        rows.insert(
            Pending,
            ("id", "brand_id", "reader", "event_id", "due_at", "attempts", "error"),
            [(id_, *row) for id_, row in zip(ids.take(len(pending)), pending, strict=True)],
        )
        self.count(late)

    def count(self, counts: Tally[str]) -> None:
        """Add to the brand's counters."""
        rows.upsert(
            Counter,
            ("id", "brand_id", "name", "n"),
            [
                (id_, self.brand_id, name, n)
                for id_, (name, n) in zip(ids.take(len(counts)), sorted(counts.items()), strict=True)
            ],
            key=("brand_id", "name"),
            change={"n": '"counter"."n" + excluded."n"'},
        )
