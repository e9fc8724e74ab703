"""The tables that rules count in: a row per thing that happened, with the person it happened to."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from perennial.insight.delivery import promises
from perennial.insight.net import with_person
from perennial.insight.tables import Tables
from perennial.segments.compile.plan import Plan
from perennial.segments.rules.fold.measures import Narrowing
from perennial.segments.rules.tables import BESIDE
from perennial.values.time import DAY_US

if TYPE_CHECKING:
    import ibis.expr.types as ir


def lines(plan: Plan, first: int | None) -> ir.Table:
    """Product lines of net orders, less what came back of them.

    Columns: ``person_id``, ``order_id``, ``store_id``, ``at``, ``day``, ``counts``, ``product_id``, ``category``,
    ``brand``, ``quantity`` (thousandths), ``revenue``, ``profit`` (null: costs unknown), minor units.
    """
    t, taxed = plan.tables, plan.known.treatment.tax
    o = plan.orders(first)
    o = o.select("person_id", "store_id", "counts", of_order="order_id", at="ordered_at", day="ordered_day")
    b = t.refund_lines.filter(t.refund_lines.refunded_at <= plan.as_of.at, t.refund_lines.line_id.notnull())
    money = b.net.fill_null(0) + (b.tax.fill_null(0) if taxed else 0)
    b = b.group_by(of_line=b.line_id).aggregate(
        back=b.quantity.fill_null(0).sum(), back_net=b.net.fill_null(0).sum(), back_money=money.sum(),
        back_cost=b.cost.fill_null(0).sum(),
    )  # fmt: skip
    n = t.lines.filter(t.lines.kind == "product")
    n = n.select("line_id", "order_id", "product_id", "quantity", "net", "tax", "cost")
    j = n.join(o, n.order_id == o.of_order)
    j = j.left_join(b, j.line_id == b.of_line)
    revenue = j.net.fill_null(0) + (j.tax.fill_null(0) if taxed else 0) - j.back_money.fill_null(0)
    j = j.select(
        "person_id", "order_id", "store_id", "at", "day", "counts", "product_id",
        quantity=j.quantity - j.back.fill_null(0), revenue=revenue,
        profit=j.net.fill_null(0) - j.back_net.fill_null(0) - j.cost + j.back_cost.fill_null(0),
    )  # fmt: skip
    return with_goods(t, j)


def acts(plan: Plan, first: int | None, *, goods: bool) -> ir.Table:
    """What people did: ``person_id``, ``kind``, ``product_id``, ``at``, ``day``; of goods ``category``, ``brand``.

    Whose a browser's visit is follows from `visitors`, as in `insight.conversion`.
    """
    import ibis

    t = plan.tables
    b = t.behaviour.filter(t.behaviour.at <= plan.as_of.at)
    if first is not None:
        b = b.filter(b.day >= first)
    v = t.visitors.filter(t.visitors.customer_id.notnull())
    v = v.select(whose="visitor_id", owner="customer_id", from_="from_at", until="to_at")
    same = [b.visitor_id == v.whose, b.at >= v.from_, v.until.isnull() | (b.at < v.until)]
    j = b.left_join(v, same)
    j = j.select("kind", "product_id", "at", "day", "customer_id", "owner")
    j = plan.of_people(j.mutate(customer_id=ibis.coalesce(j.customer_id, j.owner))).drop("customer_id", "owner")
    return with_goods(t, j) if goods else j


def refunds(plan: Plan, first: int | None) -> ir.Table:
    """Refunds made by then: ``person_id``, ``store_id``, ``day`` and the parts of `_amount`."""
    r = plan.tables.refunds
    r = r.filter(r.refunded_at <= plan.as_of.at)
    r = plan.of_people(r if first is None else r.filter(r.refunded_day >= first))
    return r.select("person_id", "store_id", "net", "tax", "shipping", "shipping_tax", day="refunded_day")


def late(plan: Plan, _first: int | None) -> ir.Table:
    """Broken promises: ``person_id``, ``store_id``, ``day`` (the one after the promised), ``at`` (its begin, UTC)."""
    p = promises(plan.tables, plan.as_of)
    p = p.filter(p.person_id.notnull(), p.outcome.isin(("late", "late_now")))
    o = plan.tables.orders.select(of_order="order_id", store_id="store_id")
    j = p.join(o, p.order_id == o.of_order)
    day = j.promised_day + 1
    return j.select("person_id", "store_id", day=day, at=day * DAY_US)


def tickets(plan: Plan, _first: int | None) -> ir.Table:
    """Tickets opened by then: ``person_id``, ``store_id``, ``at``, ``day``, ``complaint``, ``open``."""
    k = plan.tables.tickets
    k = plan.of_people(k.filter(k.opened_at <= plan.as_of.at))
    return k.select(
        "person_id", "store_id", at="opened_at", day="opened_day",
        complaint=k.complaint.fill_null(False),
        open=k.resolved_at.isnull() | (k.resolved_at > plan.as_of.at),
    )  # fmt: skip


def customers(plan: Plan, _first: int | None) -> ir.Table:
    """The customers who are a person and were known by then."""
    c = plan.tables.customers
    c = c.filter(c.created_at.isnull() | (c.created_at <= plan.as_of.at))
    return with_person(plan.tables, c)


def name_sources(plan: Plan) -> None:
    """Tell the plan where each source comes from."""
    plan.source("orders", plan.orders)
    plan.source("profits", partial(plan.orders, profit=True))
    plan.source("lines", partial(lines, plan))
    plan.source("acts", partial(acts, plan, goods=False))
    plan.source("goods acts", partial(acts, plan, goods=True))
    plan.source("refunds", partial(refunds, plan))
    plan.source("late", partial(late, plan))
    plan.source("tickets", partial(tickets, plan))
    plan.source("customers", partial(customers, plan))
    for name in BESIDE:
        plan.source(name, partial(_beside, plan, name))


def _beside(plan: Plan, name: str, _first: int | None) -> ir.Table:
    return plan.of_people(getattr(plan.beside, name))


def at_store(table: ir.Table, narrowed: Narrowing) -> ir.BooleanValue:
    """Whether a row is of one of the stores; always, where none is asked for."""
    import ibis

    if narrowed.stores is None:
        return ibis.literal(value=True)
    return table.store_id.isin(sorted(narrowed.stores)) if narrowed.stores else ibis.literal(value=False)


def fits(table: ir.Table, narrowed: Narrowing) -> ir.BooleanValue:
    """Whether a row is of one of the goods; always, where none is asked for. Never null."""
    import ibis

    if not narrowed.goods:
        return ibis.literal(value=True)
    found: ir.BooleanValue = ibis.literal(value=False)
    if narrowed.products:
        found = found | table.product_id.isin(sorted(narrowed.products)).fill_null(False)
    if narrowed.brands:
        found = found | table.brand.isin(sorted(narrowed.brands)).fill_null(False)
    for one in narrowed.categories:
        inside = (table.category == one) | table.category.startswith(f"{one} > ")
        found = found | inside.fill_null(False)
    return found


def with_goods(t: Tables, table: ir.Table) -> ir.Table:
    """``table`` (any with a ``product_id``) with the ``category`` and ``brand`` of its products."""
    p = t.products.select(of_product="product_id", category="category", brand="brand")
    return table.left_join(p, table.product_id == p.of_product).drop("of_product")
