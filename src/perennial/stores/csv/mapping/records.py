"""The database's rendering: staged orders as records, in portions that can be recorded one by one."""
# ruff: noqa: S608 (the SQL is made of our own names; no text of a file gets into it)

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from perennial.stores.csv.mapping import fields as f
from perennial.stores.csv.mapping.shape import Shape
from perennial.stores.csv.mapping.stage import Stage
from perennial.stores.csv.mapping.tables import product_facts, product_numbers
from perennial.values.reason import Reason
from perennial.values.time import from_us

if TYPE_CHECKING:
    from perennial.facts.rules import records as r

_PAGE = 1000
Row = dict[str, Any]


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
        self.rejected: list[tuple[int, int, str, Reason]] = []

    def portions(self, checkpoint: int, size: int) -> Iterator[Portion]:
        """Portions of ``size`` orders behind the order ``checkpoint``."""
        self._prepare()
        last = self.stage.one("SELECT coalesce(max(oid), 0), count(*) FROM rec_order")
        pages = range(checkpoint, int(last[0]), _PAGE)
        for start in pages:
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
        con.execute(f"""CREATE TABLE rec_order AS SELECT o.*, t.* EXCLUDE (oid) FROM shop_order o
            JOIN (SELECT oid, {told} FROM src GROUP BY oid) t USING (oid) ORDER BY oid""")
        name = f"coalesce({', '.join(goods)})" if (goods := self._texts("product", "sku", "title")) else "NULL"
        sold = f"CASE WHEN l.kind IN ('product', 'gift_card') THEN left({name}, 255) END"
        code = f"coalesce({', '.join(codes)}, '')" if (codes := self._texts("sku", "product")) else "''"
        con.execute(f"""CREATE TABLE rec_line AS SELECT l.oid, l.n::VARCHAR AS name, l.kind, {sold} AS product,
                {sold} AS variant, left({code}, 255) AS sku, {self._text("title")} AS title,
                {self._text("category")} AS category, l.quantity, l.price AS unit_price, l.total, l.tax, l.cost,
                    l.discount
            FROM shop_line l JOIN src ON src.pos = l.pos ORDER BY l.oid, l.n""")
        names = 'SELECT oid, arg_min("order", pos) AS name FROM src GROUP BY oid'
        con.execute(f"""CREATE TABLE rec_refund AS SELECT r.*, b.name AS by_name FROM shop_refund r
            LEFT JOIN ({names}) b ON b.oid = r.via ORDER BY r.oid, r.rid""")
        con.execute("""CREATE TABLE rec_refund_line AS SELECT l.*, s.kind FROM shop_refund_line l
            JOIN shop_line s USING (oid, n) ORDER BY l.oid, l.rid, l.n""")
        self._prepare_people()
        if shape.has("pkey"):
            product_numbers(self.stage)
            con.execute(f"CREATE TABLE rec_product AS {product_facts(self.stage)} ORDER BY first_oid, product_id")

    def _texts(self, *names: str) -> list[str]:
        return [f'src."{name}"' for name in names if self.shape.has(name)]

    def _text(self, name: str) -> str:
        return f"left(coalesce(src.\"{name}\", ''), 255)" if self.shape.has(name) else "''"

    def _prepare_people(self) -> None:
        shape = self.shape
        known = [n for n in (*f.PEOPLE, "first_name", "last_name", *f.ADDRESS, "country") if shape.has(n)]
        last = ", ".join(f'arg_max("{n}", (ordered_at, pos)) AS "{n}"' for n in known)
        self.con.execute(f"""CREATE TABLE rec_customer AS SELECT c.*, t.* EXCLUDE (ckey) FROM (
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
        from pydantic import ValidationError

        from perennial.facts.rules import records as r

        orders, refunds, customers, products, lines = [], [], [], [], 0
        for oid in range(low + 1, high + 1):
            rows = page["line"].get(oid, [])
            for row in page["order"].get(oid, []):
                try:
                    made = self._order(row, rows)
                    given = [self._refund(row, back, page["refund_line"]) for back in page["refund"].get(oid, [])]
                except ValidationError as error:
                    first = error.errors()[0]
                    problem = f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
                    self.rejected.append((oid, row["pos"], "", Reason.of("order.invalid", problem=problem)))
                    continue
                orders.append(made)
                refunds += given
                lines += len(rows)
            products += [self._product(row) for row in page["product"].get(oid, [])]
            customers += [self._customer(row) for row in page["customer"].get(oid, [])]
        batch = r.Batch(
            products=tuple(products), customers=tuple(customers), orders=tuple(orders), refunds=tuple(refunds)
        )
        return Portion(batch, high, len(orders), lines, of)

    def name(self, row: Row) -> str:
        """The order's name: Shopify's own id where the export has it, so that the API later means the same."""
        if self.stage.plan.layout == "shopify" and row.get("number"):
            return str(row["number"])
        return str(row["order"])[:255]

    def _order(self, row: Row, lines: list[Row]) -> r.Order:
        from perennial.facts.rules import records as r

        number = row["order"] if self.stage.plan.layout == "shopify" else row.get("number") or row["order"]
        method = row.get("payment_method")
        billing = _address(row, "", row.get("customer_name"))
        delivery = _address(row, "ship_", row.get("ship_name"))
        # One validation of the whole: line by line it costs thrice as much.
        return r.Order.model_validate(
            {
                "name": self.name(row),
                "number": _short(number),
                "who": _who(row),
                "channel": _short(row["channel"]) or "online",
                "ordered_at": from_us(row["moment"]),
                "updated_at": from_us(row["updated"]),
                "status": row["status"],
                "payment": row["payment"],
                "paid_at": _at(row["paid"]),
                "cancelled_at": _at(row["cancelled"]),
                "currency": row["currency"],
                "taxes_included": row["taxes_included"],
                "total": row["total"],
                "shipping": row["shipping"],
                "shipping_tax": row["shipping_tax"],
                "tax": row["tax"],
                "discount": row["discount"],
                "codes": tuple(code.strip()[:255] for code in (row.get("codes") or "").split(",") if code.strip()),
                "tenders": (r.Tender(kind=_short(method), amount=row["total"]),) if method else (),
                "billing": billing,
                "delivery": delivery,
                "lines": tuple(_line(line) for line in lines),
            }
        )

    def _refund(self, order: Row, row: Row, lines: Mapping[int, list[Row]]) -> r.Refund:
        from perennial.facts.rules import records as r

        parts = [line for line in lines.get(row["oid"], []) if line["rid"] == row["rid"]]
        name = self.name(order)
        return r.Refund(
            name=f"{row['by_name'] or 'refund'}:{name}"[:255],
            order=name,
            refunded_at=from_us(row["moment"]),
            updated_at=from_us(max(row["moment"], order["updated"])),
            amount=row["amount"],
            shipping=sum(line["amount"] for line in parts if line["kind"] == "shipping"),
            lines=tuple(
                r.RefundLine(line=str(line["n"]), quantity=line["quantity"], amount=line["amount"]) for line in parts
            ),
        )

    def _customer(self, row: Row) -> r.Customer:
        from perennial.facts.rules import records as r

        first, last = row.get("first_name") or "", row.get("last_name") or ""
        if not first and not last and row.get("customer_name"):
            first, _, last = str(row["customer_name"]).rpartition(" ")
            first, last = (first, last) if first else (last, "")
        return r.Customer(
            who=_who(row),
            updated_at=from_us(row["updated"]),
            created_at=from_us(row["created"]),
            first_name=_short(first),
            last_name=_short(last),
            country=row.get("country"),
            address=_address(row, "", row.get("customer_name")),
        )

    def _product(self, row: Row) -> r.Product:
        from perennial.facts.rules import records as r

        variant = r.Variant(
            name=str(row["name"])[:255], sku=_short(row["sku"]), title=_short(row["title"]), price=row["price"]
        )
        return r.Product(
            name=str(row["name"])[:255],
            updated_at=from_us(row["updated"]),
            title=_short(row["title"]),
            brand=_short(row["brand"]),
            category=_short(row["category"]),
            currency=row["currency"],
            variants=(variant,),
        )


def _short(text: object) -> str:
    return str(text)[:255] if text else ""


def _at(us: int | None) -> datetime | None:
    return None if us is None else from_us(us)


def _who(row: Row) -> r.Who:
    from perennial.facts.rules import records as r

    account, email, phone = row.get("account"), row.get("email"), row.get("phone")
    if not account and not email and not phone and row.get("ckey") and row.get("customer_name"):
        account = str(row["customer_name"])[:255]
    return r.Who(account=account, email=email, phone=phone)


def _address(row: Row, prefix: str, name: str | None) -> r.Address | None:
    from perennial.facts.rules import records as r

    parts = {part: _short(row.get(prefix + part)) for part in f.ADDRESS}
    country = row.get(prefix + "country")
    if not any(parts.values()) and not country and not (prefix and name):
        return None
    return r.Address(name=_short(name), country=country, **parts)


def _line(row: Row) -> Row:
    """The row of a line as the fields of a record."""
    discount = row.pop("discount")
    del row["oid"]
    if discount > 0 and row["product"] is not None:
        row["discounts"] = ({"amount": discount},)
    return row
