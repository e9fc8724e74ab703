"""What goes wrong: bodies that nobody can keep, limits, cursors, a database that is away. Always a problem, never a 5xx
but where the database is at fault."""

from __future__ import annotations

import json

import pytest
from django.db import OperationalError

from perennial.web.api.problems import PROBLEMS
from tests.web.api.conftest import House, an_order, told


def problem(response, code: str) -> dict:
    """The problem, which has the shape of RFC 9457."""
    found = told(response)
    assert response.headers["Content-Type"] == "application/problem+json", response.content
    assert (found["code"], found["status"], response.status_code) == (code, PROBLEMS[code][0], PROBLEMS[code][0])
    assert found["title"] == PROBLEMS[code][1]
    assert found["type"] == f"/api/v1/docs#{code}"
    assert found["detail"]
    return found


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (" ", "malformed"), ("{", "malformed"), ("[1]", "invalid"), ("null", "invalid"), ("1", "invalid"),
        (b"\xff\xfe", "malformed"), ("[" * 200_000, "malformed"), ('{"a":' * 50 + "1" + "}" * 50, "malformed"),
        ('{"batch": {"a": "\\u0000"}}', "invalid"), ('{"batch": {"a": "\\ud800"}}', "invalid"),
        ('{"batch": {"\\u0000": 1}}', "invalid"), ('{"batch": 9223372036854775808}', "invalid"),
        ('{"batch": ' + "9" * 100_000 + "}", "invalid"), ('{"batch": 1e999}', "invalid"),
        ('{"batch": NaN}', "invalid"), ('{"batch": -Infinity}', "invalid"), ('{"batch": {}, "more": 1}', "invalid"),
    ],
)  # fmt: skip
def test_a_body_that_cannot_be_read_is_told(house: House, body, code: str):
    problem(house.call("POST", "/facts", "all", body), code)


def test_each_wrong_record_is_named_by_its_pointer(house: House, record):
    from perennial.facts.models.orders import Order

    before = Order.objects.count()
    far = an_order("3", ordered_at="9999-12-31T23:59:59+00:00")
    found = problem(record(an_order("1"), an_order("2", total="10", currency="euro"), an_order("", lines=1)), "invalid")
    places = {error["pointer"] for error in found["errors"]}
    assert places == {
        "#/batch/orders/1/total", "#/batch/orders/1/currency", "#/batch/orders/2/name", "#/batch/orders/2/lines",
    }  # fmt: skip
    assert problem(record(far), "invalid")["errors"][0]["pointer"] == "#/batch/orders/0/ordered_at"
    assert Order.objects.count() == before


@pytest.mark.parametrize(
    ("kind", "thing", "place"),
    [
        ("rates", {"currency": "USD", "day": "2026-01-01", "rate": 1e-300}, "rates/0/rate"),
        ("rates", {"currency": "USD", "day": "0001-01-01", "rate": 1.0}, "rates/0/day"),
        ("behaviour", {"name": "a", "who": {}, "kind": "k" * 65, "at": "2026-01-01T00:00:00Z"}, "behaviour/0/kind"),
        ("behaviour", {"name": "a", "who": {}, "kind": "k", "at": "2190-01-01T00:00:00Z"}, "behaviour/0/at"),
        ("sightings", {"visitor": "a", "who": {}, "at": "2190-01-01T00:00:00Z"}, "sightings/0/at"),
        (
            "customers",
            {"who": {"email": "a@b.org"}, "updated_at": "2026-01-01T00:00:00Z", "attributes": {"x" * 65: 1}},
            "customers/0/attributes",
        ),
    ],
)
def test_what_no_column_holds_is_refused_before(house: House, kind: str, thing: dict, place: str):
    found = problem(house.call("POST", "/facts", body={"store": "here", "batch": {kind: [thing]}}), "invalid")
    assert [error["pointer"] for error in found["errors"]] == [f"#/batch/{place}"]


def test_too_much_at_once_is_refused(house: House, record):
    problem(record(*[an_order(str(number), lines=[]) for number in range(201)]), "too_large")
    lines = [{"name": str(number), "total": 0} for number in range(501)]
    problem(record(an_order("1", lines=lines), an_order("2", lines=lines)), "too_large")
    problem(house.call("POST", "/facts", body={"store": "x" * 3_000_000}), "too_large")
    problem(house.call("POST", "/behaviour", "page", {"visitor": "x" * 70_000, "events": []}), "too_large")


def test_only_json_is_read(house: House):
    from django.test import Client

    client = Client(headers={"host": "localhost", "authorization": f"Bearer {house.keys['all']}"})
    problem(client.post("/api/v1/facts", {"a": "b"}), "media_type")
    problem(client.generic("POST", "/api/v1/facts", "{}", content_type="text/plain"), "media_type")


def test_another_method_another_address(house: House):
    found = house.call("DELETE", "/me")
    problem(found, "method")
    assert found.headers["Allow"] == "GET"
    for path in ("/nothing", "/", "/customers/", "/me/"):
        problem(house.call("GET", path), "not_found")
    problem(house.call("POST", "/nothing", body={}), "not_found")
    problem(house.call("GET", "/customers?email=%00"), "malformed")
    problem(house.call("GET", "/orders/ord_%00"), "malformed")


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "min_orders=99999999999", "last_order_from=x"])
def test_a_wrong_parameter_is_named(house: House, query: str):
    found = problem(house.call("GET", f"/customers?{query}"), "invalid")
    assert found["errors"][0]["parameter"] == query.partition("=")[0]


