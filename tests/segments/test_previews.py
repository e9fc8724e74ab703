"""Rules that somebody looks at are counted by the loop: how many, who for example, reach, overlap."""

from __future__ import annotations

from datetime import timedelta

import pytest

from perennial.database import ids
from perennial.facts.models.people import Consent, Identity
from perennial.segments.actions.count_previews import preview_steps, something_is_looked_at
from perennial.segments.actions.previews import want_preview
from perennial.segments.models import Membership, Preview
from perennial.segments.rules.rule import read
from tests.figures.facts import NOW
from tests.segments.test_follow import DAY, Shop, buy

pytestmark = pytest.mark.django_db(transaction=True)


def agreed(shop: Shop, customer: int, address: str = "a@example.org") -> None:
    Consent.objects.create(
        id=ids.new(), brand_id=shop.id, customer_id=customer, channel="email", purpose="marketing", given=True,
        at=NOW - DAY, source="", text_version="", proof="", recorded_at=NOW,
    )  # fmt: skip
    Identity.objects.create(
        id=ids.new(), **shop.shop, customer_id=customer, kind="email", value=address, account=True, source="x",
        from_at=NOW - DAY,
    )  # fmt: skip


def counted(shop: Shop, text: str, now=NOW) -> Preview:
    wanted = want_preview(brand_id=shop.id, rule=read(text), now=now)
    assert something_is_looked_at(shop.id)
    list(preview_steps(brand_id=shop.id, now=now))
    assert not something_is_looked_at(shop.id)
    return Preview.objects.get(id=wanted.id)


def test_what_a_rule_counts():
    shop = Shop()
    people = [shop.customer() for _ in range(30)]
    for number, customer in enumerate(people):
        buy(shop, customer, NOW - 3 * DAY, 1_000 * (number + 1), told=False)
    for number, customer in enumerate(people[20:24]):
        agreed(shop, customer, f"p{number}@example.org")
    shop.segment("big", "spent >= 250")
    shop.follow()
    found = counted(shop, "spent >= 210").found
    assert (found["members"], found["of"]) == (10, 30)
    assert set(found["sample"]) <= set(people[20:])
    assert found["reach"]["email"] == 4
    assert found["reach"]["sms"] == 0
    assert found["overlap"] == [{"segment": "big", "members": 6, "both": 6}]
    assert Membership.objects.filter(brand_id=shop.id).count() == 6  # looking puts nobody anywhere


def test_rankings_and_other_segments_are_counted_before_they_are_live():
    shop = Shop()
    people = [shop.customer() for _ in range(10)]
    for number, customer in enumerate(people):
        buy(shop, customer, NOW - 3 * DAY, 1_000 * (number + 1), told=False)
    shop.segment("big", "spent >= 50")
    shop.follow()
    assert counted(shop, 'top 3 by spent and segment("big")').found["members"] == 3


def test_what_cannot_be_counted_says_why_and_a_later_wish_stays():
    shop = Shop()
    shop.customer()
    told = counted(shop, "spent >= 10 XAF")
    assert (told.found, "no exchange rate for XAF" in told.error) == (None, True)
    assert "no live segment 'vip'" in counted(shop, 'segment("vip")').error
    Preview.objects.filter(id=told.id).update(wanted_at=NOW + DAY)
    list(preview_steps(brand_id=shop.id, now=NOW + timedelta(hours=1)))
    assert something_is_looked_at(shop.id)


def test_what_nobody_looks_at_any_more_goes():
    shop = Shop()
    shop.customer()
    old = counted(shop, "orders >= 1")
    counted(shop, "orders >= 2", NOW + 8 * DAY)
    assert not Preview.objects.filter(id=old.id).exists()
