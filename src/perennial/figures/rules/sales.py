"""The mirrored tables of what was sold and given back. Pure data.

**Conversion.** An order's sums are converted by its own rate, each rounded half to even. Its goods' net, tax
and discount are converted so that they add up to the converted sum of the order (its other lines likewise,
among themselves): rounded down, the missing units to the largest remainders, ties to the earlier line. A rate
of 1 changes nothing.

**Refunds.** Parts of a refund are converted cumulatively over the refunds of an order, in the order of their
time: what refunds 1..k give back is the converted sum of 1..k. So an order refunded in several steps is
refunded wholly, whatever its rate. Refunds that state neither lines nor shipping nor tax are split as their
order is, cumulatively too: goods first, at the order's share of tax; what goes beyond the goods is shipping.
What was refunded of lines that are no goods (gift cards, tips) is in ``total`` alone, of shipping lines in
``shipping``.
"""

from __future__ import annotations

from perennial.facts.rules.revenue import REVENUE_KINDS
from perennial.figures.rules.mirrored import Mirrored

_ORDERS_BY_DAY = """"order" o WHERE o.brand_id = {brand} AND o.ordered_day BETWEEN {first} AND {last}"""
_ORDERS_BY_CUSTOMER = """"order" o WHERE o.brand_id = {brand} AND o.customer_id IN ({ids})"""

ORDERS = Mirrored(
    "orders",
    source="""
        SELECT o.id AS order_id, o.customer_id, o.store_id, o.channel, o.source, o.ordered_at, o.ordered_day,
            o.paid_at, o.cancelled_at, o.rate_e12, o.taxes_included, o.net, o.lines_tax, o.shipping,
            o.shipping_tax, o.discount, o.total, o.promised_at, o.promised_day, o.subscription
        FROM {chosen}""",
    by_day=_ORDERS_BY_DAY,
    by_customer=_ORDERS_BY_CUSTOMER,
    days=("order", "ordered_day"),
    shape="""
        SELECT * REPLACE (
            nullif(source, '') AS source,
            converted(net, rate_e12) AS net,
            converted(shipping - CASE WHEN CAST(taxes_included AS BOOLEAN) THEN shipping_tax ELSE 0 END,
                rate_e12) AS shipping,
            converted(shipping_tax, rate_e12) AS shipping_tax,
            converted(discount, rate_e12) AS discount,
            converted(total, rate_e12) AS total),
            converted(lines_tax, rate_e12) AS tax
        FROM raw""",
    order="ordered_at, order_id",
)

# x: exact product; f: rounded down; the first k lines by remainder get one unit more.
_SHARED = """
    CAST(f_{part} + CASE WHEN
        row_number() OVER (PARTITION BY order_id, goods
            ORDER BY x_{part} - f_{part} * 1000000000000::HUGEINT DESC, line_id)
        <= half_even(sum(x_{part}) OVER together) - sum(f_{part}) OVER together
        THEN 1 ELSE 0 END AS BIGINT) AS {part}"""
_PARTS = ("net", "tax", "discount")
_KINDS = ", ".join(f"'{kind}'" for kind in REVENUE_KINDS)

LINES = Mirrored(
    "lines",
    source="""
        SELECT l.id AS line_id, l.order_id, o.customer_id, o.store_id, o.ordered_at, o.ordered_day, l.kind,
            l.product_id, l.variant_id, l.quantity, l.total, l.tax, l.discount, l.cost, o.rate_e12,
            o.taxes_included
        FROM (SELECT o.id, o.brand_id, o.customer_id, o.store_id, o.ordered_at, o.ordered_day, o.rate_e12,
            o.taxes_included FROM {chosen}) o
        CROSS JOIN line l
        WHERE l.brand_id = o.brand_id AND l.order_id = o.id AND NOT l.removed""",
    by_day=_ORDERS_BY_DAY,
    by_customer=_ORDERS_BY_CUSTOMER,
    days=("order", "ordered_day"),
    shape=f"""
        WITH own AS (
            SELECT * EXCLUDE (total),
                total - CASE WHEN CAST(taxes_included AS BOOLEAN) THEN tax ELSE 0 END AS net,
                kind IN ({_KINDS}) AS goods
            FROM raw
        ), exactly AS (
            SELECT *, {", ".join(f"exact({p}, rate_e12) AS x_{p}, floored(x_{p}) AS f_{p}" for p in _PARTS)}
            FROM own WHERE rate_e12 IS NOT NULL AND rate_e12 != 1000000000000
        )
        SELECT * FROM own WHERE rate_e12 = 1000000000000
        UNION ALL BY NAME
        SELECT * REPLACE (NULL AS net, NULL AS tax, NULL AS discount, NULL AS cost)
        FROM own WHERE rate_e12 IS NULL
        UNION ALL BY NAME
        SELECT * EXCLUDE (net, tax, discount) REPLACE (converted(cost, rate_e12) AS cost),
            {", ".join(_SHARED.format(part=p) for p in _PARTS)}
        FROM exactly WINDOW together AS (PARTITION BY order_id, goods)""",  # noqa: S608  # declared text only
    order="ordered_at, order_id, line_id",
)

