"""Every answer is a function of the lab that can be found, read about and called."""

from __future__ import annotations

import inspect
import pkgutil
import pydoc
import subprocess
import sys
from pathlib import Path

import pytest

import perennial.lab
from perennial import lab
from perennial.insight.registry import ANSWERS
from tests.insight.shop import Shop, rows_of
from tests.lab.files import made_shop, write_folder


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> lab.Shop:
    return lab.open(write_folder(made_shop(30), tmp_path_factory.mktemp("shop")))


def test_all_answers_are_listed_and_named():
    assert set(lab.answers()) == set(ANSWERS)
    assert set(ANSWERS) | {"open", "answers", "segment", "Shop"} == set(dir(lab))
    text = repr(lab.answers())
    assert all(name in text and answer.definition in text for name, answer in ANSWERS.items())


def test_no_file_of_the_lab_hides_an_answer():
    assert not {module.name for module in pkgutil.iter_modules(perennial.lab.__path__)} & {*ANSWERS, "answers", "open"}


@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_help_tells_what_an_answer_means(name: str):
    text = pydoc.plain(pydoc.render_doc(getattr(lab, name)))
    answer = ANSWERS[name]
    assert answer.definition in text
    assert answer.formula in text
    assert f"{name}(shop: 'Shop', as_of: 'When' = None" in text
    options = inspect.signature(getattr(lab, name)).parameters
    assert all(options[option].default == value for option, value in answer.defaults.items())


def test_answers_are_tables_for_pandas_and_polars(shop: lab.Shop):
    table = lab.rfm(shop)
    assert len(table.to_pandas()) == len(table.to_polars()) == 30
    by_hand = ANSWERS["rfm"].ask(shop.tables, shop.as_of())
    assert sorted(map(str, rows_of(table))) == sorted(map(str, rows_of(by_hand)))


def test_as_of_and_options_reach_the_answer(shop: lab.Shop):
    early = lab.rfm(shop, as_of=shop.first_day and "2023-06-30")
    assert len(rows_of(early)) < 30
    (row,) = rows_of(lab.clv(shop, years=2.0))
    assert row["years"] == 2.0
    with pytest.raises(TypeError, match="horizont"):
        lab.retention(shop, horizont=30)


def test_a_name_that_is_none_is_met_with_the_nearest():
    with pytest.raises(AttributeError, match=r"did you mean lab\.rhythm"):
        _ = lab.rhytm  # type: ignore[attr-defined]
    with pytest.raises(AttributeError, match=r"lab\.answers\(\)\) lists"):
        _ = lab.zzz  # type: ignore[attr-defined]


def test_the_door_costs_nothing_to_open():
    script = "import sys; from perennial import lab; dir(lab); print('ibis' in sys.modules, 'duckdb' in sys.modules)"
    asked = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert asked.stdout.split() == ["False", "False"]


def test_a_shop_without_orders_is_refused(tmp_path: Path):
    with pytest.raises(ValueError, match="it holds no orders"):
        lab.open(write_folder(Shop(), tmp_path))
