"""Ready-made segments: each is a rule that may be saved as it stands, and asks no more than it uses."""

from __future__ import annotations

import re

import pytest

from perennial.documents.rules.body import Body
from perennial.segments.rules.contradictions import contradictions
from perennial.segments.rules.ready import READY, ready
from perennial.segments.rules.rule import conditions, read
from perennial.segments.rules.segment import KIND, named


@pytest.mark.parametrize("key", READY)
def test_each_is_a_segment_that_may_be_saved(key):
    rule = ready(key)
    body = KIND.prepare({"title": key, "rule": READY[key].text()}, names={"label": []})
    assert isinstance(body, Body)
    assert body.rule == rule
    assert read(rule.text()) == rule
    assert list(contradictions(rule)) == []
    assert list(named(rule)) == []  # no other segment has to be there first
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]*", key)


@pytest.mark.parametrize("key", READY)
def test_each_is_written_as_rules_are_written(key):
    one = READY[key]
    told = one.pattern.format_map(
        {name: f'"{asked.default}"' if asked.sort == "name" else asked.default for name, asked in one.asked.items()}
    )
    assert one.text() == told


@pytest.mark.parametrize("key", READY)
def test_each_serves_a_tactic_and_uses_what_it_asks(key):
    one = READY[key]
    assert one.tactics
    assert all(re.fullmatch(r"T(0[1-9]|[1-5]\d|6[0-3])", tactic) for tactic in one.tactics)
    assert set(re.findall(r"{(\w+)}", one.pattern)) == set(one.asked)


def test_no_two_are_the_same():
    assert len({one.text() for one in READY.values()}) == len(READY)


def test_the_loyal_are_those_of_the_tactics():
    assert ready("loyal").text() == "spent(6 months) >= 250 or orders(5 weeks) >= 5"
    assert ready("big-spenders").text() == "spent(6 months) >= 250"
    assert ready("frequent").text() == "orders(5 weeks) >= 5"


def test_amounts_are_put_in():
    assert (
        ready("loyal", spend="400.50 USD", orders="3").text() == "spent(6 months) >= 400.5 USD or orders(5 weeks) >= 3"
    )
    assert ready("vip", share="2.5").text() == "top 2.5 % by spent(1 year)"
    assert ready("gift-buyers", category='Gifts "for her" \\ {x}').text() == (
        'bought(category "Gifts \\"for her\\" \\\\ {x}", 1 year)'
    )
    assert sum(1 for _ in conditions(ready("gift-buyers", category='x") or bought(category "y'))) == 1


@pytest.mark.parametrize(
    ("key", "amounts", "told"),
    [
        ("loial", {}, "did you mean 'loyal'"),
        ("loyal", {"spent": "5"}, "did you mean 'spend'"),
        ("loyal", {"spend": "5 or referred"}, "spend: '5 or referred' does not fit: write an amount"),
        ("loyal", {"spend": "-5"}, "does not fit"),
        ("loyal", {"orders": "2.5"}, "a whole number such as 5"),
        ("vip", {"share": "100"}, "a share in per cent"),
        ("vip", {"share": "0"}, "between 0 and 100"),
        ("birthdays", {"days": "400"}, "less than a year"),
        ("birthdays", {"days": "٣"}, "a whole number"),
        ("gift-buyers", {"category": ""}, "a name, as the shop writes it"),
        ("gift-buyers", {"category": "a\nb"}, "a name, as the shop writes it"),
    ],
)
def test_what_does_not_fit_is_said(key, amounts, told):
    with pytest.raises(ValueError, match=re.escape(told)):
        ready(key, **amounts)
