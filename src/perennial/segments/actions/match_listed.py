"""Join entries of static lists with customers who appear later.

Recordings mark whoever gets an account or address that they had not (`Reader(named=True)`), in their own
transaction; here those few are looked up among the lists. That costs least of what was weighed: a mark per touched
customer would make every order of somebody known pay for it, holding all waiting entries against all addresses
again and again costs a look-up for each of maybe millions, and to remember how far one has looked would miss what
is committed late.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime

from perennial.database import ids, rows
from perennial.database.transactions import atomically
from perennial.facts.actions import loop_marks
from perennial.facts.models.loop import Touched
from perennial.facts.models.people import Identity
from perennial.segments.actions.judge_again import judge_again
from perennial.segments.actions.lists import count
from perennial.segments.models import Listed, StaticList
from perennial.segments.rules.listing import Entry
from perennial.values.time import to_us

READER = "lists"
_MARKS = 10_000  # read at once
_AIM_SECONDS = 0.03  # of SQLite's write lock
_FEWEST, _MOST = 50, 1_000
_COLUMNS = ("id", "list_id", "kind", "value", "store_id", "customer_id", "added_at")
_LISTED = rows.columns_of(Listed)
_Row = tuple[int, int, str, str, int, int | None, int]


def somebody_is_named(brand_id: int) -> bool:
    """Whether a customer got an account or address that nobody has looked up among the lists."""
    return Touched.objects.filter(brand_id=brand_id, reader=READER).exists()


def match_steps(*, brand_id: int, now: datetime) -> Iterator[int]:
    """Look up the marked customers; yields after each transaction how many entries were joined."""
    size = 250
    while True:
        # Marks before facts: what is recorded after this leaves another mark.
        marks = loop_marks.touched(brand_id=brand_id, reader=READER, limit=_MARKS)
        start = 0
        while start < len(marks):
            part = marks[start : start + size]
            began = time.perf_counter()
            yield match_listed(brand_id=brand_id, customers=[mark.customer_id for mark in part], now=now)
            spent = time.perf_counter() - began
            loop_marks.clear_touched(part)
            start += len(part)
            size = int(min(max(size * min(_AIM_SECONDS / max(spent, 1e-4), 2.0), _FEWEST), _MOST))
        if len(marks) < _MARKS:
            return


def match_listed(*, brand_id: int, customers: Sequence[int], now: datetime) -> int:
    """Join the entries that lead to these customers by now with them; gives back how many rows were written.

    An entry that led to somebody else is joined with them, too. At most some hundred customers: one transaction.
    """
    if not _wanted(brand_id, customers):
        return 0  # nearly always: no transaction
    return atomically(lambda: _match(brand_id, customers, to_us(now)))


def _wanted(brand_id: int, customers: Sequence[int]) -> dict[tuple[int, Entry], tuple[list[_Row], set[int]]]:
    """By list and entry: the rows there are, and the customers that are not among them."""
    leads: dict[str, dict[tuple[str, int], set[int]]] = defaultdict(lambda: defaultdict(set))
    for customer, kind, value, store_id in rows.fetch(
        Identity, ("customer_id", "kind", "value", "store_id"), "customer_id", customers, equal={"brand_id": brand_id}
    ):
        leads[kind][value, store_id if kind == "account" else 0].add(customer)
        if kind == "account" and "@" in value:
            leads["email"][value, 0].add(customer)  # simple shops call an account by its address
    found: dict[tuple[int, Entry], list[_Row]] = defaultdict(list)
    for kind, places in leads.items():
        values = sorted({value for value, _ in places})
        for row in rows.fetch(Listed, _COLUMNS, "value", values, equal={"brand_id": brand_id, "kind": kind}):
            if (row[3], row[4]) in places:
                found[row[1], Entry(*row[2:5])].append(row)
    missing = {
        place: (held, leads[place[1].kind][place[1].value, place[1].store_id] - {row[5] for row in held})
        for place, held in found.items()
    }
    return {place: told for place, told in missing.items() if told[1]}


def _match(brand_id: int, customers: Sequence[int], at: int) -> int:
    # The lists first, in one order, then what stands on them: as it is when nobody else can change it.
    lists = sorted({list_id for list_id, _ in _wanted(brand_id, customers)})
    held = {
        row.id: row
        for row in StaticList.objects.select_for_update()
        .filter(brand_id=brand_id, id__in=lists, retired_at=None)
        .order_by("id")
    }
    gone: list[int] = []
    made: list[tuple[int, str, str, int, int, int]] = []
    joined: dict[int, int] = defaultdict(int)
    for (list_id, one), (before, new) in _wanted(brand_id, customers).items():
        if list_id not in held:
            continue
        waiting = [row[0] for row in before if row[5] is None]
        gone += waiting
        joined[list_id] += len(waiting)
        made += [(list_id, one.kind, one.value, one.store_id, customer, before[0][6]) for customer in sorted(new)]
    rows.remove(Listed, "id", gone, equal={"brand_id": brand_id})
    rows.insert(
        Listed,
        _LISTED,
        [
            (id_, brand_id, list_id, kind, value, store_id, customer, added_at, at)
            for id_, (list_id, kind, value, store_id, customer, added_at) in zip(ids.take(len(made)), made, strict=True)
        ],
    )
    for list_id, number in joined.items():
        count(held[list_id], matched=number, waiting=-number)
    judge_again(brand_id=brand_id, customers={row[4] for row in made})
    return len(made)
