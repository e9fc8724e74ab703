"""Every statement of one customer's page goes by an index of that customer's, never through a whole brand."""

from __future__ import annotations

import re

from django.db import connection
from django.test.utils import CaptureQueriesContext

from perennial.facts.rules import records as r
from tests.web.people import NOW, cus, customer, figures, id_of, record


def test_no_statement_reads_a_brand(store, owner):
    if connection.vendor != "sqlite":
        return  # PostgreSQL knows how rare each value is, once it has seen the rows
    line = r.Line(name="1", product="tea", title="Tea", total=900)
    who = r.Who(account="a1", email="a1@example.org")
    order = r.Order(
        name="1", who=who, ordered_at=NOW, paid_at=NOW, updated_at=NOW, currency="EUR", total=900, lines=(line,)
    )
    record(store, customers=[customer("a1", email="a1@example.org")], orders=[order],
           sightings=[r.Sighting(who=who, visitor="v1", at=NOW)])  # fmt: skip
    figures(store, id_of("a1"), orders=1)
    address = f"/b/main/customers/{cus('a1')}/"
    assert owner.get(address).status_code == 200
    with CaptureQueriesContext(connection) as asked:
        assert owner.get(address).status_code == 200
    wide = {}
    with connection.cursor() as cursor:
        for one in asked.captured_queries:
            cursor.execute(f"EXPLAIN QUERY PLAN {one['sql']}")
            for *_, step in cursor.fetchall():
                table = re.match(r"(?:SCAN|SEARCH) (\w+) .*\(brand_id=\?\)$|SCAN (\w+)$", step)
                if table and (table[1] or table[2]) not in SMALL:
                    wide[step] = one["sql"][:200]
    assert len(asked) > 30
    assert wide == {}


# A brand has few of these, or the step is of rows that were found before.
SMALL = ("brand", "store", "member", "saved_view", "t", "subquery", "schedule", "job")
