"""Orders net of cancellations and refunds: what every other answer stands on.

An order belongs to an answer as of a moment when it was placed by then, was not cancelled by then and could
be converted (``orders.net`` is known). Refunds recorded by then are taken off *their order*, whenever they
were made: the revenue of a month is what is left of that month's orders, and falls when one of them is
refunded later. f(all facts, as_of) = f(facts cut at as_of), because every condition reads a fact's own time.

A fully refunded order is no order: it counts (``counts`` true) unless the goods' refunds reach what the goods
cost, ``refunded net >= net > 0`` (without tax and shipping, whatever the treatment, so that the number of
orders never depends on it). An order over nothing (a free sample) counts. "Orders" means orders that count,
everywhere; sums of money run over all rows, those of no longer counting orders too (they are what is left of
them: 0, or shipping that was kept).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from perennial.insight.tables import AsOf, Tables, Treatment

if TYPE_CHECKING:
    import ibis.expr.types as ir

GOODS = Treatment()  # the default everywhere: goods without tax, without shipping


def people(t: Tables) -> ir.Table:
    """Which person each known customer is: one row per row of ``customers``.

    Columns: those of ``customers`` and ``person_id`` (int64, never null: the alias, else the customer).
    """
    return with_person(t, t.customers)


def with_person(t: Tables, table: ir.Table) -> ir.Table:
    """``table`` (any with a ``customer_id``) and its ``person_id`` (int64, null where the customer is)."""
    import ibis

    # One alias per customer is the mirror's promise; were there two, orders would be doubled here.
    of = t.aliases.select(alias_of="customer_id", known_as="person_id")
    joined = table.left_join(of, table.customer_id == of.alias_of)
    return joined.mutate(person_id=ibis.coalesce(joined.known_as, joined.customer_id)).drop("alias_of", "known_as")


def placed(t: Tables, as_of: AsOf) -> ir.Table:
    """The rows of ``orders`` placed and not cancelled by ``as_of``, unconverted ones too."""
    o = t.orders
    return o.filter(o.ordered_at <= as_of.at, o.cancelled_at.isnull() | (o.cancelled_at > as_of.at))


def net_orders(
    t: Tables,
    as_of: AsOf,
    treatment: Treatment = GOODS,
    *,
    profit: bool = False,
    anonymous: bool = True,
) -> ir.Table:
    """One row per order placed by ``as_of``, not cancelled by then, converted.

    Columns (int64 unless said; money in minor units of the reporting currency):

    - ``order_id``, ``customer_id``, ``person_id`` (both null: anonymous), ``store_id``,
      ``channel``, ``source`` (strings), ``subscription`` (boolean),
      ``ordered_at`` (microseconds), ``ordered_day`` (days), ``promised_at``, ``promised_day``;
    - ``gross``: the goods after discounts [+ their tax] [+ shipping [+ its tax]] by ``treatment``
      (a tax on shipping counts where both count);
    - ``refunded``: refunds of the order made by ``as_of``, of the same parts;
    - ``revenue`` = gross - refunded;
    - ``discount``: as stated;
    - ``counts`` (boolean): see the module.

    With ``profit=True`` (it reads the lines: ask only where it is needed) also:

    - ``items``: quantity of its product lines, thousandths, before returns;
    - ``profit`` = revenue without tax - cost of all its lines + cost of goods that refunds put back in stock
      by ``as_of``. Null (unknown) where a product line's cost is unknown, or the order has no lines. Lines
      that are no products (fees, tips, gift cards) cost nothing where no cost is stated. Shipping is income
      where ``treatment`` counts it; what shipping costs the store is in no table and not taken off.

    ``anonymous=False`` leaves out orders of no known customer.
    """
    o = placed(t, as_of)
    o = with_person(t, o.filter(o.net.notnull()))
    if not anonymous:
        o = o.filter(o.person_id.notnull())
    untaxed = Treatment(shipping=treatment.shipping)
    r = t.refunds.filter(t.refunds.refunded_at <= as_of.at)
    sums = {"refunded_net": r.net.fill_null(0).sum(), "refunded_all": amount(r, treatment).sum()}
    if profit:
        sums["refunded_untaxed"] = amount(r, untaxed).sum()
    r = r.group_by(refund_of=r.order_id).aggregate(**sums)
    j = o.left_join(r, o.order_id == r.refund_of)
    gross, refunded = amount(j, treatment), j.refunded_all.fill_null(0)
    columns = {
        "gross": gross,
        "refunded": refunded,
        "revenue": gross - refunded,
        "counts": ~((j.net > 0) & (j.refunded_net.fill_null(0) >= j.net)),
    }
    if not profit:
        return j.select(*_KEPT, **columns)
    income = amount(j, untaxed) - j.refunded_untaxed.fill_null(0)
    return _with_profit(t, as_of, j.select(*_KEPT, income=income, **columns))


_KEPT = (
    "order_id",
    "customer_id",
    "person_id",
    "store_id",
    "channel",
    "source",
    "subscription",
    "ordered_at",
    "ordered_day",
    "promised_at",
    "promised_day",
    "discount",
)


def occasions(orders: ir.Table) -> ir.Table:
    """The purchase occasions of people: their counting orders of one day are one.

    ``orders``: of `net_orders`. Columns: ``person_id``, ``day`` (int64), ``orders`` (int64, how many),
    ``revenue`` (int64, minor units). A day on which nothing was paid is an occasion too.
    """
    o = orders.filter(orders.counts, orders.person_id.notnull())
    return o.group_by("person_id", day=o.ordered_day).aggregate(orders=o.count(), revenue=o.revenue.sum())


def days_between(day: ir.IntegerValue, as_of: AsOf) -> ir.IntegerValue:
    """Days from ``day`` to that of ``as_of``; 0 where a store east of the reporting zone is a day ahead.

    Null where ``day`` is (not by greatest(), which passes over nulls).
    """
    import ibis

    days = ibis.literal(as_of.day, "int64") - day
    return ibis.ifelse(days < 0, ibis.literal(0, "int64"), days)


def share(part: ir.NumericValue, whole: ir.NumericValue) -> ir.FloatingValue:
    """``part / whole`` as float64; null, never an error or infinity, where the whole is 0 or null."""
    return part.cast("float64") / whole.cast("float64").nullif(0.0)


def how_many(condition: ir.BooleanValue) -> ir.IntegerScalar:
    """How many rows meet ``condition`` (int64, never null): to be used for ``count(where=condition)``.

    On Spark that is a sum of the condition, which is null, not 0, where it is null in every row or there
    are none.
    """
    import ibis

    return ibis.ifelse(condition, ibis.literal(1, "int64"), ibis.null("int64")).count()


def _with_profit(t: Tables, as_of: AsOf, orders: ir.Table) -> ir.Table:
    """``orders`` (with ``income``, the revenue without tax) and their ``items`` and ``profit``."""
    import ibis

    n = t.lines.filter(t.lines.ordered_at <= as_of.at)
    product = n.kind == "product"
    n = n.group_by(line_of=n.order_id).aggregate(
        cost=n.cost.fill_null(0).sum(),
        unknown=how_many(product & n.cost.isnull()),
        units=n.quantity.sum(where=product),
    )
    b = t.refund_lines.filter(t.refund_lines.refunded_at <= as_of.at)
    b = b.group_by(back_of=b.order_id).aggregate(returned=b.cost.fill_null(0).sum())
    j = orders.left_join(n, orders.order_id == n.line_of)
    j = j.left_join(b, j.order_id == b.back_of)
    profit = j.income - j.cost + j.returned.fill_null(0)
    return j.mutate(
        items=j.units.fill_null(0),
        profit=ibis.ifelse(j.unknown == 0, profit, ibis.null("int64")),
    ).drop("income", "line_of", "cost", "unknown", "units", "back_of", "returned")


def amount(table: ir.Table, treatment: Treatment) -> ir.IntegerValue:
    """The part of an order's or a refund's money that counts under ``treatment``."""
    amount = table.net.fill_null(0)
    if treatment.tax:
        amount = amount + table.tax.fill_null(0)
    if treatment.shipping:
        amount = amount + table.shipping.fill_null(0)
    if treatment.tax and treatment.shipping:
        amount = amount + table.shipping_tax.fill_null(0)
    return amount
