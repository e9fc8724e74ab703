"""Data: what is wrong is counted by the loop and shown; stores and rates; a database that is away."""

from __future__ import annotations

import errno
import re
import sys
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client, RequestFactory

from perennial.facts.actions.record import record
from perennial.facts.actions.stores import source_of
from perennial.facts.models.brands import ExchangeRate, Store
from perennial.facts.models.loop import Schedule
from perennial.facts.models.orders import Order
from perennial.facts.rules.records import Batch, Line, Product, Refund, Variant, Who
from perennial.facts.rules.records import Order as OrderRecord
from perennial.figures.queries.data_checks import COUNTS, WHOLE, checked
from perennial.web.access.outage import kind_of, outage
from perennial.web.models import Audit
from tests.web.conftest import NOW, signed_in
from tests.web.files import work

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("emptied")]


def order(name: str, currency: str = "EUR", **more: Any) -> OrderRecord:
    line = Line(name="1", product="mug", title="Mug", quantity=1000, total=2500)
    return OrderRecord(
        name=name, who=more.pop("who", Who(email=f"{name}@example.com")), ordered_at=NOW - timedelta(days=3),
        updated_at=NOW, currency=currency, total=2500, lines=(line,), **{"payment": "paid", **more},
    )  # fmt: skip


def recorded(store: Store, **parts: Any) -> None:
    record(Batch(**parts), source=source_of(store, "test"), now=NOW)


