"""Why a rule holds: as the judge says, with what is missing, and until when."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from perennial.insight.tables import AsOf
from perennial.segments.compile.histories import histories
from perennial.segments.compile.judged import cut_point
from perennial.segments.rules.conditions.base import Condition
from perennial.segments.rules.explaining.ahead import FAR
from perennial.segments.rules.explaining.explain import explain
from perennial.segments.rules.explaining.verdict import Missing, Verdict, as_json
from perennial.segments.rules.fold.cut import cut
from perennial.segments.rules.fold.person import Person
from perennial.segments.rules.history import History, LineFact, OrderFact
from perennial.segments.rules.judge import judge
from perennial.segments.rules.known import Known
from perennial.segments.rules.rule import Counted, Ranked, Since, conditions, read
from perennial.values.hashing import canonical
from perennial.values.time import DAY_US

from .test_equal import SLOW
from .worlds import random_condition, random_moment, random_rule, random_world

_NEW = 10**9


def a_world(seed: int, rules: list) -> tuple[dict[int, History], Known, AsOf]:
    rnd = Random(seed)
    world, as_of = random_world(rnd), random_moment(rnd)
    rules += [random_rule(rnd) for _ in range(5)] + [random_condition(rnd) for _ in range(5)]
    t, beside, known = world.tables(), world.beside_tables(), world.known
    ranked = {one.text(): one for rule in rules for one in conditions(rule) if isinstance(one, Ranked)}
    cuts = {
        text: cut_point(one, t, beside, known, as_of).to_pyarrow()["cut"][0].as_py() for text, one in ranked.items()
    }
    return histories(t, beside), replace(known, cuts=cuts), as_of


def later(as_of: AsOf, days: int) -> AsOf:
    return AsOf(as_of.at + days * DAY_US, as_of.day + days)


def leaves(verdict: Verdict):
    for part in verdict.parts:
        yield from leaves(part)
    if not verdict.parts:
        yield verdict


def looked_at(seed: int) -> None:
    rules: list = []
    facts, known, as_of = a_world(seed, rules)
    for history in facts.values():
        still = cut(history, as_of.at)
        for rule in rules:
            told = f"{rule.text()} of {history.person_id}, seed {seed}"
            found = explain(rule, Person(history, known, as_of), known)
            assert found.holds == judge(rule, history, known, as_of), told
            canonical(as_json(found))
            # What stays, stays until that day and not a day longer; where nothing is said, as far as one looks.
            days = range(1, 120) if found.stays is None else range(1, min(found.stays - as_of.day, 120) + 1)
            held = {judge(rule, still, known, later(as_of, n)) for n in days}
            assert held <= {found.holds}, f"{told}: {found.stays}"
            if found.stays is not None:
                assert as_of.day <= found.stays < as_of.day + FAR
                turned = later(as_of, found.stays + 1 - as_of.day)
                assert judge(rule, still, known, turned) != found.holds, told
            for leaf in leaves(found):
                _the_value_ends(leaf, still, known, as_of, told)
                if leaf.missing is not None:
                    assert leaf.holds != leaf.wanted
                    _done(leaf, still, known, as_of, told)


def _the_value_ends(leaf: Verdict, still: History, known: Known, as_of: AsOf, told: str) -> None:
    if leaf.until is None or leaf.held is None:
        return
    for day, same in ((leaf.until, True), (leaf.until + 1, False)):
        then = explain(read(leaf.text), Person(still, known, later(as_of, day - as_of.day)), known)
        assert then.held is not None
        assert (then.held.value == leaf.held.value) is same, f"{told}: {leaf.text} on {day}"


def _done(leaf: Verdict, still: History, known: Known, as_of: AsOf, told: str) -> None:
    """What is missing, done: the condition is as it is wanted."""
    rule, what = read(leaf.text), leaf.missing
    assert what is not None
    if what.how == "wait":
        assert isinstance(what.amount, int)
        assert what.amount > 0, told
        assert judge(rule, still, known, later(as_of, what.amount)) == leaf.wanted, f"{told}: {leaf}"
    elif (bought := _bought(rule, what, still, known, as_of)) is not None:
        then = later(as_of, what.amount or 0) if what.how == "do" and isinstance(rule, Since) else as_of
        assert judge(rule, bought, known, then) == leaf.wanted, f"{told}: {leaf}"


def _bought(rule: Condition, what: Missing, still: History, known: Known, as_of: AsOf) -> History | None:
    """The history with what is missing ordered at that moment, where orders are what is missing."""
    of = rule.by if isinstance(rule, Ranked) else rule
    if isinstance(of, Since) and what.how == "do" and what.what in ("order", "first order"):
        return _with_orders(still, known, as_of, 1, 100)
    if not isinstance(of, Counted) or what.how not in ("more", "order") or what.amount is None or of.of:
        return None
    if of.kind == "orders":
        assert isinstance(what.amount, int)
        return _with_orders(still, known, as_of, what.amount, 100)
    if (of.kind == "spent" and what.how == "more") or (of.kind == "aov" and what.how == "order"):
        assert isinstance(what.amount, int)
        return _with_orders(still, known, as_of, 1, what.amount)
    if of.kind == "items":
        assert isinstance(what.amount, int)
        return _with_orders(still, known, as_of, 1, 100, pieces=what.amount)
    return None


def _with_orders(still: History, known: Known, as_of: AsOf, count: int, net: int, *, pieces: int = 1000) -> History:
    orders, lines = list(still.orders), list(still.lines)
    for n in range(count):
        orders.append(OrderFact(_NEW + n, 1, as_of.at, as_of.day, None, net, 0, 0, 0, 0, None))
        lines.append(LineFact(_NEW + n, _NEW + n, "product", None, None, None, pieces, net, 0, None))
    return replace(still, orders=orders, lines=lines)


@settings(max_examples=25, deadline=None, suppress_health_check=SLOW)
@given(seed=st.integers(0, 2**32))
def test_an_explanation_says_what_the_judge_says_what_is_missing_and_until_when(seed: int):
    looked_at(seed)
