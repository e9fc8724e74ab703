"""Local days and periods, at the places where calendars and clocks are strange."""

import zoneinfo
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from perennial.values.time import DAY_US, EPOCH, LocalDay, Period, from_us, to_us, zone

ZONES = sorted(zoneinfo.available_timezones())
ANY_ZONE = st.sampled_from(ZONES)
INSTANTS = st.datetimes(datetime(1970, 1, 2), datetime(2090, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
DAYS = st.dates(date(1970, 1, 2), date(2090, 1, 1)).map(LocalDay.on)
MICROSECOND = timedelta(microseconds=1)


def day(text: str) -> LocalDay:
    return LocalDay.on(date.fromisoformat(text))


@given(st.datetimes(datetime(1900, 1, 1), timezones=st.timezones()))  # noqa: DTZ001
def test_an_instant_survives_its_microseconds(instant):
    # Compared in UTC: Python never calls a time inside a DST gap or fold equal to one of another zone.
    assert from_us(to_us(instant)) == instant.astimezone(UTC)


@given(st.integers(-(10**15), 10**17))
def test_microseconds_survive_their_instant(us):
    assert to_us(from_us(us)) == us


def test_the_microsecond_is_exact_where_a_float_would_not_be():
    assert to_us(datetime(2090, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)) % 1_000_000 == 999_999
    assert to_us(EPOCH) == 0
    assert to_us(EPOCH + timedelta(days=1)) == DAY_US


def test_a_naive_time_is_refused():
    naive = datetime(2026, 1, 1)  # noqa: DTZ001
    with pytest.raises(ValueError, match="no time zone"):
        to_us(naive)
    with pytest.raises(ValueError, match="no time zone"):
        LocalDay.of(naive, "Europe/Madrid")


@pytest.mark.parametrize(
    ("instant", "where", "expected"),
    [
        ("2026-03-01T22:59:59.999999+00:00", "Europe/Madrid", "2026-03-01"),
        ("2026-03-01T23:00:00+00:00", "Europe/Madrid", "2026-03-02"),
        ("2026-07-01T22:00:00+00:00", "Europe/Madrid", "2026-07-02"),
        ("2026-03-02T04:59:00+00:00", "America/New_York", "2026-03-01"),
        ("2026-01-01T10:00:00+00:00", "Pacific/Kiritimati", "2026-01-02"),
        ("2026-01-01T10:00:00+00:00", "Pacific/Niue", "2025-12-31"),
        ("2026-01-01T18:14:59+00:00", "Asia/Kathmandu", "2026-01-01"),
        ("2026-01-01T18:15:00+00:00", "Asia/Kathmandu", "2026-01-02"),
        ("1969-12-31T23:59:59+00:00", "UTC", "1969-12-31"),
    ],
)
def test_the_local_day_of_an_instant(instant, where, expected):
    assert LocalDay.of(datetime.fromisoformat(instant), where).date.isoformat() == expected


def test_the_zone_of_the_instant_does_not_matter():
    there = datetime(2026, 3, 1, 20, 30, tzinfo=timezone(timedelta(hours=-5)))
    assert LocalDay.of(there, "Europe/Madrid") == LocalDay.of(there.astimezone(UTC), "Europe/Madrid")


@pytest.mark.parametrize(
    ("where", "on", "begins"),
    [
        ("UTC", "2026-03-29", "2026-03-29T00:00:00+00:00"),
        ("Europe/Madrid", "2026-03-29", "2026-03-28T23:00:00+00:00"),
        ("Europe/Madrid", "2026-03-30", "2026-03-29T22:00:00+00:00"),  # the day before had 23 hours
        ("Europe/Madrid", "2026-10-26", "2026-10-25T23:00:00+00:00"),  # the day before had 25
        ("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00+00:00"),  # no midnight: begins at 01:00
        ("Africa/Cairo", "2026-04-24", "2026-04-23T22:00:00+00:00"),  # no midnight
        ("America/Havana", "2026-11-01", "2026-11-01T04:00:00+00:00"),  # midnight twice: the first
        ("America/Nuuk", "2026-03-29", "2026-03-29T01:00:00+00:00"),  # the hour before midnight is skipped
        ("Australia/Lord_Howe", "2026-10-04", "2026-10-03T13:30:00+00:00"),
        ("Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00+00:00"),  # the day after a day that never was
    ],
)
def test_where_a_day_begins(where, on, begins):
    assert day(on).start(where) == datetime.fromisoformat(begins)


@pytest.mark.parametrize(
    ("where", "on", "hours"),
    [
        ("Europe/Madrid", "2026-03-29", 23),
        ("Europe/Madrid", "2026-10-25", 25),
        ("Australia/Lord_Howe", "2026-10-04", 23.5),
        ("America/Sao_Paulo", "2018-11-04", 23),
        ("America/Havana", "2026-11-01", 25),
        ("Asia/Kolkata", "2026-03-29", 24),
        ("Pacific/Apia", "2011-12-30", 0),
    ],
)
def test_how_long_a_day_is(where, on, hours):
    which = day(on)
    assert which.end(where) - which.start(where) + MICROSECOND == timedelta(hours=hours)


@given(DAYS, ANY_ZONE)
@example(day("2018-11-04"), "America/Sao_Paulo")
@example(day("2011-12-30"), "Pacific/Apia")
@example(day("2007-11-04"), "America/St_Johns")
def test_days_follow_each_other_in_every_zone(which, where):
    begins = which.start(where)
    assert which.end(where) + MICROSECOND == which.plus(1).start(where)
    # The instant before the beginning lies in an earlier day; the beginning in this one, or, for a day
    # that the zone left out, in the next.
    assert LocalDay.of(begins - MICROSECOND, where) < which
    assert which <= LocalDay.of(begins, where) <= which.plus(1)


@given(INSTANTS, ANY_ZONE)
def test_an_instant_lies_in_its_own_day_or_in_its_repeated_minute(instant, where):
    which = LocalDay.of(instant, where)
    assert which.start(where) <= instant
    # Only where clocks go back over midnight (an hour at most) may a day's last minutes come after its end.
    assert instant <= which.end(where) + timedelta(hours=1)


@given(st.dates())
def test_a_day_is_its_date(which):
    assert LocalDay.on(which).date == which
    assert LocalDay.on(which).plus(0) == LocalDay.on(which)


@given(DAYS)
def test_months_number_the_calendar(which):
    calendar_day = which.date
    assert which.month == (calendar_day.year - 1970) * 12 + calendar_day.month - 1
    assert LocalDay.on(date(1969, 12, 31)).month == -1


@pytest.mark.parametrize(
    ("start", "months", "expected"),
    [
        ("2026-08-31", -6, "2026-02-28"),
        ("2024-08-31", -6, "2024-02-29"),
        ("2026-03-31", -1, "2026-02-28"),
        ("2026-05-31", -1, "2026-04-30"),
        ("2024-02-29", -12, "2023-02-28"),
        ("2024-02-29", 48, "2028-02-29"),
        ("2026-01-15", -1, "2025-12-15"),
        ("2026-12-15", 1, "2027-01-15"),
        ("2026-06-15", 0, "2026-06-15"),
        ("2100-03-31", -1, "2100-02-28"),
    ],
)
def test_months_keep_the_day_or_take_the_last(start, months, expected):
    assert day(start).plus_months(months) == day(expected)


@given(DAYS, st.integers(-240, 240))
def test_moving_by_months_never_leaves_the_month(which, months):
    moved = which.plus_months(months)
    assert moved.month == which.month + months
    assert moved.date.day <= which.date.day
    assert moved.date.day == which.date.day or moved.plus(1).date.day == 1


@given(DAYS, DAYS, st.integers(1, 60))
def test_moving_by_months_keeps_the_order_of_days(a, b, months):
    first, second = min(a, b), max(a, b)
    assert first.plus_months(-months) <= second.plus_months(-months)


@pytest.mark.parametrize(
    ("text", "today", "first"),
    [
        ("1 day", "2026-08-31", "2026-08-31"),
        ("5 weeks", "2026-08-31", "2026-07-28"),  # 35 local days, today included
        ("6 months", "2026-08-31", "2026-02-28"),
        ("6 months", "2026-08-30", "2026-02-28"),
        ("1 month", "2026-03-31", "2026-02-28"),
        ("1 year", "2024-02-29", "2023-02-28"),
        ("2 Years", "2026-08-31", "2024-08-31"),
        ("30 days", "2026-03-30", "2026-03-01"),
        (" 12  months ", "2026-08-31", "2025-08-31"),
    ],
)
def test_where_a_window_begins(text, today, first):
    assert Period.parse(text).first_day(day(today)) == day(first)


@given(st.integers(1, 36_525), DAYS)
def test_a_window_of_days_holds_that_many(count, today):
    assert today - Period(count, "day").first_day(today) + 1 == count


@given(st.integers(1, 100), st.sampled_from(["day", "week", "month", "year"]))
def test_a_period_reads_back(count, unit):
    assert Period.parse(str(Period(count, unit))) == Period(count, unit)


@pytest.mark.parametrize("text", ["", "months", "6", "-6 months", "1.5 months", "6 fortnights", "6 months ago"])
def test_says_how_to_write_a_period(text):
    with pytest.raises(ValueError, match="write it as '6 months'"):
        Period.parse(text)


@pytest.mark.parametrize("text", ["0 days", "101 years", "99999999999 months"])
def test_a_period_is_neither_empty_nor_longer_than_a_century(text):
    with pytest.raises(ValueError, match="a period"):
        Period.parse(text)


def test_a_period_knows_its_units():
    with pytest.raises(ValueError, match="write days, weeks, months or years"):
        Period(1, "hour")


@pytest.mark.parametrize("name", ["Madrid", "", "Europe", "../../etc/passwd", "/etc/localtime", "Europe/Madrid\0", "é"])
def test_says_how_to_write_a_zone(name):
    with pytest.raises(ValueError, match="IANA name such as"):
        zone(name)
