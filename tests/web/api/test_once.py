"""A call sent twice has its effect once: in turn, at once, after a crash, with another body."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, connections

from tests.web.api.conftest import House, an_order, told

REPLAYED = "Idempotency-Replayed"


def test_the_same_call_again_gets_the_same_bytes_and_does_nothing(house: House, record):
    from perennial.web.models import Call

    first = record(an_order("1"), idempotency_key="k1")
    again = record(an_order("1"), idempotency_key="k1")
    assert first.status_code == again.status_code == 200
    assert first.content == again.content
    assert told(first)["counts"]["order.new"] == 1
    assert (REPLAYED in first.headers, again.headers[REPLAYED]) == (False, "true")
    kept = Call.objects.get()
    assert (kept.status, kept.body) == (200, first.content.decode())
    without = record(an_order("1"))
    assert told(without)["counts"] == {"order.same": 1}


def test_the_key_with_another_body_or_for_another_call_is_refused(house: House, record):
    record(an_order("1"), idempotency_key="k1")
    other = record(an_order("2"), idempotency_key="k1")
    assert (other.status_code, told(other)["code"]) == (422, "key_reused")
    assert told(other)["errors"][0]["header"] == "Idempotency-Key"
    elsewhere = house.call("POST", f"/customers/{house.ours.customer}/consents", body={"channel": "sms", "given": True},
                           idempotency_key="k1")  # fmt: skip
    assert told(elsewhere)["code"] == "key_reused"

    from perennial.facts.models.orders import Order

    assert not Order.objects.filter(name="2").exists()


def test_another_key_of_the_api_has_its_own_idempotency_keys(house: House, record):
    record(an_order("1"), idempotency_key="k1")
    other = record(an_order("2"), idempotency_key="k1", key="writing")
    assert other.status_code == 200
    assert REPLAYED not in other.headers


def test_a_call_that_was_refused_may_be_mended_under_its_key(house: House, record):
    wrong = record(an_order("1", total="much"), idempotency_key="k1")
    assert wrong.status_code == 422
    mended = record(an_order("1"), idempotency_key="k1")
    assert mended.status_code == 200


@pytest.mark.parametrize("key", ["", "é", "x" * 256, "a\tb"])
def test_a_key_that_cannot_be_kept_is_refused(house: House, record, key: str):
    found = record(an_order("1"), idempotency_key=key)
    assert (found.status_code, told(found)["code"]) == (400, "malformed")


def test_effect_and_key_are_kept_together_or_not_at_all(house: House, record, monkeypatch):
    from perennial.facts.models.orders import Order
    from perennial.web.models import Call

    def crash(**columns: object) -> None:
        assert Order.objects.filter(name="1").exists()  # the effect stands, the key does not yet
        raise RuntimeError("the power went")

    monkeypatch.setattr(Call.objects, "create", crash)
    assert record(an_order("1"), idempotency_key="k1").status_code == 500
    monkeypatch.undo()
    assert not Order.objects.filter(name="1").exists()
    again = record(an_order("1"), idempotency_key="k1")
    assert told(again)["counts"]["order.new"] == 1
    assert REPLAYED not in again.headers


def test_calls_are_forgotten_after_thirty_days_by_the_loop(house: House, record):
    from perennial.facts.actions.prune import prune_steps
    from perennial.web.models import Call

    for number in range(3):
        record(an_order("1"), idempotency_key=f"k{number}")
    now = datetime.now(UTC)
    Call.objects.filter(idempotency_key="k0").update(at=now - timedelta(days=31))
    Call.objects.filter(idempotency_key="k1").update(at=now - timedelta(days=29))
    for _ in prune_steps(brand_id=house.ours.store.brand_id, now=now):
        pass
    assert set(Call.objects.values_list("idempotency_key", flat=True)) == {"k1", "k2"}


def test_what_is_kept_of_a_call_names_nobody(house: House, record):
    """So that it need not be searched when somebody is erased."""
    from perennial.web.models import Call

    record(an_order("1", email="ana@example.org"), idempotency_key="facts")
    visit = {"store": "here", "visitor": "v1", "events": [{"id": "e1", "kind": "searched", "props": {"q": "ana"}}]}
    house.call("POST", "/behaviour", "page", visit, idempotency_key="visit")
    path = f"/customers/{house.ours.customer}/consents"
    consent = {"channel": "sms", "given": True, "source": "ana@example.org", "proof": "ana", "text_version": "ana"}
    house.call("POST", path, body=consent, idempotency_key="consent")
    kept = dict(Call.objects.values_list("idempotency_key", "body"))
    assert set(kept) == {"facts", "visit", "consent"}
    assert [key for key, body in kept.items() if "ana" in body or "oursword" in body] == []


def at_once(calls: list[Callable[[], object]]) -> list[object]:
    """What the calls give, all begun at the same moment, each on a connection of its own."""
    ready = threading.Barrier(len(calls))
    found: list[object] = [None] * len(calls)

    def run(place: int) -> None:
        try:
            ready.wait()
            found[place] = calls[place]()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_many_equal_calls_at_once_have_one_effect(real_transactions: None, house: House, record):
    """Each either is the first, gets the first one's answer, or is told to come again."""
    from perennial.web.models import Call

    for turn in range(5):
        key = f"turn-{turn}"
        answers = at_once([lambda key=key: record(an_order(key), idempotency_key=key) for _ in range(4)])
        done = [one for one in answers if one.status_code == 200]
        busy = [one for one in answers if one.status_code == 409]
        assert len(done) + len(busy) == len(answers), [one.content for one in answers]
        assert len({one.content for one in done}) == 1
        assert sum(REPLAYED not in one.headers for one in done) == 1
        assert all(told(one)["code"] == "in_progress" and one.headers["Retry-After"] for one in busy)
        assert told(done[0])["counts"]["order.new"] == 1
    assert Call.objects.count() == 5


@pytest.mark.only_on("postgres")
def test_the_second_is_told_that_the_first_is_at_it(real_transactions: None, house: House, record, monkeypatch):
    from perennial.web.api import recording

    inside, go_on = threading.Event(), threading.Event()
    real = recording.record_prepared

    def slow(*args, **kwargs):
        inside.set()
        assert go_on.wait(30)
        return real(*args, **kwargs)

    monkeypatch.setattr(recording, "record_prepared", slow)

    def second():
        assert inside.wait(30)
        try:
            return record(an_order("1"), idempotency_key="k1")
        finally:
            go_on.set()

    first, other = at_once([lambda: record(an_order("1"), idempotency_key="k1"), second])
    assert first.status_code == 200
    assert (other.status_code, told(other)["code"], other.headers["Retry-After"]) == (409, "in_progress", "1")
    assert connection.vendor == "postgresql"
