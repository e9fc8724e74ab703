"""Whatever stands in quotes is a name and nothing else: no engine reads it as its own words."""

from __future__ import annotations

from random import Random

import pytest

from perennial.segments.compile.histories import histories
from perennial.segments.compile.judged import judged
from perennial.segments.rules.conditions.base import quote
from perennial.segments.rules.judge import judge
from perennial.segments.rules.rule import read

from .test_segment import CATEGORIES
from .worlds import random_moment, random_world

FORMS = (
    "bought(category {})", "viewed(brand {})", "attribute({}) is {}", "bucket({}) < 50 %", "country is {}",
    "did({})", "anniversary({}) in next 200 days", "first_category is {}", "language is {}", "bought(product {})",
)  # fmt: skip


@pytest.mark.parametrize("name", CATEGORIES)
def test_names_in_quotes_are_names(name: str):
    rnd = Random(5)
    world, as_of = random_world(rnd, customers=3, orders=20), random_moment(rnd)
    for row in world.shop.rows["products"]:
        row["category"], row["brand"] = f"{name} > below", name
    for number, row in enumerate(world.shop.rows["customers"]):
        row["country"] = name if number else None
    world.beside["attributes"] = [{"customer_id": 1, "name": name, "text": name.casefold(), "day": None}]
    rules = {f"r{n}": read(form.replace("{}", quote(name))) for n, form in enumerate(FORMS)}
    t, beside = world.tables(), world.beside_tables()
    facts = histories(t, beside)
    rows = judged(rules, t, beside, world.known, as_of).to_pyarrow().to_pylist()
    found = {key: [row["person_id"] for row in rows if row[key]] for key in rules}
    for row in rows:
        for key, rule in rules.items():
            assert judge(rule, facts[row["person_id"]], world.known, as_of) == row[key], rule.text()
    assert found["r0"], "a category of that name was bought"
    assert rules["r0"].text() == f"bought(category {quote(name)})"
