"""Dates and times as exports and people write them, and which style a file uses.

A time without zone is the store's; a date without time is that local day's midnight. Of a clock hour that
comes twice the first is meant, one that daylight saving skips is moved on by the gap.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache
from itertools import pairwise
from typing import Literal

from perennial.stores.csv.mapping.amounts import Wrong
from perennial.values.reason import Reason
from perennial.values.time import DAY_US, LocalDay, from_us, to_us, zone

Style = Literal["iso", "day_first", "month_first", "excel", "unix"]
FIRST, LAST = date(1970, 1, 1), date(2099, 12, 31)
EXAMPLES: dict[Style, str] = {
    "iso": "2024-12-31 18:30",
    "day_first": "31/12/2024 18:30",
    "month_first": "12/31/2024 6:30 PM",
    "excel": "45657.77",
    "unix": "1735669800",
}
NAMES: dict[Style, str] = {
    "iso": "year-month-day",
    "day_first": "day/month/year",
    "month_first": "month/day/year",
    "excel": "spreadsheet day numbers",
    "unix": "seconds since 1970",
}
_OFFSET = r"(?:\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2}))?"
_CLOCK = (
    r"(?:(?:,?\s+|T|,)(?:at\s+|alle\s+|à\s+|a las\s+)?(\d{1,2})[:.h](\d{2})(?:[:.](\d{2})(?:[.,](\d{1,9}))?)?"
    r"\s*([AaPp])?\.?\s?(?:[Mm]\.?)?)?"
)
_NUMBERS = re.compile(r"(\d{1,4})\s?[/.\-]\s?(\d{1,2})\s?[/.\-]\s?(\d{1,4})\.?" + _CLOCK + _OFFSET)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:[T ]?(\d{2})(\d{2})(\d{2})?)?(Z)?")
_WORDY = re.compile(
    r"(?:[^\W\d]+\.?,?\s+)?(?:(\d{1,2})(?:st|nd|rd|th|º|°|er)?[\s\-]+(?:de\s+)?([^\W\d]+)\.?,?[\s\-]+(?:de\s+)?"
    r"|([^\W\d]+)\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+)(\d{4}|\d{2})" + _CLOCK + _OFFSET
)
# The first letters that tell the months apart in English, Spanish, Italian, French (German's come for free).
_MONTHS = (
    ("jan", "ene", "gen"), ("feb", "fév", "fev"), ("mar", "mär"), ("apr", "abr", "avr"), ("may", "mag", "mai"),
    ("jun", "giu", "juin"), ("jul", "lug", "juil"), ("aug", "ago", "aoû", "aou"), ("sep", "set"),
    ("oct", "ott", "okt"), ("nov",), ("dec", "dic", "déc", "dez"),
)  # fmt: skip
_BY_NAME = {name: month for month, names in enumerate(_MONTHS, 1) for name in names}


@dataclass(frozen=True, slots=True)
class DateStyle:
    """How the dates of a file are written, why it was decided so, and what is doubtful about it."""

    style: Style
    evidence: Reason
    doubt: Reason | None = None


def _month(name: str) -> int:
    word = name.casefold()
    month = _BY_NAME.get(word[:4]) or _BY_NAME.get(word[:3])
    if not month:
        raise Wrong("cell.date")
    return month


def _year(text: str) -> int:
    return int(text) if len(text) > 2 else 2000 + int(text) if int(text) < 70 else 1900 + int(text)


def _clock(
    hour: str | None, minute: str | None, second: str | None, fraction: str | None, half: str | None
) -> timedelta:
    if hour is None:
        return timedelta()
    hours = int(hour)
    if half:
        if not 1 <= hours <= 12:
            raise Wrong("cell.date")
        hours = hours % 12 + (12 if half in "pP" else 0)
    minutes, seconds = int(minute or 0), int(second or 0)
    if hours > 23 or minutes > 59 or seconds > 59:
        raise Wrong("cell.date")
    micros = int((fraction or "0")[:6].ljust(6, "0"))
    return timedelta(hours=hours, minutes=minutes, seconds=seconds, microseconds=micros)


def _with_offset(moment: datetime, offset: str | None) -> datetime:
    if not offset:
        return moment
    if offset in ("Z", "UTC", "GMT"):
        return moment.replace(tzinfo=UTC)
    hours, minutes = int(offset[1:3]), int(offset[-2:])
    if hours > 18 or minutes > 59:
        raise Wrong("cell.date")
    gap = timedelta(hours=hours, minutes=minutes)
    return moment.replace(tzinfo=timezone(-gap if offset[0] == "-" else gap))


def read(text: str, style: Style) -> datetime | None:
    """The moment a text means: aware if it names a zone, else naive local time. None if it is empty."""
    text = text.strip()
    if not text:
        return None
    try:
        if style in ("excel", "unix"):
            return _number(text, style)
        return _written(text, style)
    except (ValueError, OverflowError) as error:
        raise Wrong(error.code if isinstance(error, Wrong) else "cell.date") from error


def _number(text: str, style: Style) -> datetime:
    if not re.fullmatch(r"\d{1,13}(?:[.,]\d+)?", text):
        return _written(text, "iso")
    value = float(text.replace(",", "."))
    if style == "unix":
        return datetime.fromtimestamp(value / 1000 if value > 1e11 else value, UTC)
    # Day 60 is the 29 February 1900 that never was: all later days count from 30 December 1899.
    return datetime(1899, 12, 30) + timedelta(seconds=round(value * 86_400))  # noqa: DTZ001 (local by design)


def _written(text: str, style: Style) -> datetime:
    found = _NUMBERS.fullmatch(text)
    if found:
        a, b, c = found[1], found[2], found[3]
        if len(a) == 4 or (style == "iso" and len(c) <= 2 and len(a) > 2):
            year, month, day = int(a), int(b), int(c)
        elif style == "month_first":
            year, month, day = _year(c), int(a), int(b)
        elif style == "day_first" or len(c) == 4:
            year, month, day = _year(c), int(b), int(a)
        else:
            raise Wrong("cell.date")
        moment = datetime(year, month, day) + _clock(*found.group(4, 5, 6, 7, 8))  # noqa: DTZ001
        return _with_offset(moment, found[9])
    if found := _COMPACT.fullmatch(text):
        year, month, day = int(found[1]), int(found[2]), int(found[3])
        moment = datetime(year, month, day) + _clock(found[4], found[5], found[6], None, None)  # noqa: DTZ001
        return _with_offset(moment, found[7])
    if found := _WORDY.fullmatch(text):
        number, name = (found[1], found[2]) if found[1] else (found[4], found[3])
        moment = datetime(_year(found[5]), _month(name), int(number)) + _clock(*found.group(6, 7, 8, 9, 10))  # noqa: DTZ001
        return _with_offset(moment, found[11])
    return datetime.fromisoformat(text)


_NAIVE_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 (local by design)
_MICROSECOND = timedelta(microseconds=1)
# No zone of this century changes its clocks but at a quarter of an hour.
_QUARTER = 900_000_000
_ISO = re.compile(r"(\d{4}-\d{2}-\d{2}(?:[ T]\d{2}:\d{2}(?::\d{2})?)?)" + _OFFSET, re.ASCII)
FIRST_US, LAST_US = int(LocalDay.on(FIRST)) * DAY_US, (int(LocalDay.on(LAST)) + 1) * DAY_US


@lru_cache(maxsize=50_000)
def steady_gap(day: int, zone_name: str) -> int | None:
    """Local less UTC, in microseconds, if it is the same all through the days around ``day`` (UTC or local)."""
    before, after = (_gap(from_us((day + days) * DAY_US), zone_name) for days in (-1, 2))
    return before if before == after else None


def _gap(moment: datetime, zone_name: str) -> int:
    return (moment.astimezone(zone(zone_name)).utcoffset() or timedelta()) // _MICROSECOND


@lru_cache(maxsize=50_000)
def _local_gap(quarter: int, zone_name: str) -> int:
    """Local less UTC at a local quarter of an hour."""
    local = _NAIVE_EPOCH + timedelta(microseconds=quarter * _QUARTER)
    return quarter * _QUARTER - to_us(local.replace(tzinfo=zone(zone_name)))


def _to_utc(local_us: int, zone_name: str) -> int:
    steady = steady_gap(local_us // DAY_US, zone_name)
    return local_us - (_local_gap(local_us // _QUARTER, zone_name) if steady is None else steady)


def _local_day(us: int, zone_name: str) -> int:
    steady = steady_gap(us // DAY_US, zone_name)
    return (us + (_gap(from_us(us), zone_name) if steady is None else steady)) // DAY_US


def instant(text: str, style: Style, zone_name: str) -> tuple[int, int] | None:
    """Microseconds since the epoch and the store's local day of a text; None if it is empty."""
    quick = _ISO.fullmatch(text) if style not in ("excel", "unix") else None
    if quick:
        try:
            moment: datetime | None = _with_offset(datetime.fromisoformat(quick[1]), quick[2])
        except ValueError as error:
            raise Wrong("cell.date") from error
    else:
        moment = read(text, style)
    if moment is None:
        return None
    gap = moment.utcoffset()
    us = (moment.replace(tzinfo=None) - _NAIVE_EPOCH) // _MICROSECOND
    if not FIRST_US <= us < LAST_US:
        raise Wrong("cell.date_range")
    us = _to_utc(us, zone_name) if gap is None else us - gap // _MICROSECOND
    return us, _local_day(us, zone_name)


