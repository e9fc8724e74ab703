"""Work: what is due, what runs, what is stuck and what to do about it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from perennial.database import ids
from perennial.facts.models.brands import Store
from perennial.facts.models.loop import Event, Pending, Schedule, Touched
from perennial.web.data.working import database_size, took
from perennial.web.models import Audit
from tests.web.conftest import NOW, signed_in

pytestmark = pytest.mark.django_db

PAGE = "/b/main/work/"


def row(store: Store, task: str, **values: object) -> Schedule:
    return Schedule.objects.create(id=ids.new(), brand_id=store.brand_id, task=task, **{"due_at": NOW, **values})


def test_what_ran_and_what_is_due(owner: Client, store: Store) -> None:
    row(store, "mirror", last_started_at=NOW, last_finished_at=NOW + timedelta(seconds=245))
    row(store, "nightly", due_at=datetime.now(UTC) + timedelta(hours=3))
    row(store, "loop", last_finished_at=NOW)
    found = owner.get(PAGE).content.decode()
    assert "Keep the copy that answers are computed from" in found
    assert "4:05 min" in found
    assert "when there is something to do" in found
    assert "<code>loop</code>" not in found
    assert "every 4s" not in found
    assert "Free on the disk" in found


def test_what_runs_is_looked_at_again(owner: Client, store: Store) -> None:
    held = row(store, "nightly", claimed_by="host:7", claimed_until=datetime.now(UTC) + timedelta(minutes=1))
    found = owner.get(PAGE).content.decode()
    assert "every 4s" in found
    assert "host:7" in found
    part = owner.get(PAGE, headers={"HX-Request": "true"})
    assert b"<html" not in part.content
    Schedule.objects.filter(id=held.id).update(claimed_until=None)
    over = owner.get(PAGE, headers={"HX-Request": "true"})
    assert (over.status_code, over["HX-Refresh"]) == (204, "true")


@pytest.mark.parametrize(
    ("error", "says"),
    [("OSError: [Errno 28] No space left on device", "free some room"),
     ("OperationalError: database is locked", "tried again by itself"),
     ("OperationalError: connection refused", "see that it runs"), ("KeyError", "looks after this machine")],
)  # fmt: skip
def test_what_is_stuck_says_what_to_do_and_is_tried_again(owner: Client, store: Store, error: str, says: str) -> None:
    late = datetime.now(UTC) + timedelta(hours=1)
    stuck = row(store, "answers", failures=3, last_error=f"{error}\n  File <script>", due_at=late)
    found = owner.get(PAGE).content.decode()
    assert says in found
    assert "failed 3 times in a row" in found
    assert "<script>" not in found.replace('<script src="', "")
    assert "tried again" not in owner.post(f"{PAGE}again/", {"task": "answers"}, follow=True).content.decode()[:100]
    stuck.refresh_from_db()
    assert stuck.due_at <= datetime.now(UTC)
    assert Audit.objects.filter(verb="work.again").count() == 1


def test_it_is_not_hastened_while_it_runs_nor_by_who_may_not(owner: Client, store: Store) -> None:
    row(store, "answers", claimed_until=datetime.now(UTC) + timedelta(minutes=1))
    answer = owner.post(f"{PAGE}again/", {"task": "answers"}, follow=True)
    assert "running already" in answer.content.decode()
    assert signed_in(store, "support").post(f"{PAGE}again/", {"task": "answers"}).status_code == 403
    assert not Audit.objects.filter(verb="work.again").exists()


def test_events_that_wait_are_counted_by_reader(owner: Client, store: Store) -> None:
    for n in range(3):
        event = Event.objects.create(
            id=ids.new(), brand_id=store.brand_id, store_id=store.id, kind="order.paid", subject_id=n,
            discriminator=0, occurred_at=NOW, recorded_at=NOW, day=1, history=False,
        )  # fmt: skip
        Pending.objects.create(
            id=ids.new(), brand_id=store.brand_id, reader="loyalty", event_id=event.id, due_at=NOW,
            attempts=int(n == 2), error="ValueError" if n == 2 else "",
        )  # fmt: skip
    found = owner.get(PAGE).content.decode()
    assert "Events for loyalty" in found
    assert "ValueError" in found


def test_spans_and_sizes() -> None:
    assert took(timedelta(seconds=0.26)) == "0.3 s"
    assert took(timedelta(seconds=605)) == "10:05 min"
    assert database_size() > 0


def test_another_brands_tasks_are_not_shown(owner: Client, store: Store) -> None:
    Schedule.objects.create(id=ids.new(), brand_id=store.brand_id + 1, task="answers", due_at=NOW, failures=2,
                            last_error="SecretError")  # fmt: skip
    assert "SecretError" not in owner.get(PAGE).content.decode()


def test_customers_whose_figures_wait_count_once(owner: Client, store: Store) -> None:
    for reader in ("figures", "search"):
        Touched.objects.create(id=ids.new(), brand_id=store.brand_id, reader=reader, customer_id=7, n=1)
    found = owner.get(PAGE).content.decode()
    assert re.search(r'Customers whose figures are worked out anew</[^>]*>\s*<td class="n">1<', found), found
