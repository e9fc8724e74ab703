"""Rows of the shop's tables as the fields of records: plain values, validated a portion at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from perennial.stores.csv.mapping import fields as f
from perennial.values.time import from_us

Row = dict[str, Any]


class Drafts:
    """Makes the fields of records; ``columns`` are those the file has, so that nothing is asked of others."""

    def __init__(self, layout: str, columns: Sequence[str]) -> None:
        self._layout = layout
        self._has = frozenset(columns)
        self._billed = bool(self._has & {*f.ADDRESS, "country"})
        self._shipped = bool(self._has & {*f.SHIP_ADDRESS, "ship_country"})

    def order_name(self, row: Row) -> str:
        """The order's name: Shopify's own id where the export has it, so that the API later means the same."""
        if self._layout == "shopify" and row.get("number"):
            return str(row["number"])
        return str(row["order"])[:255]

    def order(self, row: Row, lines: list[Row]) -> Row:
        """An order with its lines."""
        has = self._has
        number = row["order"] if self._layout == "shopify" or "number" not in has else row["number"] or row["order"]
        draft = {
            "name": self.order_name(row),
            "number": _short(number),
            "who": self._who(row),
            "channel": _short(row["channel"]) or "online",
            "ordered_at": from_us(row["moment"]),
            "updated_at": from_us(row["updated"]),
            "status": row["status"],
            "payment": row["payment"],
            "currency": row["currency"],
            "taxes_included": row["taxes_included"],
            "total": row["total"],
            "shipping": row["shipping"],
            "shipping_tax": row["shipping_tax"],
            "tax": row["tax"],
            "discount": row["discount"],
            "lines": [_line(line) for line in lines],
        }
        if row["paid"] is not None:
            draft["paid_at"] = from_us(row["paid"])
        if row["cancelled"] is not None:
            draft["cancelled_at"] = from_us(row["cancelled"])
        if "codes" in has and row["codes"]:
            draft["codes"] = [code.strip()[:255] for code in row["codes"].split(",") if code.strip()]
        if "payment_method" in has and row["payment_method"]:
            draft["tenders"] = [{"kind": _short(row["payment_method"]), "amount": row["total"]}]
        if self._billed:
            draft["billing"] = _address(row, "", row.get("customer_name"))
        if self._shipped:
            draft["delivery"] = _address(row, "ship_", row.get("ship_name"))
        return draft

    def refund(self, order: Row, row: Row, lines: list[Row]) -> Row:
        """A refund of an order; ``lines`` are those of all refunds of the order."""
        parts = [line for line in lines if line["rid"] == row["rid"]]
        name = self.order_name(order)
        return {
            "name": f"{row['by_name'] or 'refund'}:{name}"[:255],
            "order": name,
            "refunded_at": from_us(row["moment"]),
            "updated_at": from_us(max(row["moment"], order["updated"])),
            "amount": row["amount"],
            "shipping": sum(line["amount"] for line in parts if line["kind"] == "shipping"),
            "lines": [{"line": str(p["n"]), "quantity": p["quantity"], "amount": p["amount"]} for p in parts],
        }

    def customer(self, row: Row) -> Row:
        """A person, as the last order tells them."""
        first, last = row.get("first_name") or "", row.get("last_name") or ""
        if not first and not last and row.get("customer_name"):
            first, _, last = str(row["customer_name"]).rpartition(" ")
            first, last = (first, last) if first else (last, "")
        return {
            "who": self._who(row),
            "updated_at": from_us(row["updated"]),
            "created_at": from_us(row["created"]),
            "first_name": _short(first),
            "last_name": _short(last),
            "country": row.get("country"),
            "address": _address(row, "", row.get("customer_name")) if self._billed else None,
        }

    def product(self, row: Row) -> Row:
        """An article with its one variant."""
        name, title = str(row["name"])[:255], _short(row["title"])
        return {
            "name": name,
            "updated_at": from_us(row["updated"]),
            "title": title,
            "brand": _short(row["brand"]),
            "category": _short(row["category"]),
            "currency": row["currency"],
            "variants": [{"name": name, "sku": _short(row["sku"]), "title": title, "price": row["price"]}],
        }

    def _who(self, row: Row) -> Row:
        who: Row = {name: row[name] for name in ("account", "email", "phone") if name in self._has}
        if not any(who.values()) and "customer_name" in self._has and row["ckey"] and row["customer_name"]:
            who["account"] = str(row["customer_name"])[:255]
        return who


def _short(text: object) -> str:
    return str(text)[:255] if text else ""


def _address(row: Row, prefix: str, name: str | None) -> Row | None:
    parts: Row = {part: _short(row.get(prefix + part)) for part in f.ADDRESS if row.get(prefix + part)}
    country = row.get(prefix + "country")
    if not parts and not country and not (prefix and name):
        return None
    return {"name": _short(name), "country": country, **parts}


def _line(row: Row) -> Row:
    """The row of a line is nearly the record of it."""
    discount = row.pop("discount")
    del row["oid"]
    if discount > 0 and row["product"] is not None:
        row["discounts"] = [{"amount": discount}]
    return row
