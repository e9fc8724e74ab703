"""Counting conditions as columns: how many, how much, in a window or ever."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from perennial.insight.net import amount, how_many, share
from perennial.segments.compile.plan import Plan, Read
from perennial.segments.compile.sources import at_store, fits
from perennial.segments.rules.acts import NO_VISIT, kinds_of
from perennial.segments.rules.conditions.counted import Counted
from perennial.segments.rules.fold.measures import Narrowing, narrowing

if TYPE_CHECKING:
    import ibis.expr.types as ir

_ORDERS = ("orders", "bought", "spent", "profit", "items", "aov", "discount_share")


def measure(counted: Counted, plan: Plan, *, once: bool = False) -> Read:
    """What ``counted`` measures, read from the wide table: 0 where there is nothing, null where it is not known.

    ``once``: it is only asked whether it is 1 or more, so that it need not be counted exactly.
    """
    narrowed = narrowing(counted, plan.known)
    if counted.kind in _ORDERS:
        return _of_orders(counted, narrowed, plan, once=once)
    return _zero(plan.column(*_of_others(counted, narrowed, plan)))


def _of_orders(counted: Counted, narrowed: Narrowing, plan: Plan, *, once: bool) -> Read:  # noqa: PLR0911  # one line a word
    key = counted.measure.text()
    source = "lines" if narrowed.goods or counted.kind == "items" else "orders"
    source = "profits" if counted.kind == "profit" and source == "orders" else source
    first = plan.since(source, counted.window)

    def rows(table: ir.Table) -> ir.BooleanValue:
        day = table.day if source == "lines" else table.ordered_day
        return (day >= first) & at_store(table, narrowed) & (fits(table, narrowed) if source == "lines" else True)

    def column(name: str, aggregate: Any) -> Read:
        return plan.column(source, f"{name} of {key}", aggregate)

    match counted.kind:
        case "orders" | "bought" if source == "lines" and once:
            # Lines, not the orders they are of: to tell those apart costs a table of its own for every column.
            return _zero(column("lines", lambda t: how_many(rows(t) & t.counts)))
        case "orders" | "bought" if source == "lines":
            return _zero(column("orders", lambda t: t.order_id.nunique(where=rows(t) & t.counts)))
        case "orders" | "bought":
            return _zero(column("orders", lambda t: how_many(rows(t) & t.counts)))
        case "items":
            return _zero(column("quantity", lambda t: t.quantity.sum(where=rows(t) & t.counts)))
        case "spent":
            return _zero(column("revenue", lambda t: t.revenue.sum(where=rows(t))))
        case "profit":
            profit = column("profit", lambda t: t.profit.sum(where=rows(t)))
            count = column("rows", lambda t: how_many(rows(t)))
            return lambda wide: _unless(count(wide).fill_null(0) > 0, profit(wide))
        case "aov":
            revenue = column("revenue", lambda t: t.revenue.sum(where=rows(t)))
            orders = column("orders", lambda t: how_many(rows(t) & t.counts))
            return lambda wide: share(revenue(wide), orders(wide))
        case _:
            given = column("discount", lambda t: t.discount.fill_null(0).sum(where=rows(t)))
            asked = column("price", lambda t: (t.discount.fill_null(0) + t.gross).sum(where=rows(t)))
            return lambda wide: share(given(wide), asked(wide))


def _of_others(counted: Counted, narrowed: Narrowing, plan: Plan) -> tuple[str, str, Any]:
    """Source, key and aggregate of what is no order."""
    key, kind = counted.measure.text(), counted.kind
    if kind in ("refunds", "refunded"):
        first = plan.since("refunds", counted.window)

        def refunded(t: ir.Table) -> ir.IntegerValue:
            rows = (t.day >= first) & at_store(t, narrowed)
            return how_many(rows) if kind == "refunds" else amount(t, plan.known.treatment).sum(where=rows)

        return "refunds", key, refunded
    if kind == "visited":
        first = plan.since("acts", counted.window)
        return "acts", key, lambda t: t.day.nunique(where=(t.day >= first) & visits(t))
    source, happened = occurrences(counted, narrowed)
    first = plan.since(source, counted.window)
    return source, key, lambda t: how_many((t.day >= first) & happened(t))


def occurrences(counted: Counted, narrowed: Narrowing) -> tuple[str, Any]:
    """The source in which what is no order happens, and which of its rows are meant."""
    match counted.kind:
        case "visited":
            return "acts", visits
        case "late_delivery":
            return "late", lambda t: at_store(t, narrowed)
        case "complained":
            return "tickets", lambda t: t.complaint & at_store(t, narrowed)
        case _:
            kind, beginning = kinds_of(counted)

            def did(t: ir.Table) -> ir.BooleanValue:
                same = t.kind == kind
                return (same | t.kind.startswith(beginning) if beginning else same) & fits(t, narrowed)

            return ("goods acts" if narrowed.goods else "acts"), did


def visits(table: ir.Table) -> ir.BooleanValue:
    """What was done in the shop."""
    import ibis

    found: ir.BooleanValue = ibis.literal(value=True)
    for beginning in NO_VISIT:
        found = found & ~table.kind.startswith(beginning)
    return found


def _zero(read: Read) -> Read:
    return lambda wide: read(wide).fill_null(0)


def _unless(rows: ir.BooleanValue, value: ir.IntegerValue) -> ir.IntegerValue:
    """``value`` where there are rows, else 0."""
    import ibis

    return ibis.ifelse(rows, value, ibis.literal(0, "int64"))
