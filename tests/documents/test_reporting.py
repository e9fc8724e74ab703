"""The document kind "reporting": what a brand's reports count."""

import json
from pathlib import Path

import pytest

from perennial.documents import actions, queries
from perennial.documents.rules.body import Refused
from perennial.facts.rules.reporting import KIND, Reporting
from perennial.values.money import Money
from tests.documents.conftest import NOON

GOLDEN = json.loads((Path(__file__).parent / "golden/reporting/v1.json").read_text(encoding="utf-8"))


def change(body, path, value):
    name, _, rest = path.partition(".")
    return {**body, name: change(body[name], rest, value) if rest else value}


def test_nothing_needs_to_be_said():
    assert KIND.prepare({}, {}) == Reporting()
    told = Reporting().content()
    assert told["sums"] == {"tax": False, "shipping": False}
    assert told["costs"] == {"winning": None, "keeping": None}
    assert (told["conversion"]["benchmark"]["good"], told["conversion"]["benchmark"]["usual"]) == (0.1, 0.11)


def test_everything_may_be_said():
    settings = KIND.prepare(GOLDEN, {})
    assert settings.content() == GOLDEN
    assert settings.costs.winning == Money(2500, "EUR")


def test_the_benchmark_line_may_be_taken_away():
    assert KIND.prepare(change(GOLDEN, "conversion.benchmark", None), {}).conversion.benchmark is None


@pytest.mark.parametrize(
    ("path", "value", "place", "message"),
    [
        ("sums.tax", "yes", "sums.tax", 'should be a valid boolean, not "yes"'),
        ("sums.taxes", True, "sums.taxes", "did you mean 'tax'?"),
        ("costs.winning", "25", "costs.winning", "such as '12.50 EUR'"),
        ("costs.keeping", "-1.00 EUR", "costs.keeping", "is below zero"),
        ("conversion.benchmark.good", 0.5, "conversion.benchmark.good", "swap them"),
        ("conversion.benchmark.source", "", "conversion.benchmark.source", "at least 1 character"),
    ],
)
def test_what_makes_no_sense_is_refused(path, value, place, message):
    with pytest.raises(Refused) as refusal:
        KIND.prepare(change(GOLDEN, path, value), {})
    told = {problem.path: problem.message for problem in refusal.value.problems}
    assert list(told) == [place]
    assert message in told[place]


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
