"""Days that come round every year."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from perennial.segments.rules.conditions.dated import Yearly
from perennial.values.time import LocalDay, Period

_LEAP, _KEPT = 229, 228  # 29 February is kept on the 28th in years that have none
_LONG = 100


@lru_cache(maxsize=1024)
def recurring(way: str, window: Period, today: int) -> frozenset[int]:
    """The days of the year, as 100 * month + day, that come round within a window before or after ``today``.

    The window of the ``next`` is that of the ``last`` looked at from its other end: n days or weeks are that many,
    today included; n months end with the same day of the month (its last where there is none).
    """
    first, last = (
        (window.first_day(LocalDay(today)), LocalDay(today))
        if way == "last"
        else (LocalDay(today), _end(window, today))
    )
    found = set()
    for day in range(int(first), int(last) + 1):
        date = LocalDay(day).date
        found.add(date.month * _LONG + date.day)
        if date.month * _LONG + date.day == _KEPT and LocalDay(day + 1).date.month != date.month:
            found.add(_LEAP)
    return frozenset(found)


def of_year(day: int) -> int:
    """A local day without its year: 100 * month + day."""
    date = LocalDay(day).date
    return date.month * _LONG + date.day


def days_of(condition: Yearly, today: int) -> frozenset[int]:
    """The days of the year on which ``condition`` holds."""
    return recurring(condition.way, condition.window, today)


def occurrences(day: int, first: int, last: int) -> list[int]:
    """The local days from ``first`` to ``last`` on which the day of the year of ``day`` is kept."""
    month, number = divmod(of_year(day), _LONG)
    found = []
    for year in range(LocalDay(first).date.year, LocalDay(last).date.year + 1):
        try:
            kept = date(year, month, number)
        except ValueError:
            kept = date(year, month, number - 1)  # 29 February, kept on the 28th
        found.append(int(LocalDay.on(kept)))
    return [one for one in found if first <= one <= last]


def first_before(window: Period, day: int) -> int:
    """The first local day whose window of the next holds ``day``."""
    if window.unit in ("day", "week"):
        return day - int(_end(window, 0))
    first = LocalDay(day).plus_months(-window.count * (12 if window.unit == "year" else 1))
    while _end(window, first - 1) >= day:
        first = first.plus(-1)
    while _end(window, first) < day:
        first = first.plus(1)
    return int(first)


def _end(window: Period, today: int) -> LocalDay:
    if window.unit in ("day", "week"):
        return LocalDay(today + window.count * (7 if window.unit == "week" else 1) - 1)
    return LocalDay(today).plus_months(window.count * (12 if window.unit == "year" else 1))
