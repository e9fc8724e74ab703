"""Exchange rates: which one an order gets, and the orders that waited for one.

Few orders get a new rate in the recording of it; many get it afterwards, by `facts.actions.convert` in steps of
the work loop, for a transaction over all of them would keep every other writer waiting. Either way an order ends
with the same rate, whatever came first.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.db import connection

from perennial.database import ids, rows
from perennial.database.transactions import hold
from perennial.facts.actions.recording.session import Session
from perennial.facts.models.brands import ExchangeRate
from perennial.facts.models.loop import Job
from perennial.facts.rules import records
from perennial.facts.rules.readers import SALES
from perennial.facts.rules.versions import name_hash
from perennial.values.time import LocalDay

ONE = 10**12
AT_ONCE = 500  # orders that a recording of rates converts itself
CONVERSION = "rates"  # kind of the job that converts the others; its cursor: {currency: [day, after id, end]}
MAX_AGE_DAYS = 31  # a rate older than this says nothing of a day: the order waits for a better one

Span = tuple[str, tuple[int, int], int]  # currency, days from and before, rate


class Rates:
    """The brand's rates, for the currencies of one recording."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._days: dict[str, list[int]] = {}
        self._rates: dict[str, list[int]] = {}

    def load(self, currencies: Iterable[str]) -> None:
        """Read the rates of these currencies."""
        foreign = sorted(set(currencies) - {self._session.source.currency})
        if foreign:
            hold_rates(self._session.brand_id, shared=True)
        found = rows.fetch(
            ExchangeRate,
            ("currency", "day", "rate_e12"),
            "currency",
            foreign,
            equal={"brand_id": self._session.brand_id},
        )
        for currency, day, rate in sorted(found):
            self._days.setdefault(currency, []).append(day)
            self._rates.setdefault(currency, []).append(rate)

    def of(self, order: records.Order, day: int) -> tuple[int | None, bool]:
        """The rate of an order placed on ``day`` and whether its shop stated it; None: it has to wait."""
        if order.currency == self._session.source.currency:
            return ONE, True
        if order.rate is not None:
            return round(order.rate * ONE), True
        return in_force(self._days.get(order.currency, []), self._rates.get(order.currency, []), day), False


def in_force(days: Sequence[int], rates: Sequence[int], day: int) -> int | None:
    """Of a currency's rates, by the ``days`` (ascending) from which they hold, the one of ``day``, if there is one."""
    index = bisect_right(days, day) - 1
    return None if index < 0 or days[index] < day - MAX_AGE_DAYS else rates[index]


def hold_rates(brand_id: int, *, shared: bool) -> None:
    """Many may record orders at once, but none while rates arrive or are given: neither would see the other."""
    hold(name_hash(brand_id, "rates"), shared=shared)


def record_rates(session: Session, given: Sequence[records.Rate]) -> None:
    """Keep rates (the last stated for a day holds) and give them to the orders they belong to, or have that done."""
    if not given:
        return
    hold_rates(session.brand_id, shared=False)
    stated = {(rate.currency, int(LocalDay.on(rate.day))): round(rate.rate * ONE) for rate in given}
    columns = ("id", "brand_id", "currency", "day", "rate_e12")
    written = [
        (id_, session.brand_id, *key, rate)
        for id_, (key, rate) in zip(ids.take(len(stated)), sorted(stated.items()), strict=True)
    ]
    rows.upsert(ExchangeRate, columns, written, key=("brand_id", "currency", "day"))
    session.tally["rate.taken"] += len(written)
    session.mark("products", 0)  # the mirror shows prices in the newest rate
    spans = list(_spans(session, stated))
    for currency, days, _ in spans:
        _mark_spend(session, currency, days)
    if _are_many(session, spans):
        session.tally["rate.later"] += len(written)
        _want_conversion(session, spans)
        return
    for span in spans:
        _give(session, *span)


