"""Once per local day, whatever the clocks do."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, time, timedelta

import pytest

from perennial.values.time import LocalDay
from perennial.work.schedules import Daily, Every

ZONES = [
    "UTC",
    "Europe/Madrid",
    "Europe/Rome",
    "Europe/Paris",
    "Europe/London",
    "Europe/Dublin",
    "Europe/Lisbon",
    "Atlantic/Azores",
    "Europe/Athens",
    "Europe/Istanbul",
    "Europe/Moscow",
    "Europe/Chisinau",
    "Asia/Beirut",
    "Asia/Jerusalem",
    "Asia/Gaza",
    "Africa/Cairo",
    "Africa/Casablanca",
    "Africa/El_Aaiun",
    "Africa/Lagos",
    "Africa/Johannesburg",
    "Asia/Tehran",
    "Asia/Kabul",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Asia/Yangon",
    "Asia/Shanghai",
    "Asia/Tokyo",
    "Australia/Adelaide",
    "Australia/Lord_Howe",
    "Australia/Sydney",
    "Pacific/Auckland",
    "Pacific/Chatham",
    "Pacific/Apia",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
    "America/St_Johns",
    "America/New_York",
    "America/Chicago",
    "America/Los_Angeles",
    "America/Havana",
    "America/Santiago",
    "America/Asuncion",
    "America/Sao_Paulo",
    "America/Scoresbysund",
    "Antarctica/Troll",
]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("at", [time(3), time(0), time(2, 30)])
def test_one_run_per_local_day_over_two_years(zone: str, at: time) -> None:
    when = Daily(at)
    now = datetime(2023, 12, 31, 12, tzinfo=UTC)
    end = now + timedelta(days=731)
    due = when.next_due(now=now, zone_name=zone)
    runs: list[datetime] = []
    while now < end:  # a loop that looks every 20 minutes
        if due <= now:
            runs.append(due)
            due = when.next_due(now=now, zone_name=zone)
        now += timedelta(minutes=20)
    days = Counter(LocalDay.of(run, zone) for run in runs)
    first, last = min(days), max(days)
    assert set(days) == {LocalDay(day) for day in range(first, last + 1)}
    assert set(days.values()) == {1}
    assert last - first in {729, 730, 731}
    assert runs == sorted(set(runs))


def test_a_leap_over_the_hour_and_an_hour_that_comes_twice() -> None:
    def due(day: datetime, zone: str) -> datetime:
        return Daily(time(2, 30)).next_due(now=day, zone_name=zone)

    assert due(datetime(2024, 3, 30, 22, tzinfo=UTC), "Europe/Madrid") == datetime(2024, 3, 31, 1, 30, tzinfo=UTC)
    assert due(datetime(2024, 10, 26, 22, tzinfo=UTC), "Europe/Madrid") == datetime(2024, 10, 27, 0, 30, tzinfo=UTC)


def test_a_day_that_a_zone_left_out_has_no_run() -> None:
    # Samoa went from 29 to 31 December 2011.
    when = Daily(time(3))
    now, runs = datetime(2011, 12, 28, tzinfo=UTC), []
    for _ in range(4):
        now = when.next_due(now=now, zone_name="Pacific/Apia")
        runs.append(LocalDay.of(now, "Pacific/Apia").date.isoformat())
    assert runs == ["2011-12-28", "2011-12-29", "2011-12-31", "2012-01-01"]


def test_missed_days_are_not_made_up() -> None:
    later = datetime(2024, 5, 9, 5, tzinfo=UTC)
    assert Daily(time(3)).next_due(now=later, zone_name="UTC") == datetime(2024, 5, 10, 3, tzinfo=UTC)


def test_upkeep_takes_a_share_of_the_time_at_most() -> None:
    now = datetime(2024, 5, 9, tzinfo=UTC)
    when = Every(timedelta(seconds=5), rest=10)
    assert when.next_due(now=now, zone_name="UTC") == now + timedelta(seconds=5)
    assert when.next_due(now=now, zone_name="UTC", took=timedelta(seconds=3)) == now + timedelta(seconds=30)
