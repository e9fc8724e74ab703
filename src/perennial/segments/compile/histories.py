"""The facts of people as `segments.rules.judge` reads them: tables in, one `History` a person out.

For few people: everything becomes Python objects. Whose a fact is, which browser was whose and what a product is
are joined by the engine, as they are for everybody.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from perennial.insight.tables import AsOf, Tables
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


FACTS: Mapping[str, tuple[str, type]] = MappingProxyType({
    "customers": ("customers", CustomerFact), "orders": ("orders", OrderFact), "lines": ("lines", LineFact),
    "refunds": ("refunds", RefundFact), "refund_lines": ("backs", BackFact), "fulfilments": ("parcels", ParcelFact),
    "behaviour": ("acts", ActFact), "tickets": ("tickets", TicketFact), "consents": ("consents", ConsentFact),
    "attributes": ("attributes", AttributeFact), "yearly": ("yearly", YearlyFact), "labels": ("labels", LabelFact),
})  # fmt: skip
"""The table a fact is told by -> the field of a history that it goes into, and what it becomes."""
NAMED = ("listed", "scores")


def histories(t: Tables, beside: Beside, names: Collection[str] | None = None) -> dict[int, History]:
    """A history for each person in ``t``, by person. Nothing is left out: a moment is cut when it is judged.

    ``names``: the tables that are looked at, beside customers; None: all.
    """
    wanted = {*FACTS, *NAMED} if names is None else {"customers", *names}
    asked = {name: table for name, table in told_by(t, beside).items() if name in wanted}
    return gathered({name: _rows(table) for name, table in asked.items()})


def told_by(t: Tables, beside: Beside) -> dict[str, ir.Table]:
    """What tells the facts: for each of `FACTS` and `NAMED` ``person_id`` and the columns of its fact."""
    plan = Plan(t, beside, Known(), _EVER)
    orders = plan.of_people(t.orders)
    owners = orders.select("person_id", of_order="order_id")

    def by_order(table: ir.Table) -> ir.Table:
        return table.join(owners, table.order_id == owners.of_order)

    made = {
        "customers": plan.of_people(t.customers),
        "orders": orders,
        "lines": with_goods(t, by_order(t.lines.drop("customer_id", "store_id"))),
        "refunds": plan.of_people(t.refunds),
        "refund_lines": by_order(t.refund_lines),
        "fulfilments": by_order(t.fulfilments),
        "behaviour": acts(plan, None, goods=True),
        "tickets": plan.of_people(t.tickets),
        **{name: plan.of_people(getattr(beside, name)) for name in FACTS if name in BESIDE},
    }
    told = {name: made[name].select("person_id", *fact.__annotations__) for name, (_, fact) in FACTS.items()}
    told["listed"] = plan.of_people(beside.listed).select("person_id", "list")
    told["scores"] = plan.of_people(beside.scores).select("person_id", "name", "value", "low", "high")
    return told


def gathered(told: Mapping[str, Iterable[tuple[Any, ...]]]) -> dict[int, History]:
    """The histories that the rows of `told_by` tell."""
    found: dict[int, History] = {}
    for name, (field, fact) in FACTS.items():
        for person, *values in told.get(name, ()):
            getattr(found.setdefault(person, History(person)), field).append(fact(*values))
    lists: dict[int, set[str]] = {}
    for person, name in told.get("listed", ()):
        lists.setdefault(person, set()).add(name)
    scores: dict[int, dict[str, list[ScoreFact]]] = {}
    for person, name, *ends in told.get("scores", ()):
        scores.setdefault(person, {}).setdefault(name, []).append(ScoreFact(*ends))
    for person in {*lists, *scores}:
        history = found.setdefault(person, History(person))
        history.listed = frozenset(lists.get(person, ()))
        history.scores = scores.get(person, {})
    return found


def _rows(table: ir.Table) -> Iterable[tuple[Any, ...]]:
    held = table.to_pyarrow()
    return zip(*(held.column(name).to_pylist() for name in held.column_names), strict=True)
