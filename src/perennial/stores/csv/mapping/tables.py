"""The lab's rendering: the shop's tables as Parquet and, over it, a view for every table of insight's schema.

What is the same in every row, or the same as another column, is not stored: the views say it. Numbers of
orders, customers and products count from 1 by first appearance in the file; a line's number holds its
order's. Rows in another currency than the one most orders have stay unconverted (their money is null).
"""
# ruff: noqa: S608 (the SQL is made of our own names; no text of a file gets into it)

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from perennial.facts.rules.schema import SCHEMA
from perennial.stores.csv.mapping.shape import Shape
from perennial.stores.csv.mapping.stage import Stage

_TYPES = {"int64": "BIGINT", "string": "VARCHAR", "boolean": "BOOLEAN"}
# A line's number holds its order's: to count them through would mean to sort them.
_PER_ORDER = 1 << 32
_REVENUE = "kind IN ('product', 'fee')"


def write_tables(stage: Stage, folder: Path, *, store_id: int = 1) -> dict[str, str]:
    """Write the tables of a staged and shaped file below ``folder``: SQL by table name, for DuckDB.

    Each is a SELECT with exactly the columns and types of `insight.tables.SCHEMA`, in its order.
    """
    folder.mkdir(parents=True, exist_ok=True)
    return _Writer(stage, folder, store_id).write()


