"""Little shops for the tests of insight: made by hand, at random, or read from CDNOW.

All of them live in UTC; a moment given as a day is that day at noon unless an hour is given.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from random import Random
from typing import Any

import ibis
import pyarrow as pa
from hypothesis import strategies as st

from perennial.insight.tables import SCHEMA, AsOf, Tables
from perennial.values.time import DAY_US, LocalDay
from tests.real import shared_data

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


def random_shop(rnd: Random, *, customers: int, orders: int, days: int = 420) -> Shop:
    """A shop with everything that may go wrong: aliases, anonymous and cancelled and unconverted orders,
    part and full refunds with and without goods back, several orders a day, unknown costs; with deliveries,
    tickets, ratings, behaviour and spend."""
    shop = Shop()
    last = START + days
    for number in range(1, customers + 1):
        created = START + rnd.randint(-30, days)
        country, source = rnd.choice(("ES", "IT", None)), rnd.choice((*CHANNELS, None))
        shop.customer(number, created, country=country, acquired_by=source)
        if rnd.randrange(4) == 0:
            shop.alias(number, rnd.randint(1, customers), rnd.random() < 0.5)
    buyers = [None, *range(1, customers + 1), *range(1, customers + 1)]
    for number in (1, 2, 3):
        category, brand = rnd.choice(("tea", "cups", None)), rnd.choice(("A", "B", None))
        title = f"P{number}"
        shop.add("products", product_id=number, title=title, category=category, brand=brand, hidden=False)
    for _ in range(orders):
        _random_order(rnd, shop, rnd.choice(buyers), rnd.randint(START, last))
    for _ in range(orders // 3):
        day, channel = rnd.randint(START, last), rnd.choice(CHANNELS)
        shop.add("spend", day=day, channel=channel, campaign="c", amount=rnd.randint(0, 20_000))
    placed = shop.rows["orders"]
    for _ in range(orders // 3):
        order = rnd.choice(placed)
        _random_ticket(rnd, shop, order)
        _random_visit(rnd, shop, order)
    return shop


def _random_order(rnd: Random, shop: Shop, customer: int | None, day: int) -> None:
    lines: list[Row] = [
        {
            "kind": rnd.choice(("product", "product", "product", "fee")),
            "product_id": rnd.randint(1, 3),
            "quantity": rnd.choice((500, 1000, 2000, 7000)),
            "net": rnd.choice((0, 1, 999, 5000, 12345)),
            "cost": rnd.choice((None, 0, 100, 400, 900)),
        }
        for _ in range(rnd.randint(0, 3))
    ]
    fate = rnd.choice(("kept", "kept", "kept", "kept", "cancelled", "unconverted", "refunded"))
    net = sum(line["net"] for line in lines)
    order = shop.order(
        customer,
        day,
        None if fate == "unconverted" else net,
        hour=rnd.choice((0, 9, 12, 23)),
        lines=lines,
        channel=rnd.choice((*CHANNELS, None)),
        tax=rnd.randint(0, 500),
        shipping=rnd.choice((0, 490)),
        shipping_tax=rnd.choice((0, 90)),
        cancelled_day=day + rnd.randint(1, 40) if fate == "cancelled" else None,
    )
    if fate == "refunded":
        for part in rnd.choice(((1.0,), (0.3,), (0.5, 0.5), (0.2, 0.9))):
            shop.refund(
                order,
                day + rnd.randint(0, 60),
                int(net * part),
                tax=rnd.randint(0, 50),
                shipping=rnd.choice((0, 490)),
                cost=rnd.choice((None, 0, 100)),
            )
    if rnd.random() < 0.5:
        shipped = day + rnd.randint(0, 9)
        delivered = rnd.choice((None, shipped + rnd.randint(0, 12)))
        promised = rnd.choice((None, day + rnd.randint(0, 14)))
        carrier = rnd.choice(("post", "courier", None))
        shop.fulfilment(order, promised=promised, shipped=shipped, delivered=delivered, carrier=carrier)


def _random_ticket(rnd: Random, shop: Shop, order: Row) -> None:
    day = order["ordered_day"] + rnd.randint(-5, 40)
    answered = rnd.choice((None, at(day, 12 + rnd.randint(0, 100))))
    shop.add(
        "tickets",
        ticket_id=len(shop.rows["tickets"]) + 1,
        customer_id=order["customer_id"],
        order_id=rnd.choice((None, order["order_id"])),
        channel="mail",
        topic="delivery",
        complaint=rnd.random() < 0.5,
        opened_at=at(day),
        opened_day=day,
        responded_at=answered,
        resolved_at=None if answered is None else answered + rnd.randint(0, 100) * HOUR_US,
        satisfaction=rnd.choice((None, 0, 60, 100)),
    )
    shop.add(
        "ratings",
        rating_id=len(shop.rows["ratings"]) + 1,
        customer_id=order["customer_id"],
        order_id=order["order_id"],
        product_id=rnd.randint(1, 3),
        rated_at=at(day + 3),
        rated_day=day + 3,
        score=rnd.randint(0, 100),
    )


def _random_visit(rnd: Random, shop: Shop, order: Row) -> None:
    day, customer = order["ordered_day"], order["customer_id"]
    visitor = rnd.randint(1, 8)
    if customer is not None and all(v["visitor_id"] != visitor for v in shop.rows["visitors"]):
        shop.add("visitors", visitor_id=visitor, customer_id=customer, from_at=at(day, 0))
    visit = {"visitor_id": visitor, "customer_id": rnd.choice((None, customer)), "day": day}
    product = rnd.randint(1, 3)
    steps = ("page_viewed", "product_viewed", "cart_added", "order_placed")[: rnd.randint(1, 4)]
    for hour, kind in enumerate(steps):
        order_id = order["order_id"] if kind == "order_placed" else None
        shop.add("behaviour", **visit, kind=kind, product_id=product, order_id=order_id, at=at(day, hour))


@st.composite
def shops(draw: Any, *, customers: int = 6, orders: int = 18, days: int = 420) -> Shop:
    """Small shops of `random_shop`, of at most so many customers and orders."""
    known, placed = draw(st.integers(0, customers)), draw(st.integers(0, orders))
    rnd = draw(st.randoms(use_true_random=False))
    return random_shop(rnd, customers=known, orders=placed, days=days)


moments = st.integers(START - 5, START + 480).map(end_of)


def cdnow(sample: bool = True) -> Tables:
    """CDNOW's records as orders, cents and days; customers are numbered as in the master file."""
    path = shared_data(f"cdnow/CDNOW_{'sample' if sample else 'master'}.txt")
    lines = path.read_text().splitlines()[0 if sample else 1 :]
    shop = Shop()
    for number, line in enumerate(lines, start=1):
        words = line.split()
        day = int(LocalDay.on(date.fromisoformat(words[-3])))
        cents = round(float(words[-1]) * 100)
        shop.order(int(words[0]), day, cents, order_id=number, lines=[])
    return shop.tables()
