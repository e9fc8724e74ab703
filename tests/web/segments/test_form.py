"""Every rule is a form, and that form is the same rule again; buttons change what they say and lose nothing."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perennial.segments.rules.rule import EXAMPLES, Rule, read
from perennial.web.segments.fields import FAMILIES, TEXT
from perennial.web.segments.form import (
    NEW,
    ROOT,
    Group,
    Row,
    at,
    done,
    fields,
    form,
    heavy,
    places,
    posted,
    rule,
)
from tests.segments.strategies import rules


@settings(deadline=None)
@given(rules)
def test_a_rule_is_a_form_and_the_same_rule_again(one: Rule):
    shown = form(one)
    found, told = rule(posted(fields(shown)))
    assert found == one
    assert told == shown


@pytest.mark.parametrize("word", sorted(EXAMPLES))
def test_every_word_of_the_language_has_fields_of_its_own(word: str):
    """Only a sequence is told as text; and a sort of condition that comes later, until it has fields."""
    row = form(read(EXAMPLES[word])).of[0]
    assert isinstance(row, Row)
    assert (row.word == TEXT) == (word == "sequence")
    assert word in FAMILIES


def rows(group: Group) -> Counter[str]:
    return Counter(repr((node.word, dict(node.fields))) for _, node in places(group) if isinstance(node, Row))


@settings(deadline=None)
@given(rules, st.lists(st.tuples(st.sampled_from(["up", "down"]), st.integers(0, 30)), max_size=8))
def test_moving_loses_and_doubles_nothing(one: Rule, moves: list[tuple[str, int]]):
    shown = form(one)
    before = rows(shown)
    for act, n in moves:
        known = [place for place, _ in places(shown)]
        place = known[n % len(known)]
        moved = at(shown, place)
        shown, now = done(shown, act, place)
        assert at(shown, now) == moved
    assert rows(shown) == before


def test_up_and_down_walk_through_groups():
    shown = form(read("orders > 1 and (items > 2 or spent > 3) and profit > 4"))
    down, place = done(shown, "down", "r-0")
    assert place == "r-0-0"
    assert _text(down) == "(orders > 1 or items > 2 or spent > 3) and profit > 4"
    out, place = done(down, "up", place)
    assert (out, place) == (shown, "r-0")
    up, place = done(shown, "up", "r-2")
    assert place == "r-1-2"
    assert _text(up) == "orders > 1 and (items > 2 or spent > 3 or profit > 4)"
    assert done(up, "down", place) == (shown, "r-2")
    assert done(shown, "up", "r-0") == (shown, "r-0")
    assert done(shown, "down", "r-2") == (shown, "r-2")


def _text(group: Group) -> str:
    found, _ = rule(group)
    assert found is not None
    return found.text()


def test_groups_of_three_levels_are_made_by_buttons_alone():
    shown, place = Group(), ROOT
    for _ in range(3):
        shown, place = done(shown, "group", place)
        shown, place = done(shown, "add", place.rpartition("-")[0])
        place = place.rpartition("-")[0]
    assert max(place.count("-") for place, node in places(shown) if isinstance(node, Row)) == 4
    assert sum(node == NEW for _, node in places(shown)) == 6
    assert rule(shown)[0] is not None
    for _ in range(40):
        shown, place = done(shown, "group", place.rpartition("-")[0] if isinstance(at(shown, place), Row) else place)
    found, _ = rule(shown)
    assert found is not None
    assert read(found.text()) == found  # never deeper than the text form can be


@pytest.mark.parametrize(
    ("sort", "text"),
    [
        ("all", "orders >= 1 and items >= 2"), ("any", "orders >= 1 or items >= 2"),
        ("not_all", "not (orders >= 1 and items >= 2)"), ("none", "not (orders >= 1 or items >= 2)"),
    ],
)  # fmt: skip
def test_a_group_says_all_any_not_all_or_none(sort: str, text: str):
    two = (Row("orders", {"op": ">=", "value": "1"}), Row("items", {"op": ">=", "value": "2"}))
    assert rule(Group(sort, two))[0] == read(text)  # type: ignore[arg-type]
    assert form(read(text)) == Group(sort, two)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("row", "field", "why"),
    [
        (Row("orders", {"op": ">=", "value": "two"}), "value", "whole number"),
        (Row("orders", {"op": ">=", "value": ""}), "value", "whole number"),
        (Row("orders", {"op": ">=", "value": "²"}), "value", "whole number"),
        (Row("orders", {"value": "2"}), "op", "Choose"),
        (Row("orders", {"op": "between", "value": "2"}), "to", "whole number"),
        (Row("orders", {"op": "between", "value": "5", "to": "2"}), "", "smaller one first"),
        (Row("spent", {"op": ">=", "value": "a lot"}), "value", "an amount"),
        (Row("spent", {"op": ">=", "value": '5 or label("x")'}), "value", "an amount"),
        (Row("orders", {"op": ">=", "value": "2", "unit": "month"}), "n", "whole number"),
        (Row("orders", {"op": ">=", "value": "2", "unit": "eon", "n": "2"}), "", "is no period"),
        (Row("orders", {"op": "or", "value": "2"}), "", "should be"),
        (Row("discount_share", {"op": ">=", "value": "all"}), "value", "percent"),
        (Row("discount_share", {"op": ">=", "value": "120"}), "", "is no share"),
        (Row("bought", {"of0by": "product", "of0": " "}), "", "needs a product"),
        (Row("did", {}), "name", "Write something"),
        (Row("rhythm", {"values": ""}), "values", "at least one"),
        (Row("last_order", {"when": "before"}), "day", "Choose a day"),
        (Row("last_order", {"when": "before", "day": "2026-02-30"}), "", "day"),
        (Row("label", {"name": "Gold!"}), "", "pattern"),
        (Row("top", {"much": "10", "of": "percent", "by": "rhythm"}), "by", "Choose"),
        (Row("text", {"text": "orders >="}), "text", "too early"),
        (Row("nonsense", {}), "word", "Choose what"),
    ],
)
def test_what_is_wrong_is_told_at_its_field(row: Row, field: str, why: str):
    found, told = rule(Group("all", (row, NEW)))
    assert found is None
    wrong = told.of[0]
    assert isinstance(wrong, Row)
    assert why.casefold() in wrong.wrong[field].casefold()
    assert told.of[1] == NEW


def test_what_was_just_chosen_can_be_counted_at_once():
    """A window without a number, a comparison without one: both are begun; what was written stays."""
    begun, place = done(Group("all", (Row("spent", {"unit": "week", "op": ">="}),)), "look", "r-0")
    assert (_text(begun), place) == ("spent(4 weeks) >= 1", "r-0")
    kept, _ = done(Group("all", (Row("spent", {"unit": "week", "n": "9", "op": ">=", "value": "7"}),)), "look", "r-0")
    assert _text(kept) == "spent(9 weeks) >= 7"
    assert done(kept, "look", "r") == (kept, "r")
    assert done(kept, "look", "r-7") == (kept, "r-7")


def test_a_form_grows_no_longer_than_a_browser_may_post():
    shown = Group()
    for _ in range(400):
        shown, _ = done(shown, "add", ROOT)
    assert heavy(shown)
    assert 60 < len(shown.of) < 120


def test_empty_groups_and_what_is_too_long_are_told():
    assert rule(Group())[0] is None
    found, told = rule(Group("all", (NEW, Group("any"))))
    assert found is None
    assert isinstance(told.of[1], Group)
    assert "empty" in told.of[1].wrong
    found, told = rule(Group("all", (NEW,) * 501))
    assert (found, "too many" in told.wrong) == (None, True)


def test_a_row_of_text_may_say_several_conditions_and_nothing_beside_them():
    row = Row("text", {"text": "orders > 1 or items > 2"}, inverted=True)
    assert _text(Group("all", (NEW, row))) == "orders(6 months) >= 2 and not (orders > 1 or items > 2)"


@given(
    st.dictionaries(
        st.from_regex(r"r(-[0-9]{1,3}){0,3}\.(sort|word|not|value|op|n|of0|values)"), st.text(), max_size=12
    )
)
def test_whatever_is_posted_is_a_form(told: dict[str, str]):
    found = posted(told)
    assert isinstance(found, Group)
    rule(found)
