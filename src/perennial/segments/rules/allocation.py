"""What customers may cost a year: the document kind ``allocation``.

One document per brand, key "default". Where none is in force, ``Allocation()`` is: its defaults are the ones that
the docs state. It spends nothing: rooms that give something away read what it allows, the score ``care``.

Amounts are text in the brand's reporting currency ("25", "12.50"), as in rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from perennial.documents.rules.body import Body, Key, Line, Names, Problem, Share, closest
from perennial.documents.rules.kinds import Kind
from perennial.segments.rules.compare import plain

KEY = "default"
MOST_GROUPS = 20
MILLION = 1_000_000

_Lifecycle = Literal["prospect", "new", "active", "loyal", "won_back", "drifting", "lost"]
_Rfm = Literal[
    "champions", "loyal", "promising", "new", "needs_attention", "at_risk", "cannot_lose", "hibernating", "lost"
]
Sum = Annotated[
    str,
    StringConstraints(pattern=r"^\d{1,12}(\.\d{1,4})?$"),
    AfterValidator(lambda text: plain(Decimal(text))),
]
"""An amount from 0 in the brand's reporting currency: "12.50"."""


class Group(Body):
    """In one of these RFM groups."""

    kind: Literal["rfm"] = "rfm"
    values: Annotated[tuple[_Rfm, ...], Field(min_length=1, max_length=9)]


class Stage(Body):
    """In one of these stages."""

    kind: Literal["lifecycle"] = "lifecycle"
    values: Annotated[tuple[_Lifecycle, ...], Field(min_length=1, max_length=7)]


class InSegment(Body):
    """In a segment, by its key."""

    kind: Literal["segment"] = "segment"
    name: Key


class Everyone(Body):
    """Whoever is left: the last group."""

    kind: Literal["everyone"] = "everyone"


class Part(Body):
    """A group of customers and what each may cost a year.

    ``share`` of what they brought in profit, at least ``floor`` and at most ``ceiling`` (None: no such end);
    ``starting`` for those of whom no profit is known yet (None: the floor).
    """

    title: Line
    who: Annotated[Group | Stage | InSegment | Everyone, Field(discriminator="kind")]
    share: Share
    floor: Sum = "0"
    ceiling: Sum | None = None
    starting: Sum | None = None


class Allocation(Body):
    """The groups in order: of each customer the first in which they are counts.

    ``of``: the profit of which it is a share. ``last_year``: of the last 365 days, today included; ``yearly_mean``:
    of all days, by the year (of whoever began less than a year ago, all of it).
    """

    of: Literal["last_year", "yearly_mean"] = "last_year"
    groups: Annotated[tuple[Part, ...], Field(min_length=1, max_length=MOST_GROUPS)] = (
        Part(title="Champions and loyal", who=Group(values=("champions", "loyal")), share=0.15),
        Part(title="Good ones at risk", who=Group(values=("at_risk", "cannot_lose")), share=0.1),
        Part(title="New and promising", who=Group(values=("new", "promising")), share=0.1),
        Part(title="Everybody else", who=Everyone(), share=0.05),
    )


def minor(amount: str, exponent: int) -> int:
    """An amount in minor units, halves rounded up where the currency has fewer digits than were written."""
    return int((Decimal(amount) * 10**exponent).to_integral_value(ROUND_HALF_UP))


def millionths(share: float) -> int:
    """A share as a whole number of millionths, so that every engine multiplies alike."""
    return round(share * MILLION)


def allowance(part: Part, profit: int | None, exponent: int) -> int:
    """What somebody in ``part`` may cost a year who brought ``profit`` (minor units; None: not known), minor units.

    Share x profit, halves rounded up, a loss as nothing; then not below the floor, and not above the ceiling. The
    same in Ibis: `segments.compile.care`.
    """
    floor = minor(part.floor, exponent)
    if profit is None:
        found = floor if part.starting is None else minor(part.starting, exponent)
    else:
        found = (max(profit, 0) * millionths(part.share) + MILLION // 2) // MILLION
    found = max(found, floor)
    return found if part.ceiling is None else min(found, minor(part.ceiling, exponent))


def _check(body: Allocation, names: Names) -> Iterable[Problem]:
    titles: set[str] = set()
    for index, part in enumerate(body.groups):
        at, last = f"groups[{index}]", index == len(body.groups) - 1
        if part.title in titles:
            yield Problem(f"{at}.title", f"another group is called {part.title!r}, too: give each a name of its own")
        titles.add(part.title)
        if isinstance(part.who, Everyone) != last:
            told = "the last group must be everyone" if last else "only the last group may be everyone"
            yield Problem(f"{at}.who", f"{told}: nobody would be left for those that follow, or without an answer")
        if isinstance(part.who, InSegment):
            yield from _segment(part.who.name, names, f"{at}.who.name")
        yield from _amounts(part, at)
    yield from _twice(body)


def _segment(name: str, names: Names, at: str) -> Iterable[Problem]:
    labels = names.get("label", ())
    if f"segment:{name}" not in labels:
        known = [one.removeprefix("segment:") for one in labels if one.startswith("segment:")]
        yield Problem(at, f"there is no segment {name!r}{closest(name, known)}")


def _amounts(part: Part, at: str) -> Iterable[Problem]:
    floor = Decimal(part.floor)
    ceiling = None if part.ceiling is None else Decimal(part.ceiling)
    if ceiling is not None and floor > ceiling:
        yield Problem(f"{at}.floor", f"{part.floor} is above the ceiling, {part.ceiling}: swap them")
    elif part.starting is not None:
        starting = Decimal(part.starting)
        if starting < floor or (ceiling is not None and starting > ceiling):
            yield Problem(f"{at}.starting", f"{part.starting} does not lie between floor and ceiling: widen them")


def _twice(body: Allocation) -> Iterable[Problem]:
    """Who stands in two groups would never reach the second: said where it is written."""
    seen: Mapping[str, set[str]] = {"rfm": set(), "lifecycle": set(), "segment": set()}
    for index, part in enumerate(body.groups):
        who = part.who
        if isinstance(who, Everyone):
            continue
        values = {who.name} if isinstance(who, InSegment) else set(who.values)
        listed = 1 if isinstance(who, InSegment) else len(who.values)
        again = sorted(values & seen[who.kind])
        if again or listed > len(values):
            told = ", ".join(again) or "a value"
            yield Problem(f"groups[{index}].who", f"{told} stands twice; the first group counts: take one out")
        seen[who.kind].update(values)


KIND = Kind(
    name="allocation",
    title="What customers may cost a year, by group",
    body=Allocation,
    check=_check,
)
