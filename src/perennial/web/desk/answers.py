"""Stored answers for pages: read, or asked of the work loop and shown when they are there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from perennial.figures.queries.answers import A_DAY, is_due, stored

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Read:
    """An answer as a page has it. ``waiting``: it has never been computed, and now will be.

    ``rows`` are dicts by column; of ``total`` rows there are the first 5,000. ``error``: why the last try failed.
    """

    name: str
    rows: Sequence[Row] = field(default_factory=list)
    as_of: datetime | None = None
    total: int = 0
    waiting: bool = False
    error: str = ""

    @property
    def one(self) -> Row:
        """The single row of an answer that has one; empty while it is waited for."""
        return self.rows[0] if self.rows else {}


def read(
    brand_id: int, name: str, *, now: datetime, store_id: int = 0, fresh: timedelta = A_DAY, **params: Any
) -> Read:
    """The answer ``name`` with ``params`` (those of the function in `insight`). KeyError: there is no such answer.

    One that is older than ``fresh`` is given as it is, and asked for again.
    """
    found = stored(brand_id=brand_id, store_id=store_id, name=name, params=params)
    if found is None or is_due(found, now=now, fresh=fresh):
        from perennial.figures.actions.compute_answers import want

        found = want(brand_id=brand_id, store_id=store_id, name=name, params=params or None, now=now)
    if found.body is None:
        return Read(name, waiting=not found.error, error=found.error)
    columns = found.body["columns"]
    rows: list[Row] = [dict(zip(columns, row, strict=True)) for row in found.body["rows"]]
    return Read(name, rows, found.as_of, found.total, error=found.error)