class _Writer:
    def __init__(self, stage: Stage, folder: Path, store_id: int) -> None:
        self.stage, self.folder, self.store_id = stage, folder, store_id
        self.con, self.shape = stage.con, Shape(stage)
        self.reporting = stage.plan.currency
        if self.shape.has("currency"):
            self.reporting = stage.one("SELECT mode(currency) FROM shop_order")[0] or self.reporting

    def write(self) -> dict[str, str]:
        self.stage.make("""CREATE TABLE customer_number AS
            SELECT ckey, row_number() OVER (ORDER BY min(pos)) AS customer_id FROM shop_order WHERE ckey IS NOT NULL
            GROUP BY ckey""")
        views = {name: self._view(name, {}, None) for name in SCHEMA}
        bare = not self.stage.plan.by_line
        if self.shape.has("pkey"):
            self._products(views)
        if bare:
            self._bare_orders(views)
        else:
            self._orders(views)
        self._customers(views)
        if self.stage.holds("shop_refund"):
            self._refunds(views)
        return views

    def _money(self, column: str) -> str:
        if not self.shape.has("currency"):
            return column
        return f"CASE WHEN currency = '{self.reporting}' THEN {column} END"

    def _copy(self, name: str, select: str) -> str:
        path = str(self.folder / f"{name}.parquet").replace("'", "''")
        self.stage.make(f"COPY ({select}) TO '{path}' (FORMAT parquet)")
        return f"read_parquet('{path}')"

    def _view(self, name: str, columns: Mapping[str, str], source: str | None) -> str:
        """SQL of a table of the schema; what ``columns`` does not name is null, with no ``source`` it is empty."""
        given = {"store_id": str(self.store_id)} | dict(columns)
        selected = [f"CAST({given.get(c, 'NULL')} AS {_TYPES[t]}) AS {c}" for c, t in SCHEMA[name].items()]
        return f"SELECT {', '.join(selected)} " + (f"FROM {source}" if source else "WHERE false")

    def _who(self) -> str:
        return "LEFT JOIN customer_number USING (ckey)"

    def _bare_orders(self, views: dict[str, str]) -> None:
        """Orders without lines of their own: their lines are a view of them."""
        has = self.shape.has
        plain = not any(has(name) for name in ("subtotal", "shipping", "shipping_tax", "tax", "discount", "currency"))
        plain = plain and has("total") != has("line_total")
        dull = not any(has(name) for name in ("status", "payment_status", "paid_at", "cancelled_at"))
        stored = {"order_id": "oid", "customer_id": "customer_id", "ordered_at": "moment", "ordered_day": "day"}
        stored |= {"total": self._money("total")}
        if not plain:
            # Prices are without tax where the file tells the tax: see `shape`.
            stored |= {"net": self._money("goods"), "tax": self._money("tax - shipping_tax")}
            stored |= {name: self._money(name) for name in ("shipping", "shipping_tax", "discount")}
        if not dull:
            stored |= {"paid_at": "paid", "cancelled_at": "cancelled"}
        if has("channel"):
            stored |= {"channel": "channel"}
        parts = ", ".join(f"{sql} AS {name}" for name, sql in stored.items())
        source = self._copy("orders", f"SELECT {parts} FROM shop_order {self._who()}")
        same = {name: name for name in stored}
        same = {"paid_at": "ordered_at", "subscription": "false", "channel": "'online'"} | same
        if plain:
            same |= {"net": "total"} | dict.fromkeys(("tax", "shipping", "shipping_tax", "discount"), "0")
        views["orders"] = self._view("orders", same, source)
        kept = ("order_id", "customer_id", "ordered_at", "ordered_day", "net", "tax", "discount")
        of_lines = {name: same[name] for name in kept}
        of_lines |= {"line_id": "order_id", "kind": "'product'", "quantity": "1000"}
        views["lines"] = self._view("lines", of_lines, source)

    def _orders(self, views: dict[str, str]) -> None:
        goods = "l.total - CASE WHEN taxes_included THEN l.tax ELSE 0 END"
        self.stage.make(f"""CREATE TABLE told AS SELECT oid AS order_id, customer_id, moment AS ordered_at,
                day AS ordered_day, paid AS paid_at, cancelled AS cancelled_at, {self._money("net0")} AS net,
                {self._money("tax0")} AS tax,
                {self._money("(shipped0 - CASE WHEN taxes_included THEN shipped_tax0 ELSE 0 END)")} AS shipping,
                {self._money("shipped_tax0")} AS shipping_tax, {self._money("discount")} AS discount,
                {self._money("total")} AS total, channel, currency, taxes_included, net0, tax0, shipped0, shipped_tax0
            FROM (SELECT o.*, customer_id, coalesce(s.net, 0) AS net0, coalesce(s.tax, 0) AS tax0,
                    o.shipping + coalesce(s.shipped, 0) AS shipped0,
                    o.shipping_tax + coalesce(s.shipped_tax, 0) AS shipped_tax0
                FROM shop_order o {self._who()} LEFT JOIN (
                    SELECT l.oid, sum({goods}) FILTER ({_REVENUE})::BIGINT AS net,
                        sum(l.tax) FILTER ({_REVENUE})::BIGINT AS tax,
                        sum(l.total) FILTER (kind = 'shipping')::BIGINT AS shipped,
                        sum(l.tax) FILTER (kind = 'shipping')::BIGINT AS shipped_tax
                    FROM shop_line l JOIN shop_order USING (oid) GROUP BY l.oid) s USING (oid))""")
        source = self._copy(
            "orders", "SELECT * EXCLUDE (net0, tax0, shipped_tax0, shipped0, currency, taxes_included) FROM told"
        )
        same = {name: name for name in SCHEMA["orders"]} | {
            "source": "NULL", "promised_at": "NULL", "promised_day": "NULL", "subscription": "false",
            "channel": "coalesce(channel, 'online')", "store_id": str(self.store_id),
        }  # fmt: skip
        views["orders"] = self._view("orders", same, source)
        product = "product_id" if self.shape.has("pkey") else "NULL"
        join = (
            "LEFT JOIN product_number p ON p.pkey = l.pkey AND kind IN ('product', 'gift_card')"
            if self.shape.has("pkey")
            else ""
        )
        lines = self._copy(
            "lines",
            f"""SELECT oid * {_PER_ORDER} + n AS line_id, oid AS order_id, customer_id, ordered_at,
                ordered_day, kind, {product} AS product_id, quantity, {self._money(goods)} AS net,
                {self._money("l.tax")} AS tax, {self._money("l.discount")} AS discount, {self._money("cost")} AS cost, n
            FROM shop_line l JOIN told ON told.order_id = l.oid {join}""",
        )
        same = {name: name for name in SCHEMA["lines"]} | {"variant_id": "NULL", "store_id": str(self.store_id)}
        views["lines"] = self._view("lines", same, lines)

    def _customers(self, views: dict[str, str]) -> None:
        first = "min(moment) AS created_at, min(day) AS created_day"
        select = f"SELECT customer_id, {first} FROM shop_order JOIN customer_number USING (ckey) GROUP BY ALL"
        if self.shape.has("country"):
            select = f"""SELECT customer_id, created_at, created_day, country FROM ({select}) LEFT JOIN (
                SELECT customer_id, arg_max(country, (ordered_at, pos)) AS country
                FROM src JOIN customer_number USING (ckey) GROUP BY 1) USING (customer_id)"""
        source = self._copy("customers", select)
        same = {name: name for name in ("customer_id", "created_at", "created_day")}
        if self.shape.has("country"):
            same["country"] = "country"
        views["customers"] = self._view("customers", same, source)

    def _products(self, views: dict[str, str]) -> None:
        product_numbers(self.stage)
        select = product_facts(self.stage)
        source = self._copy(
            "products", f"SELECT product_id, title, brand, category, {self._money('price')} AS price FROM ({select})"
        )
        same = {name: name for name in ("product_id", "title", "brand", "category", "price")} | {"hidden": "false"}
        views["products"] = self._view("products", same, source)

    def _refunds(self, views: dict[str, str]) -> None:
        if not self.stage.plan.by_line:
            self.stage.make("""CREATE TABLE told AS SELECT oid AS order_id, customer_id, goods AS net0,
                tax - shipping_tax AS tax0,
                shipping AS shipped0, shipping_tax AS shipped_tax0, taxes_included, currency
                FROM shop_order LEFT JOIN customer_number USING (ckey)""")
        whole = "net0 + tax0"
        shipped = "shipped0 + CASE WHEN taxes_included THEN 0 ELSE shipped_tax0 END"
        select = f"""SELECT rid AS refund_id, oid AS order_id, customer_id, moment AS refunded_at, day AS refunded_day,
                {self._money("CASE WHEN via IS NULL THEN goods - goods_tax ELSE amount - lines_shipped END")} AS net,
                {self._money("CASE WHEN via IS NULL THEN goods_tax ELSE 0 END")} AS tax,
                {self._money("CASE WHEN via IS NULL THEN amount - goods - u ELSE lines_shipped END")} AS shipping,
                {self._money("CASE WHEN via IS NULL THEN u ELSE 0 END")} AS shipping_tax,
                    {self._money("amount")} AS total
            FROM (SELECT *, CASE WHEN {whole} > 0 THEN {_half_even("goods", "tax0", whole)} ELSE 0 END AS goods_tax,
                    CASE WHEN {shipped} > 0 THEN {_half_even("(amount - goods)", "shipped_tax0", f"({shipped})")}
                        ELSE 0 END AS u
                FROM (SELECT *, least(amount, greatest({whole}, 0)) AS goods, coalesce(shipped, 0) AS lines_shipped
                    FROM shop_refund r JOIN told ON told.order_id = r.oid LEFT JOIN (
                        SELECT rid, sum(amount) FILTER (kind = 'shipping')::BIGINT AS shipped FROM shop_refund_line
                        JOIN shop_line USING (oid, n) GROUP BY rid) USING (rid)))"""
        source = self._copy("refunds", select)
        same = {name: name for name in SCHEMA["refunds"]} | {"store_id": str(self.store_id), "kind": "'refund'"}
        views["refunds"] = self._view("refunds", same, source)
        if self.stage.holds("shop_refund_line"):
            lines = f"read_parquet('{str(self.folder / 'lines.parquet').replace(chr(39), chr(39) * 2)}')"
            source = self._copy(
                "refund_lines",
                f"""SELECT l.rid AS refund_id, x.line_id, l.oid AS order_id, x.product_id, r.moment AS refunded_at,
                    r.day AS refunded_day, l.quantity, {self._money("l.amount")} AS net
                FROM shop_refund_line l JOIN shop_refund r USING (rid) JOIN {lines} x ON x.order_id = l.oid
                    AND x.n = l.n""",
            )
            same = {name: name for name in SCHEMA["refund_lines"]} | {"tax": "0", "cost": "0"}
            views["refund_lines"] = self._view("refund_lines", same, source)