def test_lists_come_in_pages_whose_cursors_cannot_be_made_up(house: House, record):
    record(*[an_order(str(number), email=f"p{number}@example.org") for number in range(7)])
    seen, cursor, pages = [], "", 0
    while cursor is not None:
        page = told(house.call("GET", f"/customers?limit=3{f'&cursor={cursor}' if cursor else ''}"))
        seen += [one["id"] for one in page["items"]]
        cursor, pages = page["next"], pages + 1
    assert pages == 3
    assert len(seen) == len(set(seen)) == 9
    assert seen == sorted(seen)
    good = told(house.call("GET", "/customers?limit=3"))["next"]
    assert house.call("GET", f"/customers?limit=5&cursor={good}").status_code == 200
    forged = [good[:-1] + ("A" if good[-1] != "A" else "B"), "x", good.partition(".")[0], "é", "." * 400]
    for wrong in forged:
        problem(house.call("GET", f"/customers?cursor={wrong}"), "cursor")
    for path, key in (("/customers?stage=new", "all"), ("/customers?", "store"), ("/customers?", "other brand"),
                      (f"/customers/{house.ours.customer}/orders?", "all")):  # fmt: skip
        problem(house.call("GET", f"{path}&cursor={good}", key), "cursor")


def test_orders_and_events_are_paged_by_time(house: House, record):
    record(*[an_order(str(number), ordered_at=f"2026-02-{10 + number // 2}T10:00:00Z") for number in range(8)])
    person = told(house.call("GET", "/customers?email=ana@example.com"))["items"][0]["id"]
    for list_ in ("orders", "timeline"):
        whole = told(house.call("GET", f"/customers/{person}/{list_}"))["items"]
        parts, cursor = [], ""
        while cursor is not None:
            page = told(house.call("GET", f"/customers/{person}/{list_}?limit=3{cursor and f'&cursor={cursor}'}"))
            parts += page["items"]
            cursor = page["next"]
        assert parts == whole
        assert len(whole) == 8


def test_an_answer_is_paged_until_it_changes(house: House):
    from datetime import timedelta

    from perennial.figures.models import Answer

    first = told(house.call("GET", "/figures/realised?limit=2"))
    assert len(first["rows"]) == 2
    rest = told(house.call("GET", f"/figures/realised?limit=2&cursor={first['next']}"))
    assert (len(rest["rows"]), rest["next"]) == (1, None)
    for row in Answer.objects.all():
        Answer.objects.filter(id=row.id).update(computed_at=row.computed_at + timedelta(seconds=1))
    problem(house.call("GET", f"/figures/realised?limit=2&cursor={first['next']}"), "list_changed")


def test_a_key_that_calls_too_often_waits(house: House, monkeypatch):
    from perennial.web.api import limits

    clock = [0.0]
    monkeypatch.setattr(limits, "SECRET", limits.Buckets(60, 2, lambda: clock[0]))
    told_left = [house.call("GET", "/me").headers["RateLimit-Remaining"] for _ in range(5)]
    assert told_left == ["4", "3", "2", "1", "0"]
    refused = house.call("GET", "/me")
    problem(refused, "too_many")
    assert (refused.headers["Retry-After"], refused.headers["RateLimit-Limit"]) == ("2", "5")
    assert house.call("GET", "/me", "reading").status_code == 200
    clock[0] += 2
    assert house.call("GET", "/me").status_code == 200
    problem(house.call("GET", "/me"), "too_many")


def test_a_full_bucket_holds_no_more_than_its_size():
    from perennial.web.api.limits import Buckets
    from perennial.web.api.problems import Problem

    clock = [0.0]
    buckets = Buckets(1200, 4, lambda: clock[0])
    clock[0] = 1e6
    assert [buckets.take(1).remaining for _ in range(50)] == list(range(49, -1, -1))
    with pytest.raises(Problem):
        buckets.take(1)


@pytest.mark.parametrize(
    ("error", "word"),
    [
        (OperationalError("database is locked"), "locked"),
        (OperationalError("database or disk is full"), "full"),
        (OperationalError("connection refused"), "away"),
        (OSError(28, "No space left on device"), "full"),
    ],
)
def test_a_database_that_is_away_is_told_and_nothing_is_kept(house: House, record, monkeypatch, error, word: str):
    from perennial.facts.models.orders import Order
    from perennial.web.api import recording
    from perennial.web.models import Call

    real = recording.record_prepared

    def fails(*args, **kwargs):
        real(*args, **kwargs)
        raise error

    monkeypatch.setattr(recording, "record_prepared", fails)
    found = record(an_order("1"), idempotency_key="k1")
    assert word in problem(found, "away")["detail"]
    assert found.headers["Retry-After"] == "5"
    monkeypatch.undo()
    assert (Order.objects.filter(name="1").exists(), Call.objects.exists()) == (False, False)
    assert record(an_order("1"), idempotency_key="k1").status_code == 200


def test_our_own_mistake_is_told_without_the_values_it_was_about(house: House, record, monkeypatch, caplog):
    from perennial.web.api import recording

    address = "@".join(("ana", "example.com"))

    def fails(*args, **kwargs):
        raise ValueError(f"first line\n{address}")

    monkeypatch.setattr(recording, "record_prepared", fails)
    found = record(an_order("1"))
    problem(found, "broken")
    assert address not in caplog.text + found.content.decode()
    assert "test_problems" in caplog.text


def test_many_problems_are_counted_and_the_first_are_named(house: House, record):
    found = problem(record(*[an_order(str(number), total="1") for number in range(150)]), "invalid")
    assert (len(found["errors"]), found["errors_in_all"]) == (100, 150)
    assert json.dumps(found)
