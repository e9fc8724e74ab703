"""Static lists: make one, put people on it, take them off, retire it.

Whoever is put on twice is on once. An entry is joined with every customer at its address: several people at one
address stay several until somebody confirms that they are one, and which of them was meant nobody can tell. What a
rule asks is whether the person is on the list, whatever customer of theirs the entry led to.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from perennial.database import ids, rows
from perennial.database.transactions import atomically, hold
from perennial.documents.queries import bodies
from perennial.facts.actions.erasing.again import erased_names, erasure_place
from perennial.facts.actions.jobs import want_job
from perennial.facts.models.erasure import Erased
from perennial.facts.models.people import Customer, Identity
from perennial.segments.actions.judge_again import judge_again
from perennial.segments.models import Listed, StaticList
from perennial.segments.queries.lists import JOB
from perennial.segments.rules.listing import Entry
from perennial.segments.rules.naming import lists_named
from perennial.segments.rules.segment import KIND
from perennial.values.ids import parse
from perennial.values.reason import Refused
from perennial.values.time import to_us

MOST = 500  # entries per call: some 20 ms of SQLite's write lock
_TITLE, _KEY = 120, re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_NEW = "new"  # an address of its own: no list is called so
_LISTED = rows.columns_of(Listed)


@dataclass(frozen=True, slots=True)
class Added:
    """What became of entries: new on the list, ``known`` (on it already, or stated twice), ``matched`` of the new.

    ``erased``: of somebody who was erased; those are not put on it.
    """

    new: int = 0
    known: int = 0
    matched: int = 0
    erased: frozenset[Entry] = field(default_factory=frozenset)


def make_list(*, brand_id: int, title: str, now: datetime, key: str = "") -> StaticList:
    """A new list. ``key``: how rules name it, for ever; "": made of the title. Raises Refused."""
    title = " ".join(title.replace("\0", "").split())
    if not 0 < len(title) <= _TITLE:
        raise Refused(f"a list's name has 1 to {_TITLE} letters", "list.title", most=_TITLE)
    if key and (key == _NEW or not _KEY.fullmatch(key)):
        raise Refused("a key has small letters, digits, - and _, at most 64", "list.key")
    with transaction.atomic():
        found = key or _free_key(brand_id, title)
        row, new = StaticList.objects.get_or_create(
            brand_id=brand_id, key=found,
            defaults={"id": ids.new(), "title": title, "created_at": now, "counts": {"matched": 0, "waiting": 0}},
        )  # fmt: skip
        if not new:
            raise Refused(f"there is a list {found!r} already, or was: choose another key", "list.taken", key=found)
    return row


def _free_key(brand_id: int, title: str) -> str:
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    stem = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:48] or "list"
    taken = set(StaticList.objects.filter(brand_id=brand_id, key__startswith=stem).values_list("key", flat=True))
    taken.add(_NEW)
    return next(key for n in range(1, len(taken) + 2) if (key := stem if n == 1 else f"{stem}-{n}") not in taken)


def add_to_list(
    *, brand_id: int, list_id: int, entries: Sequence[Entry], now: datetime,
    also: Callable[[Added], None] = lambda _: None,
) -> Added:  # fmt: skip
    """Put at most `MOST` entries on a list and join them with the customers they lead to, in one transaction.

    ``also`` is called in it: there a job says how far it is. Raises Refused where the list is gone.
    """
    if len(entries) > MOST:
        raise ValueError(f"put at most {MOST} entries on a list at once, not {len(entries)}")

    def work() -> Added:
        added = _add(brand_id, list_id, entries, now)
        also(added)
        return added

    return atomically(work)


def _add(brand_id: int, list_id: int, given: Sequence[Entry], now: datetime) -> Added:
    # First, for an erasure waits for rows while it holds its place; then the list, so that its counts stay true.
    hold(erasure_place(brand_id), shared=True)
    row = locked(brand_id, list_id)
    wanted = dict.fromkeys(given)
    held = {Entry(*key) for key in _held(brand_id, list_id, wanted, ("kind", "value", "store_id"))}
    fresh = [one for one in wanted if one not in held]
    leads = customers_of(brand_id, fresh)
    # An address that an erased person shared with somebody is that somebody's.
    erased = _erased(brand_id, [one for one in fresh if one.kind == "id" or one not in leads])
    leads = {one: found for one, found in leads.items() if one not in erased}
    new = [one for one in fresh if one not in erased]
    at = to_us(now)
    made = [
        (brand_id, list_id, one.kind, one.value, one.store_id, customer, at, None if customer is None else at)
        for one in new
        for customer in sorted(leads.get(one, ())) or (None,)
    ]
    rows.insert(Listed, _LISTED, [(id_, *values) for id_, values in zip(ids.take(len(made)), made, strict=True)])
    judge_again(brand_id=brand_id, customers={customer for found in leads.values() for customer in found})
    matched = len(leads)
    count(row, matched=matched, waiting=len(new) - matched)
    stated_erased = sum(1 for one in given if one in erased)
    return Added(len(new), len(given) - len(new) - stated_erased, matched, frozenset(erased))


def locked(brand_id: int, list_id: int) -> StaticList:
    """The list, held until the transaction ends. Refused where it is retired or was never there."""
    row = StaticList.objects.select_for_update().filter(brand_id=brand_id, id=list_id, retired_at=None).first()
    if row is None:
        raise Refused("this list is gone: make another", "list.gone")
    return row


def count(row: StaticList, *, matched: int, waiting: int) -> None:
    """Move the counts of a `locked` list."""
    before = row.counts
    row.counts = {
        "matched": max(before.get("matched", 0) + matched, 0), "waiting": max(before.get("waiting", 0) + waiting, 0),
    }  # fmt: skip
    row.save(update_fields=["counts"])


def _by_kind(entries: Iterable[Entry]) -> Mapping[str, list[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for one in entries:
        found[one.kind].add(one.value)
    return {kind: sorted(values) for kind, values in found.items()}


def _held(brand_id: int, list_id: int, entries: Iterable[Entry], columns: Sequence[str]) -> list[tuple[Any, ...]]:
    """Rows of a list with the kinds and values of ``entries``."""
    return [
        row
        for kind, values in _by_kind(entries).items()
        for row in rows.fetch(
            Listed, columns, "value", values, equal={"brand_id": brand_id, "kind": kind, "list_id": list_id}
        )
    ]


def _erased(brand_id: int, entries: Iterable[Entry]) -> set[Entry]:
    gone = Erased.objects.filter(brand_id=brand_id)
    if not gone.exists():
        return set()
    places: dict[tuple[str, int], dict[str, Entry]] = defaultdict(dict)
    for one in entries:
        places[one.kind, one.store_id][one.value] = one
    found: set[Entry] = set()
    for (kind, store_id), named in places.items():
        if kind == "id":
            numbers = {parse("cus", value): one for value, one in named.items()}
            found |= {
                numbers[id_] for (id_,) in rows.fetch(Erased, ("id",), "id", numbers, equal={"brand_id": brand_id})
            }
        else:
            found |= {named[value] for value in erased_names(brand_id, kind, store_id, named)}
    return found


def customers_of(brand_id: int, entries: Iterable[Entry]) -> dict[Entry, set[int]]:
    """Every customer that entries lead to; entries that lead to nobody are not in it.

    An address leads to whoever has or had it, and to a shop account that is called by it.
    """
    wanted = set(entries)
    found: dict[Entry, set[int]] = defaultdict(set)
    equal = {"brand_id": brand_id}
    for kind, values in _by_kind(wanted).items():
        if kind == "id":
            numbers = {parse("cus", value): Entry("id", value) for value in values}
            for (id_,) in rows.fetch(Customer, ("id",), "id", sorted(numbers), equal=equal):
                found[numbers[id_]].add(id_)
            continue
        for known in ("email", "account") if kind == "email" else (kind,):
            for value, store_id, customer in rows.fetch(
                Identity, ("value", "store_id", "customer_id"), "value", values, equal={**equal, "kind": known}
            ):
                one = Entry(kind, value, store_id if kind == "account" else 0)  # type: ignore[arg-type]
                if one in wanted:
                    found[one].add(customer)
    return dict(found)


def remove_from_list(*, brand_id: int, list_id: int, entries: Sequence[Entry]) -> int:
    """Take at most `MOST` entries off a list; gives back how many were on it. Raises Refused where it is gone."""
    if len(entries) > MOST:
        raise ValueError(f"take at most {MOST} entries off a list at once, not {len(entries)}")

    def work() -> int:
        row = locked(brand_id, list_id)
        wanted = set(entries)
        held = [
            (Entry(kind, value, store_id), id_, customer)
            for id_, kind, value, store_id, customer in _held(
                brand_id, list_id, wanted, ("id", "kind", "value", "store_id", "customer_id")
            )
            if Entry(kind, value, store_id) in wanted
        ]
        return take_off(row, held)

    return atomically(work)


def take_off(row: StaticList, held: Sequence[tuple[Entry, int, int | None]]) -> int:
    """Delete rows (entry, row, customer) of a `locked` list; gives back of how many entries nothing is left."""
    waiting = {one for one, _, customer in held if customer is None}
    led = {one for one, _, customer in held if customer is not None}
    rows.remove(Listed, "id", [id_ for _, id_, _ in held], equal={"brand_id": row.brand_id})
    left = {Entry(*key) for key in _held(row.brand_id, row.id, led, ("kind", "value", "store_id"))}
    judge_again(brand_id=row.brand_id, customers={one for *_, one in held if one is not None})
    count(row, matched=-len(led - left), waiting=-len(waiting))
    return len(led - left) + len(waiting)


def retire_list(*, brand_id: int, list_id: int, now: datetime) -> None:
    """End a list: nobody is on it any more, and the work loop takes its entries out. There is no way back.

    Raises Refused where a segment still names it, or where it is gone.
    """
    with transaction.atomic():
        row = locked(brand_id, list_id)
        if naming := named_by(brand_id=brand_id, key=row.key):
            told = ", ".join(naming)
            raise Refused(f"segments name this list: {told}. Change them first", "list.named", segments=told)
        StaticList.objects.filter(id=row.id).update(retired_at=now)
        want_job(brand_id=brand_id, kind=JOB, key=f"{list_id}:retire", now=now, cursor={"retire": True})


def named_by(*, brand_id: int, key: str) -> list[str]:
    """The titles of the segments, drafts included, that name a list."""
    return [body.title for body in bodies(KIND, brand_id=brand_id).values() if key in lists_named(body.rule)]
