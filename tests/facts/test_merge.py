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
