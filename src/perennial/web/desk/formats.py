"""Numbers, money and moments as a page shows them: the reader's language, the brand's currency and zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import cache
from zoneinfo import ZoneInfo

from babel import Locale

from perennial.display.numbers import NOTHING, Format


@dataclass(frozen=True)
class Formats(Format):
    """Adds times, in ``zone``."""

    zone: tzinfo

    def moment(self, at: datetime | None) -> str:
        """Day and time: 21 Nov 2026, 14:05."""
        from babel.dates import format_date, format_time

        if at is None:
            return NOTHING
        local = at.astimezone(self.zone)
        day = format_date(local.date(), "medium", locale=self.locale)
        return f"{day}, {format_time(local.time(), 'short', locale=self.locale)}".replace("\u202f", " ")

    def clock(self, at: datetime) -> str:
        """The time of the day alone."""
        from babel.dates import format_time

        return str(format_time(at, "short", tzinfo=self.zone, locale=self.locale))

    def ago(self, at: datetime | None, now: datetime) -> str:
        """How long since: 3 hours ago."""
        from babel.dates import format_timedelta

        if at is None:
            return NOTHING
        return str(format_timedelta(at - now, add_direction=True, locale=self.locale))


@cache
def formats(lang: str, currency: str, zone: str) -> Formats:
    """The formats of a language, a currency and a zone."""
    return Formats(Locale.parse(lang), currency, ZoneInfo(zone))
