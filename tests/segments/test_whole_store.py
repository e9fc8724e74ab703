"""A made-up store with everything in it: judging everybody from the mirror and a few from the facts is one."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from perennial.documents.actions import save
from perennial.facts.actions.loop_marks import touch_customers
from perennial.facts.models.people import Customer
from perennial.facts.rules.readers import EVERYTHING
from perennial.figures.actions.refresh_figures import everybody_steps
from perennial.segments.actions.fill import nightly_steps
from perennial.segments.actions.follow import follow_steps
from perennial.segments.models import Membership, SegmentState
from perennial.segments.rules.ready import READY

pytestmark = pytest.mark.django_db(transaction=True)

FURTHER = (
    'attribute("birthday") before 1980-01-01', "not reachable(post)", "items(1 year) >= 5", "visited(60 days) >= 3",
    "profit(1 year) >= 20", 'score("usual_gap", low) >= 5', 'language is "es" and not country is "ES"',
    "joined within 1 year", "days_since(last_visit) <= 30",
    "sequence(viewed, carted within 1 day, orders within 1 week, 1 year)",
)  # fmt: skip


def test_following_everybody_changes_nothing_that_was_filled():
    from perennial.demo import record_made_up

    store, _ = record_made_up(customers=150, seed=11)
    now = datetime.now(UTC)
    brand_id = store.brand_id
    list(everybody_steps(brand_id=brand_id, now=now))
    rules = {**{key: one.text() for key, one in READY.items()}, **{f"x{n}": text for n, text in enumerate(FURTHER)}}
    for key, rule in rules.items():
        save(
            brand_id=brand_id, kind="segment", key=key, body={"title": key, "rule": rule}, author="ada",
            seen_version=0, state="live", now=now,
        )  # fmt: skip
    list(follow_steps(brand_id=brand_id, now=now))
    assert {state.error for state in SegmentState.objects.filter(brand_id=brand_id)} == {""}
    sizes = dict(SegmentState.objects.filter(brand_id=brand_id).values_list("segment", "members"))
    assert sizes.keys() == rules.keys()
    assert sum(1 for size in sizes.values() if size) > len(rules) // 2
    people = Customer.objects.filter(brand_id=brand_id).values_list("id", flat=True)
    touch_customers(brand_id, ["segments"], dict.fromkeys(people, EVERYTHING))
    list(follow_steps(brand_id=brand_id, now=now))
    moved = Membership.objects.filter(brand_id=brand_id).exclude(entered_why="rule", left_at=None)
    assert list(moved.values_list("segment", "customer_id", "entered_why", "left_why")) == []
    list(nightly_steps(brand_id=brand_id, now=now))
    assert not moved.exists()
