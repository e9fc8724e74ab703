"""Which person a command means, and that a copy of what is held leaves nothing out."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import click
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from perennial.facts.models.people import Identity
from perennial.facts.rules import records as r
from perennial.web.person.commands import _found
from perennial.web.person.export import person_json
from tests.facts.builders import order, refund
from tests.web.conftest import NOW
from tests.web.people import customer, id_of, record

pytestmark = pytest.mark.django_db


def found(address: str) -> int:
    return _found("main", address)[1]


def test_an_address_means_whoever_has_it_now(store: Any) -> None:
    record(store, customers=[customer("old", email="x@example.com")])
    record(store, customers=[customer("new", email="y@example.com")])
    assert found("X@example.com") == id_of("old")
    Identity.objects.filter(customer_id=id_of("old"), kind="email").update(to_at=NOW)
    assert found("x@example.com") == id_of("old"), "nobody else has it"
    record(store, customers=[customer("heir", email="x@example.com")])
    assert found("x@example.com") == id_of("heir")


def test_where_several_have_an_address_they_are_listed_and_nobody_is_chosen(store: Any) -> None:
    record(store, customers=[customer("a", email="x@example.com")], orders=[order("g", r.Who(email="x@example.com"))])
    with pytest.raises(click.ClickException, match="say which") as told:
        found("x@example.com")
    held = Identity.objects.filter(value="x@example.com").values_list("customer_id", flat=True)
    assert len(set(held)) == 2
    from perennial.values.ids import public

    assert all(public("cus", id_) in str(told.value) for id_ in held)
    assert found(public("cus", id_of("a"))) == id_of("a")


def test_who_is_surely_one_person_needs_no_choice(store: Any) -> None:
    from perennial.facts.actions.merge import merge
    from perennial.facts.actions.stores import source_of

    record(store, customers=[customer(name, email="x@example.com") for name in ("a", "b")])
    with pytest.raises(click.ClickException, match="say which"):
        found("x@example.com")
    merge(
        source=source_of(store, "test"), customer=id_of("a"), into=id_of("b"), why="", author="", now=NOW
    )  # fmt: skip
    assert found("x@example.com") in {id_of("a"), id_of("b")}


def seen(name: str, hours: float, who: r.Who) -> r.Behaviour:
    return r.Behaviour(name=name, who=who, at=NOW + timedelta(hours=hours), kind="page_viewed")


def test_the_copy_holds_visits_from_before_they_were_known(store: Any) -> None:
    mine, theirs = r.Who(account="a", visitor="shared"), r.Who(account="b", visitor="shared")
    record(
        store,
        customers=[customer("a"), customer("b")],
        behaviour=[
            seen("own", -9, r.Who(visitor="own")), seen("shared-a", -9, r.Who(visitor="shared")),
            seen("shared-b", -1, r.Who(visitor="shared")), seen("nobody", -9, r.Who(visitor="nobody")),
        ],
        sightings=[
            r.Sighting(visitor="own", who=r.Who(account="a"), at=NOW - timedelta(hours=8)),
            r.Sighting(visitor="shared", who=r.Who(account=mine.account), at=NOW - timedelta(hours=8)),
            r.Sighting(visitor="shared", who=r.Who(account=theirs.account), at=NOW - timedelta(hours=4)),
        ],
    )  # fmt: skip
    copies = {
        name: json.loads("".join(person_json(brand=store.brand, customers=[id_of(name)], now=NOW)))["tables"]
        for name in ("a", "b")
    }
    hours = {name: sorted(row["at"] for row in tables["behaviour"]) for name, tables in copies.items()}
    assert hours == {
        "a": [(NOW - timedelta(hours=9)).isoformat()] * 2, "b": [(NOW - timedelta(hours=1)).isoformat()],
    }  # fmt: skip


def test_lines_of_refunds_are_found_by_their_refunds(store: Any) -> None:
    record(store, orders=[order("o", r.Who(account="a"))], refunds=[refund("r", "o")])
    with CaptureQueriesContext(connection) as asked:
        text = "".join(person_json(brand=store.brand, customers=[id_of("a")], now=NOW))
    assert len(json.loads(text)["tables"]["refund_line"]) == 1
    (sql,) = [query["sql"] for query in asked if 'FROM "refund_line"' in query["sql"]]
    assert '"refund_id" IN' in sql
    assert '"order_id" =' not in sql.partition("WHERE")[2]
    assert '"order_id" IN' not in sql
