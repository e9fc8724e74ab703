"""What time alone changes is found by the days of facts: nobody else is in or out who was not before."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from perennial.insight.tables import AsOf
from perennial.segments.compile.histories import histories
from perennial.segments.compile.judged import cut_point
from perennial.segments.compile.turned import turned
from perennial.segments.rules.judge import judge
from perennial.segments.rules.rule import Ranked, conditions
from perennial.segments.rules.turns import turns
from perennial.values.time import DAY_US

from .test_equal import SLOW
from .worlds import random_moment, random_rule, random_world


def looked_at(seed: int) -> None:
    rnd = Random(seed)
    world, as_of = random_world(rnd), random_moment(rnd)
    # Nothing is recorded between the two moments: what lies after the first is left out.
    world.shop = world.shop.cut(as_of)
    later = AsOf(as_of.at + rnd.choice((1, 1, 1, 3, 40)) * DAY_US, 0)
    later = AsOf(later.at, as_of.day + (later.at - as_of.at) // DAY_US)
    for row in world.beside["labels"]:
        row["to_at"] = None if row["to_at"] is None or row["to_at"] > as_of.at else row["to_at"]
    rules = [random_rule(rnd) for _ in range(8)]
    for name, when in (("labels", "from_at"), ("consents", "at")):
        world.beside[name] = [row for row in world.beside[name] if row[when] <= as_of.at]
    t, beside, known = world.tables(), world.beside_tables(), world.known
    ranked = {one.text(): one for rule in rules for one in conditions(rule) if isinstance(one, Ranked)}
    cuts = {
        text: cut_point(one, t, beside, known, as_of).to_pyarrow()["cut"][0].as_py() for text, one in ranked.items()
    }
    known = replace(known, cuts=cuts)
    facts = histories(t, beside)
    for rule in rules:
        people = turned(turns(rule, known, as_of.day, later.day), t, beside, known, later)
        found = set() if people is None else set(people.to_pyarrow()["person_id"].to_pylist())
        changed = {
            person for person, facts_of in facts.items()
            if judge(rule, facts_of, known, as_of) != judge(rule, facts_of, known, later)
        }  # fmt: skip
        assert changed <= found, f"{rule.text()}: {changed - found} turned unseen, seed {seed}"


@settings(max_examples=25, deadline=None, suppress_health_check=SLOW)
@given(seed=st.integers(0, 2**32))
def test_nobody_turns_unseen(seed: int):
    looked_at(seed)
