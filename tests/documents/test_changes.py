"""The difference between two bodies: complete, and short enough to be read."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perennial.documents.rules.changes import ABSENT, Change, diff, path
from perennial.values.hashing import canonical

SCALARS = st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from([0.5, 1.0, "a", "b", ""])
JSON = st.recursive(
    SCALARS,
    lambda children: (
        st.lists(children, max_size=4)
        | st.dictionaries(st.sampled_from(["a", "b", "c d", "é", "0", ""]), children, max_size=4)
    ),
    max_leaves=12,
)


def at(body, where):
    """What stands at a path, read without the code that writes paths."""
    for word, quoted, index in re.findall(r'\.?([^\W\d]\w*)|\[("(?:[^"\\]|\\.)*")\]|\[(\d+)\]', where):
        body = body[int(index)] if index else body[json.loads(quoted) if quoted else word]
    return body


def test_reads_as_a_list_of_what_changed():
    old = {
        "title": "Spring",
        "rules": [{"kind": "percent", "share": 0.05}, {"kind": "amount", "amount": "5.00 EUR"}],
        "note": None,
    }
    new = {
        "title": "Spring",
        "rules": [
            {"kind": "gift", "sku": "A-1"},
            {"kind": "percent", "share": 0.05},
            {"kind": "amount", "amount": "6.00 EUR"},
        ],
        "goal": 0.3,
    }
    assert [str(change) for change in diff(old, new)] == [
        "+ goal: 0.3",
        "- note: null",
        '+ rules[0]: {"kind":"gift","sku":"A-1"}',
        '~ rules[2].amount: "5.00 EUR" → "6.00 EUR"',
    ]


def test_a_removed_item_does_not_change_its_followers():
    assert diff({"a": [1, 2, 3, 4]}, {"a": [1, 3, 4]}) == (Change("a[1]", 2, ABSENT),)


def test_null_is_not_nothing():
    assert [str(change) for change in diff({"a": None}, {})] == ["- a: null"]
    assert [str(change) for change in diff({}, {"a": None})] == ["+ a: null"]
    assert [str(change) for change in diff(None, {})] == ["~ all: null → {}"]


@pytest.mark.parametrize(("old", "new"), [(1, 1.0), (1, True), (0, False), ("1", 1), ([], {}), ("", None)])
def test_what_python_calls_equal_may_differ(old, new):
    assert diff({"a": old}, {"a": new}) == (Change("a", old, new),)


@given(JSON, JSON)
def test_empty_only_when_nothing_changed(old, new):
    assert (diff(old, new) == ()) is (canonical(old) == canonical(new))
    assert diff(old, old) == ()


@given(JSON, JSON)
def test_every_change_is_found_at_its_place(old, new):
    for change in diff(old, new):
        if change.new is ABSENT:
            assert canonical(at(old, change.path)) == canonical(change.old)
        else:
            assert canonical(at(new, change.path)) == canonical(change.new)


@given(st.lists(SCALARS), st.lists(SCALARS))
def test_lists_keep_count(old, new):
    changes = diff(old, new)
    added = sum(change.old is ABSENT for change in changes)
    removed = sum(change.new is ABSENT for change in changes)
    assert len(new) - len(old) == added - removed


def test_paths_read_like_code():
    assert path(["rules", 2, "amount"]) == "rules[2].amount"
    assert path(["a b", "c", 0, 1]) == '["a b"].c[0][1]'
    assert path([]) == ""
    assert path([0, "é"]) == "[0].é"