def decide(texts: Sequence[str], *, american: bool = False) -> DateStyle:
    """The style of a file by its sampled dates. ``american``: amounts are in US dollars."""
    texts = [text.strip() for text in texts if text.strip()]
    if not texts:
        return DateStyle("iso", Reason.of("guess.no_date"))
    numbers = [float(t.replace(",", ".")) for t in texts if re.fullmatch(r"\d{5}(?:[.,]\d+)?|\d{10}|\d{13}", t)]
    if len(numbers) > 0.9 * len(texts):
        if max(numbers) < 100_000:
            return DateStyle("excel", Reason.of("guess.excel", text=texts[0]))
        return DateStyle("unix", Reason.of("guess.unix", text=texts[0]))
    pairs = [
        (int(found[1]), int(found[2]), text)
        for text in texts
        if (found := _NUMBERS.fullmatch(text)) and len(found[1]) <= 2
    ]
    if len(pairs) <= len(texts) * 0.1:
        return DateStyle("iso", Reason.of("guess.written_like", text=texts[0]))
    return _day_or_month(pairs, american=american)


def _day_or_month(pairs: Sequence[tuple[int, int, str]], *, american: bool) -> DateStyle:
    day = [text for a, b, text in pairs if a > 12 >= b]
    month = [text for a, b, text in pairs if b > 12 >= a]
    if day and not month:
        return DateStyle("day_first", Reason.of("guess.only_day_first", text=day[0]))
    if month and not day:
        return DateStyle("month_first", Reason.of("guess.only_month_first", text=month[0]))
    if day and month:
        style: Style = "day_first" if len(day) >= len(month) else "month_first"
        why = Reason.of("guess.most_dates", dates=max(len(day), len(month)), of=len(pairs))
        return DateStyle(style, why, Reason.of("doubt.mixed_dates", day=day[0], month=month[0]))
    text = next((t for a, b, t in pairs if a != b), pairs[0][2])
    orders = {"day_first": _disorder(pairs, "day_first"), "month_first": _disorder(pairs, "month_first")}
    if orders["day_first"] != orders["month_first"]:
        style = "day_first" if orders["day_first"] < orders["month_first"] else "month_first"
        doubt = Reason.of("doubt.in_order", text=text, style=NAMES[style])
        return DateStyle(style, Reason.of("guess.in_order"), doubt)
    style = "month_first" if american or any(re.search(r"\d\s*[AaPp]\.?[Mm]", t) for _, _, t in pairs) else "day_first"
    return DateStyle(style, Reason.of("guess.assumed"), Reason.of(f"doubt.{style}", text=text))


def _disorder(pairs: Iterable[tuple[int, int, str]], style: Style) -> int:
    """The way in days from row to row through the sample, as a power of two; the shorter way is likelier."""
    moments = [read(text, style) for _, _, text in pairs]
    days = [m.toordinal() for m in moments if m]
    way = sum(abs(b - a) for a, b in pairwise(days))
    return way.bit_length()
