"""The people for whom time alone may have changed something, found in the mirror by the days of their facts."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from typing import TYPE_CHECKING

from perennial.insight.tables import AsOf, Tables
from perennial.segments.compile.plan import Plan
from perennial.segments.compile.sources import acts
from perennial.segments.compile.standing import own_turns, year_day
from perennial.segments.rules.known import Known
from perennial.segments.rules.tables import Beside
from perennial.segments.rules.turns import Aged, CameRound, Turn

if TYPE_CHECKING:
    import ibis.expr.types as ir


def turned(found: Iterable[Turn], t: Tables, beside: Beside, known: Known, as_of: AsOf) -> ir.Table | None:
    """``person_id`` of everybody whom one of the turns concerns, once; None where there is no turn."""
    plan = Plan(t, beside, known, as_of)
    by_source: dict[tuple[str, str], list[Turn]] = {}
    for one in dict.fromkeys(found):
        by_source.setdefault((one.source, one.name), []).append(one)
    parts = [_people(source, name, turns, plan) for (source, name), turns in by_source.items()]
    if not parts:
        return None
    return reduce(lambda a, b: a.union(b), parts).distinct()


def _people(source: str, name: str, turns: list[Turn], plan: Plan) -> ir.Table:
    t = plan.tables
    match source:
        case "orders":
            rows = plan.of_people(t.orders.filter(_dated(t.orders.ordered_day, turns)))
        case "refunds":
            rows = plan.of_people(t.refunds.filter(_dated(t.refunds.refunded_day, turns)))
        case "tickets":
            rows = plan.of_people(t.tickets.filter(_dated(t.tickets.opened_day, turns)))
        case "joined":
            rows = plan.of_people(t.customers.filter(_dated(t.customers.created_day, turns)))
        case "acts":
            rows = acts(plan, min(one.first for one in turns if isinstance(one, Aged)), goods=False)
            rows = rows.filter(_dated(rows.day, turns))
        case "promises":
            late_orders = t.orders.filter(_dated(t.orders.promised_day, turns)).select("order_id")
            parcels = t.fulfilments.filter(_dated(t.fulfilments.promised_day, turns)).select("order_id")
            promised = late_orders.union(parcels).distinct()
            rows = plan.of_people(t.orders.semi_join(promised, "order_id"))
        case "rhythm" | "last order":
            rows = own_turns(plan)
            days = rows.last_day if source == "last order" else None
            held = (
                _dated(days, turns)
                if days is not None
                else _dated(rows.expected_day, turns) | _dated(rows.due_day, turns) | _dated(rows.lost_day, turns)
            )
            rows = rows.filter(held)
        case "attribute":
            a = plan.beside.attributes
            rows = plan.of_people(a.filter((a.name == name) & _dated(a.day, turns)))
        case _:
            table = getattr(plan.beside, source)
            days = sorted({day for one in turns if isinstance(one, CameRound) for day in one.days})
            rows = plan.of_people(table.filter((table.name == name) & year_day(table.day).isin(days or [-1])))
    return rows.select("person_id")


def _dated(day: ir.IntegerValue, turns: list[Turn]) -> ir.BooleanValue:
    import ibis

    found: ir.BooleanValue = ibis.literal(value=False)
    for one in turns:
        if isinstance(one, Aged):
            found = found | day.between(one.first, one.last)
    return found.fill_null(False)
