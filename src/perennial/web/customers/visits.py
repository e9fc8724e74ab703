"""When a person was on the shop's pages, day by day: known steps, and those before they were known."""

# ruff: noqa: S608  # names of tables and columns come from this code alone, values are arguments

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.db import connection

from perennial.facts.models.activity import Sighting
from perennial.values.time import DAY_US, to_us
from perennial.web.customers.conditions import among
from perennial.web.customers.person import Person

_SIGHTINGS, _BROWSERS, _SPANS = 2_000, 100, 50  # of one person; the newest
_AT_ONCE = 500


def days(person: Person, *, before_us: int | None, limit: int) -> list[dict[str, Any]]:
    """The newest days with a step, at least ``limit`` of them that begin before an instant, if there are so many.

    Each: ``day``, ``at`` (microseconds, the last step), ``steps``, ``viewed``, ``added``, ``checkouts``,
    ``product_id``.
    """
    mine, values = among("b.customer_id", person.ids)
    brand = person.customer.brand_id
    alone, shared = browsers(brand, person.ids, sightings=_SIGHTINGS, visitors=_BROWSERS, spans=_SPANS)
    was, visited = among("b.visitor_id", alone)
    at_most = "" if before_us is None else " AND b.at <= %s"
    end = [] if before_us is None else [before_us + DAY_US]
    columns = "b.day, b.at, b.kind, b.product_id"
    sql = (
        f"SELECT {columns} FROM behaviour b WHERE b.brand_id = %s AND {mine}{at_most}"
        f" UNION ALL SELECT {columns} FROM behaviour b WHERE b.brand_id = %s AND b.customer_id IS NULL"
        f" AND {was}{at_most}"
    )
    part = (
        f" UNION ALL SELECT {columns} FROM behaviour b WHERE b.brand_id = %s AND b.customer_id IS NULL"
        " AND b.visitor_id = %s AND b.at >= %s AND b.at < %s"
    )
    sql += part * len(shared)
    spans = [value for span in shared for value in (brand, *span)]
    grouped = (
        "SELECT day, MAX(at), COUNT(*), SUM(CASE WHEN kind = 'product_viewed' THEN 1 ELSE 0 END),"
        " SUM(CASE WHEN kind = 'cart_added' THEN 1 ELSE 0 END),"
        " SUM(CASE WHEN kind = 'checkout_started' THEN 1 ELSE 0 END), MAX(product_id)"
        f" FROM ({sql}) t GROUP BY day ORDER BY MAX(at) DESC LIMIT {limit + 2}"
    )
    with connection.cursor() as cursor:
        cursor.execute(grouped, [brand, values, *end, brand, visited, *end, *spans])
        found = cursor.fetchall()
    names = ("day", "at", "steps", "viewed", "added", "checkouts", "product_id")
    return [dict(zip(names, row, strict=True)) for row in found]


def browsers(
    brand_id: int,
    customers: Sequence[int],
    *,
    sightings: int | None = None,
    visitors: int | None = None,
    spans: int | None = None,
) -> tuple[list[int], list[tuple[int, int, int]]]:
    """Browsers that were these customers' alone, and the times in which shared ones were (visitor, from, until).

    Whose a visit is: the last sighting's at or before it; before the first, the first's. ``sightings``,
    ``visitors``, ``spans``: at most so many are looked at, the newest; None: all.
    """
    own, ids = frozenset(customers), list(customers)
    mine = Sighting.objects.filter(brand_id=brand_id, customer_id__in=ids).order_by("-at")
    theirs = list(dict.fromkeys(mine.values_list("visitor_id", flat=True)[:sightings]))[:visitors]
    alone, shared = [], []
    for start in range(0, len(theirs), _AT_ONCE):
        part = theirs[start : start + _AT_ONCE]
        seen: dict[int, list[tuple[int, bool]]] = defaultdict(list)
        told = Sighting.objects.filter(brand_id=brand_id, visitor_id__in=part).order_by("at", "id")
        for visitor, customer, at in told.values_list("visitor_id", "customer_id", "at"):
            seen[visitor].append((to_us(at), customer in own))
        for visitor in part:
            if all(is_own for _, is_own in seen[visitor]):
                alone.append(visitor)
                continue
            ends = [at for at, _ in seen[visitor][1:]] + [2**62]
            shared += [
                (visitor, since, until)
                for (_, is_own), since, until in zip(seen[visitor], [0, *ends[:-1]], ends, strict=True)
                if is_own and since < until
            ]
    return alone, shared[-spans:] if spans else shared
