"""Verbs over the marks that recordings leave: dirty months, touched customers.

A mark says "look again", and ``n`` how often it was said. Read the marks first, then the facts: what was
committed before the marks were read is seen. A mark is cleared only if it still is the one that was read,
by id and n: whatever was recorded meanwhile has raised n in its own transaction, or made a new mark.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from django.db import connection, transaction

from perennial.database import ids, rows
from perennial.facts.models.loop import Dirty, Touched
from perennial.facts.rules.readers import EVERYTHING

# No table: months written again are not enough, what was written of them before has to go, too.
REPLACED = "replaced"
_AT_ONCE = 2_000  # rows per transaction: a few milliseconds of SQLite's write lock

_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class DirtyMark:
    """A month of a mirrored table to be written again, as it was read."""

    id: int
    table: str
    month: int
    n: int


@dataclass(frozen=True, slots=True)
class TouchedMark:
    """A customer to be looked at again, as it was read."""

    id: int
    customer_id: int
    n: int
    what: int


def dirty(*, brand_id: int) -> list[DirtyMark]:
    """All dirty months of a brand, the newest first."""
    found = Dirty.objects.filter(brand_id=brand_id).order_by("-month", "table")
    return [DirtyMark(*row) for row in found.values_list("id", "table", "month", "n")]


def touched(*, brand_id: int, reader: str, limit: int | None = None) -> list[TouchedMark]:
    """The customers a reader has to look at, in the order of their ids: as the index has them, nothing is sorted."""
    found = Touched.objects.filter(brand_id=brand_id, reader=reader).order_by("customer_id")[:limit]
    return [TouchedMark(*row) for row in found.values_list("id", "customer_id", "n", "what")]


def touch_customers(brand_id: int, readers: Sequence[str], customers: Mapping[int, int]) -> None:
    """Mark customers for each of the readers, in the caller's transaction: customer -> what changed, as bits."""
    wanted = [(reader, customer) for reader in readers for customer in sorted(customers)]
    rows.upsert(
        Touched,
        ("id", "brand_id", "reader", "customer_id", "n", "what"),
        [
            (id_, brand_id, reader, customer, 1, customers[customer])
            for id_, (reader, customer) in zip(ids.take(len(wanted)), wanted, strict=True)
        ],
        key=("brand_id", "reader", "customer_id"),
        change={"n": '"touched"."n" + 1', "what": '"touched"."what" | excluded."what"'},
    )


def clear_dirty(marks: Iterable[DirtyMark]) -> int:
    """Forget the marks that are still as they were read; gives back how many."""
    return _clear(Dirty, [(mark.id, mark.n) for mark in marks])


def clear_touched(marks: Iterable[TouchedMark]) -> int:
    """Forget the marks that are still as they were read; gives back how many."""
    # In the order in which recordings write them: else two that wait for each other would be a ring.
    ordered = sorted(marks, key=lambda mark: mark.customer_id)
    return _clear(Touched, [(mark.id, mark.n) for mark in ordered])


def touch(*, brand_id: int, reader: str, customers: Iterable[int], what: int = EVERYTHING) -> None:
    """Have a reader look at customers again: by a room above, in the transaction of what it changed about them."""
    for part in _parts(sorted(set(customers))):
        with transaction.atomic():
            touch_customers(brand_id, [reader], dict.fromkeys(part, what))


def mark_dirty(*, brand_id: int, months: Iterable[tuple[str, int]]) -> None:
    """Ask for (table, month) to be written again."""
    wanted = sorted(set(months))
    for part in _parts(wanted):
        with transaction.atomic():
            rows.upsert(
                Dirty,
                ("id", "brand_id", "table", "month", "n"),
                [
                    (id_, brand_id, table, month, 1)
                    for id_, (table, month) in zip(ids.take(len(part)), part, strict=True)
                ],
                key=("brand_id", "table", "month"),
                change={"n": '"dirty"."n" + 1'},
            )


def _clear(model: type[Dirty | Touched], read: Sequence[tuple[int, int]]) -> int:
    cleared = 0
    for part in _parts(read):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.executemany(f'DELETE FROM "{model._meta.db_table}" WHERE id = %s AND n = %s', part)  # noqa: S608
            cleared += int(cursor.rowcount)
    return cleared


def _parts(items: Sequence[_Item]) -> Iterable[Sequence[_Item]]:
    return (items[start : start + _AT_ONCE] for start in range(0, len(items), _AT_ONCE))
