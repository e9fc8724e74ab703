"""One page of a list of people, by keyset, whatever narrows it.

Two ways, chosen by what the conditions leave. *Few*: the rarest condition leaves at most `FEW` people; they are
fetched through its index and sorted. *Walk*: all leave more; the index of the wanted order is walked and each
person tested, at most `LOOKED_AT` per page, so that a page costs the same however many customers there are.
Where that many were looked at in vain, the page is shorter and says where the next one goes on. Of a million,
more than `FEW` are so many that a walk soon meets a page of them.
"""

# ruff: noqa: S608  # names of tables and columns come from this code alone, values are arguments

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from perennial.web.customers.conditions import Condition, sqlite

FEW = 5_000
LOOKED_AT = 12_000
COUNTED_AMONG = 5_000  # looked at for the count of a first page
COUNTED = 1_000  # an exact count up to here
PAGE = 50
_AT_ONCE = 10_000  # rows taken from the database

# name of an order: the figures' column, and the index that holds it
SORTS = {
    "revenue": "figures_revenue",
    "orders": "figures_orders",
    "profit": "figures_profit",
    "yearly_value": "figures_yearly",
    "first_order_day": "figures_first",
    "last_order_day": "figures_last",
    "expected_day": "figures_expected",
}
Place = tuple[int | None, int]  # the sort's value (None: unknown, listed last) and the id


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whom, in which order. ``column`` is one of `SORTS`."""

    brand_id: int
    conditions: Sequence[Condition] = ()
    column: str = "revenue"
    descending: bool = True


@dataclass(slots=True)
class Page:
    """Ids in order; ``before`` and ``after``: where the pages beside it go on (None: there is none).

    ``cut``: fewer than a page, since only so many were looked at. ``total``: how many there are in all, of
    which ``COUNTED`` + 1 means more than that; None: not counted.
    """

    ids: list[int] = field(default_factory=list)
    before: Place | None = None
    after: Place | None = None
    cut: bool = False
    total: int | None = None
    at_least: int | None = None


def page(wanted: Wanted, *, after: Place | None = None, before: Place | None = None, size: int = PAGE) -> Page:
    """The page after (or before) a place; without one, the first, counted."""
    first = after is None and before is None
    counted: tuple[int | None, int | None] = (None, None)
    way = _Way.of(wanted)
    if first:
        read, cut = way.read(None, backward=False, limit=max(COUNTED, size), looked_at=COUNTED_AMONG)
        counted = (len(read), None) if cut is None else (None, len(read))
        if cut is not None and len(read) <= size:
            further, cut = way.read(cut, backward=False, limit=size - len(read))
            read += further
    else:
        read, cut = way.read(after if before is None else before, backward=before is not None, limit=size)
    more = len(read) > size
    found = read[:size]
    made = Page(cut=cut is not None and not more)
    rest = found[-1] if more else cut
    if before is not None:
        made.before, found = rest, found[::-1]
        made.after = found[-1] if found else before
    else:
        made.after = rest
        made.before = None if first else found[0] if found else after
    made.total, made.at_least = counted
    made.ids = [id_ for _, id_ in found]
    return made


def everybody(wanted: Wanted, *, size: int) -> Iterator[list[int]]:
    """All of them as they stand at this moment, each once, by slices of ids in order: for exports.

    All ids are read first, by one statement: a walk from place to place leaves out whoever moves above the place
    meanwhile, as their figures change. A snapshot held for the whole walk would lose nobody either, but last as
    long as somebody's slow line takes the file, and for so long keep PostgreSQL from vacuuming and SQLite from
    shortening its log. Eight bytes are kept for each.
    """
    found = _Way.of(wanted).all()
    for start in range(0, len(found), size):
        yield list(found[start : start + size])


@dataclass(frozen=True, slots=True)
class _Way:
    """How the wanted are found: through the index of ``few``, or by a walk in their order."""

    wanted: Wanted
    few: Condition | None

    @classmethod
    def of(cls, wanted: Wanted) -> _Way:
        rarest, least = None, FEW + 1
        for condition in wanted.conditions:
            counted = _number(f"SELECT count(*) FROM ({condition.found} LIMIT {least}) t", condition.found_values)
            if counted < least:
                rarest, least = condition, counted
        return cls(wanted, rarest)

    def read(
        self, place: Place | None, *, backward: bool, limit: int, looked_at: int | None = None
    ) -> tuple[list[Place], Place | None]:
        """Up to ``limit`` + 1 people beyond ``place``, and where a walk stopped that looked at `LOOKED_AT`."""
        if self.few is not None:
            return self._few(place, backward=backward)[: limit + 1], None
        found: list[Place] = []
        descending = self.wanted.descending != backward
        phases = [True, False] if backward else [False, True]  # whether the sort's value is unknown
        for unknown in phases[phases.index(place[0] is None) if place else 0 :]:
            here = place if place and (place[0] is None) == unknown else None
            last = self._last(unknown, here, descending, min(looked_at or LOOKED_AT, LOOKED_AT))
            found += self._rows(unknown, here, last, descending, limit + 1 - len(found))
            if len(found) > limit:
                return found, None
            if last is not None:
                return found, last
        return found, None

    def all(self) -> array[int]:
        """The ids of all in order, of one moment."""
        if self.few is not None:
            return array("q", (id_ for _, id_ in self._few(None, backward=False)))
        sql, values = self._from(joined=True)
        way, column = "DESC" if self.wanted.descending else "ASC", f"f.{self.wanted.column}"
        ids = array("q")
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT f.id {sql} ORDER BY {column} IS NULL, {column} {way}, f.id {way}", values)
            while part := cursor.fetchmany(_AT_ONCE):
                ids.extend(id_ for (id_,) in part)
        return ids

    def _few(self, place: Place | None, *, backward: bool) -> list[Place]:
        """All beyond ``place``: they are so few that they are sorted here, the unknown last."""
        sql, values = self._from(joined=True)
        sign = -1 if self.wanted.descending else 1

        def key(one: Place) -> tuple[bool, int, int]:
            return (one[0] is None, sign * (one[0] or 0), sign * one[1])

        found = sorted(_places(f"SELECT f.{self.wanted.column}, f.id {sql}", values), key=key, reverse=backward)
        if place is None:
            return found
        edge = key(place)
        return [one for one in found if (key(one) < edge if backward else key(one) > edge)]

    def _last(self, unknown: bool, place: Place | None, descending: bool, looked_at: int) -> Place | None:
        """The last person that a walk may look at; None: there are not so many, or it is no walk.

        The one place where rows are passed over: never more than ``looked_at``, and in the index alone.
        """
        if not self.wanted.conditions:
            return None
        bare = _Way(Wanted(self.wanted.brand_id, (), self.wanted.column, self.wanted.descending), None)
        sql, values = bare._range(unknown, place, None, descending, joined=False)
        found = _places(f"SELECT f.{self.wanted.column}, f.id {sql} {self._order(unknown, descending)}"
                        f" LIMIT 1 OFFSET {looked_at - 1}", values)  # fmt: skip
        return found[0] if found else None

    def _rows(
        self, unknown: bool, place: Place | None, last: Place | None, descending: bool, limit: int
    ) -> list[Place]:
        sql, values = self._range(unknown, place, last, descending)
        order = self._order(unknown, descending)
        return _places(f"SELECT f.{self.wanted.column}, f.id {sql} {order} LIMIT {limit}", values)

    def _order(self, unknown: bool, descending: bool) -> str:
        way = "DESC" if descending else "ASC"
        return f"ORDER BY f.id {way}" if unknown else f"ORDER BY f.{self.wanted.column} {way}, f.id {way}"

    def _range(
        self, unknown: bool, place: Place | None, last: Place | None, descending: bool, *, joined: bool = True
    ) -> tuple[str, list[Any]]:
        """FROM and WHERE of those beyond ``place`` up to ``last``."""
        sql, values = self._from(joined)
        sql += f" AND f.{self.wanted.column} IS {'' if unknown else 'NOT '}NULL"
        signs = ("<", ">=") if descending else (">", "<=")
        for sign, end in zip(signs, (place, last), strict=True):
            if end is not None and unknown:
                sql, values = f"{sql} AND f.id {sign} %s", [*values, end[1]]
            elif end is not None:
                sql, values = f"{sql} AND (f.{self.wanted.column}, f.id) {sign} (%s, %s)", [*values, *end]
        return sql, values

    def _from(self, joined: bool) -> tuple[str, list[Any]]:
        """FROM and WHERE of all who meet the conditions."""
        wanted = self.wanted
        values: list[Any] = []
        join = "CROSS JOIN" if sqlite() else "JOIN"  # CROSS: in this order
        if self.few is not None:
            values += self.few.found_values
            sql = f"FROM (SELECT DISTINCT id FROM ({self.few.found}) t) few {join} customer_figures f ON f.id = few.id"
        else:
            sql = f"FROM customer_figures f{f' INDEXED BY {SORTS[wanted.column]}' if sqlite() else ''}"
        if joined and any("c." in condition.test for condition in wanted.conditions):
            sql += f" {join} customer c ON c.id = f.id"
        hidden = "+" if sqlite() and self.few is not None else ""
        tests = [f"{hidden}f.brand_id = %s", *(condition.test for condition in wanted.conditions)]
        values += [wanted.brand_id, *(value for condition in wanted.conditions for value in condition.values)]
        return f"{sql} WHERE {' AND '.join(tests)}", values


def _places(sql: str, values: Sequence[Any]) -> list[Place]:
    with connection.cursor() as cursor:
        cursor.execute(sql, list(values))
        return [(value, id_) for value, id_ in cursor.fetchall()]


def _number(sql: str, values: Sequence[Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, list(values))
        return int(cursor.fetchone()[0])