# All refunds of the orders concerned, so that conversion can run over them.
_REFUNDS_BY_DAY = "refund d WHERE d.brand_id = {brand} AND d.refunded_day BETWEEN {first} AND {last}"
_REFUNDS_BY_CUSTOMER = '(SELECT id AS order_id FROM "order" WHERE brand_id = {brand} AND customer_id IN ({ids})) d'

_OF_KINDS = """(SELECT CAST(coalesce(sum(n.{column}), 0) AS BIGINT) FROM refund_line n
                JOIN line l ON l.brand_id = n.brand_id AND l.order_id = n.order_id AND l.name = n.line
                WHERE n.brand_id = r.brand_id AND n.refund_id = r.id AND l.kind IN ({kinds}))"""


def _of_kinds(source: str) -> str:
    for name, kinds in (("ship", "'shipping'"), ("other", "'gift_card', 'tip'")):
        for column in ("amount", "tax"):
            source = source.replace(f"{{of_{name}_{column}}}", _OF_KINDS.format(column=column, kinds=kinds))
    return source


REFUNDS = Mirrored(
    "refunds",
    source=_of_kinds("""
        SELECT r.id AS refund_id, r.order_id, r.customer_id, r.store_id, r.kind, r.refunded_at,
            r.refunded_day, r.amount, r.shipping, r.tax, o.rate_e12, o.taxes_included,
            o.net AS order_net, o.lines_tax AS order_tax, o.shipping AS order_shipping,
            o.shipping_tax AS order_shipping_tax,
            (SELECT CAST(count(*) AS BIGINT) FROM refund_line n
                WHERE n.brand_id = r.brand_id AND n.refund_id = r.id) AS lines,
            (SELECT CAST(coalesce(sum(n.tax), 0) AS BIGINT) FROM refund_line n
                WHERE n.brand_id = r.brand_id AND n.refund_id = r.id) AS lines_tax,
            {of_ship_amount} AS ship_amount, {of_ship_tax} AS ship_tax,
            {of_other_amount} AS other_amount, {of_other_tax} AS other_tax
        FROM (SELECT DISTINCT d.order_id FROM {chosen}) q
        CROSS JOIN refund r
        CROSS JOIN "order" o
        WHERE r.brand_id = {brand} AND r.order_id = q.order_id AND NOT r.waiting AND o.id = r.order_id"""),
    by_day=_REFUNDS_BY_DAY,
    by_customer=_REFUNDS_BY_CUSTOMER,
    days=("refund", "refunded_day"),
    # g: the goods with their tax, s: shipping with its tax, t: all tax, u: the tax on shipping.
    shape="""
        WITH known AS (
            SELECT DISTINCT ON (refund_id) *, lines = 0 AND shipping = 0 AND tax = 0 AS bare,
                CAST(taxes_included AS BOOLEAN) AS included
            FROM raw
        ), split AS (
            SELECT *, greatest(order_net + order_tax, 0) AS order_goods,
                order_shipping + CASE WHEN included THEN 0 ELSE order_shipping_tax END AS order_shipped,
                CAST(sum(amount) OVER (PARTITION BY order_id, bare ORDER BY refunded_at, refund_id
                    ROWS UNBOUNDED PRECEDING) AS BIGINT) AS upto
            FROM known
        ), shared AS (
            SELECT *, least(upto, order_goods) AS goods_upto,
                CASE WHEN order_goods > 0 THEN half_even(exact(goods_upto, order_tax) * 1000000000000
                    // order_goods) ELSE 0 END AS tax_upto,
                CASE WHEN order_shipped > 0 THEN half_even(exact(upto - goods_upto, order_shipping_tax)
                    * 1000000000000 // order_shipped) ELSE 0 END AS u_upto
            FROM split
        ), stepped AS (
            SELECT *, goods_upto - lag(goods_upto, 1, 0) OVER one AS bare_goods,
                tax_upto - lag(tax_upto, 1, 0) OVER one AS bare_tax, u_upto - lag(u_upto, 1, 0) OVER one AS bare_u
            FROM shared WINDOW one AS (PARTITION BY order_id, bare ORDER BY refunded_at, refund_id)
        ), taxed AS (
            SELECT *, CASE
                WHEN bare THEN bare_u
                WHEN shipping = 0 THEN 0
                WHEN lines > 0 THEN greatest(tax - lines_tax, 0)
                WHEN order_shipping = 0 THEN 0
                ELSE least(tax, half_even(
                    exact(shipping, order_shipping_tax) * 1000000000000 // order_shipping)) END AS u
            FROM stepped
        ), own AS (
            SELECT * REPLACE (u + ship_tax AS u),
                CASE WHEN bare THEN amount - bare_goods - u
                    WHEN included THEN shipping - u + ship_amount - ship_tax
                    ELSE shipping + ship_amount END AS own_shipping,
                CASE WHEN bare THEN bare_tax
                    ELSE greatest(tax - u, lines_tax) - ship_tax - other_tax END AS own_tax,
                other_amount + CASE WHEN included THEN 0 ELSE other_tax END AS other
            FROM taxed
        ), parts AS (
            SELECT *, amount - own_shipping - u - own_tax - other AS own_net FROM own
        ), running AS (
            SELECT *,
                exact(sum(own_net) OVER upto, rate_e12) AS x_net, exact(sum(own_tax) OVER upto, rate_e12) AS x_tax,
                exact(sum(own_shipping) OVER upto, rate_e12) AS x_shipping,
                exact(sum(u) OVER upto, rate_e12) AS x_u, exact(sum(amount) OVER upto, rate_e12) AS x_amount
            FROM parts
            WINDOW upto AS (PARTITION BY order_id ORDER BY refunded_at, refund_id ROWS UNBOUNDED PRECEDING)
        ), steps AS (
            SELECT refund_id, order_id, customer_id, store_id, kind, refunded_at, refunded_day,
                half_even(x_net) - coalesce(half_even(lag(x_net) OVER one), 0) AS net,
                half_even(x_tax) - coalesce(half_even(lag(x_tax) OVER one), 0) AS tax,
                half_even(x_shipping) - coalesce(half_even(lag(x_shipping) OVER one), 0) AS shipping,
                half_even(x_u) - coalesce(half_even(lag(x_u) OVER one), 0) AS shipping_tax,
                half_even(x_amount) - coalesce(half_even(lag(x_amount) OVER one), 0) AS total
            FROM running WINDOW one AS (PARTITION BY order_id ORDER BY refunded_at, refund_id)
        )
        SELECT * FROM steps WHERE refunded_day BETWEEN {first} AND {last}""",
    order="refunded_at, refund_id",
)

