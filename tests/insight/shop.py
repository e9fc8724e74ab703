"""Little shops for the tests of insight: made by hand, at random, or read from CDNOW.

All of them live in UTC; a moment given as a day is that day at noon unless an hour is given.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import ibis
import pyarrow as pa
from hypothesis import strategies as st

from perennial.insight.tables import SCHEMA, AsOf, Tables
from perennial.values.time import DAY_US, LocalDay

Row = dict[str, Any]
HOUR_US = DAY_US // 24
START = int(LocalDay.on(date(2023, 1, 1)))


def at(day: int, hour: float = 12) -> int:
    return day * DAY_US + int(hour * HOUR_US)


def end_of(day: int) -> AsOf:
    """As of the end of ``day``."""
    return AsOf((day + 1) * DAY_US - 1, day)


def on(text: str) -> int:
    """The day number of ``2023-01-31``."""
    return int(LocalDay.on(date.fromisoformat(text)))


# Which times decide that a row exists, and which are set to null when they lie after a cut.
_BORN = {
    "customers": "created_at",
    "orders": "ordered_at",
    "lines": "ordered_at",
    "refunds": "refunded_at",
    "refund_lines": "refunded_at",
    "behaviour": "at",
    "visitors": "from_at",
    "tickets": "opened_at",
    "ratings": "rated_at",
}
_LATER = {
    "orders": ("cancelled_at", "paid_at"),
    "fulfilments": ("shipped_at", "delivered_at"),
    "tickets": ("responded_at", "resolved_at"),
    "visitors": ("to_at",),
}


@dataclass
class Shop:
    """Rows by table; the verbs add some and number them."""

    rows: dict[str, list[Row]] = field(default_factory=lambda: {name: [] for name in SCHEMA})
    store_id: int = 1

    def add(self, table: str, **values: Any) -> Row:
        unknown = set(values) - set(SCHEMA[table])
        if unknown:
            raise KeyError(f"{table} has no {unknown}")
        row = dict.fromkeys(SCHEMA[table]) | values
        if "store_id" in row and row["store_id"] is None:
            row["store_id"] = self.store_id
        self.rows[table].append(row)
        return row

    def customer(self, customer_id: int, day: int = START, **values: Any) -> Row:
        return self.add(
            "customers",
            **{"customer_id": customer_id, "created_at": at(day, 0), "created_day": day, **values},
        )

    def alias(self, customer_id: int, person_id: int, confirmed: bool = True) -> Row:
        return self.add("aliases", customer_id=customer_id, person_id=person_id, confirmed=confirmed)

    def order(
        self,
        customer_id: int | None,
        day: int,
        net: int | None = 1000,
        *,
        hour: float = 12,
        cost: int | None = None,
        product_id: int | None = 1,
        quantity: int = 1000,
        lines: list[Row] | None = None,
        **values: Any,
    ) -> int:
        """An order and its lines: one product line over ``net``, or those given."""
        order_id = values.pop("order_id", len(self.rows["orders"]) + 1)
        cancelled = values.pop("cancelled_day", None)
        money = {"tax": 0, "shipping": 0, "shipping_tax": 0, "discount": 0}
        row = {
            "order_id": order_id,
            "customer_id": customer_id,
            "channel": "web",
            "source": "test",
            "ordered_at": at(day, hour),
            "ordered_day": day,
            "paid_at": at(day, hour),
            "cancelled_at": None if cancelled is None else at(cancelled, 18),
            "net": net,
            **money,
            "subscription": False,
            **values,
        }
        parts = [row[name] or 0 for name in ("net", "tax", "shipping", "shipping_tax")]
        row.setdefault("total", None if net is None else sum(parts))
        self.add("orders", **row)
        if lines is None:
            one = {
                "product_id": product_id,
                "quantity": quantity,
                "net": net,
                "tax": row["tax"],
                "cost": cost,
            }
            lines = [one]
        for line in lines:
            self.add(
                "lines",
                **{
                    "line_id": len(self.rows["lines"]) + 1,
                    "order_id": order_id,
                    "customer_id": customer_id,
                    "store_id": values.get("store_id"),
                    "ordered_at": row["ordered_at"],
                    "ordered_day": day,
                    "kind": "product",
                    "variant_id": line.get("product_id"),
                    "quantity": 1000,
                    "tax": 0,
                    "discount": 0,
                    **line,
                },
            )
        return order_id

    def refund(
        self,
        order_id: int,
        day: int,
        net: int,
        *,
        cost: int | None = None,
        hour: float = 15,
        kind: str = "refund",
        line: Row | None = None,
        **values: Any,
    ) -> int:
        """A refund; with a ``line`` (or a ``cost`` put back in stock) one refund line too."""
        order = next(o for o in self.rows["orders"] if o["order_id"] == order_id)
        refund_id = len(self.rows["refunds"]) + 1
        money = {"net": net, "tax": 0, "shipping": 0, "shipping_tax": 0, **values}
        self.add(
            "refunds",
            refund_id=refund_id,
            order_id=order_id,
            customer_id=order["customer_id"],
            store_id=order["store_id"],
            kind=kind,
            refunded_at=at(day, hour),
            refunded_day=day,
            total=sum(money[k] for k in ("net", "tax", "shipping", "shipping_tax")),
            **money,
        )
        line = line or next((n for n in self.rows["lines"] if n["order_id"] == order_id), None)
        if line is not None:
            self.add(
                "refund_lines",
                refund_id=refund_id,
                line_id=line["line_id"],
                order_id=order_id,
                product_id=line["product_id"],
                refunded_at=at(day, hour),
                refunded_day=day,
                quantity=line["quantity"],
                net=net,
                tax=money["tax"],
                cost=cost,
            )
        return refund_id

    def fulfilment(
        self,
        order_id: int,
        *,
        promised: int | None = None,
        shipped: int | None = None,
        delivered: int | None = None,
        **values: Any,
    ) -> Row:
        order = next(o for o in self.rows["orders"] if o["order_id"] == order_id)
        days = {"promised": promised, "shipped": shipped, "delivered": delivered}
        times = {f"{name}_day": day for name, day in days.items()} | {
            f"{name}_at": None if day is None else at(day, 20) for name, day in days.items()
        }
        return self.add(
            "fulfilments",
            **{
                "fulfilment_id": len(self.rows["fulfilments"]) + 1,
                "order_id": order_id,
                "customer_id": order["customer_id"],
                "store_id": order["store_id"],
                **times,
                **values,
            },
        )

    def cut(self, as_of: AsOf) -> Shop:
        """What was there by ``as_of``: younger rows gone, younger changes of state undone (device 6)."""
        kept: dict[str, list[Row]] = {}
        for name, rows in self.rows.items():
            born, later = _BORN.get(name), _LATER.get(name, ())
            kept[name] = [
                {k: None if k in later and v is not None and v > as_of.at else v for k, v in row.items()}
                for row in rows
                if born is None or row[born] is None or row[born] <= as_of.at
            ]
        for row in kept["fulfilments"]:
            for name in ("shipped", "delivered"):
                if row[f"{name}_at"] is None:
                    row[f"{name}_day"] = None
        ordered = {o["order_id"] for o in kept["orders"]}
        kept["fulfilments"] = [f for f in kept["fulfilments"] if f["order_id"] in ordered]
        kept["spend"] = [s for s in kept["spend"] if s["day"] <= as_of.day]
        return Shop(kept, self.store_id)

    def arrow(self) -> dict[str, pa.Table]:
        return {name: arrow_table(name, rows) for name, rows in self.rows.items()}

    def tables(self) -> Tables:
        """The tables, for Ibis's default engine (DuckDB) or any that takes memtables."""
        return Tables(**{name: ibis.memtable(table) for name, table in self.arrow().items()})


