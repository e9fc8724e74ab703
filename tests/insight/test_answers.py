"""What holds for every registered answer."""

import re
from random import Random

import pytest

from perennial.insight.registry import ANSWERS

from .shop import START, Shop, end_of, random_shop, rows_of

names = pytest.mark.parametrize("name", ANSWERS)


def comparable(rows):
    """Rows without order, floats to nine digits (engines may add in any order)."""
    return sorted(
        repr({k: float(f"{v:.9g}") if isinstance(v, float) else v for k, v in sorted(row.items())}) for row in rows
    )


@pytest.fixture(scope="module")
def shop():
    return random_shop(Random(7), customers=24, orders=150)


@names
def test_later_facts_change_no_answer(shop, name):
    as_of = end_of(START + 270)
    found = rows_of(ANSWERS[name].ask(shop.tables(), as_of))
    assert comparable(found) == comparable(rows_of(ANSWERS[name].ask(shop.cut(as_of).tables(), as_of)))


def test_the_cut_really_takes_something_away(shop):
    cut = shop.cut(end_of(START + 270))
    gone = {name for name, rows in shop.rows.items() if len(cut.rows[name]) < len(rows)}
    assert {"customers", "orders", "lines", "refunds", "refund_lines", "tickets", "ratings", "behaviour"} <= gone
    undone = [o for o, kept in zip(shop.rows["orders"], cut.rows["orders"], strict=False) if o != kept]
    assert undone


@names
def test_most_answers_say_something_of_a_lively_shop(shop, name):
    found = rows_of(ANSWERS[name].ask(shop.tables(), end_of(START + 400)))
    assert found or name == "late_now", name


@names
def test_every_answer_stands_an_empty_shop(name):
    rows_of(ANSWERS[name].ask(Shop().tables(), end_of(START)))


@names
def test_columns_are_told_and_well_named(name):
    answer = ANSWERS[name]
    table = answer.ask(Shop().tables(), end_of(START))
    told = answer.load().__doc__ or ""
    assert "recency" not in table.columns
    kinds = {str(kind).removeprefix("!") for kind in table.schema().values()}
    assert kinds <= {"int64", "float64", "string", "boolean"}, table.schema()
    assert answer.definition.endswith((".", "?"))
    assert re.search(r"Columns|Column|``", told), name


FIRST = [name for name in ANSWERS if ANSWERS[name].module in
         {"summary", "retention", "cohorts", "gaps", "value", "rfm", "lifecycle", "revenue"}]  # fmt: skip


@pytest.mark.parametrize("name", FIRST)
def test_docstrings_name_every_column(name):
    answer = ANSWERS[name]
    told = answer.load().__doc__ or ""
    # A family such as p05 to p95, told by one example.
    columns = {c for c in answer.ask(Shop().tables(), end_of(START)).columns if not re.fullmatch(r"p\d+|\w_cut_\d", c)}
    missing = {c for c in columns if not re.search(rf"\b{c}\b", told)}
    assert not missing, (name, missing)
