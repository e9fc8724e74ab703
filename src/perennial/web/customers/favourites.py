"""What one person likes best, from their own lines: `insight.favourites` for one, by indexed queries.

Of lines of orders that hold (not cancelled, not refunded in full), less the pieces that came back: most orders
first, then most pieces, then the name.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from perennial.database import rows
from perennial.facts.models.catalogue import Product
from perennial.facts.models.orders import Line, Order, Refund, RefundLine
from perennial.web.customers.person import Person

_SHOWN = 3
_NEWEST = 2_000  # orders that are looked at: who has more is a reseller


class Named(NamedTuple):
    """What a product is called, and belongs to."""

    title: str
    category: str
    maker: str


@dataclass(frozen=True, slots=True)
class Favourite:
    """``product_id`` 0 for a category or a brand; ``pieces`` kept, in thousandths; ``last_day`` it was bought."""

    name: str
    orders: int
    pieces: int
    last_day: int
    product_id: int = 0


def favourites(person: Person) -> dict[str, Sequence[Favourite]]:
    """The three favourites of each kind: products, categories, brands."""
    brand_id = person.customer.brand_id
    held = dict(_orders(brand_id, person.ids))
    if not held:
        return {"products": [], "categories": [], "brands": []}
    back: dict[tuple[int, str], int] = defaultdict(int)
    of_refunds = RefundLine.objects.filter(brand_id=brand_id, refund_id__in=_refunds(brand_id, held))
    for order, line, quantity in of_refunds.values_list("order_id", "line", "quantity"):
        back[order, line] += quantity
    lines = Line.objects.filter(brand_id=brand_id, order_id__in=held, kind="product", product_id__isnull=False)
    kept = [
        (order, product, quantity - back[order, name])
        for order, name, product, quantity in lines.values_list("order_id", "name", "product_id", "quantity")
        if quantity > back[order, name] and product is not None
    ]
    found = rows.fetch(
        Product, ("id", "title", "category", "maker"), "id", {product for _, product, _ in kept},
        equal={"brand_id": brand_id},
    )  # fmt: skip
    products = {id_: Named(title, category, maker) for id_, title, category, maker in found}
    return {
        "products": _best(
            ((p, products[p].title, order, n) for order, p, n in kept if p in products), held, products=True
        ),
        "categories": _best(
            ((products[p].category, products[p].category, order, n) for order, p, n in kept if p in products), held
        ),
        "brands": _best(
            ((products[p].maker, products[p].maker, order, n) for order, p, n in kept if p in products), held
        ),
    }


def _orders(brand_id: int, customers: Sequence[int]) -> Iterable[tuple[int, int]]:
    """(order, day) of the orders that hold."""
    orders = Order.objects.filter(brand_id=brand_id, customer_id__in=customers, cancelled_at=None)
    found = orders.order_by("-ordered_at").values_list("id", "ordered_day", "total")[:_NEWEST]
    days = {id_: (day, total) for id_, day, total in found}
    refunded: dict[int, int] = defaultdict(int)
    for order, amount in Refund.objects.filter(brand_id=brand_id, order_id__in=days).values_list("order_id", "amount"):
        refunded[order] += amount
    return [(id_, day) for id_, (day, total) in days.items() if not 0 < total <= refunded[id_]]


def _refunds(brand_id: int, orders: Mapping[int, int]) -> list[int]:
    return list(Refund.objects.filter(brand_id=brand_id, order_id__in=orders).values_list("id", flat=True))


def _best(
    lines: Iterable[tuple[int | str, str, int, int]], days: Mapping[int, int], *, products: bool = False
) -> list[Favourite]:
    names: dict[int | str, str] = {}
    orders: dict[int | str, set[int]] = defaultdict(set)
    pieces: dict[int | str, int] = defaultdict(int)
    for key, name, order, quantity in lines:
        if key and name:
            names[key] = name
            orders[key].add(order)
            pieces[key] += quantity
    best = sorted(names, key=lambda key: (-len(orders[key]), -pieces[key], names[key], str(key)))[:_SHOWN]
    return [
        Favourite(
            names[key], len(orders[key]), pieces[key], max(days[order] for order in orders[key]),
            int(key) if products else 0,
        )
        for key in best
    ]  # fmt: skip
