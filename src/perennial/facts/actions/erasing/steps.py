"""The long part of an erasure: orders, visits and what else there may be very much of."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial

from django.db import transaction

from perennial.facts.actions.erasing import blanking
from perennial.facts.actions.erasing.journal import keep_journal
from perennial.facts.actions.loop_marks import REPLACED, mark_dirty
from perennial.facts.actions.search_words import READER as SEARCH
from perennial.facts.models.activity import Sighting
from perennial.facts.models.erasure import Erasure
from perennial.facts.models.loop import Event, Pending, Touched

EVENT = "customer.erased"
_AIM_SECONDS = 0.03  # of SQLite's write lock per transaction
_FEWEST, _MOST = 20, 5_000
Keys = list[tuple[int, ...]]


def erase_steps(*, brand_id: int, now: datetime) -> Iterator[int]:
    """Go on with what was begun, in short transactions; yields the rows each took. Stop between two as you like.

    An erasure is done when its rows are, and every reader that hears of it has dealt with it.
    """
    keep_journal(brand_id)
    for erasure in Erasure.objects.filter(brand_id=brand_id, done_at=None).order_by("id"):
        customers = [int(id_) for id_ in erasure.customers]
        yield from _orders(erasure, customers)
        for table in ("order", "cart", "rating", "behaviour"):
            yield from _chunks(erasure, table, partial(blanking.own_keys, table, brand_id, customers))
        seen = Sighting.objects.filter(brand_id=brand_id, customer_id__in=customers)
        visitors = sorted(set(seen.values_list("visitor_id", flat=True)))
        yield from _chunks(erasure, "behaviour", partial(blanking.unknown_visits, brand_id, visitors))
        # Last: until here they say which visits were theirs.
        yield from _chunks(erasure, "sighting", partial(blanking.own_keys, "sighting", brand_id, customers))
        if visitors:
            mark_dirty(brand_id=brand_id, months=[("visitors", 0)])
        with transaction.atomic():
            if not waiting_readers(erasure):
                Erasure.objects.filter(id=erasure.id).update(done_at=now)


def something_to_erase(brand_id: int) -> bool:
    """Whether an erasure is not done yet."""
    return Erasure.objects.filter(brand_id=brand_id, done_at=None).exists()


def waiting_readers(erasure: Erasure) -> list[str]:
    """The parts of the house that still have to forget this person, by name."""
    events = Event.objects.filter(
        brand_id=erasure.brand_id, subject_id__in=erasure.customers, kind=EVENT, discriminator=erasure.id
    )
    waiting = Pending.objects.filter(brand_id=erasure.brand_id, event_id__in=list(events.values_list("id", flat=True)))
    # Whoever was reading their addresses in that moment may have written words of them since: they look again.
    searched = Touched.objects.filter(brand_id=erasure.brand_id, reader=SEARCH, customer_id__in=erasure.customers)
    return sorted({*waiting.values_list("reader", flat=True), *searched.values_list("reader", flat=True)})


def _orders(erasure: Erasure, customers: Sequence[int]) -> Iterator[int]:
    after, size = 0, 100
    while True:
        with transaction.atomic():
            began = time.perf_counter()
            orders = blanking.order_ids(erasure.brand_id, customers, after, size)
            if blanking.unname_products(erasure.brand_id, orders):
                mark_dirty(brand_id=erasure.brand_id, months=[("products", 0), (REPLACED, 0)])
            counts = {
                table: blanking.erase_rows(table, erasure.brand_id, orders)
                for table in ("line", "refund", "fulfilment")
            }
            _count(erasure, counts)
            size = _paced(size, time.perf_counter() - began)
        if not orders:
            return
        after = orders[-1]
        yield sum(counts.values())


def _chunks(erasure: Erasure, table: str, keys: Callable[[int], Keys]) -> Iterator[int]:
    size = 200
    while True:
        with transaction.atomic():
            began = time.perf_counter()
            taken = keys(size)
            done = blanking.erase_keys(table, taken)
            _count(erasure, {table: done})
            pace = time.perf_counter() - began
        if not taken:
            return
        yield done
        size = _paced(size, pace)


def _paced(size: int, seconds: float) -> int:
    return int(min(max(size * min(max(_AIM_SECONDS / max(seconds, 1e-4), 0.5), 1.5), _FEWEST), _MOST))


def _count(erasure: Erasure, counts: dict[str, int]) -> None:
    if any(counts.values()):
        erasure.counts = dict(Counter(erasure.counts) + Counter(counts))
        erasure.save(update_fields=["counts"])
