"""What is wrong with a brand's data, as counted last; and what is counted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from perennial.facts.models.loop import Dirty, Job

KIND = "check"
COUNTS, WHOLE = "data", "all"  # keys of its jobs: what is counted nightly, and `perennial check`
_DELIVERIES = 90  # days back in which a promised day is missed


@dataclass(frozen=True, slots=True)
class Check:
    """What a check found last: ``found`` beside the ``counts``; ``at`` None: never yet; ``wanted``: soon again."""

    counts: dict[str, int]
    found: dict[str, Any]
    at: datetime | None
    wanted: bool
    error: str = ""


def checked(brand_id: int, key: str) -> Check:
    """The last result of a check."""
    job = Job.objects.filter(brand_id=brand_id, kind=KIND, key=key).first()
    if job is None:
        return Check({}, {}, None, wanted=False)
    found = bool(job.counts or job.cursor)
    at = job.updated_at if found else None
    return Check(job.counts, job.cursor, at, wanted=job.state in ("wanted", "running"), error=job.error)


def a_check_is_wanted(brand_id: int) -> bool:
    """Somebody waits for a check."""
    return Job.objects.filter(brand_id=brand_id, kind=KIND, key__in=(COUNTS, WHOLE), state="wanted").exists()


def mirror_waits(brand_id: int) -> int:
    """Months of the mirror that are not written yet."""
    return Dirty.objects.filter(brand_id=brand_id).count()


# Each over a whole table or a long index: counted at night and on demand, never while a page waits.
_COUNTED = {
    "orders": 'SELECT count(*) FROM "order" WHERE brand_id = %s',
    "without_customer": 'SELECT count(*) FROM "order" WHERE brand_id = %s AND customer_id IS NULL',
    "waiting_refunds": "SELECT count(*) FROM refund WHERE brand_id = %s AND waiting",
    "waiting_parcels": "SELECT count(*) FROM fulfilment WHERE brand_id = %s AND waiting",
    "lone_guests": """SELECT count(*) FROM customer c WHERE c.brand_id = %s AND NOT c.account
        AND NOT EXISTS (SELECT 1 FROM "order" o WHERE o.brand_id = c.brand_id AND o.customer_id = c.id)
        AND NOT EXISTS (SELECT 1 FROM alias a WHERE a.id = c.id)""",
    "products": "SELECT count(*) FROM product WHERE brand_id = %s",
    "without_cost": """SELECT count(*) FROM product p WHERE p.brand_id = %s AND NOT EXISTS
        (SELECT 1 FROM variant v WHERE v.brand_id = p.brand_id AND v.product_id = p.id AND v.cost IS NOT NULL)""",
}
_RECENT = """SELECT count(*), coalesce(sum(CASE WHEN o.promised_day IS NULL AND NOT EXISTS
        (SELECT 1 FROM fulfilment f WHERE f.brand_id = o.brand_id AND f.order_id = o.id
            AND f.promised_day IS NOT NULL) THEN 1 ELSE 0 END), 0)
    FROM "order" o WHERE o.brand_id = %s AND o.ordered_day > %s AND o.cancelled_at IS NULL"""


def count(brand_id: int, what: str) -> int:
    """One of the counts of `counted`."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNTED[what], [brand_id])
        return int(cursor.fetchone()[0])


def counted() -> tuple[str, ...]:
    """What `count` counts."""
    return tuple(_COUNTED)


def unconverted(brand_id: int) -> list[tuple[str, int, int]]:
    """Orders that wait for an exchange rate: (currency, how many, the oldest one's local day)."""
    with connection.cursor() as cursor:
        cursor.execute(
            'SELECT currency, count(*), min(ordered_day) FROM "order"'
            " WHERE brand_id = %s AND NOT rate_stated AND rate_e12 IS NULL GROUP BY currency ORDER BY 2 DESC, 1",
            [brand_id],
        )
        return [(currency, int(n), int(day)) for currency, n, day in cursor.fetchall()]


def unpromised(brand_id: int, today: int) -> tuple[int, int]:
    """Orders of the last 90 days, and how many of them nobody promised a day for."""
    with connection.cursor() as cursor:
        cursor.execute(_RECENT, [brand_id, today - _DELIVERIES])
        orders, without = cursor.fetchone()
        return int(orders), int(without)


def newest_orders(brand_id: int) -> dict[int, tuple[int, int]]:
    """By store: how many orders it has, and when the newest was placed (microseconds)."""
    with connection.cursor() as cursor:
        cursor.execute(
            'SELECT store_id, count(*), max(ordered_at) FROM "order" WHERE brand_id = %s GROUP BY store_id', [brand_id]
        )
        return {int(store): (int(n), int(at)) for store, n, at in cursor.fetchall()}
