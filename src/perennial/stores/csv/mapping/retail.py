"""The Online Retail layout: a till's journal, where cancellations, write-offs and fees stand among the sales.

What is decided, and counted in the report:

- An invoice that begins with C cancels. Each of its lines is paired with earlier purchases of the same
  customer and article: the latest one of the same quantity that is still whole, else the latest ones that
  have pieces left, partly where need be. Paired pieces become a refund of that order at the price the
  cancellation states. What finds no purchase (bought before the file begins, or by no known customer) stays
  as an order of its own with negative quantity and total, so that sums hold.
- Postage and carriage (POST, DOT, C2) are shipping lines; M, D, S, B, BANK CHARGES, AMAZONFEE, CRUK and PADS
  fees; gift_... gift cards. None of them is a product.
- Lines without price and customer are corrections of the stock, write-offs where the quantity is negative:
  no sale, left out. A line without price in the order of a customer is a gift and stays.
- Lines that are alike in every cell stay: a till scans the same article twice.
- An invoice with two times is ordered at the first; a customer with two countries lives in the last.
"""
# ruff: noqa: S608 (the SQL is made of our own names; no text of a file gets into it)

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from perennial.stores.csv.mapping.normal import Plan
from perennial.stores.csv.mapping.shape import money
from perennial.stores.csv.mapping.stage import Stage
from perennial.stores.csv.parser.arrow import integers

if TYPE_CHECKING:
    import duckdb

SHIPPING = ("POST", "DOT", "C2")
FEES = ("M", "D", "S", "B", "BANK CHARGES", "AMAZONFEE", "CRUK", "PADS")


class Sold(NamedTuple):
    """A line of a purchase or of a cancellation: where it is, when, and how many thousandths."""

    pos: int
    at: int
    quantity: int


class Pair(NamedTuple):
    """``quantity`` thousandths of the cancelling line taken off the purchase line."""

    cancel: int
    purchase: int
    quantity: int


def pair(purchases: Iterable[Sold], cancels: Iterable[Sold]) -> list[Pair]:
    """Pair the cancellations of one customer and article with earlier purchases; the rest stays unpaired."""
    left = {line.pos: line.quantity for line in purchases}
    whole = dict(left)
    by_time = sorted(purchases, key=lambda line: (line.at, line.pos))
    pairs = []
    for cancel in sorted(cancels, key=lambda line: (line.at, line.pos)):
        earlier = [line for line in reversed(by_time) if line.at <= cancel.at and left[line.pos]]
        wanted = cancel.quantity
        same = next((p for p in earlier if left[p.pos] == wanted == whole[p.pos]), None)
        for line in [same] if same else earlier:
            taken = min(wanted, left[line.pos])
            pairs.append(Pair(cancel.pos, line.pos, taken))
            left[line.pos] -= taken
            wanted -= taken
            if not wanted:
                break
    return pairs


def build(stage: Stage) -> None:
    """Make the shop's tables (see `shape`) of a staged file of this layout."""
    con, plan = stage.con, stage.plan
    left = "ANTI JOIN left_out USING (oid)" if stage.holds("left_out") else ""
    kinds = f"""CASE WHEN product IN {SHIPPING} THEN 'shipping' WHEN product IN {FEES} THEN 'fee'
        WHEN product LIKE 'GIFT\\_%' ESCAPE '\\' THEN 'gift_card' ELSE 'product' END"""
    cancels = _cancelling(stage)
    con.execute(f"""CREATE VIEW src AS SELECT *, {kinds} AS kind, unit_price = 0 AND ckey IS NULL AS stock,
        oid IN (SELECT oid FROM cancelling) AS cancels FROM placed {left}""")
    con.execute("CREATE TABLE pairs (cancel BIGINT, purchase BIGINT, quantity BIGINT)")
    if cancels:
        _pair_all(con)
    _lines(stage, plan, stage.columns)
    _orders(stage, plan.currency)
    _refunds(stage, plan, stage.columns)


def _cancelling(stage: Stage) -> bool:
    """The invoices that begin with C, as a table."""
    stage.make("CREATE TABLE cancelling AS SELECT DISTINCT oid FROM placed WHERE is_cancel")
    return stage.holds("cancelling")


