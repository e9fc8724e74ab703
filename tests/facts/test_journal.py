"""The journal of erasures: what is open is kept at once, all of it with every back-up."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from perennial.facts.actions.erase import erase
from perennial.facts.actions.erasing import journal
from perennial.facts.actions.erasing.steps import erase_steps
from perennial.facts.actions.record import record
from perennial.facts.rules import records as r
from perennial.models import Erasure, Order
from tests.facts.builders import NOW, order

pytestmark = pytest.mark.django_db


@pytest.fixture
def erased(source, settings, tmp_path: Path) -> list[int]:
    """Three erasures: two that are done, and one that is not."""
    settings.PERENNIAL_HOME = tmp_path
    whos = [r.Who(account=f"c{n}") for n in range(3)]
    record(r.Batch(orders=tuple(order(f"o{who.account}", who) for who in whos)), source=source, now=NOW)
    customers = Order.objects.order_by("name").values_list("customer_id", flat=True)
    done = [erase(brand_id=source.brand_id, customer_id=one, now=NOW) for one in customers]
    Erasure.objects.filter(id__in=done[:2]).update(done_at=NOW)
    return done


def kept() -> list[int]:
    return [entry.id for entry in journal.read(journal.path())]


def test_every_erasure_is_kept_once(source, erased):
    assert kept() == erased
    for _ in erase_steps(brand_id=source.brand_id, now=NOW):
        pass
    journal.keep_journal(source.brand_id, whole=True)
    assert kept() == erased


def test_what_is_open_is_added_at_once_and_the_rest_of_a_lost_file_with_the_next_back_up(
    source, erased, django_assert_num_queries
):
    journal.path().unlink()
    with django_assert_num_queries(1):  # of those that are open alone
        journal.keep_journal(source.brand_id)
    assert kept() == erased[2:]
    journal.keep_journal(source.brand_id, whole=True)
    assert sorted(kept()) == erased


def test_a_torn_line_is_not_taken_for_its_erasure(source, erased):
    lines = journal.path().read_text().splitlines()
    journal.path().write_text("\n".join(lines[:2]) + "\n" + lines[2][:40])
    assert kept() == erased[:2]
    journal.keep_journal(source.brand_id)
    assert kept() == erased


def test_another_journal_comes_along_without_its_torn_lines_and_nothing_twice(erased, tmp_path: Path):
    file = tmp_path / "other.jsonl"
    lines = journal.path().read_text().splitlines()
    file.write_text(f"{lines[1]}\n")
    torn = tmp_path / "staged.jsonl"
    torn.write_text("\n".join([*lines, json.dumps({"id": 1})[:5]]))
    for _ in range(2):
        journal.bring_along(torn, file)
    assert [entry.id for entry in journal.read(file)] == [erased[1], erased[0], erased[2]]
    journal.bring_along(tmp_path / "none.jsonl", tmp_path / "empty.jsonl")
    assert not (tmp_path / "empty.jsonl").exists()
