"""What is to be done with each member of an audience: what should be, less what is. Pure.

A row is one address at the service. ``goal`` says what should become of it: ``in`` (there, with these fields),
``out`` (left the segment, may still be mailed), ``away`` (may not be mailed any more, or has another address),
``forget`` (erased). ``there`` says what we know of the service: "" (nothing of ours), ``doubt`` (asked, and no
answer came), ``in``, ``out`` (the tag taken off), ``gone`` (archived by us), ``other`` (they are there in a way that
is not ours to change: they unsubscribed, their mail bounced).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from perennial.channels.audiences.rules.member import Target

Goal = Literal["in", "out", "away", "forget"]
PLANNED, CLAIMED, DONE, REFUSED, BARRED = "planned", "claimed", "done", "refused", "barred"


@dataclass(frozen=True, slots=True)
class Held:
    """A row as it is kept. ``wanted`` and ``sent``: fingerprints of what should be there, and of what we put."""

    id: int
    customer_id: int
    key: str
    goal: Goal
    wanted: str
    sent: str
    there: str
    state: str


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a person stands: ``target`` None: they may not be mailed. ``member``: in the segment now."""

    target: Target | None
    member: bool
    erased: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """A row to be written: ``drop``: it goes, for nothing of it is at the service. ``target``: whose it is now."""

    held: Held | None
    goal: Goal
    target: Target | None = None
    drop: bool = False


def settled(goal: str, there: str, wanted: str, sent: str) -> bool:
    """Whether what is at the service is what should be."""
    if goal == "in":
        return there == "in" and wanted == sent
    if goal == "out":
        return there in {"", "out", "gone", "other"}
    return goal == "away" and there in {"", "gone", "other"}


def changes(standing: Standing, rows: Iterable[Held], takers: dict[str, Held]) -> Iterator[Change]:
    """What to write for one person. ``takers``: rows of others at the target's address that have to give way."""
    mine = list(rows)
    wants = standing.target if standing.member and not standing.erased else None
    for row in mine:
        if wants is not None and row.key == wants.key:
            continue
        goal: Goal = "away"
        if standing.erased:
            goal = "forget"
        elif standing.target is not None and row.key == standing.target.key:
            goal = "out"
        if not row.there and row.goal != "forget" and row.state != CLAIMED:
            yield Change(row, goal, drop=True)  # never there, or refused: nothing to take back
        elif row.goal != goal:
            yield Change(row, goal)
    if wants is None:
        return
    own = next((row for row in mine if row.key == wants.key), None) or takers.get(wants.key)
    if own is None or own.goal != "in" or own.wanted != wants.fingerprint or own.customer_id != wants.customer_id:
        yield Change(own, "in", wants)


def state_after(held: Held, goal: Goal, wanted: str) -> str:
    """The state of a row whose goal or fields changed.

    Who is barred (they unsubscribed at the service) stays so: only they can change it, or staff who ask again.
    """
    if held.state == BARRED and goal in {"in", "out"}:
        return BARRED
    return DONE if settled(goal, held.there, wanted, held.sent) else PLANNED
