"""When a person was on the shop's pages, day by day: known steps, and those before they were known."""

# ruff: noqa: S608  # names of tables and columns come from this code alone, values are arguments

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.db import connection

from perennial.facts.models.activity import Sighting
from perennial.values.time import DAY_US, to_us
from perennial.web.customers.conditions import among, sqlite
from perennial.web.customers.person import Person

_SIGHTINGS, _BROWSERS = 2_000, 100  # of one person; the newest
_SHARED, _READ, _SPANS = 20, 1_000, 50  # shared browsers, sightings read of each, times in which one was theirs
_TILL = 20_000  # a browser with more sightings stands in a shop: the page does not look for whose its visits were
_AT_ONCE = 500
_EVER = 2**62
Span = tuple[int, int, int]  # a browser, from, until (microseconds; until is not in it)
# A local day lasts 25 hours where the clock is set back: one that begins before an instant ends within this.
_DAY_US = DAY_US + 2 * 3_600_000_000


def days(person: Person, *, before_us: int | None, limit: int) -> list[dict[str, Any]]:
    """The newest days with a step, at least ``limit`` of them that begin before an instant, if there are so many.

    Each: ``day``, ``at`` (microseconds, the last step), ``steps``, ``viewed``, ``added``, ``checkouts``,
    ``product_id``.
    """
    mine, values = among("b.customer_id", person.ids)
    brand = person.customer.brand_id
    until_us = _EVER if before_us is None else before_us + _DAY_US
    alone, shared = _newest_browsers(person, until_us)
    was, visited = among("b.visitor_id", alone)
    at_most = "" if before_us is None else " AND b.at < %s"
    end = [] if before_us is None else [until_us]
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
        f" FROM ({sql}) t GROUP BY day ORDER BY MAX(at) DESC LIMIT {limit + 3}"
    )
    with connection.cursor() as cursor:
        cursor.execute(grouped, [brand, values, *end, brand, visited, *end, *spans])
        found = cursor.fetchall()
    names = ("day", "at", "steps", "viewed", "added", "checkouts", "product_id")
    return [dict(zip(names, row, strict=True)) for row in found]


def browsers(brand_id: int, customers: Sequence[int]) -> tuple[list[int], list[Span]]:
    """Browsers that were these customers' alone, and the times in which shared ones were: all of them.

    Whose a visit is: the last sighting's at or before it; before the first, the first's.
    """
    own, ids = frozenset(customers), list(customers)
    mine = Sighting.objects.filter(brand_id=brand_id, customer_id__in=ids).order_by("-at")
    theirs = list(dict.fromkeys(mine.values_list("visitor_id", flat=True)))
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
            else:
                shared += _times(visitor, seen[visitor], 0, _EVER)
    return alone, shared


def _times(visitor: int, seen: Sequence[tuple[int, bool]], begin: int, end: int) -> list[Span]:
    """When a browser was theirs between two instants, from its sightings (at, whether of them) in order of time."""
    ends = [at for at, _ in seen[1:]] + [end]
    return [
        (visitor, since, until)
        for (_, is_own), since, until in zip(seen, [begin, *ends[:-1]], ends, strict=True)
        if is_own and since < until
    ]


def _newest_browsers(person: Person, until_us: int) -> tuple[list[int], list[Span]]:
    """As `browsers`, of the newest alone: so many are looked at that a page costs the same however many there are."""
    mine = Sighting.objects.filter(brand_id=person.customer.brand_id, customer_id__in=person.ids).order_by("-at")
    visitors = list(dict.fromkeys(mine.values_list("visitor_id", flat=True)[:_SIGHTINGS]))[:_BROWSERS]
    shared = _of_others_too(person, visitors)
    spans: list[Span] = []
    for visitor in [visitor for visitor in visitors if visitor in shared][:_SHARED]:
        spans += _times_before(person, visitor, until_us)
    spans.sort(key=lambda span: span[2], reverse=True)
    return [visitor for visitor in visitors if visitor not in shared], spans[:_SPANS]


def _of_others_too(person: Person, visitors: list[int]) -> set[int]:
    """Those browsers in which somebody else was seen: one look at each, however often that was."""
    own, ids = among("s.customer_id", person.ids)
    each, told = (
        ("SELECT value AS visitor_id FROM json_each(%s)", json.dumps(visitors))
        if sqlite()
        else ("SELECT unnest(%s::bigint[]) AS visitor_id", visitors)
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT v.visitor_id FROM ({each}) v WHERE EXISTS (SELECT 1 FROM sighting s WHERE s.brand_id = %s"
            f" AND s.visitor_id = v.visitor_id AND NOT ({own}))",
            [told, person.customer.brand_id, ids],
        )
        return {visitor for (visitor,) in cursor.fetchall()}


def _times_before(person: Person, visitor: int, until_us: int) -> list[Span]:
    """When a shared browser was this person's before an instant, as far back as its newest sightings tell."""
    found = Sighting.objects.filter(brand_id=person.customer.brand_id, visitor_id=visitor)
    if found.values("id")[: _TILL + 1].count() > _TILL:
        return []
    newest = found.filter(at__lt=until_us).order_by("-at", "-id").values_list("customer_id", "at")[:_READ]
    seen = [(to_us(at), customer in person.ids) for customer, at in newest][::-1]
    if len(seen) == _READ:  # what was before the first of these may be anybody's
        return _times(visitor, seen, seen[0][0], until_us)
    if not seen and (first := found.order_by("at", "id").first()) is not None:
        seen = [(0, first.customer_id in person.ids)]
    return _times(visitor, seen, 0, until_us) if seen else []
