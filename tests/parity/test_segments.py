"""Rules over everybody, on DuckDB and on Spark with real worker processes: the same people."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import pytest

from perennial.segments.compile.judged import cut_point, judged
from perennial.segments.rules.rule import CONDITIONS, EXAMPLES, Ranked, conditions, read
from tests.segments.worlds import random_moment, random_rule, random_world

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
RULES = 10


def members(table: Any) -> dict[int, dict[str, bool]]:
    return {row.pop("person_id"): row for row in table.to_pyarrow().to_pylist()}


@pytest.mark.parametrize("seed", [11])
def test_spark_judges_as_duckdb_does(seed, on_spark):
    rnd = Random(seed)
    world, as_of = random_world(rnd, customers=30, orders=150), random_moment(rnd)
    # Random ones, and every word there is; what names other segments was put in its place before.
    rules = {f"r{i}": random_rule(rnd) for i in range(RULES)}
    rules |= {word: read(text) for word, text in EXAMPLES.items() if word != "segment"}
    said = [one for rule in rules.values() for one in conditions(rule)]
    assert {type(one) for one in said} == set(CONDITIONS), "something of everything"
    ours, theirs, beside = world.tables(), on_spark(f"world_{seed}", world.shop), world.beside_tables()
    cuts = {}
    for one in {one.text(): one for one in said if isinstance(one, Ranked)}.values():
        cut = [cut_point(one, t, beside, world.known, as_of).to_pyarrow()["cut"][0].as_py() for t in (ours, theirs)]
        assert cut[0] == cut[1], one.text()
        cuts[one.text()] = cut[0]
    known = replace(world.known, cuts=cuts)
    on_duckdb = members(judged(rules, ours, beside, known, as_of))
    on_spark_ = members(judged(rules, theirs, beside, known, as_of))
    assert on_duckdb.keys() == on_spark_.keys()
    different = {
        rules[key].text() for person, row in on_duckdb.items() for key in row if row[key] != on_spark_[person][key]
    }
    assert different == set()
    assert any(any(row.values()) for row in on_duckdb.values())