def product_numbers(stage: Stage) -> None:
    """The articles of the file, numbered by first appearance: ``product_number`` (pkey, product_id)."""
    stage.make("""CREATE TABLE product_number AS SELECT pkey,
            row_number() OVER (ORDER BY min(pos)) AS product_id, min(oid) AS first_oid
        FROM shop_line WHERE pkey IS NOT NULL AND kind IN ('product', 'gift_card') GROUP BY pkey""")


def product_facts(stage: Stage) -> str:
    """SQL: name, title, brand, category, sku, price (last known), currency and time of each article."""
    shape = Shape(stage)
    names = [f'"{name}"' for name in ("product", "sku", "title") if shape.has(name)]
    title = shape.col("title", "VARCHAR")
    last = "arg_max({}, (ordered_at, pos))"
    # Among the notes a till keeps as descriptions ("damaged"), what an article is mostly called is its name.
    # Of two names as frequent the first by letters: without an order, threads decide.
    named = (
        f"mode({title} ORDER BY {title}) FILTER (unit_price > 0)"
        if stage.plan.layout == "online_retail"
        else last.format(title)
    )
    price = shape.minor("unit_price")
    return f"""SELECT product_id, any_value(coalesce({", ".join(names)})) AS name, coalesce({named},
        max({title})) AS title,
            {last.format(shape.col("brand", "VARCHAR"))} AS brand,
                {last.format(shape.col("category", "VARCHAR"))} AS category,
            {last.format(shape.col("sku", "VARCHAR"))} AS sku,
            arg_max({price}, (ordered_at, pos)) FILTER ({price} > 0) AS price,
            coalesce({last.format(shape.col("currency", "VARCHAR"))}, '{stage.plan.currency}') AS currency,
            max(ordered_at) AS updated, any_value(first_oid) AS first_oid
        FROM src JOIN product_number USING (pkey) GROUP BY product_id"""


def _half_even(a: str, b: str, whole: str) -> str:
    """SQL: a * b / whole, rounded half to even."""
    n, d = f"({a}::HUGEINT * {b})", f"({whole})"
    q, r = f"({n} // {d})", f"({n} % {d})"
    return f"({q} + CASE WHEN 2 * {r} > {d} OR (2 * {r} = {d} AND {q} % 2 = 1) THEN 1 ELSE 0 END)::BIGINT"