_ARROW = {"int64": pa.int64(), "string": pa.string(), "boolean": pa.bool_(), "float64": pa.float64()}


def arrow_table(name: str, rows: list[Row]) -> pa.Table:
    schema = pa.schema([(column, _ARROW[kind]) for column, kind in SCHEMA[name].items()])
    return pa.Table.from_pylist(rows, schema=schema)


def rows_of(table: Any) -> list[Row]:
    """The rows of an Ibis table as dicts, in its order."""
    return table.to_pyarrow().to_pylist()


CHANNELS = ("web", "till", "phone")
money = st.integers(0, 20_000)


@st.composite
def shops(draw: Any, *, customers: int = 6, orders: int = 18, days: int = 420) -> Shop:
    """Small shops with everything that may go wrong: aliases, anonymous and cancelled and unconverted
    orders, part and full refunds with and without goods back, several orders a day, unknown costs."""
    shop = Shop()
    known = draw(st.integers(0, customers))
    for number in range(1, known + 1):
        created = START + draw(st.integers(-30, days))
        shop.customer(number, created, country=draw(st.sampled_from(("ES", "IT", None))))
        person = draw(st.integers(0, known))
        if person and draw(st.integers(0, 3)) == 0:
            shop.alias(number, person, draw(st.booleans()))
    buyers = [None, *range(1, known + 1), *range(1, known + 1)]
    day = st.integers(START, START + days)
    for _ in range(draw(st.integers(0, orders))):
        _random_order(draw, shop, draw(st.sampled_from(buyers)), draw(day))
    for _ in range(draw(st.integers(0, 6))):
        amount = draw(money)
        shop.add("spend", day=draw(day), channel=draw(st.sampled_from(CHANNELS)), campaign="c", amount=amount)
    for number in (1, 2, 3):
        category = draw(st.sampled_from(("tea", "cups", None)))
        shop.add("products", product_id=number, title=f"P{number}", category=category, hidden=False)
    return shop


