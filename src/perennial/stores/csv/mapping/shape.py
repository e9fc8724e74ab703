"""From staged rows to orders, lines and refunds: the one place that says what they mean, in SQL.

Both renderings read what is built here: records (`records`) and insight tables (`tables`). Money is whole
minor units of the order's currency.

- ``shop_order``: oid, pos (first row), ckey, moment, day, updated, paid, cancelled, status, payment, currency,
  taxes_included, total, shipping, shipping_tax, tax, discount, channel.
- ``shop_line``: oid, n (1, 2 ... in the order of the file), pos, kind, pkey, quantity, price, total,
  discount, tax, cost.
- ``shop_refund``: rid, oid, moment, day, amount, via (the oid of a cancelling invoice, null).
- ``shop_refund_line``: rid, oid, n, quantity, amount.

What exports leave open, and what is done: line totals that are not stated are price times quantity less the
line's discount; what the subtotal says beyond that is a discount, spread over the lines by their totals; tax
stated for the order is spread over its lines and shipping likewise. Spreading loses no unit: every share is
the difference of two rounded running sums. A refund stated without a date is dated by the last time the
order's row names.
"""
# ruff: noqa: S608 (the SQL is made of our own names; no text of a file gets into it)

from __future__ import annotations

from typing import TYPE_CHECKING

from perennial.stores.csv.mapping import fields as f
from perennial.stores.csv.mapping import states
from perennial.stores.csv.mapping.normal import Plan, day_of
from perennial.stores.csv.mapping.stage import Stage
from perennial.values.money import ODD_EXPONENTS, exponent
from perennial.values.reason import Reason

if TYPE_CHECKING:
    import duckdb


def money(plan: Plan, columns: tuple[str, ...], expression: str, digits: int = 4) -> str:
    """SQL: ``expression`` (10**-digits of a currency) in its minor units, half away from zero."""

    def scaled(places: int) -> str:
        step = 10 ** (digits - places)
        half = step // 2
        return f"(({expression} + CASE WHEN {expression} < 0 THEN -{half} ELSE {half} END) // {step})::BIGINT"

    if "currency" not in columns:
        return scaled(exponent(plan.currency))

    def among(places: int) -> str:
        return ", ".join(f"'{code}'" for code, found in ODD_EXPONENTS.items() if found == places)

    code = f"coalesce(currency, '{plan.currency}')"
    odd = (f"WHEN {code} IN ({among(n)}) THEN {scaled(n)}" for n in sorted(set(ODD_EXPONENTS.values())))
    return f"CASE {' '.join(odd)} ELSE {scaled(2)} END"


