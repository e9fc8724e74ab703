"""One person under two accounts, and back."""

from __future__ import annotations

import pytest

from perennial.facts.actions.merge import NotMerged, merge, undo_merge
from perennial.facts.actions.record import record
from perennial.facts.rules import records as r
from perennial.models import Alias, Event, Merge, Order
from tests.facts.builders import GUEST, LOYAL, NOW, order

pytestmark = pytest.mark.django_db
OTHER = r.Who(account="c9", email="loyal@example.com")


@pytest.fixture
def people(source):
    record(r.Batch(orders=(order("o1", GUEST), order("o2", LOYAL), order("o3", OTHER))), source=source, now=NOW)
    return {name: Order.objects.get(name=name).customer_id for name in ("o1", "o2", "o3")}


def persons():
    return dict(Alias.objects.values_list("id", "person_id"))


def test_a_merge_joins_two_accounts_and_the_guest_at_their_address(source, people):
    assert persons() == {}
    merge(source=source, customer=people["o3"], into=people["o2"], why="asked for", author="ana", now=NOW)
    assert persons() == {people["o3"]: people["o2"], people["o1"]: people["o2"]}
    assert Order.objects.get(name="o3").customer_id == people["o3"]
    assert Event.objects.filter(kind="customer.merged").count() == 1


def test_undoing_it_leaves_everything_as_it_was(source, people):
    done = merge(source=source, customer=people["o3"], into=people["o2"], why="asked for", author="ana", now=NOW)
    undo_merge(source=source, merge_id=done, now=NOW)
    assert persons() == {}
    assert Merge.objects.get().undone_at == NOW
    with pytest.raises(NotMerged, match="undone already"):
        undo_merge(source=source, merge_id=done, now=NOW)
    merge(source=source, customer=people["o2"], into=people["o3"], why="asked for", author="ana", now=NOW)
    assert persons() == {people["o2"]: people["o3"], people["o1"]: people["o3"]}


def test_chains_end_at_one_person_and_rings_are_refused(source, people):
    merge(source=source, customer=people["o3"], into=people["o2"], why="", author="ana", now=NOW)
    with pytest.raises(NotMerged, match="own alias"):
        merge(source=source, customer=people["o2"], into=people["o3"], why="", author="ana", now=NOW)
    record(r.Batch(orders=(order("o4", r.Who(account="c10")),)), source=source, now=NOW)
    fourth = Order.objects.get(name="o4").customer_id
    merge(source=source, customer=people["o2"], into=fourth, why="", author="ana", now=NOW)
    assert persons() == {people["o3"]: fourth, people["o2"]: fourth, people["o1"]: fourth}


def test_a_stranger_cannot_be_merged(source, people):
    with pytest.raises(NotMerged, match="no customer 7"):
        merge(source=source, customer=7, into=people["o2"], why="", author="ana", now=NOW)
    assert not Merge.objects.exists()


def test_an_account_merged_into_a_guest_does_not_run_in_a_ring_when_it_gets_the_guests_address(source):
    plain = r.Who(account="c7")
    record(r.Batch(orders=(order("o1", GUEST), order("o2", plain))), source=source, now=NOW)
    guest, account = (Order.objects.get(name=name).customer_id for name in ("o1", "o2"))
    merge(source=source, customer=account, into=guest, why="", author="ana", now=NOW)
    told = r.Who(account="c7", email="loyal@example.com")
    record(r.Batch(orders=(order("o3", told),)), source=source, now=NOW)
    assert persons() == {account: guest}


def test_a_merge_far_up_the_chain_brings_the_guest_and_undoing_it_takes_it_away(source):
    third, fourth = r.Who(account="c3", email="x@example.com"), r.Who(account="c4", email="x@example.com")
    batch = (order("g", r.Who(email="x@example.com")), order("c", third), order("d", fourth),
             order("a", r.Who(account="c1")), order("b", r.Who(account="c2")))  # fmt: skip
    record(r.Batch(orders=batch), source=source, now=NOW)
    who = dict(Order.objects.values_list("name", "customer_id"))
    for customer, into in (("c", "a"), ("d", "b")):
        merge(source=source, customer=who[customer], into=who[into], why="", author="ana", now=NOW)
    apart = {who["c"]: who["a"], who["d"]: who["b"]}
    assert persons() == apart
    done = merge(source=source, customer=who["a"], into=who["b"], why="", author="ana", now=NOW)
    assert persons() == dict.fromkeys((who["a"], who["c"], who["d"], who["g"]), who["b"])
    undo_merge(source=source, merge_id=done, now=NOW)
    assert persons() == apart
