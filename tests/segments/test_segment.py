"""What a segment's document refuses, in words, with nothing changed."""

from __future__ import annotations

import pytest

from perennial.documents.rules.body import Refused
from perennial.segments.rules.expand import expand
from perennial.segments.rules.known import CannotCount
from perennial.segments.rules.rule import read
from perennial.segments.rules.segment import KIND, among

CATEGORIES = (
    "Tea",
    "'; DROP TABLE customer; --",
    'a" OR 1=1 --',
    "back\\slash",
    "50 %",
    "under_score",
    "日本 é",
    "\\'",
)


def body(rule: object):
    return KIND.prepare({"title": "T", "rule": rule}, {"label": {"tier:gold"}})


def told(rule: object) -> str:
    with pytest.raises(Refused) as refused:
        body(rule)
    return str(refused.value)


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ("orders > 5 and orders < 3", "no number is both"),
        ("orders(0 days) >= 1", "at least one day"),
        ("orders(200 years) >= 1", "at most 100 years"),
        ("spent between 10 EUR and 20 USD", "two currencies"),
        ("ordres >= 2", "did you mean 'orders'"),
        ('label("tier:golden")', "did you mean 'tier:gold'"),
        ({"kind": "spent"}, "needs something to be held against"),
        ({"kind": "all", "of": [{"kind": "orders"}, {"kind": "referred"}]}, "needs something to be held against"),
        ({"kind": "al", "of": []}, "does not match any of the expected tags"),
        (" and ".join(["referred"] * 600), "more than 500 conditions"),
        (" and ".join(["referred"] * 10_000), "longer than 50,000 letters"),
        ("(referred and not " * 60 + "referred" + ")" * 60, "deep"),
    ],
)
def test_what_nobody_can_mean_is_refused_in_words(rule, says):
    assert says in told(rule)


def test_what_is_wrong_inside_a_group_is_said_once():
    assert told('label("tier:golden") and referred').count(";") == 0


def test_many_conditions_as_json_are_refused_too():
    ten = {"kind": "any", "of": [{"kind": "orders", "holds": {"op": "=", "value": n}} for n in range(400)]}
    assert "more than 500" in told({"kind": "all", "of": [ten, ten]})


def segments(**rules: str):
    return {key: body(rule) for key, rule in rules.items()}


def test_segments_in_a_ring_are_refused_by_name():
    others = segments(a='segment("b")', b='segment("c")')
    (problem,) = among("c", body('not segment("a")'), others)
    assert problem.message == (
        "segments must not name each other in a ring: 'c' names 'a' names 'b' names 'c'. Take one of them out"
    )
    assert [one.message for one in among("c", body("orders > 1"), others)] == []
    (alone,) = among("c", body('segment("c")'), {})
    assert "'c' names 'c'" in alone.message


def test_a_segment_that_is_not_there_is_refused():
    (problem,) = among("a", body('segment("vip")'), {})
    assert "no segment 'vip'" in problem.message


def test_what_segments_hold_together_is_bounded():
    wide = " or ".join(f"orders = {n}" for n in range(450))
    others = segments(**{f"s{n}": wide for n in range(12)})
    rule = " or ".join(f'segment("s{n}")' for n in range(12))
    (problem,) = among("all", body(rule), others)
    assert "more than 5000 conditions" in problem.message


def test_names_are_put_in_their_places_and_rings_are_not_followed_for_ever():
    own = {"a": read('segment("b") and orders > 1'), "b": read("not referred")}
    assert expand(own["a"], own, ("a",)).text() == "not referred and orders > 1"
    with pytest.raises(CannotCount, match="in a ring"):
        expand(read('segment("x")'), {"x": read('segment("y")'), "y": read('segment("x")')})
    with pytest.raises(CannotCount, match="no live segment 'gone'"):
        expand(read('segment("gone")'), own)
