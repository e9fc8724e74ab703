"""Memberships follow what is recorded, what time does, and the segments themselves; each change once."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from perennial.documents.actions import retire, save
from perennial.facts.actions.readers import install
from perennial.facts.models.loop import Event, Pending, Touched
from perennial.facts.models.orders import Order
from perennial.facts.rules.readers import SALES, VISITS, Reader
from perennial.segments.actions.fill import nightly_steps
from perennial.segments.actions.follow import follow_steps
from perennial.segments.models import CutPoint, Membership, SegmentDay, SegmentState
from perennial.values.time import LocalDay
from tests.figures.facts import NOW, House
from tests.figures.test_figures import nightly as figures_nightly

pytestmark = pytest.mark.django_db(transaction=True)
DAY = timedelta(days=1)


class Shop(House):
    """A brand with segments."""

    def segment(self, key: str, rule: str, now: datetime = NOW, seen: int = 0) -> None:
        save(
            brand_id=self.id, kind="segment", key=key, body={"title": key, "rule": rule}, author="ada",
            seen_version=seen, state="live", now=now,
        )  # fmt: skip

    def touch(self, *customers: int, what: int = 63) -> None:
        from perennial.facts.actions.loop_marks import touch_customers

        touch_customers(self.id, ["segments"], dict.fromkeys(customers, what))

    def follow(self, now: datetime = NOW) -> None:
        list(follow_steps(brand_id=self.id, now=now))

    def members(self, key: str) -> set[int]:
        return set(
            Membership.objects.filter(brand_id=self.id, segment=key, left_at=None).values_list("customer_id", flat=True)
        )

    def stays(self, key: str) -> list[tuple]:
        rows = Membership.objects.filter(brand_id=self.id, segment=key).order_by("entered_at", "customer_id")
        return list(rows.values_list("customer_id", "entered_at", "entered_why", "left_at", "left_why"))


def buy(shop: Shop, customer: int, at: datetime, total: int = 10_000, *, told: bool = True):
    order = shop.order(customer, at, [{"total": total}])
    if told:
        shop.touch(customer, what=SALES)
    return order


def test_an_order_brings_somebody_in_and_its_refund_takes_them_out_once():
    shop = Shop()
    ann, bob = shop.customer(), shop.customer()
    shop.segment("big", "spent(6 months) >= 250")
    shop.follow()
    assert shop.members("big") == set()
    order = buy(shop, ann, NOW, 30_000)
    shop.follow(NOW + DAY / 24)
    shop.follow(NOW + DAY / 12)
    assert shop.members("big") == {ann}
    assert not Touched.objects.filter(brand_id=shop.id, reader="segments").exists()
    shop.refund(order, NOW + DAY / 8, 30_000)
    shop.touch(ann)
    shop.follow(NOW + DAY / 6)
    assert shop.stays("big") == [(ann, NOW + DAY / 24, "fact", NOW + DAY / 6, "fact")]
    state = SegmentState.objects.get(brand_id=shop.id, segment="big")
    assert state.members == 0
    day = SegmentDay.objects.get(brand_id=shop.id, segment="big")
    assert (day.members, day.entered, day.left) == (0, 1, 1)
    assert bob not in shop.members("big")


def test_a_new_segment_is_filled_from_everybody_and_a_changed_one_anew():
    shop = Shop()
    people = [shop.customer() for _ in range(5)]
    for number, customer in enumerate(people):
        buy(shop, customer, NOW - 3 * DAY, 10_000 * (number + 1), told=False)
    shop.segment("big", "spent >= 300")
    shop.follow()
    assert shop.members("big") == set(people[2:])
    assert {row[2] for row in shop.stays("big")} == {"rule"}
    shop.segment("big", "spent >= 400", seen=1, now=NOW + DAY / 24)
    shop.follow(NOW + DAY / 12)
    assert shop.members("big") == set(people[3:])
    assert [row for row in shop.stays("big") if row[3]] == [(people[2], NOW, "rule", NOW + DAY / 12, "rule")]
    retire(brand_id=shop.id, kind="segment", key="big", author="ada", seen_version=2, now=NOW + DAY / 8)
    shop.follow(NOW + DAY / 6)
    assert shop.members("big") == set()
    assert SegmentState.objects.get(brand_id=shop.id, segment="big").members == 0


def test_time_alone_takes_somebody_out_at_local_midnight():
    shop = Shop(zone="Pacific/Auckland")
    ann = shop.customer()
    shop.segment("lately", "orders(5 days) >= 1")
    shop.follow()
    order = buy(shop, ann, NOW)  # noon UTC on 30 June is 1 July in Auckland, at midnight
    first = LocalDay.on(date(2024, 7, 1))
    Order.objects.filter(id=order.id).update(ordered_day=int(first))
    shop.mark(("orders", first.month))
    shop.follow(NOW + DAY / 24)
    assert shop.members("lately") == {ann}
    late = datetime(2024, 7, 5, 11, 59, tzinfo=NOW.tzinfo)  # a minute before midnight there
    shop.follow(late)
    assert shop.members("lately") == {ann}
    shop.follow(late + timedelta(minutes=2))
    assert shop.stays("lately") == [(ann, NOW + DAY / 24, "fact", late + timedelta(minutes=2), "time")]


def test_days_on_which_nothing_ran_are_made_up():
    shop = Shop()
    ann, bob = shop.customer(), shop.customer()
    shop.segment("lately", "orders(5 days) >= 1")
    shop.segment("quiet", "days_since(last_order) >= 10")
    buy(shop, ann, NOW)
    buy(shop, bob, NOW - 2 * DAY)
    shop.follow()
    shop.follow(NOW + 40 * DAY)
    assert (shop.members("lately"), shop.members("quiet")) == (set(), {ann, bob})


def test_segments_may_name_each_other_and_follow_together():
    shop = Shop()
    ann, bob = shop.customer(country="ES"), shop.customer(country="IT")
    shop.segment("buyers", "orders >= 1")
    shop.segment("spain", 'segment("buyers") and country is "ES"')
    shop.follow()
    buy(shop, ann, NOW)
    buy(shop, bob, NOW)
    shop.follow(NOW + DAY / 24)
    assert (shop.members("buyers"), shop.members("spain")) == ({ann, bob}, {ann})
    shop.segment("buyers", "orders >= 2", seen=1, now=NOW + DAY / 12)
    shop.follow(NOW + DAY / 8)
    assert (shop.members("buyers"), shop.members("spain")) == (set(), set())


def test_who_is_merged_leaves_and_the_other_enters():
    shop = Shop()
    ann, anna = shop.customer(), shop.customer()
    shop.segment("regular", "orders >= 2")
    buy(shop, ann, NOW - DAY)
    buy(shop, ann, NOW - 2 * DAY)
    shop.follow()
    assert shop.members("regular") == {ann}
    shop.alias(ann, anna)
    shop.touch(ann, anna)
    shop.follow(NOW + DAY / 24)
    assert shop.members("regular") == {anna}
    assert shop.stays("regular")[0][4] == "merge"


def test_what_no_rule_reads_costs_no_judging(django_assert_max_num_queries):
    shop = Shop()
    ann = shop.customer()
    shop.segment("buyers", "orders >= 1")
    shop.follow()
    shop.touch(ann, what=VISITS)
    with django_assert_max_num_queries(20):
        shop.follow(NOW + DAY / 24)
    assert not Touched.objects.filter(brand_id=shop.id, reader="segments").exists()


def test_entering_and_leaving_are_told_to_who_wants_to_hear_once():
    shop = Shop()
    ann, bob = shop.customer(), shop.customer()
    buy(shop, bob, NOW - DAY, told=False)
    before = install((Reader("hears", kinds=frozenset({"segment.entered", "segment.left"})),))
    try:
        shop.segment("buyers", "orders >= 1")
        shop.follow()
        order = buy(shop, ann, NOW)
        shop.follow(NOW + DAY / 24)
        shop.refund(order, NOW + DAY / 12, 10_000)
        shop.touch(ann)
        shop.follow(NOW + DAY / 8)
        shop.touch(ann)
        shop.follow(NOW + DAY / 6)
    finally:
        install(before)
    told = Event.objects.filter(brand_id=shop.id, kind__startswith="segment.").order_by("id")
    assert [(event.kind, event.customer_id) for event in told] == [("segment.entered", ann), ("segment.left", ann)]
    assert Pending.objects.filter(brand_id=shop.id, reader="hears").count() == 2
    assert len(shop.stays("buyers")) == 2  # bob was in when it was made: nobody is told


def test_rankings_move_at_night_by_cut_points_of_their_own():
    shop = Shop()
    people = [shop.customer() for _ in range(10)]
    for number, customer in enumerate(people):
        buy(shop, customer, NOW - 3 * DAY, 1_000 * (number + 1), told=False)
    shop.segment("vip", "top 20 % by spent(1 year)")
    shop.follow()
    assert shop.members("vip") == set(people[8:])
    buy(shop, people[0], NOW, 50_000)
    shop.follow(NOW + DAY / 24)
    assert shop.members("vip") == {people[0], *people[8:]}  # above the cut-point of last night
    list(nightly_steps(brand_id=shop.id, now=NOW + DAY))
    assert shop.members("vip") == {people[0], people[9]}
    assert CutPoint.objects.get(brand_id=shop.id).value == 10_000
    assert {row[4] for row in shop.stays("vip") if row[3]} == {"store"}


def test_a_segment_that_cannot_be_counted_says_why_and_keeps_its_members():
    shop = Shop()
    ann = shop.customer()
    buy(shop, ann, NOW - DAY, told=False)
    shop.segment("rich", "spent >= 10")
    shop.follow()
    shop.segment("rich", "spent >= 10 XAF", seen=1, now=NOW + DAY / 24)
    shop.follow(NOW + DAY / 12)
    state = SegmentState.objects.get(brand_id=shop.id, segment="rich")
    assert "no exchange rate for XAF" in state.error
    assert shop.members("rich") == {ann}


def test_everybody_at_night_agrees_with_what_was_followed():
    shop = Shop()
    people = [shop.customer() for _ in range(12)]
    rules = (
        "orders(2 weeks) >= 2",
        "lifecycle is new",
        "not rhythm is unknown",
        "aov >= 50",
        "days_since(last_order) < 9",
    )
    for number, customer in enumerate(people):
        for back in range(number):
            buy(shop, customer, NOW - (1 + 5 * back) * DAY, 2_000 * (back + 1), told=False)
    figures_nightly(shop)
    for number, rule in enumerate(rules):
        shop.segment(f"s{number}", rule)
    shop.follow()
    for step in range(1, 6):
        now = NOW + step * DAY
        for customer in people[step::4]:
            buy(shop, customer, now, 7_000)
        shop.follow(now)
    followed = {key: shop.members(key) for key in (f"s{n}" for n in range(len(rules)))}
    list(nightly_steps(brand_id=shop.id, now=NOW + 5 * DAY))
    assert followed == {key: shop.members(key) for key in followed}
    assert not Membership.objects.filter(brand_id=shop.id, entered_why="store").exists()
    assert any(followed.values())


def test_what_is_dated_after_a_round_began_is_judged_in_the_next():
    shop = Shop()
    ann = shop.customer()
    shop.segment("buyers", "orders >= 1")
    shop.follow()
    buy(shop, ann, NOW + timedelta(seconds=20))  # recorded after the round took its moment, or by a clock ahead of ours
    soon = NOW + timedelta(seconds=10)
    assert list(follow_steps(brand_id=shop.id, now=soon)) == []  # no work done: the loop need not hurry back
    assert shop.members("buyers") == set()
    shop.follow(NOW + timedelta(seconds=30))
    assert shop.members("buyers") == {ann}
    assert not Touched.objects.filter(brand_id=shop.id, reader="segments").exists()


def test_what_is_dated_in_years_keeps_nobody_waiting():
    shop = Shop()
    ann = shop.customer()
    shop.segment("buyers", "orders >= 1")
    shop.follow()
    buy(shop, ann, NOW + 900 * DAY)
    shop.follow(NOW + DAY / 24)
    assert shop.members("buyers") == set()
    assert not Touched.objects.filter(brand_id=shop.id, reader="segments").exists()


def test_who_spent_enough_follows_what_counts_as_spent():
    shop = Shop()
    ann = shop.customer()
    shop.order(ann, NOW - DAY, [{"total": 11_900, "tax": 1_900}])
    shop.segment("big", "spent >= 110")
    shop.segment("anybody", "orders >= 1")
    shop.follow()
    assert shop.members("big") == set()
    save(
        brand_id=shop.id, kind="reporting", key="default", body={"sums": {"tax": True}}, author="ada", seen_version=0,
        state="live", now=NOW,
    )  # fmt: skip
    shop.follow(NOW + DAY / 24)
    assert shop.members("big") == {ann}
    assert len(shop.stays("anybody")) == 1
