"""The document kind "reporting": what a brand's reports count."""

import json
from pathlib import Path

import pytest

from perennial.documents import actions, queries
from perennial.documents.rules.body import Refused
from perennial.facts.rules.reporting import KIND, Goal, Reporting
from perennial.values.money import Money
from perennial.values.time import Period
from tests.documents.conftest import NOON

GOLDEN = json.loads((Path(__file__).parent / "golden/reporting/v1.json").read_text(encoding="utf-8"))


def change(body, path, value):
    name, _, rest = path.partition(".")
    return {**body, name: change(body[name], rest, value) if rest else value}


def test_nothing_needs_to_be_said():
    assert KIND.prepare({}, {}) == Reporting()
    told = Reporting().content()
    assert told["sums"] == {"tax": False, "shipping": False}
    assert told["dormancy"] == {"rule": "rhythm", "quantile": 0.9, "after": "12 months"}
    assert told["lifetime"] == {"source": "measured", "stays": "2 years"}
    assert told["retention"] == {"horizon": "12 months", "goal": None}
    assert told["costs"] == {"winning": None, "keeping": None}
    assert told["conversion"]["goals"] == []
    assert (told["conversion"]["benchmark"]["good"], told["conversion"]["benchmark"]["usual"]) == (0.1, 0.11)


def test_everything_may_be_said():
    settings = KIND.prepare(GOLDEN, {})
    assert settings.content() == GOLDEN
    assert settings.costs.winning == Money(2500, "EUR")
    assert settings.retention.horizon == Period(6, "month")
    assert [goal.behaviour for goal in settings.conversion.goals] == ["goal:account", "newsletter_joined"]


def test_the_benchmark_line_may_be_taken_away():
    assert KIND.prepare(change(GOLDEN, "conversion.benchmark", None), {}).conversion.benchmark is None


@pytest.mark.parametrize(
    ("path", "value", "place", "message"),
    [
        ("sums.tax", "yes", "sums.tax", 'should be a valid boolean, not "yes"'),
        ("sums.taxes", True, "sums.taxes", "did you mean 'tax'?"),
        ("dormancy.rule", "own", "dormancy.rule", "'rhythm' or 'fixed'"),
        ("dormancy.quantile", 0.2, "dormancy.quantile", "greater than or equal to 0.5"),
        ("dormancy.after", "1 week", "dormancy.after", "at least 4 weeks"),
        ("dormancy.after", "27 days", "dormancy.after", "at least 4 weeks"),
        ("lifetime.stays", "3", "lifetime.stays", "write it as '6 months'"),
        ("retention.horizon", "3 days", "retention.horizon", "at least 4 weeks"),
        ("retention.goal", 35, "retention.goal", "less than or equal to 1"),
        ("costs.winning", "25", "costs.winning", "such as '12.50 EUR'"),
        ("costs.keeping", "-1.00 EUR", "costs.keeping", "is below zero"),
        ("conversion.benchmark.good", 0.5, "conversion.benchmark.good", "swap them"),
        ("conversion.benchmark.source", "", "conversion.benchmark.source", "at least 1 character"),
        ("conversion.goals", [{"key": "A b", "title": "x"}], "conversion.goals[0].key", "pattern"),
        ("conversion.goals", [{"key": "a"}], "conversion.goals[0].title", "is missing"),
        (
            "conversion.goals",
            [{"key": "a", "title": "x"}, {"key": "b", "title": "y"}, {"key": "a", "title": "z"}],
            "conversion.goals[2].key",
            "stands twice",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(path, value, place, message):
    with pytest.raises(Refused) as refusal:
        KIND.prepare(change(GOLDEN, path, value), {})
    told = {problem.path: problem.message for problem in refusal.value.problems}
    assert list(told) == [place]
    assert message in told[place]


@pytest.mark.parametrize("window", ["4 weeks", "28 days", "1 month"])
def test_four_weeks_are_enough(window):
    assert str(KIND.prepare(change(GOLDEN, "dormancy.after", window), {}).dormancy.after) == window


def test_a_goal_says_what_reaches_it():
    assert Goal(key="review", title="A review").behaviour == "goal:review"


@pytest.mark.django_db
def test_a_brand_s_settings_from_draft_to_report():
    place = {"brand_id": 1, "kind": "reporting", "key": "default"}
    assert queries.effective(KIND, brand_id=1, key="default", at=NOON) is None
    actions.save(**place, body={"sums": {"tax": True}}, author="desk", seen_version=0, now=NOON)
    assert queries.effective(KIND, brand_id=1, key="default", at=NOON) is None
    actions.publish(**place, author="desk", seen_version=1, now=NOON)
    settings = queries.effective(KIND, brand_id=1, key="default", at=NOON)
    assert settings == Reporting.model_validate({"sums": {"tax": True}})
    assert queries.read(queries.resolve(brand_id=1, kind="reporting", reference="default@2")) == settings
