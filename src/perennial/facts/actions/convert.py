"""Give new exchange rates to the many orders that waited for them, in short transactions of the work loop.

The job knows from which order on (currency, day, id) orders are to be looked at. Each gets the rate that is in
force for its day now, by the same rule as an order that is being recorded: rates that arrive meanwhile, and a second
look at an order, do no harm. Killed anywhere, the next to look goes on where the last transaction ended.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from perennial.database import rows
from perennial.database.transactions import atomically
from perennial.facts.actions.recording.rates import (
    CONVERSION,
    MAX_AGE_DAYS,
    hold_rates,
    in_force,
    mark_converted,
)
from perennial.facts.actions.recording.session import Session
from perennial.facts.actions.stores import source_of
from perennial.facts.models.brands import Store
from perennial.facts.models.loop import Job
from perennial.facts.models.orders import Order

_AIM_SECONDS = 0.03  # of SQLite's write lock per transaction
_FEWEST, _MOST = 20, 2_000  # orders in one
Waiting = tuple[int, int | None, int, int | None]  # order, customer, day, rate


def orders_wait(brand_id: int) -> bool:
    """Whether orders are still to get a rate that was recorded."""
    return Job.objects.filter(brand_id=brand_id, kind=CONVERSION, state__in=("wanted", "running")).exists()


def convert_steps(*, brand_id: int, now: datetime) -> Iterator[int]:
    """Go on with what was asked for; yields after each transaction how many orders it looked at."""
    store = Store.objects.select_related("brand").filter(brand_id=brand_id).order_by("id")[0]
    source, size = source_of(store, "rates"), min(100, _MOST)
    while orders_wait(brand_id):
        seen, spent = atomically(lambda size=size: _part(Session(source, now, history=False), size))  # type: ignore[misc]
        size = int(min(max(size * min(max(_AIM_SECONDS / max(spent, 1e-4), 0.5), 1.5), _FEWEST), _MOST))
        yield seen


def _part(session: Session, size: int) -> tuple[int, float]:
    """One transaction: how many orders were looked at, and the seconds it took without waiting for its turn."""
    hold_rates(session.brand_id, shared=False)
    began = time.perf_counter()
    job = Job.objects.get(brand_id=session.brand_id, kind=CONVERSION, key="")
    found: list[Waiting] = []
    if job.cursor:
        currency = min(job.cursor)
        found = _next(session.brand_id, currency, job.cursor[currency], size)
        mark_converted(session, _convert(session.brand_id, currency, found))
        session.close()
        if len(found) < size:
            del job.cursor[currency]
        else:
            job.cursor[currency][:2] = found[-1][2], found[-1][0]
        job.counts["order.converted"] = job.counts.get("order.converted", 0) + session.tally["order.converted"]
    job.state = "running" if job.cursor else "done"
    job.updated_at = session.now
    job.save()
    return len(found), time.perf_counter() - began


def _next(brand_id: int, currency: str, place: Sequence[int], size: int) -> list[Waiting]:
    day, after, end = place
    with connection.cursor() as cursor:
        cursor.execute(
            'SELECT id, customer_id, ordered_day, rate_e12 FROM "order"'
            " WHERE brand_id = %s AND currency = %s AND NOT rate_stated AND ordered_day >= %s AND ordered_day < %s"
            " AND (ordered_day > %s OR id > %s) ORDER BY ordered_day, id LIMIT %s",
            [brand_id, currency, day, end, day, after, size],
        )
        return list(cursor.fetchall())


def _convert(brand_id: int, currency: str, found: Sequence[Waiting]) -> list[Waiting]:
    """Set the rates in force on those that have another one; gives back these, as they were."""
    if not found:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT day, rate_e12 FROM exchange_rate WHERE brand_id = %s AND currency = %s AND day >= %s AND day <= %s"
            " ORDER BY day",
            [brand_id, currency, found[0][2] - MAX_AGE_DAYS, found[-1][2]],
        )
        known = cursor.fetchall()
    days, rates = [day for day, _ in known], [rate for _, rate in known]
    changed: list[Waiting] = []
    by_rate: dict[int, list[int]] = defaultdict(list)
    for one in found:
        rate = in_force(days, rates, one[2])
        if rate is not None and rate != one[3]:
            by_rate[rate].append(one[0])
            changed.append(one)
    # An order that its shop has restated since it was read, in another currency or with a rate, is left alone.
    equal: dict[str, Any] = {"brand_id": brand_id, "currency": currency, "rate_stated": False}
    for rate, orders in sorted(by_rate.items()):
        rows.change(Order, {"rate_e12": rate}, "id", orders, equal=equal)
    return changed
