"""Who came into a segment and who left it: the difference between who is in and who should be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from typing import Literal

Why = Literal["fact", "time", "rule", "store", "merge"]
"""Something recorded; a window that moved on; the segment itself; cut-points of the whole store; two became one."""


@dataclass(frozen=True, slots=True)
class Change:
    """A person who enters or leaves (``enters`` false) a segment."""

    person: int
    segment: str
    enters: bool


def changes(
    people: Iterable[int],
    in_now: Mapping[int, Set[str]],
    should: Mapping[int, Set[str]],
    judged: Mapping[int, Set[str]],
) -> list[Change]:
    """What changes for ``people``: those segments alone that were ``judged`` for a person.

    ``in_now``, ``should``: person -> segments. In the order of people, then of segments: the same call gives the
    same list.
    """
    nothing: Set[str] = frozenset()
    found = []
    for person in sorted(people):
        held, wanted = in_now.get(person, nothing), should.get(person, nothing)
        found += [
            Change(person, segment, segment in wanted)
            for segment in sorted(judged.get(person, nothing))
            if (segment in held) != (segment in wanted)
        ]
    return found
