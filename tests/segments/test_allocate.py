"""What each customer may cost a year, from recorded orders to the score: exact, once, stoppable, up to date."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from perennial.database import ids
from perennial.documents.actions import retire, save
from perennial.facts.actions.loop_schedules import NotNow
from perennial.figures.actions.alone import alone
from perennial.figures.actions.refresh_figures import everybody_steps
from perennial.figures.models import CustomerFigures
from perennial.segments.actions import allocate
from perennial.segments.actions.allocate import allocate_steps, something_to_allot, want_look
from perennial.segments.models import Allotment, Membership, Score
from perennial.segments.rules.allocation import KIND, Allocation
from tests.figures.facts import NOW, House, on

pytestmark = pytest.mark.django_db(transaction=True)
SOON = NOW + timedelta(minutes=5)
EVERYONE = {"title": "All", "who": {"kind": "everyone"}, "share": 0.1}


def sold(house: House, customer: int, at: datetime, total: int, cost: int | None, *, discount: int = 0) -> Any:
    return house.order(customer, at, [{"total": total, "cost": cost, "discount": discount}])


def night(house: House, now: datetime = NOW) -> None:
    list(everybody_steps(brand_id=house.id, now=now))


def allot(house: House, now: datetime = SOON) -> None:
    list(allocate_steps(brand_id=house.id, now=now))


def said(house: House, body: dict[str, Any], seen: int = 0, now: datetime = SOON, **more: Any) -> None:
    save(
        brand_id=house.id, kind="allocation", key="default", body=body, author="t", seen_version=seen, now=now,
        state="live", **more,
    )  # fmt: skip


def care(house: House) -> dict[int, float]:
    return dict(Score.objects.filter(brand_id=house.id, name="care").values_list("customer_id", "value"))


def held(house: House) -> Allotment:
    return Allotment.objects.get(brand_id=house.id, key="")


@pytest.fixture
def house() -> House:
    return House()


@pytest.fixture
def people(house: House) -> dict[str, int]:
    """Ann of this year, Ben of last year, Cleo of unknown costs, Dan who never ordered, Eve at a loss."""
    found = {name: house.customer() for name in ("ann", "ben", "cleo", "dan", "eve")}
    sold(house, found["ann"], on(2024, 5, 1), 10_000, 4_005, discount=300)
    refunded = sold(house, found["ann"], on(2024, 6, 1), 2_000, 500)
    house.refund(refunded, on(2024, 6, 5), 2_000, [{"quantity": 1000, "amount": 2_000, "restocked": True}])
    # 365 days: 1 July 2023 is the first of them, 30 June the last day before.
    sold(house, found["ann"], on(2023, 7, 2), 1_000, 400)
    sold(house, found["ann"], on(2023, 7, 1), 50_000, 0)
    sold(house, found["ben"], on(2022, 7, 1), 73_100, 0)
    sold(house, found["cleo"], on(2024, 5, 1), 3_000, None)
    sold(house, found["eve"], on(2024, 5, 1), 1_000, 3_000)
    return found


def test_a_share_of_the_profit_of_the_last_365_days_to_the_unit(house, people):
    night(house)
    said(house, {"groups": [EVERYONE | {"floor": "1", "starting": "7.50"}]})
    allot(house)
    # Of Ann's four orders the second was given back whole and its goods are lost; the last is a day too old.
    ann = 10_000 - 4_005 - 500 + 1_000 - 400
    assert care(house) == {
        people["ann"]: (ann + 5) // 10, people["ben"]: 100, people["cleo"]: 750, people["dan"]: 750,
        people["eve"]: 100,
    }  # fmt: skip
    (group,) = held(house).found["groups"]
    assert group == {
        "part": 0, "people": 5, "care": (ann + 5) // 10 + 1700, "unknown": 2, "profit": ann,
        "revenue": 11_000 + 3_000 + 1_000, "discount": 300,
    }  # fmt: skip
    row = Score.objects.get(brand_id=house.id, customer_id=people["ann"])
    assert (row.model, row.as_of, row.low, row.high) == ("allocation@1", SOON, None, None)


def test_a_share_of_the_mean_of_all_years(house, people):
    night(house)
    said(house, {"of": "yearly_mean", "groups": [EVERYONE]})
    allot(house)
    days = (NOW - on(2022, 7, 1)).days + 1
    assert days == 731
    found = care(house)
    assert found[people["ben"]] == (73_100 * 365 // days + 5) // 10 == 3650
    assert (found[people["cleo"]], found[people["eve"]]) == (0, 0)


def test_the_first_group_counts_and_a_segment_is_read_as_it_is_now(house, people):
    night(house)
    for name, left in (("ann", None), ("ben", NOW)):
        Membership.objects.create(
            id=ids.new(), brand_id=house.id, customer_id=people[name], segment="vip", entered_at=NOW,
            entered_why="rule", entered_version=1, left_at=left,
        )  # fmt: skip
    save(
        brand_id=house.id, kind="segment", key="vip", body={"title": "VIP", "rule": "orders >= 1"}, author="t",
        seen_version=0, now=NOW, state="live",
    )  # fmt: skip
    vip = {"title": "VIP", "who": {"kind": "segment", "name": "vip"}, "share": 0.5, "ceiling": "20"}
    new = {"title": "New", "who": {"kind": "lifecycle", "values": ["prospect"]}, "share": 0, "starting": "3"}
    said(house, {"groups": [vip, new, EVERYONE | {"starting": "1"}]})
    allot(house)
    assert care(house) == {
        people["ann"]: 2000, people["ben"]: 0, people["cleo"]: 100, people["dan"]: 300, people["eve"]: 0,
    }  # fmt: skip
    assert [row["people"] for row in held(house).found["groups"]] == [1, 1, 3]
    assert sum(row["people"] for row in held(house).found["bands"]) == 5


def test_without_a_document_the_defaults_hold_and_so_after_its_end(house, people):
    night(house)
    allot(house)
    assert (held(house).version, held(house).body) == (0, Allocation().content())
    first = care(house)
    said(house, {"groups": [EVERYONE | {"floor": "9"}]})
    allot(house)
    assert set(care(house).values()) == {900.0}
    later = SOON + timedelta(hours=1)
    retire(brand_id=house.id, kind="allocation", key="default", author="t", seen_version=1, now=later)
    allot(house, later)
    assert care(house) == first
    assert (held(house).version, held(house).body) == (2, Allocation().content())


def test_nothing_is_done_twice_and_a_change_or_a_night_is_followed(house, people):
    assert not something_to_allot(house.id)  # nobody has figures
    allot(house)
    assert care(house) == {}
    night(house)
    assert something_to_allot(house.id)
    allot(house)
    ids_before = set(Score.objects.values_list("id", flat=True))
    assert not something_to_allot(house.id)
    assert list(allocate_steps(brand_id=house.id, now=SOON + timedelta(minutes=1))) == []
    assert {row.as_of for row in Score.objects.all()} == {SOON}
    said(house, {"groups": [EVERYONE]})
    assert something_to_allot(house.id)
    allot(house, SOON + timedelta(minutes=2))
    assert not something_to_allot(house.id)
    tomorrow = NOW + timedelta(days=1)
    night(house, tomorrow)
    assert something_to_allot(house.id)
    allot(house, tomorrow + timedelta(minutes=1))
    assert set(Score.objects.values_list("id", flat=True)) == ids_before
    assert not something_to_allot(house.id)


def test_a_version_that_begins_later_counts_from_then(house, people):
    night(house)
    allot(house)
    before = care(house)
    begins = SOON + timedelta(days=2)
    said(house, {"groups": [EVERYONE | {"floor": "9"}]}, effective_from=begins)
    allot(house, SOON + timedelta(minutes=1))
    assert care(house) == before
    allot(house, begins)
    assert set(care(house).values()) == {900.0}


def test_whoever_is_gone_loses_the_score(house, people):
    night(house)
    allot(house)
    house.alias(people["ben"], people["ann"])
    tomorrow = NOW + timedelta(days=1)
    night(house, tomorrow)
    allot(house, tomorrow)
    assert set(care(house)) == set(people.values()) - {people["ben"]}
    assert not CustomerFigures.objects.filter(id=people["ben"]).exists()


def test_stopped_between_parts_it_begins_again(house, people):
    night(house)
    steps = allocate_steps(brand_id=house.id, now=SOON)
    next(steps)  # worked out, nothing written yet
    next(steps)  # a part is written
    steps.close()
    assert something_to_allot(house.id)
    allot(house)
    assert len(care(house)) == 5
    assert not something_to_allot(house.id)


def test_one_at_a_time(house, people):
    night(house)
    with alone(house.id, "care"), pytest.raises(NotNow):
        allot(house)
    assert care(house) == {}


def test_a_look_sums_up_and_writes_no_score(house, people):
    night(house)
    allot(house)
    before = care(house)
    body = KIND.prepare({"groups": [EVERYONE | {"floor": "9"}]}, {}).content()
    asked = want_look(brand_id=house.id, body=body, now=SOON)
    assert something_to_allot(house.id)
    allot(house)
    asked.refresh_from_db()
    assert (asked.wanted_at, asked.error, asked.as_of) == (None, "", SOON)
    assert asked.found["groups"][0]["care"] == 4500
    assert asked.found["bands"] == [{"up_to": 1000, "people": 5, "care": 4500}]
    assert care(house) == before
    assert not something_to_allot(house.id)
    allot(house, SOON + timedelta(days=1, minutes=1))
    assert not Allotment.objects.filter(id=asked.id).exists()
    assert held(house).found is not None


def test_what_fails_is_told_and_leaves_the_scores(house, people, monkeypatch):
    night(house)
    allot(house)
    before = care(house)

    def broken(*_: Any) -> None:
        raise ValueError("no disk")

    monkeypatch.setattr(allocate, "_worked_out", broken)
    said(house, {"groups": [EVERYONE | {"floor": "9"}]})
    allot(house)
    assert "no disk" in held(house).error
    assert held(house).found is not None
    assert care(house) == before
    assert not something_to_allot(house.id)  # tried again after the next night
    body = Allocation().content()
    want_look(brand_id=house.id, body=body, now=SOON)
    allot(house)
    assert "no disk" in Allotment.objects.exclude(key="").get().error


def test_another_brand_is_left_alone(house, people):
    other = House()
    theirs = other.customer()
    sold(other, theirs, on(2024, 5, 1), 5_000, 0)
    night(other)
    allot(other)
    night(house)
    allot(house)
    assert set(care(other)) == {theirs}
    assert set(care(house)) == set(people.values())


def test_in_yen_amounts_have_no_small_change():
    house = House(currency="JPY")
    someone = house.customer()
    night(house)
    said(house, {"groups": [EVERYONE | {"starting": "1250.5"}]})
    allot(house)
    assert care(house) == {someone: 1251.0}
