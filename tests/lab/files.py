"""Files to open: a made shop as Parquet, orders as CSV with the worst of texts."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tests.insight.shop import START, Shop

HOSTILE = (
    "<script>alert(1)</script>",
    '" onmouseover="alert(1)',
    "'><img src=x onerror=alert(1)>",
    "javascript:alert(1)",
    "</style><script>alert(1)</script>",
    "</svg></table><iframe src=https://example.com>",
    '=HYPERLINK("https://example.com","x")',
    "{{ 7*7 }} {% include 'page.css' %} %(n)s %s",
    "\u202egnp.exe\u202c",  # right-to-left override
    "שָׁלוֹם كتاب",
    "🫖 ティーポット",
    "&lt;b&gt; &amp; &#x3C;script&#x3E;",
)


def made_shop(customers: int = 320, seed: int = 3, titles: Iterable[str] = ()) -> Shop:
    """A shop with all there is to tell of: costs, refunds, deliveries, tickets, visits, spend."""
    chance = random.Random(seed)
    shop = Shop()
    names = [*titles, *(f"Tea No. {n}" for n in range(1, 5))]
    for number, title in enumerate(names, start=1):
        category = ("tea", "cups")[number % 2]
        shop.add("products", product_id=number, store_id=shop.store_id, title=title, category=category, hidden=False)
    for customer in range(1, customers + 1):
        day = START + chance.randint(0, 560)
        shop.customer(customer, day, country=chance.choice(("ES", "IT", "FR")))
        gap = chance.uniform(10, 50)
        while day < START + 730:
            price = chance.randint(900, 9000)
            order = shop.order(customer, day, price, product_id=1 + customer % len(names), cost=price // 2)
            if chance.random() < 0.06:
                shop.refund(order, day + 5, price)
            late = chance.random() < 0.2
            carrier = chance.choice(("Nordpost", "Lumaca"))
            shop.fulfilment(
                order, promised=day + 3, shipped=day + 1, delivered=day + (7 if late else 2), carrier=carrier
            )
            _visit(shop, customer, order, day)
            if chance.random() < 0.25:
                break
            day += max(1, int(chance.expovariate(1 / gap)))
    for _ in range(40):
        shop.order(None, START + chance.randint(0, 700), 2500, product_id=1, cost=1000)
    for month in range(24):
        shop.add("spend", store_id=shop.store_id, day=START + 30 * month, channel="web", campaign="c", amount=40_000)
    return shop


def _visit(shop: Shop, customer: int, order: int, day: int) -> None:
    for kind in ("product_viewed", "order_placed"):
        placed = order if kind == "order_placed" else None
        values = {"visitor_id": customer, "customer_id": customer, "store_id": shop.store_id}
        shop.add("behaviour", **values, kind=kind, product_id=1, order_id=placed, at=day * 86_400_000_000, day=day)
    shop.add(
        "behaviour",
        visitor_id=10**6 + order,
        store_id=shop.store_id,
        kind="page_viewed",
        at=day * 86_400_000_000,
        day=day,
    )


def write_folder(shop: Shop, folder: Path) -> Path:
    """The schema as one Parquet file per table."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in shop.arrow().items():
        pq.write_table(table, folder / f"{name}.parquet")
    return folder


def write_months(shop: Shop, folder: Path) -> Path:
    """The schema as the mirror lies on disk: several files a table."""
    for name, table in shop.arrow().items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        half = table.num_rows // 2
        for month, part in enumerate((table.slice(0, half), table.slice(half))):
            pq.write_table(part, folder / name / f"month={month}.parquet")
    return folder


def write_csv(path: Path, rows: Iterable[tuple[object, ...]], header: tuple[str, ...] = ()) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(header or ("order", "customer", "date", "amount"))
        writer.writerows(rows)
    return path


def plain_rows(customers: int = 120, seed: int = 5) -> list[tuple[object, ...]]:
    """Order, customer, date, amount: people who come back now and then."""
    chance = random.Random(seed)
    rows: list[tuple[object, ...]] = []
    for customer in range(customers):
        day = date(2023, 1, 1) + timedelta(days=chance.randint(0, 500))
        while day < date(2024, 12, 31):
            rows.append((len(rows) + 1, f"c{customer}", day.isoformat(), f"{chance.randint(500, 9000) / 100:.2f}"))
            if chance.random() < 0.3:
                break
            day += timedelta(days=chance.randint(5, 90))
    return rows


def plain_table(rows: list[tuple[object, ...]]) -> pa.Table:
    names = ("order", "customer", "date", "amount")
    columns = zip(*rows, strict=True)
    return pa.table(
        {name: pa.array([str(value) for value in column]) for name, column in zip(names, columns, strict=True)}
    )
