"""What is late at this moment, less what has come since it was looked at last."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from perennial.database import rows
from perennial.facts.models.orders import Fulfilment, Order
from perennial.values.ids import public
from perennial.web.desk.naming import people

if TYPE_CHECKING:
    from perennial.web.desk.answers import Read
    from perennial.web.desk.page import Desk

LATE_FRESH = timedelta(hours=1)  # promises fall due at midnight, deliveries come all day


def late_orders(desk: Desk, found: Read, limit: int) -> dict[str, Any]:
    """The longest late of `late_now`: ``rows`` of at most ``limit`` orders, ``n`` of all, ``as_of``."""
    days: dict[int, int] = {}
    for row in found.rows:
        days[row["order_id"]] = max(row["days_late"], days.get(row["order_id"], 0))
    longest = sorted(days, key=lambda order: (-days[order], order))
    carriers = {row["order_id"]: row["carrier"] for row in found.rows}
    persons = {row["order_id"]: row["person_id"] for row in found.rows}
    gone = _come_since(desk.brand.id, longest)  # of all, so that every page counts the same
    shown = [order for order in longest if order not in gone][:limit]
    columns = ("id", "number", "name", "promised_day")
    orders = {one[0]: one for one in Order.objects.filter(brand_id=desk.brand.id, id__in=shown).values_list(*columns)}
    names = people(desk.brand.id, {persons[order] for order in shown if persons[order] is not None})
    f = desk.format
    told = []
    for order in shown:
        if order not in orders:
            continue
        _, number, name, promised = orders[order]
        person = persons[order]
        told.append(
            {
                "number": number or name,
                "to": desk.url("customer", public("cus", person)) if person is not None else "",
                "customer": names.get(person, ""),
                "promised": f.day(promised),
                "days": f.count(days[order]),
                "carrier": carriers.get(order, ""),
            }
        )
    beyond = max(found.total - len(found.rows), 0)  # a stored answer holds its first rows
    n = max(len(days) - len(gone), 0) + beyond
    return {"rows": told, "n": n, "more": n > len(told), "as_of": found.as_of, "known": found.as_of is not None}


def _come_since(brand_id: int, orders: list[int]) -> set[int]:
    """Those of ``orders`` that were cancelled, or all of whose parcels were delivered, by now."""
    parcels: dict[int, list[bool]] = defaultdict(list)
    of = {"brand_id": brand_id}
    for order, delivered in rows.fetch(Fulfilment, ("order_id", "delivered_at"), "order_id", orders, equal=of):
        parcels[order].append(delivered is not None)
    cancelled = rows.fetch(Order, ("id", "cancelled_at"), "id", orders, equal=of)
    come = {order for order, delivered in parcels.items() if all(delivered)}
    return come | {order for order, at in cancelled if at is not None}
