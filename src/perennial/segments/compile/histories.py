"""The facts of people as `segments.rules.judge` reads them: tables in, one `History` a person out.

For few people: everything becomes Python objects. Whose a fact is, which browser was whose and what a product is
are joined by the engine, as they are for everybody.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from perennial.insight.tables import SCHEMA, AsOf, Tables
from perennial.segments.compile.plan import Plan
from perennial.segments.compile.sources import acts, with_goods
from perennial.segments.rules.history import (
    ActFact,
    AttributeFact,
    BackFact,
    ConsentFact,
    CustomerFact,
    History,
    LabelFact,
    LineFact,
    OrderFact,
    ParcelFact,
    RefundFact,
    ScoreFact,
    TicketFact,
    YearlyFact,
)
from perennial.segments.rules.known import Known
from perennial.segments.rules.tables import BESIDE, Beside

if TYPE_CHECKING:
    import ibis.expr.types as ir

_EVER = AsOf(2**62, 2**40)


@dataclass(frozen=True, slots=True)
class Reading:
    """What fills one field of a history: rows of ``person_id`` and the columns of ``fact``, in their order.

    ``of``: the table without which there is nothing to read.
    """

    of: str
    field: str
    fact: Any
    rows: ir.Table


def readings(t: Tables, beside: Beside) -> Iterator[Reading]:
    """What fills each field, customers first."""
    plan = Plan(t, beside, Known(), _EVER)
    orders = plan.of_people(t.orders)
    owners = orders.select("person_id", of_order="order_id")

    def by_order(table: ir.Table) -> ir.Table:
        return table.join(owners, table.order_id == owners.of_order)

    made: tuple[tuple[str, str, Any, ir.Table], ...] = (
        ("customers", "customers", CustomerFact, plan.of_people(t.customers)),
        ("orders", "orders", OrderFact, orders),
        ("lines", "lines", LineFact, with_goods(t, by_order(t.lines.drop("customer_id", "store_id")))),
        ("refunds", "refunds", RefundFact, plan.of_people(t.refunds)),
        ("refund_lines", "backs", BackFact, by_order(t.refund_lines)),
        ("fulfilments", "parcels", ParcelFact, by_order(t.fulfilments)),
        ("behaviour", "acts", ActFact, acts(plan, None, goods=True)),
        ("tickets", "tickets", TicketFact, plan.of_people(t.tickets)),
        *((name, name, fact, plan.of_people(getattr(beside, name))) for name, fact in _BESIDE),
    )
    for of, field, fact, rows in made:
        yield Reading(of, field, fact, rows.select("person_id", *fact.__annotations__))


def histories(t: Tables, beside: Beside, names: Collection[str] | None = None) -> dict[int, History]:
    """A history for each person in ``t``, by person. Nothing is left out: a moment is cut when it is judged.

    ``names``: the tables that are looked at, beside customers; None: all.
    """
    wanted = {*BESIDE, *SCHEMA} if names is None else {*names, "customers"}
    return gathered((one, _rows(one.rows)) for one in readings(t, beside) if one.of in wanted)


def gathered(read: Iterable[tuple[Reading, Iterable[tuple[Any, ...]]]]) -> dict[int, History]:
    """The histories that these rows make."""
    found: dict[int, History] = {}
    lists: dict[int, set[str]] = {}
    scores: dict[int, dict[str, list[ScoreFact]]] = {}
    for one, rows in read:
        for person, *values in rows:
            history = found.setdefault(person, History(person))
            if one.fact is _OnList:
                lists.setdefault(person, set()).add(values[0])
            elif one.fact is _Scored:
                scores.setdefault(person, {}).setdefault(values[0], []).append(ScoreFact(*values[1:]))
            else:
                getattr(history, one.field).append(one.fact(*values))
    for person, names in lists.items():
        found[person].listed = frozenset(names)
    for person, by_name in scores.items():
        found[person].scores = by_name
    return found


class _OnList(NamedTuple):
    list: str


class _Scored(NamedTuple):
    name: str
    value: float
    low: float | None
    high: float | None


_BESIDE: tuple[tuple[str, Any], ...] = (
    ("consents", ConsentFact), ("attributes", AttributeFact), ("yearly", YearlyFact), ("labels", LabelFact),
    ("listed", _OnList), ("scores", _Scored),
)  # fmt: skip


def _rows(table: ir.Table) -> Iterable[tuple[Any, ...]]:
    held = table.to_pyarrow()
    return zip(*(held.column(name).to_pylist() for name in held.column_names), strict=True)
