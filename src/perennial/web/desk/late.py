"""What is late at this moment, less what has come since it was looked at last."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

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
    gone = _come_since(desk.brand.id, longest[: limit * 4])
    shown = [order for order in longest if order not in gone][:limit]
    columns = ("id", "number", "name", "promised_day")
    orders = {one[0]: one for one in Order.objects.filter(brand_id=desk.brand.id, id__in=shown).values_list(*columns)}
    names = people(desk.brand.id, {persons[order] for order in shown if persons[order] is not None})
    f = desk.format
    rows = []
    for order in shown:
        if order not in orders:
            continue
        _, number, name, promised = orders[order]
        person = persons[order]
        rows.append(
            {
                "number": number or name,
                "to": desk.url("customer", public("cus", person)) if person is not None else "",
                "customer": names.get(person, ""),
                "promised": f.day(promised),
                "days": f.count(days[order]),
                "carrier": carriers.get(order, ""),
            }
        )
    n = max(len(days) - len(gone), 0)
    return {"rows": rows, "n": n, "more": n > len(rows), "as_of": found.as_of, "known": found.as_of is not None}


def _come_since(brand_id: int, orders: list[int]) -> set[int]:
    """Those of ``orders`` that were cancelled, or all of whose parcels were delivered, by now."""
    parcels: dict[int, list[bool]] = defaultdict(list)
    mine = Fulfilment.objects.filter(brand_id=brand_id, order_id__in=orders)
    for order, delivered in mine.values_list("order_id", "delivered_at"):
        parcels[order].append(delivered is not None)
    cancelled = Order.objects.filter(brand_id=brand_id, id__in=orders, cancelled_at__isnull=False)
    return {order for order, come in parcels.items() if all(come)} | set(cancelled.values_list("id", flat=True))
