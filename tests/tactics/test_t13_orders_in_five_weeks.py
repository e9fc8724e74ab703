"""T13: a loyal customer has ordered 5 times in the last 5 weeks."""

from __future__ import annotations

from tests.facts.builders import DRIFTING, LOYAL

from .conftest import Followed, bought


def test_five_orders_in_five_weeks(followed: Followed):
    followed.segment("loyal", "orders(5 weeks) >= 5")
    often = tuple(bought(f"l{n}", LOYAL, 1_000, ago=7 * n) for n in range(4))
    seldom = tuple(bought(f"d{n}", DRIFTING, 9_000, ago=9 * n) for n in range(6))
    followed.record(orders=often + seldom)
    followed.follow()
    assert followed.members("loyal") == set()
    followed.record(orders=(bought("l9", LOYAL, 1_000),))
    followed.follow(seconds=2)
    assert followed.members("loyal") == {LOYAL.account}
    followed.follow(days=30)
    assert followed.members("loyal") == set()
