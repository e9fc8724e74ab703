"""Where the time goes, in a few lines: the functions in which most of it is spent."""

from __future__ import annotations

import cProfile
import pstats
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(slots=True)
class Seen:
    """``lines``: one per function, the costliest first."""

    lines: list[str] = field(default_factory=list)


@contextmanager
def profiled(how: str, top: int = 25) -> Iterator[Seen]:
    """Profile the block where ``how`` is ``tottime`` or ``cumtime``; empty: do nothing, cost nothing."""
    seen = Seen()
    if not how:
        yield seen
        return
    profile = cProfile.Profile()
    profile.enable()
    try:
        yield seen
    finally:
        profile.disable()
        seen.lines = costliest(pstats.Stats(profile), how, top)


def costliest(stats: pstats.Stats, how: str, top: int) -> list[str]:
    """The ``top`` functions by own (tottime) or whole (cumtime) time."""
    found = stats.stats  # type: ignore[attr-defined]  # the stubs leave it out
    place = {"tottime": 2, "cumtime": 3}[how]
    total = sum(values[2] for values in found.values())
    ordered = sorted(found.items(), key=lambda item: -item[1][place])[:top]
    return [
        f"{values[place]:.2f} s ({values[place] / total:.0%}), {values[1]:,} calls: {_named(*where)}"
        for where, values in ordered
    ]


def _named(file: str, line: int, function: str) -> str:
    if file == "~":
        return function
    path = Path(file)
    parts = path.parts
    shown = "/".join(parts[parts.index("perennial") :]) if "perennial" in parts else path.name
    return f"{shown}:{line} {function}"
