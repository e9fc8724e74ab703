"""The store's calendar: when people buy, and the clock that turns even time into seasons.

Customers live in *operational* time, in which nothing has a season. Its milliseconds pass faster when the
store is busy: the hour's weight is month x day of week x hour x Christmas x growth, with a mean of 1
before growth. A Poisson process in operational time is then a seasonal one on the calendar, and the
purchase rates stay exactly those that were drawn.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np

from perennial.simulator.config import Config
from perennial.simulator.draws import Floats, Ints
from perennial.values.time import LocalDay, from_us, to_us
from perennial.values.time import zone as zone_of

HOUR, DAY = 3_600, 86_400
YEAR_MS = 365.25 * DAY * 1_000
_MILLION = 1_000_000

# Relative intensity of January to December, Monday to Sunday, 0 to 23 h, all local.
MONTHS = (0.90, 0.88, 0.95, 1.00, 1.05, 1.02, 0.95, 0.80, 1.00, 1.05, 1.15, 1.15)
WEEKDAYS = (1.10, 1.05, 1.00, 1.00, 0.95, 0.85, 1.05)
HOURS = (
    *(0.25, 0.12, 0.07, 0.05, 0.05, 0.10, 0.25, 0.50, 0.85, 1.15, 1.35, 1.40),
    *(1.35, 1.20, 1.15, 1.20, 1.30, 1.45, 1.60, 1.85, 2.00, 1.80, 1.20, 0.60),
)


def christmas(local: datetime) -> float:
    """Factor of a local day around Christmas: rising from 20 November to 18 December, quiet on the 25th."""
    if local.month == 11 and local.day >= 20:
        return 1.2 + 0.03 * (local.day - 20)
    if local.month == 12 and local.day <= 18:
        return 1.6 + 0.02 * local.day
    if local.month == 12 and 24 <= local.day <= 26:
        return 0.3
    return 1.0


def peak(local: datetime) -> bool:
    """Whether carriers are overloaded: 25 November to 24 December."""
    return (local.month == 11 and local.day >= 25) or (local.month == 12 and local.day <= 24)


class Season:
    """The calendar of one configuration, from its first local midnight to its ``until``."""

    def __init__(self, config: Config) -> None:
        self.zone = config.zone
        self.until = to_us(config.until) // _MILLION
        first = LocalDay.of(config.until, config.zone).plus_months(-config.months)
        self.start = to_us(first.start(config.zone)) // _MILLION
        self._offsets()
        self._edges = np.append(np.arange(self.start, self.until, HOUR), self.until)
        weights, self._peaks = self._weights(config.seasonal)
        years = (self._edges[:-1] - self.start) / (365.25 * DAY)
        widths = np.diff(self._edges)
        weights *= widths.sum() / (weights * widths).sum()
        weights *= (1 + config.growth) ** years
        steps = np.maximum(np.rint(weights * widths * 1_000).astype(np.int64), 1)
        self._even = np.concatenate([np.zeros(1, np.int64), np.cumsum(steps)])
        # Operational milliseconds of the whole history.
        self.span = int(self._even[-1])

    def _offsets(self) -> None:
        """Seconds east of UTC, from each instant at which they change (parcels arrive after ``until``)."""
        zone = zone_of(self.zone)

        def offset(at: int) -> int:
            delta = from_us(at * _MILLION).astimezone(zone).utcoffset()
            return 0 if delta is None else delta // timedelta(seconds=1)

        self._changes, self._shifts = [self.start - DAY], [offset(self.start - DAY)]
        for day in range(self.start, self.until + 120 * DAY, DAY):
            if offset(day) != self._shifts[-1]:
                low, high = day - DAY, day
                while high - low > 1:
                    middle = (low + high) // 2
                    low, high = (middle, high) if offset(middle) == self._shifts[-1] else (low, middle)
                self._changes.append(high)
                self._shifts.append(offset(high))

    def _weights(self, seasonal: bool) -> tuple[Floats, Floats]:
        weights, peaks = np.ones(len(self._edges) - 1), np.zeros(len(self._edges) - 1)
        for index, shown in enumerate((self._edges[:-1] + self._shift(self._edges[:-1])).tolist()):
            local = datetime.fromtimestamp(shown, UTC)  # a local wall clock, written as if it were UTC
            if seasonal:
                weights[index] = MONTHS[local.month - 1] * WEEKDAYS[local.weekday()] * HOURS[local.hour]
                weights[index] *= christmas(local)
            peaks[index] = peak(local)
        return weights, peaks

    def _shift(self, at: Ints) -> Ints:
        places = np.searchsorted(np.asarray(self._changes), at, side="right") - 1
        return np.asarray(np.asarray(self._shifts)[np.maximum(places, 0)])

    def day(self, at: Ints) -> Ints:
        """Local days (since 1970-01-01) of instants in seconds."""
        return np.asarray((at + self._shift(at)) // DAY)

    def local(self, at: Ints) -> Ints:
        """The wall clock of the store's zone, in seconds as if it were UTC."""
        return np.asarray(at + self._shift(at))

    def at(self, even: Ints) -> Ints:
        """Instants (s) of operational milliseconds in [0, span)."""
        hour = np.searchsorted(self._even, even, side="right") - 1
        low = self._even[hour]
        within = (even - low) / (self._even[hour + 1] - low)
        width = self._edges[hour + 1] - self._edges[hour]
        return np.asarray(self._edges[hour] + (within * width).astype(np.int64))

    def even(self, at: Ints) -> Ints:
        """Operational milliseconds of instants (s) within the history: the inverse of `at`."""
        hour = np.clip((at - self.start) // HOUR, 0, len(self._edges) - 2)
        width = self._edges[hour + 1] - self._edges[hour]
        within = (at - self._edges[hour]) / width
        low = self._even[hour]
        return np.asarray(low + (within * (self._even[hour + 1] - low)).astype(np.int64))

    def peaks(self, at: Ints) -> Floats:
        """1.0 for instants in the weeks in which carriers are overloaded, else 0.0."""
        hour = np.clip((at - self.start) // HOUR, 0, len(self._edges) - 2)
        return np.asarray(self._peaks[hour])

    def share(self, days: int) -> Floats:
        """Each local day's part of the whole operational time, for the first ``days`` days."""
        first = LocalDay(int(self.day(np.asarray([self.start]))[0]))
        edges = [to_us(first.plus(n).start(self.zone)) // _MILLION for n in range(days + 1)]
        even = self.even(np.minimum(np.asarray(edges), self.until))
        return np.asarray(np.diff(even) / self.span)