def _random_order(draw: Any, shop: Shop, customer: int | None, day: int) -> None:
    lines: list[Row] = [
        {
            "kind": draw(st.sampled_from(("product", "product", "product", "fee"))),
            "product_id": draw(st.integers(1, 3)),
            "quantity": draw(st.sampled_from((500, 1000, 2000, 7000))),
            "net": draw(st.sampled_from((0, 1, 999, 5000, 12345))),
            "cost": draw(st.sampled_from((None, 0, 100, 400, 900))),
        }
        for _ in range(draw(st.integers(0, 3)))
    ]
    fate = draw(st.sampled_from(("kept", "kept", "kept", "kept", "cancelled", "unconverted", "refunded")))
    net = sum(line["net"] for line in lines)
    order = shop.order(
        customer,
        day,
        None if fate == "unconverted" else net,
        hour=draw(st.sampled_from((0, 9, 12, 23))),
        lines=lines,
        channel=draw(st.sampled_from((*CHANNELS, None))),
        tax=draw(st.integers(0, 500)),
        shipping=draw(st.sampled_from((0, 490))),
        shipping_tax=draw(st.sampled_from((0, 90))),
        cancelled_day=day + draw(st.integers(1, 40)) if fate == "cancelled" else None,
    )
    if fate == "refunded":
        for part in draw(st.sampled_from(((1.0,), (0.3,), (0.5, 0.5), (0.2, 0.9)))):
            shop.refund(
                order,
                day + draw(st.integers(0, 60)),
                int(net * part),
                tax=draw(st.integers(0, 50)),
                shipping=draw(st.sampled_from((0, 490))),
                cost=draw(st.sampled_from((None, 0, 100))),
            )
    if draw(st.integers(0, 1)):
        shipped = day + draw(st.integers(0, 9))
        delivered = draw(st.one_of(st.none(), st.integers(shipped, shipped + 12)))
        promised = draw(st.one_of(st.none(), st.integers(day, day + 14)))
        carrier = draw(st.sampled_from(("post", "courier", None)))
        shop.fulfilment(order, promised=promised, shipped=shipped, delivered=delivered, carrier=carrier)


moments = st.integers(START - 5, START + 480).map(end_of)
