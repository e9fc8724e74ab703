"""Every answer of insight, on DuckDB and on Spark with real worker processes: the same rows."""

from __future__ import annotations

import importlib
import inspect
import math
import pkgutil
from typing import Any

import pytest

import perennial.insight
from perennial.insight.registry import ANSWERS, Answer
from perennial.insight.tables import Treatment
from tests.insight.shop import START, Shop, end_of

from .shops import full_shop

# Spark's Python and Ibis still speak to pandas 3 in the words of pandas 2.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")

NOW = end_of(START + 430)  # well before the last facts: what comes after must be left out by both
# What answers are built from: not offered by name, but compared all the same.
BLOCKS = {
    ("net", "placed"): {},
    ("net", "net_orders"): {"treatment": Treatment(tax=True, shipping=True), "profit": True},
    ("retention", "cohort_of"): {},
    ("favourites", "kept_lines"): {"treatment": Treatment(tax=True)},
    ("delivery", "promises"): {},
}
# Options that reach more of a function than its defaults.
OPTIONS: dict[str, dict[str, Any]] = {"conversion": {"goals": ("goal:newsletter",)}}
PARTS = {f"{module}.{name}": Answer(module, name, "", "", defaults=o) for (module, name), o in BLOCKS.items()}
COMPARED = {**ANSWERS, **PARTS}


@pytest.fixture(scope="module")
def shop():
    return full_shop(7)


@pytest.fixture(scope="module")
def duckdb_tables(shop):
    return shop.tables()


@pytest.fixture(scope="module")
def spark_tables(shop, on_spark):
    return on_spark("shop", shop)


@pytest.fixture(scope="module")
def no_facts_on_spark(on_spark):
    return on_spark("empty", Shop())


def rows(table: Any) -> list[dict[str, Any]]:
    return table.to_pyarrow().to_pylist()


def order_of(row: dict[str, Any]) -> list[tuple[str, str]]:
    """Sort by what must be equal first, by rounded numbers last."""
    exact = [(name, repr(value)) for name, value in sorted(row.items()) if not isinstance(value, float)]
    return exact + [(name, f"{value:.6g}") for name, value in sorted(row.items()) if isinstance(value, float)]


def same(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12)
    return type(one) is type(other) and one == other


def differences(ours: list[dict[str, Any]], theirs: list[dict[str, Any]]) -> list[tuple[Any, Any]]:
    pairs = zip(sorted(ours, key=order_of), sorted(theirs, key=order_of), strict=True)
    return [(a, b) for a, b in pairs if a.keys() != b.keys() or not all(same(a[k], b[k]) for k in a)]


def test_spark_has_two_workers(spark):
    context = spark._session.sparkContext
    assert context.master == "local-cluster[2,1,1024]"
    parallel = context.parallelize(range(4), 4).map(lambda _: __import__("os").getppid())
    assert len(set(parallel.collect())) == 2


@pytest.mark.parametrize("name", COMPARED)
def test_spark_answers_as_duckdb_does(name, duckdb_tables, spark_tables):
    answer, options = COMPARED[name], OPTIONS.get(name, {})
    ours = rows(answer.ask(duckdb_tables, NOW, **options))
    theirs = rows(answer.ask(spark_tables, NOW, **options))
    assert ours, "the shop must hold something of everything"
    assert len(ours) == len(theirs)
    assert differences(ours, theirs) == []


def test_without_facts_spark_answers_as_duckdb_does(no_facts_on_spark):
    nothing = Shop().tables()
    asked = 0
    for name, answer in COMPARED.items():
        # An answer by key has no rows on any engine; one over everything has one, and there engines differ.
        if ours := rows(answer.ask(nothing, NOW)):
            assert differences(ours, rows(answer.ask(no_facts_on_spark, NOW))) == [], name
            asked += 1
    assert asked > 2


def answering_functions() -> set[tuple[str, str]]:
    found = set()
    for module in pkgutil.iter_modules(perennial.insight.__path__):
        loaded = importlib.import_module(f"perennial.insight.{module.name}")
        for name, function in inspect.getmembers(loaded, inspect.isfunction):
            told = inspect.signature(function)
            if name.startswith("_") or function.__module__ != loaded.__name__:
                continue
            if list(told.parameters)[:2] == ["t", "as_of"] and told.return_annotation == "ir.Table":
                found.add((module.name, name))
    return found


def test_every_answer_is_registered():
    registered = {(answer.module, answer.function) for answer in ANSWERS.values()}
    assert answering_functions() - registered - set(BLOCKS) == set()
    assert registered | set(BLOCKS) <= answering_functions()