def text(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status
    return answer.content.decode()


def test_what_is_wrong_is_counted_by_the_loop_and_shown(owner: Client, store: Store) -> None:
    refund = Refund(name="r", order="nowhere", kind="refund", refunded_at=NOW, updated_at=NOW, amount=100)
    recorded(
        store,
        orders=(order("a"), order("b", "USD"), order("c", "USD"), order("d", who=Who())),
        refunds=(refund,),
        products=(Product(name="mug", updated_at=NOW, currency="EUR", variants=(Variant(name="mug"),)),),
    )
    assert "Being counted" in text(owner, "/b/main/data/")
    work("checks", now=NOW)
    counts = checked(store.brand_id, COUNTS).counts
    assert counts == {
        "orders": 4, "without_customer": 1, "waiting_refunds": 1, "waiting_parcels": 0, "lone_guests": 0,
        "products": 1, "without_cost": 1, "recent_orders": 4, "unpromised": 4, "unconverted": 2,
    }  # fmt: skip
    found = text(owner, "/b/main/data/")
    assert "Orders without an exchange rate" in found
    assert re.search(r'<th scope="row">USD</th><td class="n">2</td>', found)


def test_a_rate_is_told_in_whole_units_and_given_to_the_orders_that_wait(owner: Client, store: Store) -> None:
    recorded(store, orders=(order("a", "USD"), order("b", "JPY")))
    day = (NOW - timedelta(days=3)).date().isoformat()
    for currency, rate in (("usd", "0,92"), ("JPY", "0.006")):
        owner.post("/b/main/data/rates/", {"currency": currency, "rate": rate, "day": day})
    assert dict(ExchangeRate.objects.values_list("currency", "rate_e12")) == {
        "USD": 920_000_000_000, "JPY": 600_000_000_000,
    }  # fmt: skip
    assert not Order.objects.filter(rate_e12=None).exists()
    assert Audit.objects.filter(verb="rate.record").count() == 2


def test_many_orders_that_waited_for_a_rate_are_converted_by_the_loop(owner: Client, store: Store, monkeypatch) -> None:
    monkeypatch.setattr("perennial.facts.actions.recording.rates.AT_ONCE", 1)
    recorded(store, orders=(order("a", "USD"), order("b", "USD")))
    given = {"currency": "USD", "rate": "0.92", "day": (NOW - timedelta(days=3)).date().isoformat()}
    said = owner.post("/b/main/data/rates/", given, follow=True).content.decode()
    assert "Many orders waited for it" in said
    assert "Orders are being converted" in said
    assert Order.objects.filter(rate_e12=None).count() == 2
    work("rates", "checks", now=NOW)
    assert not Order.objects.filter(rate_e12=None).exists()
    after = owner.get("/b/main/data/").content.decode()
    assert "Orders are being converted" not in after
    assert "Orders that wait for an exchange rate" not in after


@pytest.mark.parametrize(
    ("given", "says"),
    [({"currency": "EURO"}, "Currency: write"), ({"currency": "EUR"}, "needs no rate"), ({"day": "31/02"}, "Day:"),
     ({"rate": "one"}, "Rate: write a number"), ({"rate": "0"}, "above zero"), ({"rate": "-1"}, "above zero"),
     ({"rate": "NaN"}, "Rate: write a number"), ({"rate": "1e99"}, "Rate: write a number"),
     ({"rate": "1e7"}, "above zero")],
)  # fmt: skip
def test_a_rate_that_cannot_be_is_refused(owner: Client, given: dict[str, str], says: str) -> None:
    said = {"currency": "USD", "rate": "0.9", "day": date(2026, 2, 1).isoformat(), **given}
    answer = owner.post("/b/main/data/rates/", said, follow=True)
    assert says in answer.content.decode()
    assert not ExchangeRate.objects.exists()


def test_checks_run_on_demand_and_their_result_stands_there(owner: Client, store: Store) -> None:
    recorded(store, orders=(order("a"),))
    work("mirror", now=NOW)
    owner.post("/b/main/data/check/")
    work("checks", now=NOW)
    whole = checked(store.brand_id, WHOLE)
    assert (whole.counts["differ"], whole.counts["kinds"], whole.wanted) == (0, 0, False)
    assert "all agree" in text(owner, "/b/main/data/")
    Order.objects.update(net=7)  # behind the house's back
    owner.post("/b/main/data/check/")
    work("checks", now=NOW)
    found = text(owner, "/b/main/data/")
    assert "differs" in found
    assert "perennial mirror rebuild" in found


def test_stores_are_added_and_edited_by_one_at_a_time(owner: Client, store: Store) -> None:
    new = {"name": "Outlet", "key": "", "currency": "usd", "zone": "America/New_York", "locale": "en-US",
           "taxes": "added"}  # fmt: skip
    assert owner.post("/b/main/data/stores/", new).status_code == 302
    made = Store.objects.get(key="outlet")
    assert (made.currency, made.taxes_included, made.brand_id) == ("USD", False, store.brand_id)
    again = owner.post("/b/main/data/stores/", new)
    assert (again.status_code, b"Another store has this key" in again.content) == (400, True)
    address = f"/b/main/data/stores/{made.id}/"
    seen = re.findall(r'name="seen" value="(\w+)"', text(owner, address))[0]
    first = {"name": "Outlet NY", "locale": "en-US", "taxes": "added", "seen": seen}
    assert owner.post(address, first).status_code == 302
    second = owner.post(address, {**first, "name": "Factory"})
    assert second.status_code == 409
    assert "Outlet NY" in second.content.decode()
    assert 'value="Factory"' in second.content.decode()
    made.refresh_from_db()
    assert made.name == "Outlet NY"
    assert Audit.objects.get(verb="store.edit").fields == ["name"]


@pytest.mark.parametrize("field", ["name", "currency", "zone", "locale", "key"])
def test_a_store_that_cannot_be_is_refused_at_its_field(owner: Client, field: str) -> None:
    new = {"name": "Outlet", "key": "o", "currency": "EUR", "zone": "UTC", "locale": "es", field: "?!" * 200}
    answer = owner.post("/b/main/data/stores/", new)
    assert answer.status_code == 400
    assert f'id="field-{field}" name="{field}"' in answer.content.decode()
    assert re.search(rf'id="field-{field}"[^>]*aria-invalid', answer.content.decode())
    assert Store.objects.count() == 1


def test_who_only_looks_changes_nothing(store: Store) -> None:
    client = signed_in(store, "read_only")
    for address in ("data/", "data/imports/", "data/stores/", f"data/stores/{store.id}/", "work/"):
        found = text(client, f"/b/main/{address}")
        # Signing out is everybody's.
        forms = re.findall(r'<form method="post"[^>]*action="([^"]*)"|<form method="post"', found)
        assert [action for action in forms if "logout" not in action] == []
    before = Store.objects.get(id=store.id).name
    client.post(f"/b/main/data/stores/{store.id}/", {"name": "X", "locale": "es", "taxes": "added"})
    client.post("/b/main/data/stores/", {"name": "X", "key": "x", "currency": "EUR", "zone": "UTC", "locale": "es"})
    for address in ("data/check/", "data/rates/", "work/again/"):
        assert client.post(f"/b/main/{address}").status_code == 403
    assert list(Store.objects.values_list("name", flat=True)) == [before]


def test_a_stopped_loop_is_told_and_a_running_one_is_not(owner: Client, store: Store) -> None:
    from datetime import UTC, datetime

    now = datetime.now(UTC)
    assert "has not run yet" in text(owner, "/b/main/data/")
    row = Schedule.objects.create(id=1, brand_id=store.brand_id, task="loop", due_at=now, last_finished_at=now)
    assert "work loop has" not in text(owner, "/b/main/data/")
    Schedule.objects.filter(id=row.id).update(last_finished_at=now - timedelta(minutes=3))
    assert "no sign since" in text(owner, "/b/main/work/")
    Schedule.objects.create(  # at a long task, it holds a claim
        id=2, brand_id=store.brand_id, task="nightly", due_at=now, claimed_until=now + timedelta(minutes=2)
    )
    assert "work loop has" not in text(owner, "/b/main/work/")


FULL = OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize(
    ("error", "kind"),
    [(OperationalError("database is locked"), "locked"), (OperationalError("database or disk is full"), "full"),
     (OperationalError("connection refused"), "away"), (OperationalError("unable to open database file"), "away"),
     (FULL, "full"), (ValueError("database is locked"), ""), (OSError(2, "no such file"), ""), (None, "")],
)  # fmt: skip
def test_what_an_error_says_of_the_database(error: Exception | None, kind: str) -> None:
    assert kind_of(error) == kind


def test_a_database_that_is_locked_or_away_is_a_page_that_says_so(owner: Client, monkeypatch: Any) -> None:
    from perennial.web.pages import data

    def locked(*_: Any, **__: Any) -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr(data, "mirror_waits", locked)
    answer = owner.get("/b/main/data/")
    assert (answer.status_code, answer["Retry-After"]) == (503, "10")
    assert "The database is busy" in answer.content.decode()
    assert "Content-Security-Policy" in answer
    monkeypatch.setattr(data, "want_job", locked)
    answer = owner.post("/b/main/data/check/")
    assert answer.status_code == 503
    assert "your form is still filled in" in answer.content.decode()


def test_a_database_that_is_away_before_the_page_begins(monkeypatch: Any) -> None:
    from perennial.web.pages.problems import server_error

    request = RequestFactory().get("/b/main/data/")

    def away() -> None:
        raise OperationalError("could not connect to server: connection refused")

    try:
        away()
    except OperationalError:
        answer = server_error(request)
    assert answer.status_code == 503
    assert "cannot be reached" in answer.content.decode()


def test_for_programs_it_is_a_problem_in_their_words() -> None:
    answer = outage(RequestFactory().post("/api/v1/orders"), OperationalError("database is locked"))
    assert answer is not None
    assert (answer.status_code, answer["Content-Type"]) == (503, "application/problem+json")
    assert b'"status": 503' in answer.content


def test_pages_load_no_engine(owner: Client, store: Store) -> None:
    import subprocess

    code = (
        "import os, sys, django; os.environ['DJANGO_SETTINGS_MODULE'] = 'perennial.settings'; django.setup();"
        "from perennial.urls import urlpatterns;"
        "print([name for name in ('ibis', 'duckdb', 'scipy', 'pyarrow', 'numpy') if name in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
