"""When a recurring task is due: every so often, or once per local day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from perennial.values.time import EPOCH, LocalDay, zone


@dataclass(frozen=True, slots=True)
class Every:
    """Again ``period`` after the last run ended, but never for more than a share of the time.

    ``rest``: at least this many times as long as the run took, so that upkeep cannot eat the machine.
    """

    period: timedelta
    rest: float = 10

    def next_due(self, *, now: datetime, zone_name: str, took: timedelta = timedelta(0)) -> datetime:  # noqa: ARG002
        """The instant of the next run, for one that ended at ``now``."""
        return now + max(self.period, took * self.rest)


@dataclass(frozen=True, slots=True)
class Daily:
    """Once per local day, when the brand's clocks show ``at``.

    Where the clocks leap over ``at``, as much later as they leap; where they show it twice, the first time.
    Days missed while nothing ran are not made up: what runs daily looks at the whole.
    """

    at: time

    def next_due(self, *, now: datetime, zone_name: str, took: timedelta = timedelta(0)) -> datetime:  # noqa: ARG002
        """The first instant after ``now`` at which a local day's run falls due."""
        day = LocalDay.of(now, zone_name).plus(-1)
        while True:
            due = self._on(day, zone_name)
            if due is not None and due > now:
                return due
            day = day.plus(1)

    def _on(self, day: LocalDay, zone_name: str) -> datetime | None:
        """The day's run; None where the zone left the whole day out."""
        local = datetime.combine(day.date, self.at, zone(zone_name))
        # By way of UTC: an aware datetime's own arithmetic does not know that a local time may not exist.
        instant = EPOCH + (local - EPOCH)
        return instant if LocalDay.of(instant, zone_name) == day else None
