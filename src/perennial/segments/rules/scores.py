"""The scores that rules may name: where each is kept, and in which unit.

Scores come from entry points of the group ``perennial.scores``, ours and those of plug-ins alike; the name of the
entry point is the name of the score. A plug-in's score is kept as rows of the table ``score``.

    [project.entry-points."perennial.scores"]
    care = "perennial.segments.rules.scores:CARE"
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from types import MappingProxyType
from typing import Literal

from perennial.documents.rules.kinds import PluginBroken

GROUP = "perennial.scores"
Unit = Literal["money", "days", "share", "number"]
"""Stored as: minor units of the reporting currency; days; a part of 1; as it is."""


@dataclass(frozen=True, slots=True)
class Score:
    """A score by its ``name``; ``title``: its name for people.

    ``column``: of the person's figures; None: a row of the table ``score``.

    ``low`` and ``high``: the columns of its interval; None: it has none there (a row carries its own).
    """

    name: str
    title: str
    unit: Unit
    column: str | None = None
    low: str | None = None
    high: str | None = None


CARE = Score("care", "Care a year", "money")
REVENUE = Score("revenue", "Revenue", "money", "revenue")
PROFIT = Score("profit", "Profit", "money", "profit")
AVERAGE_ORDER = Score("average_order", "Average order", "money", "aov")
YEARLY_VALUE = Score("yearly_value", "Worth a year", "money", "yearly_value")
USUAL_GAP = Score("usual_gap", "Usual gap", "days", "usual_gap", "gap_low", "gap_high")
SILENCE = Score("probability", "Chance of such a silence", "share", "probability")


@cache
def scores() -> Mapping[str, Score]:
    """Every score of all installed distributions, by name. Raises PluginBroken naming the one at fault."""
    found: dict[str, Score] = {}
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: (entry.name, entry.value)):
        giver = entry.dist.name if entry.dist else "an unknown distribution"
        offer = f"{giver} offers the score {entry.name!r} as {entry.value}"
        try:
            score = entry.load()
        except Exception as error:  # a plug-in's import may raise anything
            raise PluginBroken(f"{offer}, which cannot be loaded ({error}): upgrade or uninstall it") from error
        if not isinstance(score, Score) or score.name != entry.name:
            raise PluginBroken(f"{offer}, which is no Score of that name: upgrade or uninstall it")
        if found.setdefault(entry.name, score) != score:
            raise PluginBroken(f"{offer}, and another one does, too: uninstall one of them")
    return MappingProxyType(found)


def compared(name: str, value: float, exponent: int) -> float:
    """A stored value of the score ``name`` as rules compare it: money in major units, all else as it is.

    ``exponent``: digits of the reporting currency. A score that no plug-in offers any more is compared as it is.
    """
    known = scores().get(name)
    return value / 10**exponent if known is not None and known.unit == "money" else value
