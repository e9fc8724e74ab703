"""What rules need of each table, gathered so that every table is gone through once however many rules there are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from perennial.insight.net import net_orders, people, with_person
from perennial.insight.tables import AsOf, Tables
from perennial.segments.rules.fold.measures import EVER, first_day
from perennial.segments.rules.known import Known
from perennial.segments.rules.tables import Beside
from perennial.values.time import Period

if TYPE_CHECKING:
    import ibis.expr.types as ir

Wide = Any
"""The table with a row per person and a column per measure."""
Aggregate = Callable[[Any], Any]
Read = Callable[[Any], Any]
_OF_ORDERS = ("orders", "profits", "lines")


@dataclass
class Plan:
    """Columns by source; `columns` asks each source once for all of its own.

    A source is a table with a ``person_id`` and a row per thing that happened. Its columns are aggregates; a person
    without rows has null in them.
    """

    tables: Tables
    beside: Beside
    known: Known
    as_of: AsOf
    _sources: dict[str, Callable[[int | None], ir.Table]] = field(default_factory=dict)
    _columns: dict[str, dict[str, Aggregate]] = field(default_factory=dict)
    _names: dict[tuple[str, str], str] = field(default_factory=dict)
    _since: dict[str, int] = field(default_factory=dict)
    _rows: dict[tuple[str, int | None], ir.Table] = field(default_factory=dict)

    def source(self, name: str, make: Callable[[int | None], ir.Table]) -> None:
        """A source by its name: what makes it, from a local day on (None: from the first)."""
        self._sources[name] = make

    def rows(self, name: str, first: int | None = None) -> ir.Table:
        """A source's rows, at least those from the day ``first`` on."""
        if (name, first) not in self._rows:
            self._rows[name, first] = self._sources[name](first)
        return self._rows[name, first]

    def column(self, source: str, key: str, aggregate: Aggregate) -> Read:
        """A column of a source: how it is read from the wide table. Two with one key are one."""
        name = self._names.get((source, key))
        if name is None:
            name = self._names[source, key] = f"c{len(self._names)}"
            self._columns.setdefault(source, {})[name] = aggregate
        return lambda wide: wide[name]

    def since(self, source: str, window: Period | None) -> int:
        """The first day of a window; the source is read from the earliest day that anybody asks for."""
        first = first_day(window, self.as_of.day)
        self._since[source] = min(self._since.get(source, first), first)
        return first

    def columns(self) -> ir.Table:
        """A row per person who was known, or had ordered, by the moment: ``person_id`` and every column."""
        wide = self._everybody()
        for name in self._columns:
            found = self._found(name).rename(of_person="person_id")
            wide = wide.left_join(found, wide.person_id == found.of_person).drop("of_person")
        return wide

    def of_buyers(self) -> ir.Table | None:
        """The same without whoever has nothing in the one source that is asked; None where it is not of orders."""
        (name, *others) = self._columns or ("",)
        return None if others or name not in _OF_ORDERS else self._found(name)

    def _found(self, name: str) -> ir.Table:
        first = self._since.get(name, EVER)
        rows = self.rows(name, None if first == EVER else first)
        return rows.group_by("person_id").aggregate(**{key: of(rows) for key, of in self._columns[name].items()})

    def orders(self, first: int | None, *, profit: bool = False) -> ir.Table:
        """`net_orders` of known people, from a day on."""
        t = self.tables
        if first is not None:
            t = replace(t, orders=t.orders.filter(t.orders.ordered_day >= first))
        return net_orders(t, self.as_of, self.known.treatment, profit=profit, anonymous=False)

    def of_people(self, table: ir.Table) -> ir.Table:
        """``table`` with its ``person_id``, without what belongs to nobody."""
        found = with_person(self.tables, table)
        return found.filter(found.person_id.notnull())

    def _everybody(self) -> ir.Table:
        known = people(self.tables)
        known = known.filter(known.created_at.isnull() | (known.created_at <= self.as_of.at)).select("person_id")
        o = self.tables.orders
        bought = self.of_people(o.filter(o.ordered_at <= self.as_of.at).select("customer_id")).select("person_id")
        # Nearly all who ordered are known: to leave those out first is less than to sort them all into one heap.
        return known.union(bought.anti_join(known, "person_id")).distinct()
