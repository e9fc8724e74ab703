"""T14: people who are written down somewhere: matched now, or when they appear."""

from __future__ import annotations

from perennial.segments.actions.lists import add_to_list, make_list
from perennial.segments.rules.listing import Entry
from tests.facts.builders import LOYAL

from .conftest import NEW, Followed, bought


def test_whoever_is_on_a_list_is_in_the_segment_as_soon_as_known(followed: Followed):
    brand_id = followed.source.brand_id
    fair = make_list(brand_id=brand_id, title="Spring fair", key="fair", now=followed.now)
    followed.segment("met", 'listed("fair")')
    followed.record(orders=(bought("1", LOYAL, 1_000),))
    entries = [Entry("email", "loyal@example.com"), Entry("email", "new@example.com")]
    add_to_list(brand_id=brand_id, list_id=fair.id, entries=entries, now=followed.now)
    followed.follow()
    assert followed.members("met") == {LOYAL.account}
    followed.record(orders=(bought("2", NEW, 1_000),))
    followed.follow(seconds=2)
    followed.follow(seconds=2)
    assert followed.members("met") == {LOYAL.account, NEW.account}
