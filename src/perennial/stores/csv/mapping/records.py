"""The database's rendering: staged orders as records, in portions that can be recorded one by one."""
# ruff: noqa: S608 (the SQL is made of our own names; no text of a file gets into it)

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from perennial.stores.csv.mapping import fields as f
from perennial.stores.csv.mapping.drafts import Drafts, Row
from perennial.stores.csv.mapping.shape import Shape
from perennial.stores.csv.mapping.stage import Stage
from perennial.stores.csv.mapping.tables import product_facts, product_numbers
from perennial.values.reason import Reason

if TYPE_CHECKING:
    from perennial.facts.rules import records as r

_PAGE = 1000
_AT_ONCE = 50_000


@dataclass(frozen=True, slots=True)
class Portion:
    """``batch`` for `record`; ``checkpoint``: what to give to `batches` to go on behind it.

    ``orders``, ``lines``: how many are in it; ``of``: orders of the whole file, for progress.
    """

    batch: r.Batch
    checkpoint: int
    orders: int
    lines: int
    of: int


class Records:
    """Makes records of a staged and shaped file."""

    def __init__(self, stage: Stage, columns: Mapping[str, str]) -> None:
        self.stage, self.con, self.columns = stage, stage.con, columns
        self.shape = Shape(stage)
        self._pages = stage.con.cursor()
        self._drafts = Drafts(stage.plan.layout, stage.columns)
        self.rejected: list[tuple[int, int, str, Reason]] = []

    def portions(self, checkpoint: int, size: int) -> Iterator[Portion]:
        """Portions of ``size`` orders behind the order ``checkpoint``."""
        self._prepare()
        last = self.stage.one("SELECT coalesce(max(oid), 0), count(*) FROM rec_order")
        with self.stage.resting():
            for start in range(checkpoint, int(last[0]), _PAGE):
                page = self._page(start, start + _PAGE)
                for low in range(start, min(start + _PAGE, int(last[0])), size):
                    high = min(low + size, start + _PAGE, int(last[0]))
                    portion = self._portion(page, low, high, int(last[1]))
                    if portion.orders or portion.batch.products or portion.batch.customers:
                        yield portion
        if self.rejected:
            self.stage.reject_orders(self.rejected)
            self.rejected = []

    def _prepare(self) -> None:
        """Tables in the sequence of the orders, so that a page of them is read in one go."""
        con, shape = self.con, self.shape
        if self.stage.holds("duckdb_tables() WHERE table_name = 'rec_order'"):
            return
        con.execute("SET preserve_insertion_order = true")
        texts = [n for n in ("order", *f.ORDER_TEXTS[:1], *f.ORDER_TEXTS[2:], *f.PEOPLE) if shape.has(n)]
        texts += [n for n in (*f.PERSON_TEXTS, *f.COUNTRIES) if shape.has(n)]
        told = ", ".join(f'arg_min("{n}", pos) AS "{n}"' for n in ["order", *[t for t in texts if t != "order"]])
        self._in_turn(
            "rec_order",
            f"""SELECT o.*, t.* EXCLUDE (oid) FROM (FROM shop_order $within) o
            JOIN (SELECT oid, {told} FROM src $within GROUP BY oid) t USING (oid) ORDER BY oid""",
        )
        name = f"coalesce({', '.join(goods)})" if (goods := self._texts("product", "sku", "title")) else "NULL"
        sold = f"CASE WHEN l.kind IN ('product', 'gift_card') THEN left({name}, 255) END"
        code = f"coalesce({', '.join(codes)}, '')" if (codes := self._texts("sku", "product")) else "''"
        self._in_turn(
            "rec_line",
            f"""SELECT l.oid, l.n::VARCHAR AS name, l.kind, {sold} AS product,
                {sold} AS variant, left({code}, 255) AS sku, {self._text("title")} AS title,
                {self._text("category")} AS category, l.quantity, l.price AS unit_price, l.total, l.tax, l.cost,
                    l.discount
            FROM (FROM shop_line $within) l JOIN (FROM src $within) src ON src.pos = l.pos ORDER BY l.oid, l.n""",
        )
        names = (
            'SELECT oid, arg_min("order", pos) AS name FROM src WHERE oid IN (SELECT via FROM shop_refund) GROUP BY oid'
        )
        self.stage.make(f"""CREATE TABLE rec_refund AS SELECT r.*, b.name AS by_name FROM shop_refund r
            LEFT JOIN ({names}) b ON b.oid = r.via ORDER BY r.oid, r.rid""")
        self.stage.make("""CREATE TABLE rec_refund_line AS SELECT l.*, s.kind FROM shop_refund_line l
            JOIN shop_line s USING (oid, n) ORDER BY l.oid, l.rid, l.n""")
        self._prepare_people()
        if shape.has("pkey"):
            product_numbers(self.stage)
            self.stage.make(f"CREATE TABLE rec_product AS {product_facts(self.stage)} ORDER BY first_oid, product_id")

    def _in_turn(self, table: str, select: str) -> None:
        """Make a table, some orders after others: an aggregate of texts cannot be spilled, its memory would grow."""
        (last,) = self.stage.one("SELECT coalesce(max(oid), 0) FROM src")
        for low in range(0, max(last, 1), _AT_ONCE):
            some = select.replace("$within", f"WHERE oid > {low} AND oid <= {low + _AT_ONCE}")
            self.stage.make(f"{f'INSERT INTO {table}' if low else f'CREATE TABLE {table} AS'} {some}")

    def _texts(self, *names: str) -> list[str]:
        return [f'src."{name}"' for name in names if self.shape.has(name)]

    def _text(self, name: str) -> str:
        return f"left(coalesce(src.\"{name}\", ''), 255)" if self.shape.has(name) else "''"

    def _prepare_people(self) -> None:
        shape = self.shape
        known = [n for n in (*f.PEOPLE, "first_name", "last_name", *f.ADDRESS, "country") if shape.has(n)]
        last = ", ".join(f'arg_max("{n}", (ordered_at, pos)) AS "{n}"' for n in known)
        self.stage.make(f"""CREATE TABLE rec_customer AS SELECT c.*, t.* EXCLUDE (ckey) FROM (
                SELECT ckey, min(oid) AS first_oid, min(moment) AS created, max(updated) AS updated FROM shop_order
                WHERE ckey IS NOT NULL GROUP BY ckey) c
            JOIN (SELECT ckey, {last or "0 AS none"} FROM src GROUP BY ckey) t USING (ckey) ORDER BY first_oid,
                created""")

    def _page(self, low: int, high: int) -> dict[str, dict[int, list[Row]]]:
        """The rows of a page of orders, by table and order."""
        page: dict[str, dict[int, list[Row]]] = {}
        for table, key in (("order", "oid"), ("line", "oid"), ("refund", "oid"), ("refund_line", "oid"),
                           ("customer", "first_oid"), ("product", "first_oid")):  # fmt: skip
            page[table] = {}
            if table == "product" and not self.shape.has("pkey"):
                continue
            found = self._pages.sql(
                f"SELECT * FROM rec_{table} WHERE {key} > $low AND {key} <= $high",
                params={"low": low, "high": high},
            ).to_arrow_table()
            names = found.column_names
            place = names.index(key)
            held = page[table]
            for cells in zip(*(column.to_pylist() for column in found.columns), strict=True):
                held.setdefault(cells[place], []).append(dict(zip(names, cells, strict=True)))
        return page

    def _portion(self, page: dict[str, dict[int, list[Row]]], low: int, high: int, of: int) -> Portion:
        drafts: dict[str, list[Row]] = {"products": [], "customers": [], "orders": [], "refunds": []}
        placed: list[tuple[int, int, int]] = []  # oid, first row, refunds
        lines = 0
        for oid in range(low + 1, high + 1):
            rows = page["line"].get(oid, [])
            for row in page["order"].get(oid, []):
                back = page["refund"].get(oid, [])
                drafts["orders"].append(self._drafts.order(row, rows))
                drafts["refunds"] += [self._drafts.refund(row, r, page["refund_line"].get(oid, [])) for r in back]
                placed.append((oid, row["pos"], len(back)))
                lines += len(rows)
            drafts["products"] += [self._drafts.product(row) for row in page["product"].get(oid, [])]
            drafts["customers"] += [self._drafts.customer(row) for row in page["customer"].get(oid, [])]
        batch = self._valid(drafts, placed)
        return Portion(batch, high, len(batch.orders), lines, of)

    def _valid(self, drafts: dict[str, list[Row]], placed: list[tuple[int, int, int]]) -> r.Batch:
        """All records at once; where one order is not valid, each by itself, and it is left out with its refunds."""
        from pydantic import ValidationError

        from perennial.facts.rules import records as r

        try:
            return r.Batch.model_validate(drafts)
        except ValidationError:
            kept: list[Row] = []
            refunds: list[Row] = []
            behind = 0
            for draft, (oid, pos, count) in zip(drafts["orders"], placed, strict=True):
                back = drafts["refunds"][behind : behind + count]
                behind += count
                try:
                    r.Batch.model_validate({"orders": [draft], "refunds": back})
                except ValidationError as error:
                    first = error.errors()[0]
                    problem = f"{'.'.join(str(part) for part in first['loc'][2:])}: {first['msg']}"
                    self.rejected.append((oid, pos, "", Reason.of("order.invalid", problem=problem)))
                    continue
                kept.append(draft)
                refunds += back
        return r.Batch.model_validate({**drafts, "orders": kept, "refunds": refunds})
