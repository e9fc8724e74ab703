"""Count what is wrong with the data, nightly and when somebody asks; check mirror and rows when somebody asks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from perennial.facts.actions.jobs import keep_found
from perennial.facts.models.brands import Brand
from perennial.facts.models.loop import Job
from perennial.figures.queries import data_checks
from perennial.figures.queries.check import compare_mirror, orphans
from perennial.figures.queries.data_checks import COUNTS, KIND, WHOLE
from perennial.values.time import LocalDay

_LISTED = 100  # differences that are kept to be shown


def wanted_check_steps(*, brand_id: int, now: datetime) -> Iterator[str]:
    """Do the checks that somebody asked for; yields after each part."""
    wanted = Job.objects.filter(brand_id=brand_id, kind=KIND, state="wanted").values_list("key", flat=True)
    for key in sorted(wanted):
        steps = {COUNTS: counting_steps, WHOLE: whole_steps}.get(key)
        if steps is not None:
            yield from steps(brand_id=brand_id, now=now)


def counting_steps(*, brand_id: int, now: datetime) -> Iterator[str]:
    """Count what pages tell of the data."""
    counts = {}
    for what in data_checks.counted():
        counts[what] = data_checks.count(brand_id, what)
        yield what
    zone = Brand.objects.values_list("zone", flat=True).get(id=brand_id)
    recent, without = data_checks.unpromised(brand_id, int(LocalDay.of(now, zone)))
    counts |= {"recent_orders": recent, "unpromised": without}
    yield "unpromised"
    foreign = data_checks.unconverted(brand_id)
    counts["unconverted"] = sum(n for _, n, _ in foreign)
    stores = data_checks.newest_orders(brand_id)
    found: dict[str, Any] = {
        "unconverted": [list(one) for one in foreign],
        "stores": {str(store): list(of) for store, of in stores.items()},
    }
    keep_found(brand_id=brand_id, kind=KIND, key=COUNTS, found=found, counts=counts, now=now)
    yield COUNTS


def whole_steps(*, brand_id: int, now: datetime) -> Iterator[str]:
    """As `perennial check`: every month of the mirror against the database, and rows that point at nothing."""
    counts = {"months": 0, "rows": 0, "differ": 0, "waiting": 0, "kinds": 0}
    months: list[list[Any]] = []
    for found in compare_mirror(brand_id):
        counts["months"] += 1
        counts["rows"] += found.rows
        if found.differs and found.waiting:
            counts["waiting"] += 1
        elif found.differs:
            counts["differ"] += 1
            months.append([found.table, found.month, found.rows, found.mirrored, found.differs])
        yield found.table
    pointless: list[list[Any]] = []
    for kind in orphans(brand_id):
        if kind.rows:
            counts["kinds"] += 1
            pointless.append([kind.table, kind.points_at, kind.rows])
        yield kind.table
    kept = {"months": months[:_LISTED], "rows": pointless[:_LISTED]}
    keep_found(brand_id=brand_id, kind=KIND, key=WHOLE, found=kept, counts=counts, now=now)
    yield WHOLE
