"""The difference between two JSON bodies, for people to read before they say yes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import Enum
from typing import Final

from perennial.values.hashing import canonical


class _Absent(Enum):
    ABSENT = "absent"

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = _Absent.ABSENT
"""Stands for "nothing there" where ``null`` is a value."""


@dataclass(frozen=True, slots=True)
class Change:
    """One place that differs. ``old`` is ABSENT for an addition, ``new`` for a removal.

    ``path`` counts list items as in the new body, in a removal as in the old one.
    """

    path: str
    old: object
    new: object

    def __str__(self) -> str:
        place = self.path or "all"
        if self.old is ABSENT:
            return f"+ {place}: {canonical(self.new)}"
        if self.new is ABSENT:
            return f"- {place}: {canonical(self.old)}"
        return f"~ {place}: {canonical(self.old)} → {canonical(self.new)}"


def path(parts: Iterable[str | int]) -> str:
    """("rules", 2, "amount") as ``rules[2].amount``; a name that is no plain word stands in ["..."]."""
    text = ""
    for part in parts:
        if isinstance(part, int):
            text += f"[{part}]"
        elif part.isidentifier():
            text += f".{part}" if text else part
        else:
            text += f"[{canonical(part)}]"
    return text


def diff(old: object, new: object) -> tuple[Change, ...]:
    """What turns ``old`` into ``new``; empty only if they are the same JSON (1, 1.0 and true differ)."""
    return tuple(_diff(old, new, ()))


def _diff(old: object, new: object, at: tuple[str | int, ...]) -> Iterator[Change]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for name in sorted({*old, *new}):
            if name not in new:
                yield Change(path((*at, name)), old[name], ABSENT)
            elif name not in old:
                yield Change(path((*at, name)), ABSENT, new[name])
            else:
                yield from _diff(old[name], new[name], (*at, name))
    elif isinstance(old, list | tuple) and isinstance(new, list | tuple):
        yield from _diff_lists(old, new, at)
    elif canonical(old) != canonical(new):
        yield Change(path(at), old, new)


def _diff_lists(old: Sequence[object], new: Sequence[object], at: tuple[str | int, ...]) -> Iterator[Change]:
    """Items that merely moved up or down because of others are no difference."""
    before, after = [canonical(item) for item in old], [canonical(item) for item in new]
    for verb, i, i_end, j, j_end in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if verb == "equal":
            continue
        pairs = min(i_end - i, j_end - j)
        for step in range(pairs):
            yield from _diff(old[i + step], new[j + step], (*at, j + step))
        for index in range(i + pairs, i_end):
            yield Change(path((*at, index)), old[index], ABSENT)
        for index in range(j + pairs, j_end):
            yield Change(path((*at, index)), ABSENT, new[index])
