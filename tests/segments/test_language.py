"""The rule language: text and JSON mean the same; what is wrong is told at its letters, with what to write."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from perennial.segments.rules.contradictions import contradictions
from perennial.segments.rules.rule import CONDITIONS, EXAMPLES, MOST, All, Rule, conditions, read
from perennial.segments.rules.text.parse import MOST_LETTERS
from perennial.segments.rules.text.said import NotUnderstood
from tests.segments.strategies import rules

SCHEMA = TypeAdapter(Rule)


@given(rules)
def test_text_and_json_say_the_same_without_loss(rule):
    assert read(rule.text()) == rule
    assert SCHEMA.validate_json(rule.model_dump_json()) == rule


@given(rules, st.sampled_from(["\n", "  ", "\t"]))
def test_a_rule_is_written_in_one_way_however_it_was_spaced(rule, space):
    text = rule.text()
    parts = text.split('"')
    spaced = '"'.join(part.replace(" ", space) if index % 2 == 0 else part for index, part in enumerate(parts))
    if "\\" not in text:
        assert read(spaced).text() == text


def test_the_rule_of_the_tactics_is_what_it_looks_like():
    rule = read('spent(6 months) >= 250 and orders(5 weeks) >= 5 and not bought(category "Gift cards")')
    assert isinstance(rule, All)
    assert json.loads(rule.model_dump_json(exclude_defaults=True)) == {
        "of": [
            {"kind": "spent", "window": "6 months", "holds": {"op": ">=", "value": "250"}},
            {"kind": "orders", "window": "5 weeks", "holds": {"op": ">=", "value": 5}},
            {"of": {"kind": "bought", "of": [{"by": "category", "name": "Gift cards"}]}},
        ]
    }


@pytest.mark.parametrize("word", EXAMPLES)
def test_every_word_has_an_example_that_is_written_as_it_is_read(word):
    assert read(EXAMPLES[word]).text() == EXAMPLES[word]


def test_every_kind_of_condition_has_a_word_of_its_own():
    words = [word for one in CONDITIONS for word in one.EXAMPLES]
    assert len(words) == len(set(words)) == len(EXAMPLES)
    for one in CONDITIONS:
        kinds = one.model_json_schema()["properties"]["kind"]
        assert set(one.EXAMPLES) == set(kinds.get("enum", [kinds.get("const")]))


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("orders>=5", "orders >= 5"),
        ("ORDERS >= 5 And spent >= 1", None),
        ("orders >= 5 AND spent >= 1.50 or referred", "orders >= 5 and spent >= 1.5 or referred"),
        ("rhythm is not drifting", "not rhythm is drifting"),
        ("country not in (\"ES\", \"IT\")", 'not country in ("ES", "IT")'),
        ("((referred))", "referred"),
        ("referred and (open_ticket and referred)", "referred and (open_ticket and referred)"),
        ("discount_share >= 0.5", "discount_share >= 50 %"),
        ("bought(category “Gift cards”)", 'bought(category "Gift cards")'),
        ("spent >= 250.00 USD", "spent >= 250 USD"),
        ("orders(1 Week) = 0", "orders(1 week) = 0"),
    ],
)  # fmt: skip
def test_what_people_write_is_written_in_one_way(text, same):
    if same is None:
        with pytest.raises(NotUnderstood):
            read(text)
    else:
        assert read(text).text() == same


@pytest.mark.parametrize(
    ("text", "at", "told"),
    [
        ("ordrs(5 weeks) >= 5", "ordrs", "did you mean 'orders'"),
        ("orders(5 weks) >= 5", "weks", "did you mean 'weeks'"),
        ("orders >= 5 adn spent >= 1", "adn", "did you mean 'and'"),
        ("orders(5 weeks)", "orders(5 weeks)", "needs something after it: >= 5"),
        ("orders >= 2.5", ">= 2.5", "no count"),
        ("orders >= -1", ">= -1", "no count"),
        ("orders is 5", "is 5", "write >= 5"),
        ("orders(0 days) > 1", "0 days", "at least one day"),
        ("orders(200 years) > 1", "200 years", "at most 100 years"),
        ("orders(1 day, 2 days) > 1", "2 days", "one window"),
        ("orders(5 weeks, email) > 1", "email", "take this out"),
        ('bought(categry "x")', 'categry "x"', "did you mean 'category'"),
        ("bought(30 days)", "bought(30 days)", "needs a product"),
        ('visited(product "x")', 'product "x"', "takes none"),
        ("spent >= 5 %", "5 %", "another sort"),
        ("spent >= $250", "$", "250, or 250 USD"),
        ("spent between 10 EUR and 20 USD", "between 10 EUR and 20 USD", "two currencies"),
        ("spent between 20 and 10", "between 20 and 10", "smaller one first"),
        ("discount_share > 200 %", "> 200 %", "0 to 1"),
        ("orders => 5", "=>", "written '>='"),
        ("orders >= 5 && spent >= 5", "&", "written 'and'"),
        ('spent >= "x', '"', "no closing quote"),
        ("rhythm is drifing", "drifing", "did you mean 'drifting'"),
        ("country is 5", "5", "text in quotes"),
        ("last_order before 2026-02-30", "2026-02-30", "no day"),
        ("last_order >= 5", ">= 5", "within 30 days"),
        ("birthday in next 2 years", "birthday", "less than a year"),
        ("birthday", "birthday", "in next 7 days"),
        ('consented(fax)', "fax", "there is email"),
        ("consented", "consented", "needs one of: email"),
        ("top 110 % by spent", "top 110 % by spent", "between 0 and 100"),
        ("top 10 % by rhythm", "rhythm", "nobody is ranked"),
        ("top 1.5 by spent", "top 1.5 by spent", "no count of people"),
        ('sequence(bought(product "x"))', 'sequence(bought(product "x"))', "at least 2"),
        ('sequence(visited, not visited)', 'sequence(visited, not visited)', "until when"),
        ('bucket("x") = 10 %', 'bucket("x")', "< or >="),
        ('label("gold")', 'label("gold")', "pattern"),
        ("open_ticket >= 1", ">= 1", "stands alone"),
        ('bought(category "")', 'category ""', "at least 1 character"),
        (f'bought(category "{"x" * 300}")', f'category "{"x" * 300}"', "at most 255"),
        (f"spent >= {'9' * 20}", "9" * 20, "too large"),
        (f"orders >= {'9' * 5000}", "9" * 5000, "too large"),
        (f"orders({'9' * 5000} days) >= 1", f"{'9' * 5000} days", "is no period"),
        (f"top {'9' * 5000} by spent", f"top {'9' * 5000} by spent", "less than or equal"),
        ("spent >= 1.23456", "1.23456", "no sum"),
        (f'score("{"a" * 99}") >= 1', f'score("{"a" * 99}")', "pattern"),
        ("(referred", "", "ends too early"),
        ("referred and", "", "ends too early"),
        ("", "", "is empty"),
        ("referred; DROP TABLE orders", ";", "cannot stand here"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_at_its_letters(text, at, told):
    with pytest.raises(NotUnderstood) as wrong:
        read(text)
    assert told in wrong.value.message
    assert text[wrong.value.at.start : wrong.value.at.end] == at


_WORDS = (
    "orders", "spent", "(", ")", ",", ">=", "5", "%", "weeks", "and", "or", "not", '"x"', "in", "is", "top", "by",
    "within",
)  # fmt: skip


@given(st.text(max_size=80) | st.lists(st.sampled_from(_WORDS), max_size=14).map(" ".join))
def test_any_text_is_a_rule_or_is_told_why_not(text):
    found = wrong = None
    try:
        found = read(text)
    except NotUnderstood as told:
        wrong = told
    if wrong is None:
        assert read(found.text()) == found
    else:
        assert 0 <= wrong.at.start <= wrong.at.end <= len(text) + 1
        assert wrong.message


def test_a_rule_of_ten_thousand_conditions_or_brackets_is_refused_in_words():
    with pytest.raises(NotUnderstood, match=f"more than {MOST} conditions"):
        read(" and ".join(["referred"] * 3_000))
    with pytest.raises(NotUnderstood, match=f"longer than {MOST_LETTERS:,} letters"):
        read(" and ".join(["orders(5 weeks) >= 5"] * 10_000))
    with pytest.raises(NotUnderstood, match="make segments of the parts"):
        read("not " * 2_000 + "referred")
    assert read("(" * 10_000 + "referred" + ")" * 10_000).text() == "referred"
    with pytest.raises(ValidationError):
        SCHEMA.validate_python({"kind": "all", "of": [{"kind": "referred"}] * (MOST + 1)})


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("orders(5 weeks) > 5 and orders(5 weeks) < 3", "no number is both"),
        ("orders = 5 and orders between 6 and 7", "no number is both"),
        ("spent >= 10 and (referred and spent < 10)", "no number is both"),
        ("orders < 0", "holds for nobody"),
        ("referred or (open_ticket and not open_ticket)", "cannot both hold"),
        ('country is "ES" and country is "IT"', "join them with or"),
        ("days_since(last_order) > 60 and days_since(last_order) < 30", "no number is both"),
        ('bucket("a") < 10 % and bucket("a") >= 10 %', "no number is both"),
        ("orders > 5 and orders < 3 or referred", "no number is both"),
    ],
)
def test_contradictions_are_said(text, told):
    found = list(contradictions(read(text)))
    assert len(found) == 1
    assert told in found[0]


@pytest.mark.parametrize(
    "text",
    [
        "orders(5 weeks) > 5 and orders(6 weeks) < 3", "orders > 5 or orders < 3", "spent > 5 EUR and spent < 3 USD",
        "orders > 3 and orders < 5", "orders >= 5 and orders <= 5", "referred and not open_ticket",
        'country in ("ES", "IT") and country in ("IT", "FR")',
        "days_since(first_order) > 9 and days_since(last_order) < 3",
    ],
)  # fmt: skip
def test_what_may_hold_is_no_contradiction(text):
    assert list(contradictions(read(text))) == []


@given(rules)
def test_every_condition_of_a_rule_is_found(rule):
    assert sum(1 for _ in conditions(rule)) >= 1


def test_the_grammar_is_part_of_what_is_installed():
    import perennial.segments.rules.text.parse as here

    assert (Path(here.__file__).parent / "grammar.lark").is_file()
