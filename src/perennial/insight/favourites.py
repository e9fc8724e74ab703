"""What each person likes best, read from what they bought and kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from perennial.insight.net import GOODS, net_orders
from perennial.insight.tables import AsOf, Tables, Treatment

if TYPE_CHECKING:
    import ibis.expr.types as ir

Kind = Literal["product", "category", "brand"]


def favourites(t: Tables, as_of: AsOf, *, treatment: Treatment = GOODS, of: Kind = "product", n: int = 3) -> ir.Table:
    """The ``n`` favourite products, categories or brands (``of``) of each person. Source: own.

    Formula: over lines of kind product in orders that count, whose pieces were not all returned by ``as_of``:
    most orders first, then most pieces kept, then most net revenue, then the smallest id or name, so that
    ties fall alike everywhere. Products without a category or brand are in no such list.

    Columns: ``person_id``, ``rank`` (int64, from 1), ``product_id`` (int64) or ``category`` or ``brand``
    (string), ``orders`` (int64), ``quantity`` (int64, thousandths kept), ``revenue`` (int64, minor units, net
    of refunds; with tax by ``treatment``, never with shipping), ``last_day`` (int64, last bought).
    """
    import ibis

    if of not in ("product", "category", "brand"):
        raise ValueError(f"{of!r} can be nobody's favourite: choose product, category or brand")
    column = "product_id" if of == "product" else of
    kept = kept_lines(t, as_of, treatment)
    kept = kept.filter(kept.quantity > 0, kept.person_id.notnull(), kept.counts)
    if of != "product":
        of_product = t.products.select(known_as="product_id", name=t.products[of])
        kept = kept.join(of_product, kept.product_id == of_product.known_as).drop("known_as")
        kept = kept.rename({column: "name"}).filter(lambda k: k[column].notnull() & (k[column] != ""))
    sums = kept.group_by("person_id", column).aggregate(
        orders=kept.order_id.nunique(),
        quantity=kept.quantity.sum(),
        revenue=kept.revenue.sum(),
        last_day=kept.ordered_day.max(),
    )
    best = [ibis.desc("orders"), ibis.desc("quantity"), ibis.desc("revenue"), ibis.asc(column)]
    ranked = sums.mutate(rank=ibis.row_number().over(group_by="person_id", order_by=best) + 1)
    ranked = ranked.filter(ranked["rank"] <= n)
    return ranked.select("person_id", "rank", column, "orders", "quantity", "revenue", "last_day")


def kept_lines(t: Tables, as_of: AsOf, treatment: Treatment = GOODS) -> ir.Table:
    """Product lines of orders placed by ``as_of``, not cancelled, converted, less what came back by then.

    Columns: ``line_id``, ``order_id``, ``person_id`` (null: anonymous), ``product_id``, ``ordered_day``,
    ``counts`` (boolean: of the order), ``sold``, ``returned``, ``quantity`` = sold - returned (thousandths),
    ``revenue`` (minor units, net of refunds; with tax by ``treatment``); int64 unless said.
    """
    orders = net_orders(t, as_of).select(of_order="order_id", person_id="person_id", counts="counts")
    n = t.lines.filter(t.lines.kind == "product", t.lines.product_id.notnull())
    back = t.refund_lines.filter(t.refund_lines.refunded_at <= as_of.at)
    money = back.net.fill_null(0)
    if treatment.tax:
        money = money + back.tax.fill_null(0)
    back = back.group_by(of_line=back.line_id).aggregate(
        returned=back.quantity.fill_null(0).sum(), refunded=money.sum()
    )
    j = n.join(orders, n.order_id == orders.of_order)
    j = j.left_join(back, j.line_id == back.of_line)
    revenue = j.net.fill_null(0)
    if treatment.tax:
        revenue = revenue + j.tax.fill_null(0)
    returned = j.returned.fill_null(0)
    return j.select(
        "line_id",
        "order_id",
        "person_id",
        "product_id",
        "ordered_day",
        "counts",
        sold=j.quantity,
        returned=returned,
        quantity=j.quantity - returned,
        revenue=revenue - j.refunded.fill_null(0),
    )
