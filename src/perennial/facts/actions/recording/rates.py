"""Exchange rates: which one an order gets, and the orders that waited for one."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence

from django.db import connection

from perennial.database import ids, rows
from perennial.database.transactions import hold
from perennial.facts.actions.recording.session import Session
from perennial.facts.models.brands import ExchangeRate
from perennial.facts.rules import records
from perennial.facts.rules.versions import name_hash
from perennial.values.time import LocalDay

ONE = 10**12
MAX_AGE_DAYS = 31  # a rate older than this says nothing of a day: the order waits for a better one


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
            _hold(self._session, shared=True)
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
        days = self._days.get(order.currency, [])
        index = bisect_right(days, day) - 1
        if index < 0 or days[index] < day - MAX_AGE_DAYS:
            return None, False
        return self._rates[order.currency][index], False


def _hold(session: Session, *, shared: bool) -> None:
    """Many may record orders at once, but none while rates arrive: neither would see the other."""
    hold(name_hash(session.brand_id, "rates"), shared=shared)


def record_rates(session: Session, given: Sequence[records.Rate]) -> None:
    """Keep rates (the last stated for a day holds) and give them to the orders they belong to."""
    if not given:
        return
    _hold(session, shared=False)
    stated = {(rate.currency, int(LocalDay.on(rate.day))): round(rate.rate * ONE) for rate in given}
    columns = ("id", "brand_id", "currency", "day", "rate_e12")
    written = [
        (id_, session.brand_id, *key, rate)
        for id_, (key, rate) in zip(ids.take(len(stated)), sorted(stated.items()), strict=True)
    ]
    rows.upsert(ExchangeRate, columns, written, key=("brand_id", "currency", "day"))
    session.tally["rate.taken"] += len(written)
    session.mark("products", 0)  # the mirror shows prices in the newest rate
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
            _give(session, currency, (day, end), stated[currency, day])
            _mark_spend(session, currency, (day, end))


def _give(session: Session, currency: str, days: tuple[int, int], rate: int) -> None:
    """Set ``rate`` on the orders placed from the first to before the last of ``days``."""
    where = "brand_id = %s AND currency = %s AND NOT rate_stated AND ordered_day >= %s AND ordered_day < %s"
    values: list[str | int] = [session.brand_id, currency, *days, rate]
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT id, customer_id, ordered_day, rate_e12 FROM "order" WHERE {where}'  # noqa: S608
            " AND (rate_e12 IS NULL OR rate_e12 <> %s)",
            values,
        )
        found = cursor.fetchall()
        cursor.execute(
            f'UPDATE "order" SET rate_e12 = %s WHERE {where} AND (rate_e12 IS NULL OR rate_e12 <> %s)',  # noqa: S608
            [rate, *values],
        )
    for _, customer, day, _ in found:
        session.touch(customer)
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