def _pair_all(con: duckdb.DuckDBPyConnection) -> None:
    import numpy as np
    import pyarrow as pa

    groups: defaultdict[tuple[int, int], tuple[list[Sold], list[Sold]]] = defaultdict(lambda: ([], []))
    rows = con.execute("""
        WITH c AS (SELECT ckey, pkey, pos, ordered_at, -quantity AS quantity, true AS cancels FROM src
            WHERE cancels AND quantity < 0 AND ckey IS NOT NULL AND pkey IS NOT NULL)
        SELECT * FROM c UNION ALL
        SELECT ckey, pkey, pos, ordered_at, quantity, false FROM src
        WHERE NOT cancels AND quantity > 0 AND (ckey, pkey) IN (SELECT (ckey, pkey) FROM c)""").fetchall()
    for ckey, pkey, pos, at, quantity, cancels in rows:
        groups[ckey, pkey][cancels].append(Sold(pos, at, quantity))
    pairs = [found for key in sorted(groups) for found in pair(*groups[key])]
    if pairs:
        columns = [integers(column) for column in np.array(pairs, np.int64).T.copy()]
        con.register("found", pa.table(columns, names=["cancel", "purchase", "quantity"]))
        con.execute("INSERT INTO pairs SELECT * FROM found")
        con.unregister("found")


def _lines(stage: Stage, plan: Plan, columns: tuple[str, ...]) -> None:
    """Purchases as they are; of cancellations what found no purchase."""
    total = money(plan, columns, "(own_quantity::HUGEINT * unit_price)", digits=7)
    price = money(plan, columns, "unit_price")
    stage.make(f"""CREATE TABLE shop_line AS SELECT oid, row_number() OVER (PARTITION BY oid ORDER BY pos) AS n,
            pos, kind, pkey, own_quantity AS quantity, {price} AS price, {total} AS total, 0::BIGINT AS discount,
            0::BIGINT AS tax, NULL::BIGINT AS cost
        FROM (SELECT src.*, quantity + coalesce(p.taken, 0) AS own_quantity FROM src
            LEFT JOIN (SELECT cancel AS pos, sum(quantity)::BIGINT AS taken FROM pairs GROUP BY cancel) p USING (pos)
            WHERE NOT stock)
        WHERE NOT (cancels AND own_quantity = 0)""")


def _orders(stage: Stage, currency: str) -> None:
    stage.make(f"""CREATE TABLE shop_order AS SELECT s.*, l.total, l.total AS goods
        FROM (SELECT oid, min(pos) AS pos, arg_min(ckey, pos) AS ckey, min(ordered_at) AS moment,
                min(ordered_day) AS day, max(ordered_at) AS updated, min(ordered_at) AS paid, NULL::BIGINT AS cancelled,
                'closed' AS status, 'paid' AS payment, '{currency}' AS currency, true AS taxes_included,
                0::BIGINT AS shipping, 0::BIGINT AS shipping_tax, 0::BIGINT AS tax, 0::BIGINT AS discount,
                NULL::VARCHAR AS channel
            FROM src GROUP BY oid) s
        JOIN (SELECT oid, sum(total)::BIGINT AS total FROM shop_line GROUP BY oid) l USING (oid)""")


def _refunds(stage: Stage, plan: Plan, columns: tuple[str, ...]) -> None:
    """One refund for each cancelling invoice and each order it takes from."""
    amount = money(plan, columns, "(p.quantity::HUGEINT * c.unit_price)", digits=7)
    stage.make(f"""CREATE TEMP TABLE taken AS
        SELECT l.oid, c.oid AS via, l.n, p.quantity, c.ordered_at AS moment, c.ordered_day AS day, {amount} AS amount
        FROM pairs p JOIN src c ON c.pos = p.cancel JOIN shop_line l ON l.pos = p.purchase""")
    stage.make("""CREATE TABLE shop_refund AS SELECT row_number() OVER (ORDER BY via, oid) AS rid, oid,
        min(moment) AS moment, min(day) AS day, sum(amount)::BIGINT AS amount, via FROM taken GROUP BY oid, via""")
    stage.make("""CREATE TABLE shop_refund_line AS SELECT r.rid, t.oid, t.n, sum(t.quantity)::BIGINT AS quantity,
        sum(t.amount)::BIGINT AS amount FROM taken t JOIN shop_refund r USING (oid, via) GROUP BY ALL""")
