"""The brand's goals and settings of sums, as pages show them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from perennial.documents.queries import effective, live
from perennial.facts.rules.goals import KIND, Doing, Goal, Returning
from perennial.facts.rules.reporting import KIND as REPORTING
from perennial.facts.rules.reporting import Reporting
from perennial.values.time import LocalDay

_DAY = LocalDay(20_000)  # any: how many days a period of months has
USUAL_HORIZON = 90  # days in which somebody is expected back where no goal says otherwise


@dataclass(frozen=True, slots=True)
class Held:
    """A goal in force: its key and version, and what it says. Version 0: said by the settings of reports."""

    key: str
    version: int
    goal: Goal


@dataclass(frozen=True, slots=True)
class Goals:
    """All goals of a brand that are in force, by name."""

    held: Sequence[Held]

    @property
    def doing(self) -> list[tuple[Held, Doing]]:
        """Those about visitors."""
        return [(one, one.goal.counts) for one in self.held if isinstance(one.goal.counts, Doing)]

    @property
    def returning(self) -> list[tuple[Held, Returning]]:
        """Those about customers who come back, the soonest first."""
        found = [(one, one.goal.counts) for one in self.held if isinstance(one.goal.counts, Returning)]
        return sorted(found, key=lambda pair: pair[1].within)

    @property
    def kept(self) -> Returning | None:
        """The goal of the retention rate that pages speak of: the one of the usual horizon, else the first."""
        every = [counts for _, counts in self.returning]
        return next((one for one in every if one.within == USUAL_HORIZON), every[0] if every else None)


def goals(brand_id: int, now: datetime) -> Goals:
    """The goals in force at ``now``: documents of their own, and what the settings of reports name beside them."""
    found = [
        Held(one.key, one.version, KIND.read(one.stored, one.schema, what=one.reference))
        for one in live(brand_id=brand_id, at=now, kind=KIND.name)
    ]
    found += _of_settings(reporting(brand_id, now), Goals(found))
    return Goals(sorted(found, key=lambda one: (one.goal.title.casefold(), one.key)))


def _of_settings(said: Reporting, own: Goals) -> list[Held]:
    """What `Reporting` sets as goals, as far as no goal of its own is about the same."""
    rates = {one.rate for _, one in own.doing}
    found = [
        # Built as it stands: what was good enough for the settings is not checked by a goal's own rules.
        Held(one.key, 0, Goal.model_construct(title=one.title, counts=Doing.model_construct(behaviour=one.behaviour)))
        for one in said.conversion.goals
        if one.behaviour not in rates
    ]
    if said.retention.goal and not own.returning:
        horizon = said.retention.horizon
        days = _DAY - horizon.first_day(_DAY) + (horizon.unit in ("day", "week"))  # their windows count today, too
        counts = Returning.model_construct(within=days, target=said.retention.goal)
        found.append(Held("retention", 0, Goal.model_construct(title=str(horizon), counts=counts)))
    return found


def reporting(brand_id: int, now: datetime) -> Reporting:
    """What counts in sums, and the costs and the line that the merchant states."""
    return effective(REPORTING, brand_id=brand_id, key="default", at=now) or Reporting()
