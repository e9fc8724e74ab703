"""What holds for every answer beside the as-of: the order of rows changes nothing, treatments reach all money."""

import inspect
import math
import random

import ibis
import pytest

from perennial.insight.registry import ANSWERS
from perennial.insight.tables import Tables, Treatment
from tests.parity.shops import full_shop

from .shop import START, arrow_table, end_of, rows_of

NOW = end_of(START + 430)


@pytest.fixture(scope="module")
def shop():
    return full_shop(3)


def listed(answer, tables, **options):
    """Rows in an order of their own, floats to 12 digits: sums may run in any order."""
    rows = [list(row.values()) for row in rows_of(answer.ask(tables, NOW, **options))]
    assert all(math.isfinite(v) for row in rows for v in row if isinstance(v, float))
    return sorted(tuple(f"{v:.12g}" if isinstance(v, float) else repr(v) for v in row) for row in rows)


@pytest.mark.parametrize("name", ANSWERS)
def test_the_order_of_rows_changes_nothing(name, shop):
    shuffled = {table: random.Random(5).sample(rows, len(rows)) for table, rows in shop.rows.items()}
    tables = Tables(**{table: ibis.memtable(arrow_table(table, rows)) for table, rows in shuffled.items()})
    found = listed(ANSWERS[name], shop.tables())
    assert found
    assert found == listed(ANSWERS[name], tables)


def test_treatments_reach_every_sum_of_money(shop):
    both = Treatment(tax=True, shipping=True)
    asked = 0
    for answer in ANSWERS.values():
        if "treatment" in inspect.signature(answer.load()).parameters and answer.function != "rhythm_store":
            plain, taxed = (listed(answer, shop.tables(), treatment=t) for t in (Treatment(), both))
            assert plain != taxed, answer.function
            asked += 1
    assert asked > 5
