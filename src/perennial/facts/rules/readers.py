"""Who wants to hear of facts: the declaration of a reader."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

_NAME_LENGTH = 32

# What of a customer changed, as bits of `Touched.what`: a reader that asks for one sort leaves the others alone.
SALES, SERVICE, VISITS, PERSON, CONSENTS, LABELS = 1, 2, 4, 8, 16, 32
EVERYTHING = 63


@dataclass(frozen=True, slots=True)
class Reader:
    """A part of the house that follows what happens.

    ``kinds``: the event kinds of which it gets a `Pending` row each. ``max_age``: live events that occurred
    longer ago make no row and are counted; None: however old. ``touched``: it also gets one `Touched` row
    per customer whose facts changed. ``named``: one per customer who got an account or address they had not (so
    that an order of somebody known costs nothing). ``history``: it gets rows of imports and back-fills, too.
    """

    name: str
    kinds: frozenset[str] = frozenset()
    max_age: timedelta | None = None
    touched: bool = False
    named: bool = False
    history: bool = False

    def __post_init__(self) -> None:
        if not 0 < len(self.name) <= _NAME_LENGTH:
            raise ValueError(f"a reader's name has 1 to {_NAME_LENGTH} letters, not {self.name!r}")
        if self.max_age is not None and self.max_age <= timedelta(0):
            raise ValueError(f"reader {self.name}: max_age must be positive, or None for however old")

    def hears(self, kind: str, *, history: bool) -> bool:
        """Whether an event of ``kind`` from a live source or an import concerns this reader at all."""
        return kind in self.kinds and (self.history or not history)

    def too_old(self, occurred_at: datetime, now: datetime) -> bool:
        """Whether an event lies further back than this reader looks."""
        return self.max_age is not None and now - occurred_at > self.max_age


def check(readers: Iterable[Reader]) -> tuple[Reader, ...]:
    """``readers`` as a tuple; ValueError where two have one name."""
    table = tuple(readers)
    names = [reader.name for reader in table]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"two readers are called {twice[0]!r}: a reader's name is its own")
    return table
