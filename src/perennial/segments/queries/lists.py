"""Questions to static lists: which there are, what stands on them, what became of what was added."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from perennial.database import rows
from perennial.facts.models.loop import Job
from perennial.segments.models import Listed, StaticList
from perennial.segments.rules.listing import KINDS, Entry

JOB = "list"  # kind of the jobs that work on lists
_ADDITIONS = 20
_SLICE = 1_000
_COLUMNS = ("kind", "value", "store_id", "customer_id", "added_at", "matched_at")


@dataclass(frozen=True, slots=True)
class Shown:
    """An entry with the customers it leads to (none: it waits)."""

    entry: Entry
    customers: tuple[int, ...]
    added_at: datetime
    matched_at: datetime | None


def lists(*, brand_id: int) -> list[StaticList]:
    """The brand's lists that are in use, by title."""
    return list(StaticList.objects.filter(brand_id=brand_id, retired_at=None).order_by("title", "key"))


def list_of(*, brand_id: int, key: str) -> StaticList | None:
    """A list in use; None where there is none of that key."""
    return StaticList.objects.filter(brand_id=brand_id, key=key, retired_at=None).first()


def entries(
    *, brand_id: int, list_id: int, matched: bool, search: str = "", after: Entry | None = None, limit: int = 50
) -> list[Shown]:
    """Entries that lead to somebody, or to nobody yet, by kind and value, behind ``after``.

    ``search``: how their value begins, as it stands on the list.
    """
    found = Listed.objects.filter(brand_id=brand_id, list_id=list_id, customer_id__isnull=not matched)
    kinds = sorted(KINDS)
    order = ("kind", "value", "store_id", "customer_id")
    kept: list[Shown] = []
    for kind in kinds:
        if after is not None and kind < after.kind:
            continue
        part = found.filter(kind=kind)
        if search:
            part = part.filter(value__startswith=search)
        if after is not None and kind == after.kind:
            part = part.filter(value__gte=after.value)
        # Several rows may be one entry: read on until there are enough entries. Few share an address.
        for one in _whole(part.order_by(*order).values_list(*_COLUMNS).iterator(chunk_size=limit + 1), after):
            kept.append(one)
            if len(kept) == limit:
                return kept
    return kept


def _whole(found: Iterable[tuple[Any, ...]], after: Entry | None) -> Iterator[Shown]:
    open_: list[tuple[Any, ...]] = []
    for row in found:
        key = (row[1], row[2])
        if after is not None and row[0] == after.kind and key <= (after.value, after.store_id):
            continue
        if open_ and (open_[0][1], open_[0][2]) != key:
            yield _one(open_)
            open_ = []
        open_.append(row)
    if open_:
        yield _one(open_)


def _one(found: Sequence[tuple[Any, ...]]) -> Shown:
    kind, value, store_id, _, added_at, matched_at = found[0]
    return Shown(
        Entry(kind, value, store_id), tuple(row[3] for row in found if row[3] is not None), added_at, matched_at
    )


def everybody_waiting(*, brand_id: int, list_id: int) -> Iterator[Entry]:
    """Every entry that leads to nobody yet, read in slices: no reader holds the database for long."""
    after: Entry | None = None
    while some := entries(brand_id=brand_id, list_id=list_id, matched=False, after=after, limit=_SLICE):
        yield from (one.entry for one in some)
        after = some[-1].entry


def additions(*, brand_id: int, list_id: int) -> list[Job]:
    """The newest additions to a list, and its emptying: how far each is and what became of it."""
    found = Job.objects.filter(brand_id=brand_id, kind=JOB, key__gte=f"{list_id}:", key__lt=f"{list_id};")
    return list(found.order_by("-created_at", "-id")[:_ADDITIONS])


def addition(*, brand_id: int, list_id: int, job_id: int) -> Job | None:
    """One of them."""
    found = Job.objects.filter(brand_id=brand_id, kind=JOB, id=job_id).first()
    return found if found is not None and found.key.startswith(f"{list_id}:") else None


def listed(*, brand_id: int, customers: Iterable[int]) -> dict[int, frozenset[str]]:
    """The keys of the lists that each of ``customers`` is on (as such: whoever asks adds those of their aliases)."""
    keys = dict(StaticList.objects.filter(brand_id=brand_id, retired_at=None).values_list("id", "key"))
    found: dict[int, set[str]] = {}
    for customer, list_id in rows.fetch(
        Listed, ("customer_id", "list_id"), "customer_id", customers, equal={"brand_id": brand_id}
    ):
        if list_id in keys:
            found.setdefault(customer, set()).add(keys[list_id])
    return {customer: frozenset(names) for customer, names in found.items()}
