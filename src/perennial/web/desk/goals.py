"""The brand's goals and settings of sums, as pages show them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from perennial.documents.queries import effective, live
from perennial.facts.rules.goals import KIND, Doing, Goal, Returning
from perennial.facts.rules.reporting import KIND as REPORTING
from perennial.facts.rules.reporting import Reporting

USUAL_HORIZON = 90  # days in which somebody is expected back where no goal says otherwise


@dataclass(frozen=True, slots=True)
class Held:
    """A goal in force: its key and version, and what it says."""

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
    """The goals in force at ``now``."""
    found = [
        Held(one.key, one.version, KIND.read(one.stored, one.schema, what=one.reference))
        for one in live(brand_id=brand_id, at=now, kind=KIND.name)
    ]
    return Goals(sorted(found, key=lambda one: (one.goal.title.casefold(), one.key)))


def reporting(brand_id: int, now: datetime) -> Reporting:
    """What counts in sums, and the costs and the line that the merchant states."""
    return effective(REPORTING, brand_id=brand_id, key="default", at=now) or Reporting()
