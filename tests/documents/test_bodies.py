"""What a body may say, and how the refusal of one helps its author."""

import json
import math
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from perennial.documents.rules.body import Body, Problem, Refused
from perennial.documents.rules.kinds import Kind
from perennial.values.hashing import canonical
from perennial.values.money import Money
from perennial.values.time import Period
from tests.documents.kinds import NOTE, PERK, OldPerk, Perk

NAMES = {"label": {"stage:new", "stage:loyal", "tier:gold"}, "counter": {"orders"}}
GOOD = {
    "title": "Welcome",
    "rules": [{"kind": "percent", "share": 0.1}, {"kind": "amount", "amount": "5.00 EUR"}],
    "within": "6 months",
    "only_for": "tier:gold",
    "counters": ["orders"],
}


def problems(body, **given):
    with pytest.raises(Refused) as refusal:
        PERK.prepare(body, NAMES, **given)
    return {problem.path: problem.message for problem in refusal.value.problems}


def test_a_good_body_is_read_into_the_words_of_the_house():
    perk = PERK.prepare(GOOD, NAMES)
    assert perk.within == Period(6, "month")
    assert perk.rules[1].amount == Money(500, "EUR")
    assert perk.content() == {
        **GOOD,
        "rules": [
            {"kind": "percent", "share": 0.1},
            {"kind": "amount", "amount": "5.00 EUR", "limit": 1},  # the default is filled in
        ],
    }


def test_what_is_stored_reads_back_the_same():
    perk = PERK.prepare(GOOD, NAMES)
    stored = json.loads(canonical(perk.content()))
    assert PERK.read(stored, 2) == perk
    assert canonical(PERK.read(stored, 2).content()) == canonical(stored)


def test_a_body_cannot_be_changed():
    perk = PERK.prepare(GOOD, NAMES)
    with pytest.raises(ValidationError):
        perk.title = "Other"


@pytest.mark.parametrize(
    ("change", "place", "message"),
    [
        ({"rules": [{"kind": "amount", "amount": 5}]}, "rules[0].amount", "such as '12.50 EUR'"),
        (
            {"rules": [{"kind": "percent", "share": 0.1}] * 2 + [{"kind": "amount", "amount": "5.001 EUR"}]},
            "rules[2].amount",
            "more digits after the point than EUR has (2)",
        ),
        ({"rules": [{"kind": "amount", "amount": "5.00 EUR", "limit": "1"}]}, "rules[0].limit", 'integer, not "1"'),
        ({"rules": [{"kind": "amount", "amount": "5 EUR", "amonut": 1}]}, "rules[0].amonut", "did you mean 'amount'?"),
        ({"rules": [{"kind": "amount"}]}, "rules[0].amount", "is missing: add it"),
        ({"rules": [{"kind": "percent", "share": 0.1, "shar": 1}]}, "rules[0].shar", "did you mean 'share'?"),
        ({"rules": [{"kind": "percent", "share": 10}]}, "rules[0].share", "less than or equal to 1, not 10"),
        ({"rules": [{"kind": "gift"}]}, "rules[0]", "'percent', 'amount'"),
        ({"rules": {"kind": "percent"}}, "rules", "array"),
        ({"rules": [None]}, "rules[0]", "an object, not null"),
        ({"within": "6 fortnights"}, "within", "write it as '6 months'"),
        ({"within": 6}, "within", "write a period such as '6 months'"),
        ({"only_for": "stage:loyall"}, "only_for", "there is no label 'stage:loyall': did you mean 'stage:loyal'?"),
        ({"only_for": "x"}, "only_for", "there is stage:loyal, stage:new, tier:gold"),
        ({"counters": ["orders", "visits"]}, "counters[1]", "there is no counter 'visits': there is orders"),
        ({"title": ""}, "title", "at least 1 character"),
        ({"title": None}, "title", "valid string, not null"),
        ({"titel": "x"}, "titel", "did you mean 'title'?"),
        ({"zzz": 1}, "zzz", "take it out"),
        ({"title": "a\0b"}, "title", "NUL"),
        ({"title": "a\ud800"}, "title", "lone surrogate"),
        ({"rules": [{"kind": "percent", "share": math.nan}]}, "rules[0].share", "write a finite one"),
        ({"within": date(2026, 1, 1)}, "within", "a date is no JSON"),
        ({"title": {1: "x"}}, "title", "names are text, not 1"),
        ({"a b": 1}, '["a b"]', "is unknown"),
    ],
)
def test_a_refusal_names_the_place_and_the_remedy(change, place, message):
    told = problems({**GOOD, **change})
    assert list(told) == [place]
    assert message in told[place]


