"""Two processes that record at the same time: PostgreSQL lets them, and nothing may fall between them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.db import connection, transaction

from perennial.facts.actions.merge import NotMerged, merge, undo_merge
from perennial.facts.actions.record import record
from perennial.facts.actions.recording import aftersales
from perennial.facts.rules import records as r
from perennial.models import Alias, Beneficiary, Consent, Customer, Event, Order, Refund
from tests.facts.builders import DRIFTING, GUEST, LOYAL, NOW, at, order, parcel, refund

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.only_on("postgres")]
PATIENCE = 20


@contextmanager
def meanwhile(work: Callable[[], object]) -> Iterator[None]:
    """``work`` in another connection, begun while what the block did is not committed yet."""
    failed: list[BaseException] = []
    done = threading.Event()

    def run() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001  # raised again in the test's own thread
            failed.append(error)
        finally:
            connection.close()
            done.set()

    thread = threading.Thread(target=run)
    with transaction.atomic():
        yield
        thread.start()
        done.wait(1)  # it ends, or waits for this transaction
    thread.join(PATIENCE)
    assert not thread.is_alive()
    if failed:
        raise failed[0]


def persons() -> dict[int, int]:
    return dict(Alias.objects.values_list("id", "person_id"))


def test_a_refund_and_its_order_find_each_other(source):
    # A parcel that came first has made the order's name known: there is no new name for both to meet at.
    record(r.Batch(fulfilments=(parcel(),)), source=source, now=NOW)
    with meanwhile(lambda: record(r.Batch(refunds=(refund(),)), source=source, now=NOW)):
        record(r.Batch(orders=(order(),)), source=source, now=NOW)
    assert not Refund.objects.get().waiting
    assert Refund.objects.get().customer_id == Order.objects.get().customer_id
    assert Event.objects.filter(kind="order.refunded").count() == 1


def test_a_parcel_and_its_order_find_each_other(source):
    record(r.Batch(refunds=(refund(),)), source=source, now=NOW)
    with meanwhile(lambda: record(r.Batch(fulfilments=(parcel(),)), source=source, now=NOW)):
        record(r.Batch(orders=(order(),)), source=source, now=NOW)
    assert Event.objects.filter(kind="order.delivered").count() == 1


def test_a_guest_and_the_account_at_the_address_find_each_other(source):
    with meanwhile(lambda: record(r.Batch(orders=(order("o2", GUEST),)), source=source, now=NOW)):
        record(r.Batch(orders=(order("o1", LOYAL),)), source=source, now=NOW)
    people = dict(Order.objects.values_list("name", "customer_id"))
    assert persons() == {people["o2"]: people["o1"]}


def test_a_guest_follows_an_account_that_is_being_merged(source):
    other = r.Who(account="c9")
    record(r.Batch(orders=(order("o1", LOYAL), order("o3", other))), source=source, now=NOW)
    people = dict(Order.objects.values_list("name", "customer_id"))
    with meanwhile(lambda: record(r.Batch(orders=(order("o2", GUEST),)), source=source, now=NOW)):
        merge(source=source, customer=people["o1"], into=people["o3"], why="", author="ana", now=NOW)
    guest = Order.objects.get(name="o2").customer_id
    assert persons() == {people["o1"]: people["o3"], guest: people["o3"]}


def test_a_merge_undone_twice_leaves_the_one_made_in_between(source):
    whos = [r.Who(account=name) for name in ("c1", "c2", "c3")]
    record(r.Batch(orders=tuple(order(f"o{who.account}", who) for who in whos)), source=source, now=NOW)
    one, two, three = Order.objects.order_by("name").values_list("customer_id", flat=True)
    first = merge(source=source, customer=one, into=two, why="", author="ana", now=NOW)

    def again() -> None:
        with pytest.raises(NotMerged, match="undone already"):
            undo_merge(source=source, merge_id=first, now=NOW)

    with meanwhile(again):
        undo_merge(source=source, merge_id=first, now=NOW)
        merge(source=source, customer=one, into=three, why="", author="ana", now=NOW)
    assert persons() == {one: three}


def test_a_rate_reaches_an_order_that_is_being_recorded(source):
    foreign = order(currency="USD")
    rate = r.Rate(currency="USD", day=at(0).date(), rate=0.9)
    with meanwhile(lambda: record(r.Batch(rates=(rate,)), source=source, now=NOW)):
        record(r.Batch(orders=(foreign,)), source=source, now=NOW)
    assert Order.objects.get().rate_e12 == 900_000_000_000


def test_an_order_sees_a_rate_that_is_being_recorded(source):
    foreign = order(currency="USD")
    rate = r.Rate(currency="USD", day=at(0).date(), rate=0.9)
    with meanwhile(lambda: record(r.Batch(orders=(foreign,)), source=source, now=NOW)):
        record(r.Batch(rates=(rate,)), source=source, now=NOW)
    assert Order.objects.get().rate_e12 == 900_000_000_000


def test_an_older_state_of_a_customer_leaves_nothing_behind(source):
    def state(day: int) -> r.Batch:
        pets = (r.Beneficiary(name=f"pet{day}"),)
        return r.Batch(customers=(r.Customer(who=LOYAL, updated_at=at(day), beneficiaries=pets),))

    record(state(0), source=source, now=NOW)
    with meanwhile(lambda: record(state(1), source=source, now=NOW)):
        record(state(2), source=source, now=NOW)
    assert Customer.objects.get().version_at == at(2)
    assert [pet.name for pet in Beneficiary.objects.all()] == ["pet2"]


def test_a_consent_given_in_two_places_is_told_once(source):
    given = r.Batch(consents=(r.Consent(who=LOYAL, at=at(1), channel="email", given=True),))
    record(r.Batch(orders=(order(),)), source=source, now=NOW)
    with meanwhile(lambda: record(given, source=source, now=NOW)):
        record(given, source=source, now=NOW)
    assert Consent.objects.count() == 1
    assert Event.objects.filter(kind="consent.given").count() == 1


def test_two_that_wait_for_each_other_both_get_through(source, monkeypatch):
    # Each has named its own order and asks for the other's: PostgreSQL ends one of them.
    first = r.Batch(orders=(order("o1"),), refunds=(refund("r1", "o2"),))
    second = r.Batch(orders=(order("o2", DRIFTING),), refunds=(refund("r2", "o1"),))
    record(r.Batch(orders=(order("o8"), order("o9", DRIFTING))), source=source, now=NOW)
    met, begun, asked = threading.Barrier(2), [], aftersales.record_refunds

    def ask(session, refunds):
        begun.append(session)
        if len(begun) <= met.parties:
            met.wait(PATIENCE)
        asked(session, refunds)

    monkeypatch.setattr(aftersales, "record_refunds", ask)
    failed: list[BaseException] = []

    def run(one: r.Batch) -> None:
        try:
            record(one, source=source, now=NOW)
        except BaseException as error:  # noqa: BLE001  # looked at below
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(one,)) for one in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert not failed
    assert len(begun) == 3
    assert Refund.objects.filter(waiting=False).count() == 2


@pytest.mark.parametrize("who", ["a note", "everybody's words"])
def test_whom_one_process_is_erasing_another_writes_nothing_of(source, who):
    from perennial.facts.actions.erase import erase
    from perennial.facts.actions.notes import write_note
    from perennial.facts.actions.search_words import everybody_steps
    from perennial.facts.models.desk import Note, Word
    from perennial.values.reason import Refused

    record(r.Batch(orders=(order(),)), source=source, now=NOW)
    loyal = Order.objects.get().customer_id
    brand = source.brand_id

    def write() -> None:
        if who == "a note":
            with pytest.raises(Refused):
                write_note(brand_id=brand, customer_id=loyal, author_id=1, body="Loyal again", now=NOW)
        else:
            list(everybody_steps(brand_id=brand))

    with meanwhile(write):
        erase(brand_id=brand, customer_id=loyal, now=NOW)
    assert not Note.objects.exists()
    assert not Word.objects.exists()
