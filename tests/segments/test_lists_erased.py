"""Whoever is erased is on no list, and comes on none again; whoever is merged is asked about as one person."""

from __future__ import annotations

import pytest

from perennial.facts.actions.erase import erase
from perennial.facts.actions.erasing.steps import erase_steps
from perennial.facts.rules import records as r
from perennial.segments.models import Listed
from perennial.segments.queries.lists import listed
from perennial.values.ids import public
from tests.segments.people import NOW, House

pytestmark = pytest.mark.django_db(transaction=True)
ANA = r.Who(account="17", email="ana@example.com", phone="+34600123456")
BO = r.Who(email="bo@example.com")


@pytest.fixture
def house() -> House:
    return House()


def gone(house: House, customer: int) -> None:
    erase(brand_id=house.brand_id, customer_id=customer, now=NOW)
    list(erase_steps(brand_id=house.brand_id, now=NOW))


def values(list_id: int) -> list[str]:
    return sorted(set(Listed.objects.filter(list_id=list_id).values_list("value", flat=True)))


def test_entries_of_an_erased_person_go_matched_or_waiting(house: House):
    spring, autumn = house.a_list(), house.a_list("Autumn")
    house.add(spring, "ana@example.com\nbo@example.com\n+34600123456\nwaits@example.com")
    ana, bo = house.meet(ANA, BO)
    house.match()
    house.add(autumn, f"{public('cus', ana)}\nana@example.com")
    # Waiting although the customer is there, as between a recording and the loop.
    Listed.objects.filter(value="+34600123456").update(customer_id=None, matched_at=None)
    from perennial.segments.models import StaticList

    StaticList.objects.filter(id=spring).update(counts={"matched": 2, "waiting": 2})
    gone(house, ana)
    assert values(spring) == ["bo@example.com", "waits@example.com"]
    assert values(autumn) == []
    assert house.counts(spring) == (1, 1)
    assert house.counts(autumn) == (0, 0)
    assert listed(brand_id=house.brand_id, customers=[ana, bo]) == {bo: frozenset({"spring-fair"})}


def test_an_erased_person_comes_on_no_list_again(house: House):
    (ana,) = house.meet(ANA)
    gone(house, ana)
    spring = house.a_list()
    told = house.add(spring, f"ana@example.com\n600123456\nbo@example.com\n{public('cus', ana)}")
    assert values(spring) == ["bo@example.com"]
    assert told.unread == [[1, "listing.erased"], [2, "listing.erased"], [4, "listing.erased"]]
    assert (told.counts["new"], told.counts["known"], told.counts["unread"]) == (1, 0, 3)
    assert house.add(spring, "17", kind="account").unread == [[1, "listing.erased"]]
    house.meet(ANA)
    house.match()
    assert house.counts(spring) == (0, 1)


def test_somebody_else_at_the_address_stays_on_the_list(house: House):
    ana, other = house.meet(ANA, r.Who(account="99", email="ana@example.com"))
    spring = house.a_list()
    house.add(spring, "ana@example.com")
    gone(house, ana)
    assert list(Listed.objects.values_list("customer_id", flat=True)) == [other]
    assert house.counts(spring) == (1, 0)
    autumn = house.a_list("Autumn")
    assert house.add(autumn, "ana@example.com").counts["matched"] == 1
    assert set(Listed.objects.values_list("customer_id", flat=True)) == {other}


def test_rows_that_stand_in_spite_of_it_go_with_the_other_tables(house: House):
    """What the loop joined in the very moment of the erasure."""
    from perennial.facts.actions.erasing import blanking

    (ana,) = house.meet(ANA)
    spring = house.a_list()
    house.add(spring, "ana@example.com")
    assert blanking.count_rows("listed", house.brand_id, [ana]) == 1
    assert blanking.erase_rows("listed", house.brand_id, [ana]) == 1
    assert values(spring) == []


def test_whoever_is_merged_is_on_the_list_as_one_person(house: House):
    from perennial.facts.actions.merge import merge
    from perennial.facts.models.people import Alias

    ana, other = house.meet(ANA, r.Who(account="99", email="ana.work@example.com"))
    spring = house.a_list()
    house.add(spring, "ana@example.com")
    merge(source=house.source, customer=ana, into=other, why="", author="test", now=NOW)
    mine = [other, *Alias.objects.filter(person_id=other).values_list("id", flat=True)]
    assert set(listed(brand_id=house.brand_id, customers=mine)) == {ana}
    assert list(Listed.objects.values_list("customer_id", flat=True)) == [ana]  # the row stays what was stated
