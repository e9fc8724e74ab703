"""The contract: both evaluators say the same of everybody, on random rules and random histories."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from perennial.segments.compile.histories import histories
from perennial.segments.compile.judged import cut_point, judged
from perennial.segments.rules.history import History
from perennial.segments.rules.judge import judge
from perennial.segments.rules.rule import Ranked, conditions

from .worlds import random_moment, random_rule, random_world

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]


def compared(seed: int) -> None:
    rnd = Random(seed)
    world, as_of = random_world(rnd), random_moment(rnd)
    rules = {f"r{i}": random_rule(rnd) for i in range(12)}
    t, beside, known = world.tables(), world.beside_tables(), world.known
    ranked = {one.text(): one for rule in rules.values() for one in conditions(rule) if isinstance(one, Ranked)}
    cuts = {
        text: cut_point(one, t, beside, known, as_of).to_pyarrow()["cut"][0].as_py() for text, one in ranked.items()
    }
    known = replace(known, cuts=cuts)
    everybody = judged(rules, t, beside, known, as_of).to_pyarrow().to_pylist()
    facts = histories(t, beside)
    assert len({row["person_id"] for row in everybody}) == len(everybody)
    for row in everybody:
        person = facts.get(row["person_id"], History(row["person_id"]))
        for key, rule in rules.items():
            assert row[key] is not None
            assert judge(rule, person, known, as_of) == row[key], f"{rule.text()} of {person.person_id}, seed {seed}"


@settings(max_examples=25, deadline=None, suppress_health_check=SLOW)
@given(seed=st.integers(0, 2**32))
def test_both_evaluators_say_the_same_of_everybody(seed: int):
    compared(seed)