def _spans(session: Session, stated: Mapping[tuple[str, int], int]) -> Iterator[Span]:
    """For each rate, on the orders of which days it stands: up to the next one, at most a month."""
    for currency in sorted({currency for currency, _ in stated}):
        days = sorted(
            day
            for (day,) in rows.fetch(
                ExchangeRate, ("day",), "currency", [currency], equal={"brand_id": session.brand_id}
            )
        )
        for day in sorted(day for of, day in stated if of == currency):
            following = bisect_right(days, day)
            end = min(days[following] if following < len(days) else day + MAX_AGE_DAYS + 1, day + MAX_AGE_DAYS + 1)
            yield currency, (day, end), stated[currency, day]


_WAITING = (
    "brand_id = %s AND currency = %s AND NOT rate_stated AND ordered_day >= %s AND ordered_day < %s"
    " AND (rate_e12 IS NULL OR rate_e12 <> %s)"
)


def _are_many(session: Session, spans: Iterable[Span]) -> bool:
    left = AT_ONCE
    with connection.cursor() as cursor:
        for currency, days, rate in spans:
            cursor.execute(
                f'SELECT 1 FROM "order" WHERE {_WAITING} LIMIT %s',  # noqa: S608
                [session.brand_id, currency, *days, rate, left + 1],
            )
            left -= len(cursor.fetchall())
            if left < 0:
                return True
    return False


def _want_conversion(session: Session, spans: Iterable[Span]) -> None:
    """Have the orders of these days looked at, beside those that are still waited for."""
    job, _ = Job.objects.get_or_create(
        brand_id=session.brand_id, kind=CONVERSION, key="",
        defaults={"id": ids.new(), "state": "done", "created_at": session.now, "updated_at": session.now},
    )  # fmt: skip
    if job.state == "done":
        job.cursor, job.counts, job.state = {}, {}, "wanted"
    for currency, (day, end), _rate in spans:
        at, after, until = job.cursor.get(currency, (day, 0, end))
        job.cursor[currency] = [min(at, day), 0 if day <= at else after, max(until, end)]
    job.updated_at = session.now
    job.save()


def _give(session: Session, currency: str, days: tuple[int, int], rate: int) -> None:
    """Set ``rate`` on the orders placed from the first to before the last of ``days``."""
    values: list[str | int] = [session.brand_id, currency, *days, rate]
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT id, customer_id, ordered_day, rate_e12 FROM "order" WHERE {_WAITING}', values)  # noqa: S608
        found = cursor.fetchall()
        cursor.execute(f'UPDATE "order" SET rate_e12 = %s WHERE {_WAITING}', [rate, *values])  # noqa: S608
    mark_converted(session, found)


def mark_converted(session: Session, found: Sequence[tuple[Any, ...]]) -> None:
    """Of orders that got a rate, (id, customer, day, rate before): what is to be mirrored and computed again."""
    for _, customer, day, _ in found:
        session.touch(customer, what=SALES)
        for table in ("orders", "lines"):
            session.mark(table, LocalDay(day).month)
    mark_aftersales(session, [id_ for id_, *_ in found])
    session.tally["order.converted"] += sum(1 for *_, old in found if old is None)


def _mark_spend(session: Session, currency: str, days: tuple[int, int]) -> None:
    """What was spent from the first to before the last of ``days`` is converted anew by the mirror."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT day FROM spend WHERE brand_id = %s AND currency = %s AND day >= %s AND day < %s",
            [session.brand_id, currency, *days],
        )
        for (day,) in cursor.fetchall():
            session.mark("spend", LocalDay(day).month)


def mark_aftersales(session: Session, orders: Sequence[int]) -> None:
    """Refunds and parcels of these orders must be mirrored again."""
    from perennial.facts.models.orders import Refund

    place = {"brand_id": session.brand_id}
    for (day,) in rows.fetch(Refund, ("refunded_day",), "order_id", orders, equal=place):
        session.mark("refunds", LocalDay(day).month)
        session.mark("refund_lines", LocalDay(day).month)
