"""One page of a list of people, by keyset, whatever narrows it.

Two ways, chosen by what the conditions leave. *Few*: the rarest condition leaves at most `FEW` people; they are
fetched through its index and sorted. *Walk*: all leave more; the index of the wanted order is walked and each
person tested, at most `LOOKED_AT` per page, so that a page costs the same however many customers there are.
Where that many were looked at in vain, the page is shorter and says where the next one goes on. Of a million,
more than `FEW` are so many that a walk soon meets a page of them.
"""

# ruff: noqa: S608  # names of tables and columns come from this code alone, values are arguments

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from perennial.web.customers.conditions import Condition, sqlite

FEW = 5_000
LOOKED_AT = 20_000
COUNTED = 1_000  # an exact count up to here
PAGE = 50

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
    way = _Way.of(wanted)
    found, cut = way.read(after if before is None else before, backward=before is not None, size=size)
    more = len(found) > size
    found = found[:size]
    made = Page(cut=cut is not None and not more)
    rest = found[-1] if more else cut
    if before is not None:
        made.before, found = rest, found[::-1]
        made.after = found[-1] if found else before
    else:
        made.after = rest
        if after is not None:
            made.before = found[0] if found else after
        else:
            made.total, made.at_least = way.count()
    made.ids = [id_ for _, id_ in found]
    return made


def everybody(wanted: Wanted, *, size: int) -> Iterator[list[int]]:
    """All of them, by pages of ids in order: for exports. Rows that change place meanwhile may come twice."""
    place: Place | None = None
    way = _Way.of(wanted)
    while True:
        found, cut = way.read(place, backward=False, size=size)
        more = len(found) > size
        found = found[:size]
        if found:
            yield [id_ for _, id_ in found]
        if not more and cut is None:
            return
        place = found[-1] if more else cut


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

    def read(self, place: Place | None, *, backward: bool, size: int) -> tuple[list[Place], Place | None]:
        """Up to ``size`` + 1 people beyond ``place``, and where a walk stopped that looked at `LOOKED_AT`."""
        found: list[Place] = []
        descending = self.wanted.descending != backward
        phases = [True, False] if backward else [False, True]  # whether the sort's value is unknown
        for unknown in phases[phases.index(place[0] is None) if place else 0 :]:
            here = place if place and (place[0] is None) == unknown else None
            last = self._last(unknown, here, descending)
            found += self._rows(unknown, here, last, descending, size + 1 - len(found))
            if len(found) > size:
                return found, None
            if last is not None:
                return found, last
        return found, None

    def count(self) -> tuple[int | None, int | None]:
        """How many there are, up to `COUNTED` + 1; else, where not all were looked at, how many at least."""
        counted = 0
        for unknown in (False, True):
            last = self._last(unknown, None, self.wanted.descending)
            sql, values = self._range(unknown, None, last, self.wanted.descending)
            counted += _number(f"SELECT count(*) FROM (SELECT 1 {sql} LIMIT {COUNTED + 1}) t", values)
            if counted > COUNTED:
                return COUNTED + 1, None
            if last is not None:
                return None, counted
        return counted, None

    def _last(self, unknown: bool, place: Place | None, descending: bool) -> Place | None:
        """The last person that a walk may look at; None: there are not so many, or it is no walk.

        The one place where rows are passed over: never more than `LOOKED_AT`, and in the index alone.
        """
        if self.few is not None or not self.wanted.conditions:
            return None
        bare = _Way(Wanted(self.wanted.brand_id, (), self.wanted.column, self.wanted.descending), None)
        sql, values = bare._range(unknown, place, None, descending, joined=False)
        found = _places(f"SELECT f.{self.wanted.column}, f.id {sql} {self._order(unknown, descending)}"
                        f" LIMIT 1 OFFSET {LOOKED_AT - 1}", values)  # fmt: skip
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
