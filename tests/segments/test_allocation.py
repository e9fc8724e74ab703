"""The allocation document and the scores that rules may name: what they say, and what they refuse."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perennial.documents.rules.body import Refused
from perennial.documents.rules.kinds import installed
from perennial.insight.lifecycle import STAGES
from perennial.insight.rfm import GROUPS
from perennial.segments.compile.care import by_band, by_part, care
from perennial.segments.rules.allocation import KIND, Allocation, Everyone, InSegment, Part, allowance, minor
from perennial.segments.rules.scores import compared, scores
from perennial.segments.rules.segment import KIND as SEGMENT
from tests.docs.reading import page

LABELS = {"label": {"segment:vip", "segment:new-ones", "tier:gold"}}
ALL = {"title": "All", "who": {"kind": "everyone"}, "share": 0.1}
RFM = tuple(sorted(set(GROUPS.values())))


def said(*groups: dict[str, Any], **more: Any) -> Allocation:
    return KIND.prepare({"groups": [*groups, ALL], **more}, LABELS)


def part(share: float = 0.1, **more: Any) -> Part:
    return Part(title="x", who=Everyone(), share=share, **more)


@pytest.mark.parametrize(
    ("of", "profit", "expected"),
    [
        (part(0.1), 1000, 100),
        (part(0.15), 10, 2),  # 1.5 rounds up
        (part(0.145), 100, 15),  # 14.5 too, though 0.145 x 100 is 14.499... in binary fractions
        (part(0.1), -500, 0),
        (part(0.1, floor="5"), -500, 500),
        (part(0.1, floor="5", ceiling="20"), 1_000_000, 2000),
        (part(0.1, ceiling="20.005"), 1_000_000, 2001),  # the currency has two digits
        (part(0.1), None, 0),
        (part(0.1, floor="5"), None, 500),
        (part(0.1, floor="5", ceiling="20", starting="12.50"), None, 1250),
        (part(0), 10**12, 0),
        (part(1), 10**12, 10**12),
    ],
)
def test_what_somebody_may_cost(of, profit, expected):
    assert allowance(of, profit, 2) == expected


def test_amounts_are_those_of_the_currency():
    assert [minor("12.5", digits) for digits in (0, 2, 3, 4)] == [13, 1250, 12500, 125000]


@pytest.mark.parametrize(
    ("body", "at", "told"),
    [
        ({"groups": []}, "groups", "at least 1"),
        ({"groups": [ALL | {"who": {"kind": "rfm", "values": ["loyal"]}}]}, "groups[0].who", "must be everyone"),
        ({"groups": [ALL, ALL | {"title": "B"}]}, "groups[0].who", "only the last group may be everyone"),
        ({"groups": [ALL | {"share": 1.5}]}, "groups[0].share", "less than or equal to 1"),
        ({"groups": [ALL | {"share": -0.1}]}, "groups[0].share", "greater than or equal to 0"),
        ({"groups": [ALL | {"floor": "9", "ceiling": "3"}]}, "groups[0].floor", "above the ceiling"),
        ({"groups": [ALL | {"floor": "-9"}]}, "groups[0].floor", "pattern"),
        ({"groups": [ALL | {"floor": "9 EUR"}]}, "groups[0].floor", "pattern"),
        ({"groups": [ALL | {"floor": 9}]}, "groups[0].floor", "valid string"),
        ({"groups": [ALL | {"floor": "3", "starting": "2"}]}, "groups[0].starting", "between floor and ceiling"),
        ({"groups": [ALL | {"ceiling": "3", "starting": "4"}]}, "groups[0].starting", "between floor and ceiling"),
        ({"groups": [ALL], "of": "next_year"}, "of", "last_year"),
        ({"groups": [ALL], "off": 1}, "off", "did you mean 'of'"),
        (
            {"groups": [ALL | {"title": "A", "who": {"kind": "segment", "name": "vop"}}, ALL]},
            "groups[0].who.name", "there is no segment 'vop': did you mean 'vip'",
        ),
        (
            {"groups": [ALL | {"title": "A", "who": {"kind": "rfm", "values": ["champion"]}}, ALL]},
            "groups[0].who.values[0]", "champions",
        ),
        (
            {"groups": [{**ALL, "who": {"kind": "rfm", "values": ["lost"]}}, ALL]},
            "groups[1].title", "another group is called 'All'",
        ),
        (
            {"groups": [
                {**ALL, "title": "A", "who": {"kind": "lifecycle", "values": ["new", "lost"]}},
                {**ALL, "title": "B", "who": {"kind": "lifecycle", "values": ["lost"]}}, ALL,
            ]},
            "groups[1].who", "lost stands twice",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_where_it_stands(body, at, told):
    with pytest.raises(Refused) as refused:
        KIND.prepare(body, LABELS)
    assert any(one.path == at and told in one.message for one in refused.value.problems), str(refused.value)


def test_the_defaults_are_a_document_that_may_be_saved():
    assert KIND.prepare(Allocation().content(), {}) == Allocation()


def test_a_document_is_read_back_when_its_segment_is_gone():
    body = said({"title": "V", "who": {"kind": "segment", "name": "vip"}, "share": 0.2}).content()
    assert KIND.read(body, 1).groups[0].who == InSegment(name="vip")


amounts = st.integers(0, 10_000)
profits = st.none() | st.integers(-(10**6), 10**9)
whos: dict[str, Callable[[Any], dict[str, Any]]] = {
    "rfm": lambda names: {"kind": "rfm", "values": names},
    "lifecycle": lambda names: {"kind": "lifecycle", "values": names},
    "segment": lambda names: {"kind": "segment", "name": names[0]},
}


@st.composite
def documents(draw: st.DrawFn) -> Allocation:
    kinds = draw(st.lists(st.sampled_from(sorted(whos)), unique=True, max_size=3))
    groups = []
    for index, kind in enumerate([*kinds, "everyone"]):
        names = {"rfm": RFM, "lifecycle": STAGES, "segment": ("vip",), "everyone": ("",)}[kind]
        chosen = draw(st.lists(st.sampled_from(names), unique=True, min_size=1))
        floor = draw(amounts)
        ceiling = draw(st.none() | st.integers(floor, 20_000))
        top = 20_000 if ceiling is None else ceiling
        starting = draw(st.none() | st.integers(floor, top))
        groups.append({
            "title": f"g{index}",
            "who": {"kind": "everyone"} if kind == "everyone" else whos[kind](chosen),
            "share": draw(st.integers(0, 1000)) / 1000,
            "floor": str(floor),
            "ceiling": None if ceiling is None else str(ceiling),
            "starting": None if starting is None else str(starting),
        })  # fmt: skip
    return KIND.prepare({"groups": groups, "of": draw(st.sampled_from(["last_year", "yearly_mean"]))}, LABELS)


@st.composite
def stores(draw: st.DrawFn) -> list[dict[str, Any]]:
    each = st.fixed_dictionaries({
        "rfm_group": st.sampled_from(["", *RFM]), "stage": st.sampled_from(STAGES), "profit": profits,
        "mean_profit": profits, "vip": st.booleans(), "ordered": st.booleans(),
    })  # fmt: skip
    return draw(st.lists(each, max_size=12))


def first_group(body: Allocation, one: dict[str, Any]) -> int:
    for index, group in enumerate(body.groups):
        who = group.who
        if isinstance(who, Everyone) or (isinstance(who, InSegment) and one["vip"]):
            return index
        if not isinstance(who, InSegment) and one["rfm_group" if who.kind == "rfm" else "stage"] in who.values:
            return index
    raise AssertionError("the last group is everyone")


def worked_out(body: Allocation, store: list[dict[str, Any]], digits: int) -> Any:
    def table(names: dict[str, pa.DataType], rows: list[dict[str, Any]]) -> Any:
        return ibis.memtable(pa.Table.from_pylist(rows, schema=pa.schema(list(names.items()))))

    rows = [{**one, "person_id": index + 1, "revenue": 100, "discount": 7} for index, one in enumerate(store)]
    number, text = pa.int64(), pa.string()
    people = table({"person_id": number, "rfm_group": text, "stage": text}, rows)
    year = table(
        dict.fromkeys(("person_id", "profit", "mean_profit", "revenue", "discount"), number),
        [one for one in rows if one["ordered"]],
    )
    members = table({"person_id": number, "segment": text}, [{**one, "segment": "vip"} for one in rows if one["vip"]])
    return care(body, people, year, members, digits)


@settings(max_examples=40, deadline=None)
@given(documents(), stores(), st.sampled_from([0, 2, 3]))
def test_everybody_is_in_their_first_group_and_between_its_ends(body, store, digits):
    each = worked_out(body, store, digits)
    found = {row["person_id"]: row for row in each.to_pyarrow().to_pylist()}
    assert len(found) == len(store)
    for index, one in enumerate(store):
        row, group = found[index + 1], body.groups[first_group(body, one)]
        profit = (one["profit"] if body.of == "last_year" else one["mean_profit"]) if one["ordered"] else None
        assert row["part"] == first_group(body, one)
        assert row["profit"] == profit
        assert row["care"] == allowance(group, profit, digits)
        assert row["care"] >= minor(group.floor, digits)
        assert group.ceiling is None or row["care"] <= minor(group.ceiling, digits)
    parts, bands = (table.to_pyarrow().to_pylist() for table in (by_part(each), by_band(each, digits)))
    for summed in (parts, bands):
        assert sum(row["people"] for row in summed) == len(store)
        assert sum(row["care"] for row in summed) == sum(row["care"] for row in found.values())
    assert [row["part"] for row in parts] == sorted({row["part"] for row in found.values()})
    assert sum(row["unknown"] for row in parts) == sum(row["profit"] is None for row in found.values())
    ends = [row["up_to"] for row in bands]
    assert ends == sorted(set(ends))
    assert {end for row in found.values() if (end := min(e for e in ends if row["care"] <= e))} <= set(ends)


def test_scores_are_named_and_compared_in_their_unit():
    assert set(scores()) == {
        "average_order", "care", "probability", "profit", "revenue", "usual_gap", "yearly_value",
    }  # fmt: skip
    assert compared("care", 2000.0, 2) == 20.0
    assert compared("care", 2000.0, 0) == 2000.0
    assert compared("usual_gap", 30.5, 2) == 30.5
    assert compared("gone", 30.5, 2) == 30.5
    assert scores()["usual_gap"].low == "gap_low"


def test_every_score_of_figures_names_columns_there_are():
    from perennial.models import CustomerFigures

    columns = {field.name for field in CustomerFigures._meta.get_fields()}
    for score in scores().values():
        assert {score.column, score.low, score.high} - {None} <= columns


def test_every_score_of_ours_is_told():
    told = re.findall(r"^\| `(\w+)` \| (\w+) \|", page("segments.md").split("\n## Scores\n")[1], re.MULTILINE)
    assert dict(told) == {score.name: score.unit for score in scores().values()}


def test_a_segment_may_name_only_scores_there_are():
    names = installed().names
    body = {"title": "Dear", "rule": 'score("care") >= 20'}
    assert SEGMENT.prepare(body, names).rule.text() == 'score("care") >= 20'
    with pytest.raises(Refused, match="there is no score 'cares': did you mean 'care'"):
        SEGMENT.prepare(body | {"rule": 'score("cares") >= 20'}, names)
    # What was saved once is read, whatever has gone since.
    assert SEGMENT.read({"title": "Dear", "rule": 'score("gone") >= 20'}, 1).rule.text() == 'score("gone") >= 20'
