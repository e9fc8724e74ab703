"""Say that something happened in a room above: an event for whoever hears of its kind."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from perennial.database import ids, rows
from perennial.facts.actions.readers import installed
from perennial.facts.models.loop import Counter, Event, Pending
from perennial.values.time import from_us, to_us

_EVENT = rows.columns_of(Event)


@dataclass(frozen=True, slots=True)
class Happened:
    """Something that happened once to ``subject_id``, at ``occurred_at``, on a local ``day``."""

    kind: str
    customer_id: int | None
    subject_id: int
    occurred_at: datetime
    day: int
    store_id: int = 0  # 0: of the whole brand
    discriminator: int = 0


def happened(*, brand_id: int, events: Sequence[Happened], now: datetime, history: bool = False) -> None:
    """Write events in the caller's transaction; nothing where no reader hears of their kind.

    Each happens once: the same subject, kind and discriminator again changes nothing. ``history``: of times past.
    """
    heard = [one for one in events if any(reader.hears(one.kind, history=history) for reader in installed())]
    write_events(
        brand_id,
        [
            (
                brand_id, one.store_id, one.kind, one.customer_id, one.subject_id, one.discriminator,
                to_us(one.occurred_at), to_us(now), one.day, history,
            )
            for one in heard
        ],
        now,
        history=history,
    )  # fmt: skip


def write_events(brand_id: int, events: Sequence[tuple[Any, ...]], now: datetime, *, history: bool) -> None:
    """Write rows of `Event` (without ids) that are new, and one `Pending` for each reader that hears of them."""
    if not events:
        return
    numbered = [(id_, *event) for id_, event in zip(ids.take(len(events)), events, strict=True)]
    written = rows.insert_missing(Event, _EVENT, numbered)
    readers = [reader for reader in installed() if reader.kinds and (reader.history or not history)]
    if not readers:
        return
    if written != len(numbered):  # some had happened already: those make nothing pending again
        new = {id_ for (id_,) in rows.fetch(Event, ("id",), "id", [event[0] for event in numbered])}
        numbered = [event for event in numbered if event[0] in new]
    now_us = to_us(now)
    pending: list[tuple[Any, ...]] = []
    late: Tally[str] = Tally()
    for event in numbered:
        kind, occurred_at = event[3], from_us(event[7])
        for reader in readers:
            if not reader.hears(kind, history=history):
                continue
            if reader.too_old(occurred_at, now):
                late[f"late:{reader.name}"] += 1
            else:
                pending.append((brand_id, reader.name, event[0], now_us, 0, ""))
    rows.insert(
        Pending,
        ("id", "brand_id", "reader", "event_id", "due_at", "attempts", "error"),
        [(id_, *row) for id_, row in zip(ids.take(len(pending)), pending, strict=True)],
    )
    count_up(brand_id, late)


def count_up(brand_id: int, counts: Tally[str]) -> None:
    """Add to the brand's counters."""
    rows.upsert(
        Counter,
        ("id", "brand_id", "name", "n"),
        [
            (id_, brand_id, name, n)
            for id_, (name, n) in zip(ids.take(len(counts)), sorted(counts.items()), strict=True)
        ],
        key=("brand_id", "name"),
        change={"n": '"counter"."n" + excluded."n"'},
    )
