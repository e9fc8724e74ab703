"""Calls read by indexes: what they cost does not grow with the brand."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.web.api.conftest import House, told


def plans(call: Callable[[], object]) -> dict[str, list[str]]:
    """What each SELECT of a call does, as the database would do it with nothing known of its rows."""
    with CaptureQueriesContext(connection) as asked:
        call()
    word = "EXPLAIN QUERY PLAN " if connection.vendor == "sqlite" else "EXPLAIN "
    found = {}
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":  # it would read tables of three rows whole, and sort them
            for way in ("seqscan", "sort", "bitmapscan"):
                cursor.execute(f"SET LOCAL enable_{way} = off")
        for one in asked.captured_queries:
            if one["sql"].startswith("SELECT"):
                cursor.execute(word + one["sql"].replace("%", "%%"))
                found[one["sql"]] = [str(row[-1]).strip() for row in cursor.fetchall()]
    return found


def reads_all(step: str) -> bool:
    """Whether a step goes over all rows of a brand, or sorts what it read."""
    if connection.vendor == "sqlite":
        by_brand_alone = step.endswith("(brand_id=?)") and "customer_walk" not in step
        return step.startswith("SCAN") or by_brand_alone or "TEMP B-TREE" in step
    return "Seq Scan" in step or step.startswith(("Sort", "->  Sort"))


def of(found: dict[str, list[str]], table: str) -> list[str]:
    """The steps of the SELECTs from a table."""
    mine = [steps for sql, steps in found.items() if f'FROM "{table}" ' in sql]
    assert mine, f"nothing was read from {table}"
    return [step for steps in mine for step in steps]


@pytest.mark.parametrize("key", ["all", "store"])
def test_a_page_of_customers_is_a_walk_down_an_index(house: House, key: str):
    first = plans(lambda: house.call("GET", "/customers?limit=1", key))
    steps = of(first, "customer")
    assert [step for step in steps if reads_all(step)] == []
    assert any("customer_walk" in step or "customer_pkey" in step for step in steps)
    assert [step for step in of(first, "alias") if reads_all(step)] == []


def test_the_next_page_begins_where_the_first_ended(house: House):
    following = told(house.call("GET", "/customers?limit=1"))["next"]
    steps = of(plans(lambda: house.call("GET", f"/customers?limit=1&cursor={following}")), "customer")
    assert [step for step in steps if reads_all(step)] == []


@pytest.mark.parametrize("key", ["all", "store"])
def test_an_address_leads_to_its_customers_by_id(house: House, key: str):
    found = plans(lambda: house.call("GET", "/customers?email=oursword@example.org", key))
    for table in ("customer", "identity", "alias"):
        steps = of(found, table)
        assert [step for step in steps if reads_all(step) and "TEMP" not in step and "Sort" not in step] == []
        # PostgreSQL takes any index for tables of three rows, by what it learned of other tests' rows.
        if connection.vendor == "sqlite":
            assert not any("customer_country" in step or "(brand_id=?)" in step for step in steps)


def test_customers_by_figures_are_a_walk_down_the_index_of_revenue(house: House):
    first = house.call("GET", "/customers?min_orders=1&limit=1")
    address = f"/customers?min_orders=1&limit=1&cursor={told(first)['next']}"
    for found in (
        plans(lambda: house.call("GET", "/customers?min_revenue=1&limit=1")),
        plans(lambda: house.call("GET", address)),
    ):
        for table in ("customer_figures", "customer", "alias"):
            steps = [
                step for step in of(found, table) if not step.startswith("SEARCH customer_figures USING INDEX fig")
            ]
            assert [step for step in steps if reads_all(step)] == []
    items = [*told(first)["items"], *told(house.call("GET", address))["items"]]
    assert {one["id"] for one in items} == {house.ours.customer, house.beside.customer}


def test_kept_calls_are_pruned_by_their_age(house: House):
    from datetime import UTC, datetime

    from perennial.web.access.calls import forget_calls

    found = plans(lambda: list(forget_calls(brand_id=house.ours.store.brand_id, now=datetime.now(UTC))))
    (steps,) = (steps for sql, steps in found.items() if "api_call" in sql and "LIMIT" in sql)
    assert [step for step in steps if reads_all(step)] == []
    assert any("api_call_at" in step for step in steps)
