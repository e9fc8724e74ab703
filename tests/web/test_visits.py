"""Visits in a person's story: each once, whatever browsers they share and however long those are known."""

from __future__ import annotations

from datetime import timedelta

import pytest

from perennial.facts.rules import records as r
from tests.web.people import DAY, NOW, cus, record

ANA, ZOE = r.Who(account="a1"), r.Who(account="z9")


def at(days: float):
    return NOW - timedelta(days=days)


def looked(visitor: str, *days: float) -> list[r.Behaviour]:
    return [
        r.Behaviour(name=f"{visitor}-{day}", who=r.Who(visitor=visitor), at=at(day), kind="product_viewed")
        for day in days
    ]


def pages(store, account: str, size: int) -> list[list[int]]:
    """The story's visits page by page, as days ago."""
    from perennial.values.time import to_us
    from perennial.web.customers import person, timeline

    who = person.find(store.brand_id, cus(account))
    assert who is not None
    found: list[list[int]] = []
    place = ""
    while True:
        before = timeline.place(place) if place else None
        entries, place = timeline.story(who, now_us=to_us(NOW), before=before, size=size)
        found.append([DAY - entry.row["day"] for entry in entries if entry.kind == "visit"])
        if not place:
            return found


@pytest.fixture
def shared(store) -> None:
    """A browser that both use: Ana from day 100 to 40, Zoe from then to 20, Ana since."""
    record(
        store,
        sightings=[
            r.Sighting(who=ANA, visitor="both", at=at(100)), r.Sighting(who=ZOE, visitor="both", at=at(40)),
            r.Sighting(who=ANA, visitor="both", at=at(20)),
        ],
        behaviour=looked("both", *range(1, 61)),
    )  # fmt: skip


@pytest.mark.parametrize("size", [1, 3, 7, 100])
def test_every_visit_in_a_shared_browser_is_told_on_some_page(store, shared, size: int):
    told = [day for page in pages(store, "a1", size) for day in page]
    assert told == [*range(1, 21), *range(41, 61)]
    assert [day for page in pages(store, "z9", size) for day in page] == [*range(21, 41)]


def test_only_so_many_sightings_are_read(store, shared, monkeypatch, django_assert_max_num_queries):
    from perennial.web.customers import person, visits

    record(
        store, sightings=[r.Sighting(who=ZOE, visitor="both", at=at(40) + timedelta(minutes=n)) for n in range(1, 60)]
    )
    who = person.find(store.brand_id, cus("a1"))
    assert who is not None
    monkeypatch.setattr(visits, "_READ", 5)
    read: list[int] = []
    times = visits._times

    def counted(visitor, seen, begin, end):
        read.append(len(seen))
        return times(visitor, seen, begin, end)

    monkeypatch.setattr(visits, "_times", counted)
    with django_assert_max_num_queries(6):
        found = visits.days(who, before_us=None, limit=100)
    assert [DAY - row["day"] for row in found] == [*range(1, 21)], "before what was read it may be anybody's"
    assert read == [5]
    monkeypatch.setattr(visits, "_TILL", 20)
    assert visits.days(who, before_us=None, limit=100) == []


def test_a_browser_of_ones_own_is_not_read_sighting_by_sighting(store, monkeypatch):
    from perennial.web.customers import person, visits

    record(
        store,
        sightings=[r.Sighting(who=ANA, visitor="own", at=at(n)) for n in range(1, 40)], behaviour=looked("own", 3, 50),
    )  # fmt: skip
    who = person.find(store.brand_id, cus("a1"))
    assert who is not None
    monkeypatch.setattr(visits, "_times_before", lambda *told: pytest.fail("read"))
    assert [DAY - row["day"] for row in visits.days(who, before_us=None, limit=9)] == [3, 50]
