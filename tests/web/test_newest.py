"""The newest order, wherever a page tells of it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from perennial.facts.rules import records as r
from perennial.web.desk.newest import newest_order
from tests.web.people import record


def order(name: str, at: datetime) -> r.Order:
    return r.Order(
        name=name, who=r.Who(account="a1"), ordered_at=at, updated_at=at, total=100, currency="EUR",
        lines=(r.Line(name="1", title="Cup", total=100),),
    )  # fmt: skip


def test_of_the_newest_day_the_latest_time_is_told(store, owner):
    assert newest_order(store.brand_id) is None
    hours = (9, 17, 11, 3)
    record(store, orders=[order(f"{n}", datetime(2026, 2, 27, hour, tzinfo=UTC)) for n, hour in enumerate(hours)])
    record(store, orders=[order("old", datetime(2026, 2, 26, 22, tzinfo=UTC))])
    assert newest_order(store.brand_id) == datetime(2026, 2, 27, 17, tzinfo=UTC)
    for page in ("today", "data"):
        assert "Feb 27, 2026, 6:00" in owner.get(f"/b/main/{page}/").content.decode(), page


@pytest.mark.only_on("sqlite")  # PostgreSQL chooses by how many rows there are
def test_it_is_found_by_indexes(store):
    from django.db import connection

    with connection.cursor() as cursor:
        for sql in (
            'SELECT MAX(ordered_day) FROM "order" WHERE brand_id = 1',
            'SELECT MAX(ordered_at) FROM "order" WHERE brand_id = 1 AND ordered_day = 2',
        ):
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
            plan = " ".join(str(cell) for row in cursor.fetchall() for cell in row)
            assert "order_day" in plan, plan