class Shape:
    """Builds the shop's tables on a stage."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.plan, self.columns = stage, stage.plan, stage.columns
        self.con: duckdb.DuckDBPyConnection = stage.con

    def has(self, name: str) -> bool:
        """Whether the file has the field."""
        return name in self.columns

    def col(self, name: str, kind: str = "BIGINT") -> str:
        """SQL: the field, or nothing of its type."""
        return f'"{name}"' if self.has(name) else f"NULL::{kind}"

    def minor(self, name: str) -> str:
        """SQL: an amount of the row in minor units, or nothing."""
        return money(self.plan, self.columns, f'"{name}"') if self.has(name) else "NULL::BIGINT"

    def build(self) -> None:
        """Make the four tables."""
        if self.plan.layout == "shopify":
            self._leave_undated_out()
        left = "ANTI JOIN left_out USING (oid)" if self.stage.holds("left_out") else ""
        rows = "placed"
        if self.plan.by_line and self.has("currency"):
            # Stated on an order's first row only, or it would be read with the digits of another currency.
            rows = """(SELECT placed.* REPLACE (coalesce(currency, stated) AS currency) FROM placed JOIN (
                SELECT oid, arg_min(currency, pos) AS stated FROM placed GROUP BY oid) USING (oid))"""
        self.con.execute(f"CREATE VIEW src AS SELECT * FROM {rows} {left}")
        single = self.stage.together and not self.plan.by_line and self._runs_are_rows()
        if self.plan.by_line:
            self._by_lines()
        else:
            self._by_orders(single=single)
        self._refunds()

    def _leave_undated_out(self) -> None:
        """Shopify's date may stand on any row of an order, but on one it must."""
        found = self.con.execute(
            "SELECT oid, min(pos) FROM placed GROUP BY oid HAVING max(ordered_at) IS NULL ORDER BY 2"
        ).fetchall()
        column = self.plan.columns["ordered_at"]
        self.stage.reject_orders([(oid, pos, column, Reason.of("cell.missing")) for oid, pos in found])

    def _runs_are_rows(self) -> bool:
        runs, rows = self.stage.one("SELECT coalesce(max(run) + 1, 0), count(*) FROM row")
        return bool(runs == rows)

    def latest(self, *, grouped: bool, days: bool = False) -> str:
        """SQL: the latest time the rows of an order name: its version. Or the local day of that time."""
        times = [day_of(time) if days else time for time in f.TIMES]
        named = [f"max({name})" if grouped else name for name in times if self.has(name)]
        return f"greatest({', '.join(named)})" if len(named) > 1 else named[0]

    def states(self, *, grouped: bool) -> str:
        """SQL: the gravest state the order's cells speak of."""
        named = [name for name in ("status", "payment_status") if self.has(name)]
        if not named:
            return "0"
        texts = [f"coalesce({f'max({n})' if grouped else n}, 0)" for n in named]
        return f"greatest({', '.join(texts)})" if len(texts) > 1 else texts[0]

    def facts(self, *, grouped: bool) -> str:
        """SQL: the columns of ``shop_order`` before its sums."""

        def one(expression: str) -> str:
            return f"arg_min({expression}, pos)" if grouped else expression

        def most(name: str) -> str:
            return f"max({self.col(name)})" if grouped else self.col(name)

        currency = f"coalesce({one(self.col('currency', 'VARCHAR'))}, '{self.plan.currency}')"
        refund = one(self.minor("refunded")) if self.has("refunded") else "NULL::BIGINT"
        return f"""
            oid, {"min(pos)" if grouped else "pos"} AS pos, {one("ckey")} AS ckey,
            {"min(ordered_at)" if grouped else "ordered_at"} AS moment,
            {"min(ordered_day)" if grouped else "ordered_day"} AS day,
            {self.latest(grouped=grouped)} AS updated, {self.latest(grouped=grouped, days=True)} AS updated_day,
                {most("paid_at")} AS paid_at,
            {most("cancelled_at")} AS cancelled_at,
            {most("cancelled_day")} AS cancelled_day, {most("refunded_at")} AS refunded_at,
            {most("refunded_day")} AS refunded_day,
            {self.states(grouped=grouped)} AS state, {currency} AS currency,
            {one(self.minor("total"))} AS stated, {one(self.minor("subtotal"))} AS subtotal,
            coalesce({one(self.minor("shipping"))}, 0) AS shipping, {one(self.minor("shipping_tax"))} AS shipping_tax,
            coalesce({one(self.minor("tax"))}, 0) AS tax, abs(coalesce({one(self.minor("discount"))}, 0)) AS discount,
            abs({refund}) AS refund, {one(self.col("channel", "VARCHAR"))} AS channel"""

    def told(self) -> str:
        """SQL: state, payment and their times from ``facts``."""
        s = states
        return f"""
            CASE WHEN cancelled_at IS NOT NULL OR state = {s.CANCELLED} THEN 'cancelled'
                WHEN state IN ({s.CLOSED}, {s.REFUNDED}) THEN 'closed' ELSE 'open' END AS status,
            CASE WHEN state = {s.REFUNDED} THEN 'refunded' WHEN state = {s.PARTIAL} THEN 'partially_refunded'
                WHEN state = {s.CANCELLED} AND paid_at IS NULL THEN 'voided'
                WHEN state = {s.PENDING} AND paid_at IS NULL THEN 'pending'
                WHEN state = {s.AUTHORIZED} AND paid_at IS NULL THEN 'authorized' ELSE 'paid' END AS payment,
            CASE WHEN state = {s.CANCELLED} THEN coalesce(cancelled_at, updated) ELSE cancelled_at END AS cancelled,
            CASE WHEN paid_at IS NULL AND state NOT IN ({s.PENDING}, {s.AUTHORIZED}, {s.CANCELLED})
                THEN moment ELSE paid_at END AS paid"""

    def _by_orders(self, *, single: bool) -> None:
        """Rows that are orders: one line without product over the goods."""
        amount = self.minor("line_total")
        if single:
            rows, summed = f"SELECT {self.facts(grouped=False)}, {amount} AS amount FROM src", ""
        else:
            rows = f"SELECT {self.facts(grouped=True)}, sum({amount})::BIGINT AS amount FROM src GROUP BY oid"
            summed = "TABLE"
        # Magento's grid states no tax: it is what the total has beyond goods and shipping, where that is plausible.
        tax = "tax"
        if not self.has("tax") and self.has("subtotal") and self.has("total"):
            gap = "stated - subtotal - shipping"
            tax = f"CASE WHEN {gap} BETWEEN 1 AND subtotal * 35 // 100 THEN {gap} ELSE 0 END"
        self.stage.make(f"""CREATE {summed or "VIEW"} shop_order AS
            SELECT * EXCLUDE (stated, tax, shipping_tax, amount), own_tax AS tax, least(coalesce(shipping_tax, 0),
                own_tax)
                AS shipping_tax, coalesce(stated, amount + shipping + own_tax) AS total, own_tax = 0 AS taxes_included,
                coalesce(amount, stated - shipping - own_tax) AS goods
            FROM (SELECT *, {tax} AS own_tax, {self.told()} FROM ({rows}))""")
        self.con.execute("""CREATE VIEW shop_line AS SELECT oid, 1::BIGINT AS n, pos, 'product' AS kind,
            NULL::UBIGINT AS pkey, 1000::BIGINT AS quantity, NULL::BIGINT AS price, goods AS total, discount,
            tax - shipping_tax AS tax, NULL::BIGINT AS cost FROM shop_order""")

    def _line_amount(self) -> str:
        """SQL: what a row states for its line, nothing where it states nothing."""
        paid = ""
        if self.has("unit_price"):
            units = f"(coalesce({self.col('quantity')}, 1000)::HUGEINT * unit_price)"
            less = f" - coalesce({self.minor('line_discount')}, 0)" if self.has("line_discount") else ""
            paid = f"{money(self.plan, self.columns, units, digits=7)}{less}"
        if not self.has("line_total"):
            return paid or "NULL::BIGINT"
        stated = self.minor("line_total")
        if not paid or self.plan.layout != "woocommerce":
            return f"coalesce({stated}, {paid})" if paid else stated
        # Plug-ins disagree on whether the line's total holds its tax; the price never does.
        return (
            f"CASE WHEN abs({stated} - {paid}) * 100 <= abs({paid}) THEN {stated} ELSE coalesce({paid}, {stated}) END"
        )

    def _by_lines(self) -> None:
        con = self.con
        title = self.col("title", "VARCHAR")
        self.stage.make(f"""CREATE TABLE line0 AS
            SELECT oid, row_number() OVER (PARTITION BY oid ORDER BY pos) AS n, pos,
                CASE WHEN regexp_matches({title}, '(?i)^gift card\\b') THEN 'gift_card'
                    WHEN lower({title}) = 'tip' THEN 'tip' ELSE 'product' END AS kind,
                {self.col("pkey", "UBIGINT")} AS pkey, coalesce({self.col("quantity")}, 1000) AS quantity,
                {self.minor("unit_price")} AS price, coalesce({self._line_amount()}, 0) AS gross,
                coalesce({self.minor("line_discount")}, 0) AS own_discount, {self.minor("line_tax")} AS line_tax,
                {self.minor("cost")} AS cost
            FROM src""")
        self.stage.make(f"""CREATE TABLE order0 AS SELECT *, {self.told()} FROM (
            SELECT {self.facts(grouped=True)} FROM src GROUP BY oid)""")
        priced = self.has("unit_price") or self.has("line_total")
        if self.plan.layout == "shopify":
            goal = "CASE WHEN subtotal < s.gross AND subtotal >= 0 THEN subtotal END"
        elif not priced:
            goal = "coalesce(subtotal, stated - shipping - tax)"
        else:
            goal = "NULL::BIGINT"
        # gap: what has to be spread over the lines; weights: their totals, their pieces where they have none.
        self.stage.make(f"""CREATE TABLE line1 AS SELECT oid, n, pos, kind, pkey, quantity, price, line_tax, cost,
                gross + share AS total, greatest(own_discount - share, 0) AS discount
            FROM (SELECT *, coalesce({_share("gap", "weight")}, 0) AS share
                FROM (SELECT line0.*, {goal} - s.gross AS gap,
                    CASE WHEN s.gross > 0 THEN greatest(line0.gross, 0) ELSE abs(line0.quantity) END AS weight
                    FROM line0 JOIN order0 USING (oid)
                    JOIN (SELECT oid, sum(gross)::BIGINT AS gross FROM line0 GROUP BY oid) s USING (oid)))""")
        self.stage.make("""CREATE TABLE order1 AS SELECT o.* EXCLUDE (stated), s.goods,
                o.tax = 0 OR abs(s.goods + shipping + o.tax - stated) > abs(s.goods + shipping - stated)
                    AS taxes_included,
                coalesce(stated, s.goods + shipping + o.tax) AS total
            FROM order0 o JOIN (SELECT oid, sum(total)::BIGINT AS goods FROM line1 GROUP BY oid) s USING (oid)""")
        tax = "line_tax" if self.has("line_tax") else "NULL::BIGINT"
        spread = _share("tax - coalesce(shipping_tax, 0)", "weight", "weight_more")
        self.stage.make(f"""CREATE TABLE shop_line AS SELECT oid, n, pos, kind, pkey, quantity, price, total, discount,
                coalesce({tax}, {spread}, 0) AS tax, cost
            FROM (SELECT l.*, o.tax, o.shipping_tax, greatest(l.total, 0) AS weight,
                CASE WHEN o.shipping_tax IS NULL THEN o.shipping ELSE 0 END AS weight_more
                FROM line1 l JOIN order1 o USING (oid))""")
        self.stage.make("""CREATE TABLE shop_order AS SELECT o.* REPLACE (
                coalesce(shipping_tax, CASE WHEN shipping > 0 THEN greatest(o.tax - s.tax, 0)
                    ELSE 0 END) AS shipping_tax)
            FROM order1 o JOIN (SELECT oid, sum(tax)::BIGINT AS tax FROM shop_line GROUP BY oid) s USING (oid)""")
        for table in ("line0", "line1", "order0", "order1"):
            con.execute(f"DROP TABLE {table}")

    def _refunds(self) -> None:
        """One refund for what an order's row says was given back; it names no lines."""
        empty = "WHERE false"
        if self.has("refunded") or self.has("status") or self.has("payment_status"):
            empty = f"WHERE coalesce(refund, CASE WHEN state = {states.REFUNDED} THEN total END) > 0"
        self.stage.make(f"""CREATE TABLE shop_refund AS SELECT row_number() OVER (ORDER BY oid) AS rid, oid,
                coalesce(refunded_at, cancelled, updated) AS moment,
                CASE WHEN refunded_at IS NOT NULL THEN refunded_day
                    WHEN cancelled_at IS NOT NULL THEN cancelled_day ELSE updated_day END AS day,
                coalesce(refund, total) AS amount, NULL::BIGINT AS via
            FROM shop_order {empty}""")
        self.con.execute("""CREATE TABLE shop_refund_line (rid BIGINT, oid BIGINT, n BIGINT, quantity BIGINT,
            amount BIGINT)""")


def _share(amount: str, weight: str, more: str = "0") -> str:
    """SQL: the part of ``amount`` that falls to a row of its order by ``weight``; ``more`` weighs beside the rows."""
    running = f"sum({weight}::HUGEINT) OVER (PARTITION BY oid ORDER BY n ROWS UNBOUNDED PRECEDING)"
    whole = f"(sum({weight}::HUGEINT) OVER (PARTITION BY oid) + {more})"

    def rounded(upto: str) -> str:
        return f"((2 * abs({amount})::HUGEINT * {upto} + {whole}) // (2 * {whole}))"

    part = f"({rounded(running)} - {rounded(f'({running} - {weight})')})::BIGINT"
    return f"CASE WHEN {whole} > 0 THEN {part} * CASE WHEN {amount} < 0 THEN -1 ELSE 1 END END"