def test_all_problems_are_told_at_once():
    told = problems({"rules": [{"kind": "percent", "share": 2}, {"kind": "amount"}], "only_for": "gone"})
    assert set(told) == {"title", "within", "rules[0].share", "rules[1].amount", "only_for"}


def test_the_message_reads_as_a_sentence():
    with pytest.raises(Refused) as refusal:
        PERK.prepare({**GOOD, "only_for": "stage:old"}, NAMES, what="perk 'welcome'")
    assert str(refusal.value).startswith("perk 'welcome' is refused: only_for: there is no label 'stage:old'")


@pytest.mark.parametrize("body", [None, [], "text", 3, {}])
def test_what_is_no_body_is_refused(body):
    assert problems(body)


def test_a_body_nested_without_end_is_refused():
    deep: list = []
    for _ in range(100_000):
        deep = [deep]
    told = problems({**GOOD, "rules": deep})
    assert "nested deeper" in "".join(told.values())


def test_a_check_of_the_kind_speaks_last():
    assert problems({**GOOD, "rules": [{"kind": "amount", "amount": "0.00 EUR"}]}) == {
        "rules[0].amount": "gives nothing: write an amount above zero"
    }


def test_reading_asks_neither_for_names_nor_the_check():
    """What was right when it was saved stays readable when a label is gone or the check became stricter."""
    stored = {**GOOD, "only_for": "tier:gone", "rules": [{"kind": "amount", "amount": "0.00 EUR"}]}
    assert PERK.read(stored, 2).only_for == "tier:gone"


OLD = {"title": "Old", "percent": 15, "within": "1 year"}


def test_an_old_body_is_upgraded_at_reading():
    assert PERK.read(OLD, 1) == Perk(title="Old", rules=({"kind": "percent", "share": 0.15},), within=Period(1, "year"))
    assert OLD == {"title": "Old", "percent": 15, "within": "1 year"}  # not changed by the upgrader


def test_an_old_body_may_still_be_handed_in():
    assert PERK.prepare(OLD, NAMES, schema=1) == PERK.read(OLD, 1)
    assert "percent" in problems({**OLD, "percent": "15"}, schema=1)


def test_an_old_body_under_the_new_schema_is_refused():
    assert "percent" in problems(OLD)


@pytest.mark.parametrize(("schema", "message"), [(3, "newer than this installation knows (2)"), (0, "count from 1")])
def test_a_schema_that_nobody_released_is_refused(schema, message):
    with pytest.raises(Refused, match="schema: ") as refusal:
        PERK.read(GOOD, schema)
    assert message in str(refusal.value)


def test_upgraders_run_in_order_from_the_body_s_own_schema():
    class First(Body):
        a: int

    class Second(Body):
        b: int

    class Third(Body):
        c: int

    kind = Kind(
        "steps",
        "Three",
        Third,
        older=(First, Second),
        upgraders=(lambda body: {"b": body["a"] * 10}, lambda body: {"c": body["b"] + 1}),
    )
    assert [kind.read({"a": 4}, 1).c, kind.read({"b": 4}, 2).c, kind.read({"c": 4}, 3).c] == [41, 5, 4]
    assert kind.schema == 3


def test_a_kind_has_one_upgrader_per_older_schema():
    with pytest.raises(ValueError, match="1 older schemas need as many upgraders, not 0"):
        Kind("perk", "Something", Perk, older=(OldPerk,))


@pytest.mark.parametrize("name", ["", "Perk", "per k", "1perk", "perk@1", "x" * 65])
def test_a_kind_has_a_plain_name(name):
    with pytest.raises(ValueError, match="no name of a kind"):
        Kind(name, "Something", Perk)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists, max_leaves=5))
def test_any_text_survives_or_is_refused(value):
    """Whatever JSON comes in: it is stored as it is, or refused with a place."""
    if isinstance(value, str) and "\0" not in value:
        assert NOTE.prepare({"text": value}, {}).content() == {"text": value.strip()}
    else:
        with pytest.raises(Refused) as refusal:
            NOTE.prepare({"text": value}, {})
        assert all(problem.path.startswith("text") for problem in refusal.value.problems)


def test_a_problem_of_the_whole_has_no_place():
    assert str(Problem("", "is empty: write something")) == "is empty: write something"
