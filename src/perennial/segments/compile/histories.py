"""The facts of people as `segments.rules.judge` reads them: tables in, one `History` a person out.

For few people: everything becomes Python objects. Whose a fact is, which browser was whose and what a product is
are joined by the engine, as they are for everybody.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import TYPE_CHECKING, Any

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


def histories(t: Tables, beside: Beside, names: Collection[str] | None = None) -> dict[int, History]:
    """A history for each person in ``t``, by person. Nothing is left out: a moment is cut when it is judged.

    ``names``: the tables that are looked at, beside customers; None: all.
    """
    plan = Plan(t, beside, Known(), _EVER)
    found: dict[int, History] = {}

    def each(table: ir.Table, fact: Any, field: str) -> None:
        for person, *values in _rows(table.select("person_id", *fact.__annotations__)):
            getattr(found.setdefault(person, History(person)), field).append(fact(*values))

    wanted = {*BESIDE, *SCHEMA} if names is None else set(names)
    orders = plan.of_people(t.orders)
    owners = orders.select("person_id", of_order="order_id")

    def by_order(table: ir.Table) -> ir.Table:
        return table.join(owners, table.order_id == owners.of_order)

    made: tuple[tuple[str, Any, str, Callable[[], ir.Table]], ...] = (
        ("orders", OrderFact, "orders", lambda: orders),
        ("lines", LineFact, "lines", lambda: with_goods(t, by_order(t.lines.drop("customer_id", "store_id")))),
        ("refunds", RefundFact, "refunds", lambda: plan.of_people(t.refunds)),
        ("refund_lines", BackFact, "backs", lambda: by_order(t.refund_lines)),
        ("fulfilments", ParcelFact, "parcels", lambda: by_order(t.fulfilments)),
        ("behaviour", ActFact, "acts", lambda: acts(plan, None, goods=True)),
        ("tickets", TicketFact, "tickets", lambda: plan.of_people(t.tickets)),
    )
    each(plan.of_people(t.customers), CustomerFact, "customers")
    for name, fact, field, make in made:
        if name in wanted:
            each(make(), fact, field)
    for table, fact in _BESIDE:
        if table in wanted:
            each(plan.of_people(getattr(beside, table)), fact, table)
    if wanted & {"listed", "scores"}:
        _named(plan, beside, found)
    return found


_BESIDE: tuple[tuple[str, Any], ...] = (
    ("consents", ConsentFact), ("attributes", AttributeFact), ("yearly", YearlyFact), ("labels", LabelFact),
)  # fmt: skip


def _named(plan: Plan, beside: Beside, found: dict[int, History]) -> None:
    """What is looked up by name: lists and scores."""
    lists: dict[int, set[str]] = {}
    for person, name in _rows(plan.of_people(beside.listed).select("person_id", "list")):
        lists.setdefault(person, set()).add(name)
    scores: dict[int, dict[str, list[ScoreFact]]] = {}
    rows = plan.of_people(beside.scores).select("person_id", "name", "value", "low", "high")
    for person, name, *ends in _rows(rows):
        scores.setdefault(person, {}).setdefault(name, []).append(ScoreFact(*ends))
    for person in {*lists, *scores}:
        history = found.setdefault(person, History(person))
        history.listed = frozenset(lists.get(person, ()))
        history.scores = scores.get(person, {})


def _rows(table: ir.Table) -> Iterable[tuple[Any, ...]]:
    held = table.to_pyarrow()
    return zip(*(held.column(name).to_pylist() for name in held.column_names), strict=True)
