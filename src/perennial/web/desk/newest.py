"""How new the newest facts are."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Max

from perennial.facts.models.orders import Order


def newest_order(brand_id: int) -> datetime | None:
    """When the newest order was placed; None: there is none.

    The end of the index of days, then the orders of that one day: its index holds no times.
    """
    orders = Order.objects.filter(brand_id=brand_id)
    day = orders.aggregate(day=Max("ordered_day"))["day"]
    found: datetime | None = (
        None if day is None else orders.filter(ordered_day=day).aggregate(at=Max("ordered_at"))["at"]
    )
    return found
