"""Instants, local days and periods: what "today" and "the last 6 months" mean.

An instant is kept as whole microseconds since 1970-01-01 UTC; a local day as the number of days since
1970-01-01 of the store's own calendar, so that no engine ever does zone arithmetic.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
DAY_US = 86_400_000_000
_MICROSECOND = timedelta(microseconds=1)


def to_us(instant: datetime) -> int:
    """Microseconds since the epoch of an aware ``instant``; a naive one is refused."""
    if instant.tzinfo is None:
        raise ValueError(f"{instant.isoformat()} has no time zone: an instant needs one")
    return (instant - EPOCH) // _MICROSECOND


def from_us(us: int) -> datetime:
    """The instant (UTC) of ``us`` microseconds since the epoch."""
    return EPOCH + timedelta(microseconds=us)


@lru_cache(maxsize=512)
def zone(name: str) -> ZoneInfo:
    """The IANA zone ``name``; ValueError with a remedy if there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        msg = f"{name!r} is no time zone: write an IANA name such as Europe/Madrid or America/New_York"
        raise ValueError(msg) from None


class LocalDay(int):
    """A day of a store's calendar: days since 1970-01-01."""

    __slots__ = ()

    @classmethod
    def of(cls, instant: datetime, zone_name: str) -> LocalDay:
        """The local day in which ``instant`` falls; a naive one is refused."""
        if instant.tzinfo is None:
            raise ValueError(f"{instant.isoformat()} has no time zone: an instant needs one")
        return cls.on(instant.astimezone(zone(zone_name)).date())

    @classmethod
    def on(cls, day: date) -> LocalDay:
        """The local day of a calendar date."""
        return cls(day.toordinal() - _EPOCH_ORDINAL)

    @property
    def date(self) -> date:
        """The calendar date."""
        return date.fromordinal(int(self) + _EPOCH_ORDINAL)

    @property
    def month(self) -> int:
        """Months since January 1970: the key of monthly partitions."""
        day = self.date
        return (day.year - 1970) * 12 + day.month - 1

    def plus(self, days: int) -> LocalDay:
        """This day plus ``days``."""
        return LocalDay(int(self) + days)

    def plus_months(self, months: int) -> LocalDay:
        """The same day ``months`` later; month's last where there is none (31 August less 6: February)."""
        day = self.date
        index = day.year * 12 + day.month - 1 + months
        year, month = divmod(index, 12)
        last = calendar.monthrange(year, month + 1)[1]
        return LocalDay.on(date(year, month + 1, min(day.day, last)))

    def start(self, zone_name: str) -> datetime:
        """The instant at which the day begins in the zone.

        A midnight skipped by DST: the first instant after it. A midnight that comes twice: the first.
        """
        local = datetime.combine(self.date, time(), zone(zone_name))
        return local.astimezone(UTC)

    def end(self, zone_name: str) -> datetime:
        """The last microsecond of the day in the zone: what a bare day means as an ``as_of``."""
        return self.plus(1).start(zone_name) - _MICROSECOND


Unit = Literal["day", "week", "month", "year"]
_LONGEST = {"day": 36_525, "week": 5_218, "month": 1_200, "year": 100}
_SHOWN = 60  # letters of a wrong text that a message repeats
_PERIOD = re.compile(r"(\d{1,18})\s*(day|week|month|year)s?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Period:
    """A window that ends today: "5 weeks", "6 months"."""

    count: int
    unit: Unit

    def __post_init__(self) -> None:
        if self.count < 1:
            raise ValueError(f"a period holds at least one {self.unit}, not {self.count}")
        if self.unit not in ("day", "week", "month", "year"):
            raise ValueError(f"{self.unit!r} is no unit of a period: write days, weeks, months or years")
        if self.count > _LONGEST[self.unit]:
            raise ValueError(f"a period is at most 100 years, not {self.count} {self.unit}s")

    @classmethod
    def parse(cls, text: str) -> Period:
        """Read "6 months"."""
        match = _PERIOD.fullmatch(text.strip())
        if not match:
            raise ValueError(f"{text[:_SHOWN]!r} is no period: write it as '6 months' or '5 weeks'")
        unit: Unit = match[2].lower()  # type: ignore[assignment]  # the pattern admits only units
        return cls(int(match[1]), unit)

    def first_day(self, today: LocalDay) -> LocalDay:
        """First local day inside the window that ends with ``today``.

        Days and weeks are that many local days, today included; months and years begin at 00:00 of the
        same day that many months back.
        """
        if self.unit == "day":
            return today.plus(1 - self.count)
        if self.unit == "week":
            return today.plus(1 - 7 * self.count)
        return today.plus_months(-self.count * (12 if self.unit == "year" else 1))

    def __str__(self) -> str:
        return f"{self.count} {self.unit}{'' if self.count == 1 else 's'}"
