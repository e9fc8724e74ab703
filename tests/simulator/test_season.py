"""The calendar: operational time and back, local days, and the shape of the seasons."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from perennial.simulator.config import Config
from perennial.simulator.season import DAY, HOURS, MONTHS, WEEKDAYS, Season, christmas
from perennial.values.time import LocalDay, zone
from tests.simulator.shops import UNTIL, small

ZONES = ("Europe/Madrid", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia", "UTC")


def test_operational_time_maps_to_the_calendar_and_back():
    season = Season(small())
    even = np.arange(0, season.span, 7_654_321)
    at = season.at(even)
    assert np.all(np.diff(at) >= 0)
    assert at[0] >= season.start
    assert at[-1] <= season.until
    # A second of the busiest hour holds less than 20 operational seconds.
    assert np.max(np.abs(season.even(at) - even)) < 20_000


@pytest.mark.parametrize("name", ZONES)
def test_local_days_are_those_of_the_zone(name):
    season = Season(small(zone=name))
    at = np.arange(season.start, season.until + 60 * DAY, 3_571)
    days = [int(LocalDay.of(datetime.fromtimestamp(t, UTC), name)) for t in at.tolist()]
    assert season.day(at).tolist() == days


def test_history_begins_at_a_local_midnight_so_many_months_back():
    season = Season(Config(customers=1, until=datetime(2026, 8, 31, 9, tzinfo=UTC), months=6))
    first = datetime.fromtimestamp(season.start, UTC).astimezone(zone("Europe/Madrid"))
    assert (first.year, first.month, first.day, first.hour) == (2026, 2, 28, 0)


def test_the_mean_weight_is_one_before_growth():
    season = Season(small(growth=0.0))
    assert season.span / 1_000 == pytest.approx(season.until - season.start, rel=1e-6)


def test_growth_raises_each_year_by_its_share():
    season = Season(small(growth=0.5, seasonal=False))
    year = int(365.25 * DAY)
    first, second = (season.even(np.asarray([season.start + n * year - (n == 2) * 86_400])) for n in (1, 2))
    assert (second - first)[0] / first[0] == pytest.approx(1.5, rel=0.01)


def test_even_moments_fall_into_the_seasons():
    """Moments drawn evenly in operational time, against the weights of the hours written out again."""
    config = small(growth=0.2)
    season = Season(config)
    n = 200_000
    at = season.at(((np.arange(n) + 0.5) / n * season.span).astype(np.int64))
    expected: dict[tuple[str, int], float] = {}
    hours = int((season.until - season.start) // 3_600)
    for hour in range(hours):
        utc = datetime.fromtimestamp(season.start + hour * 3_600, UTC)
        local = utc.astimezone(zone(config.zone))
        weight = MONTHS[local.month - 1] * WEEKDAYS[local.weekday()] * HOURS[local.hour] * christmas(local)
        weight *= 1.2 ** (hour / (365.25 * 24))
        for key in (("month", local.month), ("weekday", local.weekday()), ("hour", local.hour)):
            expected[key] = expected.get(key, 0.0) + weight
    total = sum(weight for (kind, _), weight in expected.items() if kind == "hour")
    seen: dict[tuple[str, int], int] = {}
    for t in at.tolist():
        local = datetime.fromtimestamp(t, UTC).astimezone(zone(config.zone))
        for key in (("month", local.month), ("weekday", local.weekday()), ("hour", local.hour)):
            seen[key] = seen.get(key, 0) + 1
    for key, weight in expected.items():
        # Evenly spaced, not random: only the edges of hours are uncertain.
        assert seen[key] / n == pytest.approx(weight / total, rel=0.02, abs=1e-4), key


def test_the_weeks_before_christmas_are_busy():
    season = Season(small())
    december = np.asarray([int(datetime(2025, 12, day, tzinfo=UTC).timestamp()) for day in (4, 18)])
    january = december + int(timedelta(days=49).total_seconds())
    assert np.diff(season.even(december))[0] > 1.7 * np.diff(season.even(january))[0]
    assert season.peaks(december).tolist() == [1.0, 1.0]
    assert season.peaks(january).tolist() == [0.0, 0.0]


def test_parts_of_days_add_up_to_the_whole():
    season = Season(small())
    first, last = season.day(np.asarray([season.start, season.until])).tolist()
    assert season.share(last - first + 1).sum() == pytest.approx(1.0, abs=1e-9)
    assert int(UNTIL.timestamp()) == season.until
