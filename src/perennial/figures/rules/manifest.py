"""What a mirror consists of at a moment: the list of its files.

Files are never rewritten: a month that changes becomes a new file and the list is replaced in one rename, so
that whoever read the list before goes on with the files it names. Files that left the list stay for a while.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType

from perennial.figures.rules.mirrored import MACROS, Mirrored
from perennial.figures.rules.people import PEOPLE
from perennial.figures.rules.sales import SALES
from perennial.insight.tables import SCHEMA
from perennial.values.hashing import fingerprint
from perennial.values.time import to_us

TABLES: Mapping[str, Mirrored] = MappingProxyType({table.name: table for table in (*SALES, *PEOPLE)})
# Readers hold a list for as long as one question takes; afterwards nobody knows the old files.
KEPT = timedelta(hours=1)


def shape() -> str:
    """The fingerprint of all declarations: a mirror made under others is no mirror of this version."""
    declared = [[t.name, t.source, t.shape, t.order, t.by_day, t.by_id, list(t.days or ())] for t in TABLES.values()]
    columns = {name: dict(of) for name, of in SCHEMA.items()}
    return fingerprint([declared, columns, MACROS])


@dataclass(frozen=True, slots=True)
class Manifest:
    """``parts``: table -> month -> file, relative to the mirror's folder. ``retired``: file -> when (us)."""

    shape: str
    number: int = 0
    parts: Mapping[str, Mapping[int, str]] = field(default_factory=dict)
    retired: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str) -> Manifest:
        """Read what `text` wrote."""
        body = json.loads(text)
        parts = {table: {int(month): file for month, file in of.items()} for table, of in body["parts"].items()}
        return cls(body["shape"], body["number"], parts, body["retired"])

    def text(self) -> str:
        """As JSON, keys sorted."""
        body = {
            "shape": self.shape,
            "number": self.number,
            "parts": {t: {str(m): f for m, f in sorted(of.items())} for t, of in self.parts.items()},
            "retired": dict(self.retired),
        }
        return json.dumps(body, indent=1, sort_keys=True)

    def files(self, table: str) -> list[str]:
        """The files of a table, oldest month first."""
        return [file for _, file in sorted(self.parts.get(table, {}).items())]

    def file_of(self, table: str, month: int) -> str:
        """The name of a month's next file."""
        return f"{table}/month={month}.{self.number + 1:08d}.parquet"

    def replaced(self, new: Mapping[tuple[str, int], str | None], now: datetime) -> Manifest:
        """With other files for some months (None: the month has no rows); old ones retire."""
        parts = {table: dict(of) for table, of in self.parts.items()}
        retired = dict(self.retired)
        for (table, month), file in new.items():
            old = parts.setdefault(table, {}).pop(month, None)
            if old is not None:
                retired[old] = to_us(now)
            if file is not None:
                parts[table][month] = file
        return replace(self, number=self.number + 1, parts=parts, retired=retired)

    def forgotten(self, now: datetime | None) -> Manifest:
        """Without the files that retired long enough before ``now``; None: without all that retired."""
        if now is None:
            return replace(self, retired={})
        stay = to_us(now) - KEPT // timedelta(microseconds=1)
        return replace(self, retired={file: at for file, at in self.retired.items() if at > stay})
