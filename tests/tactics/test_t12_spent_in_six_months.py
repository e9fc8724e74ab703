"""T12: a loyal customer has spent $250 in the past 6 months."""

from __future__ import annotations

from tests.facts.builders import LOYAL, refund

from .conftest import NEW, TODAY, Followed, bought

RULE = "spent(6 months) >= 250"


def test_spending_makes_loyal_and_a_refund_unmakes(followed: Followed):
    followed.segment("loyal", RULE)
    followed.follow()
    followed.record(orders=(bought("1", LOYAL, 20_000, ago=80),))
    followed.follow(seconds=2)
    assert followed.members("loyal") == set()
    followed.record(orders=(bought("2", LOYAL, 5_000), bought("3", NEW, 24_999)))
    followed.follow(seconds=2)
    assert followed.members("loyal") == {LOYAL.account}
    followed.record(refunds=(refund("r", "2", day=TODAY, amount=5_000),))
    followed.follow(seconds=2)
    assert followed.members("loyal") == set()


def test_what_was_spent_longer_ago_does_not_count(followed: Followed):
    followed.segment("loyal", RULE)
    followed.record(orders=(bought("1", LOYAL, 30_000),))
    followed.follow()
    assert followed.members("loyal") == {LOYAL.account}
    followed.follow(days=180)
    assert followed.members("loyal") == {LOYAL.account}
    followed.follow(days=10)
    assert followed.members("loyal") == set()