REFUND_LINES = Mirrored(
    "refund_lines",
    source="""
        SELECT n.id AS refund_line_id, r.id AS refund_id, l.id AS line_id, r.order_id, l.product_id,
            r.refunded_at, r.refunded_day, n.quantity, n.amount, n.tax, n.restocked, l.quantity AS sold,
            l.cost AS line_cost, o.rate_e12, o.taxes_included
        FROM (SELECT DISTINCT d.order_id FROM {chosen}) q
        CROSS JOIN refund r
        CROSS JOIN "order" o
        CROSS JOIN refund_line n
        LEFT JOIN line l ON l.brand_id = n.brand_id AND l.order_id = n.order_id AND l.name = n.line
        WHERE r.brand_id = {brand} AND r.order_id = q.order_id AND NOT r.waiting AND o.id = r.order_id
            AND n.brand_id = r.brand_id AND n.refund_id = r.id""",
    by_day=_REFUNDS_BY_DAY,
    by_customer=_REFUNDS_BY_CUSTOMER,
    days=("refund", "refunded_day"),
    # The cost that came back: the line's, by the share of its pieces; nothing where they did not.
    shape="""
        SELECT DISTINCT ON (refund_line_id) * REPLACE (
            converted(tax, rate_e12) AS tax),
            converted(amount - CASE WHEN CAST(taxes_included AS BOOLEAN) THEN tax ELSE 0 END, rate_e12) AS net,
            CASE WHEN NOT CAST(restocked AS BOOLEAN) THEN 0
                WHEN line_cost IS NULL OR sold IS NULL OR sold = 0 THEN NULL
                ELSE half_even(exact(half_even(exact(line_cost, quantity) * 1000000000000 // sold), rate_e12))
                END AS cost
        FROM raw WHERE refunded_day BETWEEN {first} AND {last}""",
    order="refunded_at, refund_id, refund_line_id",
)

FULFILMENTS = Mirrored(
    "fulfilments",
    source="""
        SELECT f.id AS fulfilment_id, f.order_id, o.customer_id, f.store_id, f.carrier, f.promised_at,
            f.promised_day, f.shipped_at, f.shipped_day, f.delivered_at, f.delivered_day
        FROM (SELECT o.id, o.brand_id, o.customer_id FROM {chosen}) o
        CROSS JOIN fulfilment f
        WHERE f.brand_id = o.brand_id AND f.order_id = o.id AND NOT f.waiting""",
    by_day=_ORDERS_BY_DAY,
    by_customer=_ORDERS_BY_CUSTOMER,
    days=("order", "ordered_day"),
    shape="SELECT * REPLACE (nullif(carrier, '') AS carrier) FROM raw",
    order="order_id, fulfilment_id",
)

SALES = (ORDERS, LINES, REFUNDS, REFUND_LINES, FULFILMENTS)
