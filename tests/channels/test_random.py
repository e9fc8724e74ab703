"""Whatever happens in whatever order, with whatever trouble: in the end the list is what the segment is."""

from __future__ import annotations

import random

import pytest

from perennial.channels.audiences.actions.sync import ask_again
from perennial.facts.actions.erase import NotErased, erase
from perennial.segments.models import Membership
from tests.facts.builders import at

TROUBLE = [(429, None, {"Retry-After": "30"}), (500, None, {}), (503, None, {}), "cut", "cut after", None, None, None]


class Story:
    """What the test itself believes: who is in, with which name, and whether they agreed or were erased."""

    def __init__(self, world, dice: random.Random) -> None:
        self.world, self.dice = world, dice
        self.clock = 1.0
        self.people = [world.person(f"p{n}@example.com", f"P{n}") for n in range(8)]
        self.names = {n: f"P{n}" for n in range(8)}
        self.inside: set[int] = set()
        self.agreed = set(range(8))
        self.erased: set[int] = set()

    def act(self) -> None:
        self.clock += 1
        n = self.dice.randrange(8)
        what = self.dice.choice(["enter", "leave", "rename", "word", "erase" if self.dice.random() < 0.15 else "enter"])
        account = f"p{n}@example.com"
        if what == "enter" and n not in self.inside:
            self.world.enter(self.people[n])
            self.inside.add(n)
        elif what == "leave" and n in self.inside:
            Membership.objects.filter(customer_id=self.people[n], left_at=None).update(
                left_at=self.world.now, left_why="fact"
            )
            self.inside.discard(n)
        elif what == "rename" and n not in self.erased:
            self.names[n] = f"N{int(self.clock)}"
            self.world.person(account, self.names[n], agreed=False, updated=at(self.clock))
        elif what == "word" and n not in self.erased:
            given = n not in self.agreed
            self.world.word(account, account, given=given, when=at(self.clock))
            (self.agreed.add if given else self.agreed.discard)(n)
        elif what == "erase":
            try:
                erase(brand_id=self.world.brand_id, customer_id=self.people[n], now=self.world.now)
            except NotErased:
                return
            self.erased.add(n)

    def expected(self) -> dict:
        there = self.inside & self.agreed - self.erased
        return {f"p{n}@example.com": self.world.member(self.names[n]) for n in there}


@pytest.mark.parametrize("leavers", ["untag", "archive"])
@pytest.mark.parametrize("seed", range(4))
def test_in_the_end_it_is_in_step(world, seed, leavers):
    dice = random.Random(f"{seed}-{leavers}-{world.kind}")
    world.change(leavers=leavers)
    story = Story(world, dice)
    for _ in range(14):
        for _ in range(dice.randrange(4)):
            story.act()
        world.service.trouble = lambda *call: dice.choice(TROUBLE)
        world.run(minutes=dice.choice([1, 5, 70]))
    world.service.trouble = lambda *call: None
    world.run(minutes=70)
    ask_again(brand_id=world.brand_id, audience="loyal", now=world.now)
    world.run()
    marked = {
        address: (values, tags) for address, (values, tags) in world.there().items() if "Loyal" in {*values, *tags}
    }
    assert marked == story.expected()
    if leavers == "archive":
        assert set(world.there()) == set(marked)
    gone = {f"p{n}@example.com" for n in range(8) if n not in story.agreed or n in story.erased}
    assert not gone & set(world.there())
