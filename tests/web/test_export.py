"""A list taken away as a file: everybody in it once, in order, whatever moves meanwhile."""

from __future__ import annotations

import csv
import io

import pytest

from perennial.values.ids import public
from perennial.web.customers import conditions, export
from perennial.web.customers.listing import Wanted, everybody
from tests.web.people import make_many

SORTS = ["revenue", "orders", "profit", "yearly_value", "first_order_day", "last_order_day", "expected_day"]


@pytest.mark.parametrize("few", [0, 5_000])
@pytest.mark.parametrize("narrowed", [False, True])
@pytest.mark.parametrize("sort", [sign + name for name in SORTS for sign in ("", "-")])
def test_everybody_comes_once_in_order(store, monkeypatch, sort: str, narrowed: bool, few: int):
    from perennial.models import CustomerFigures
    from perennial.web.customers import listing

    monkeypatch.setattr(listing, "FEW", few)
    monkeypatch.setattr(listing, "_AT_ONCE", 7)
    made, column = make_many(store, 40), sort.removeprefix("-")
    narrow = [conditions.between(store.brand_id, "orders", 2, None)] if narrowed else []
    slices = list(everybody(Wanted(store.brand_id, narrow, column, sort.startswith("-")), size=9))
    found = [id_ for part in slices for id_ in part]
    assert all(len(part) == 9 for part in slices[:-1])
    values = {row.id: row for row in CustomerFigures.objects.all()}
    assert sorted(found) == sorted(id_ for id_ in made if not narrowed or values[id_].orders >= 2)
    told = [getattr(values[id_], column) for id_ in found]
    known = [value for value in told if value is not None]
    assert told == known + [None] * (len(told) - len(known)), "the unknown come last"
    assert known == sorted(known, reverse=sort.startswith("-"))


def test_nobody_is_left_out_who_moves_up_while_the_file_is_taken(store, owner, monkeypatch):
    from perennial.models import CustomerFigures

    made = make_many(store, 30)
    monkeypatch.setattr(export, "SLICE", 10)
    answer = owner.post("/b/main/customers/export/", {"query": "sort=-profit"})
    lines = iter(answer.streaming_content)
    text = next(lines) + next(lines)
    # The last of the list earns most now, and somebody of whom nothing was known is known.
    last = CustomerFigures.objects.exclude(profit=None).order_by("profit", "id").first()
    assert last is not None
    CustomerFigures.objects.filter(id=last.id).update(profit=10**9)
    CustomerFigures.objects.filter(id=made[0], profit=None).update(profit=10**9)
    text += b"".join(lines)
    ids = [row[0] for row in csv.reader(io.StringIO(text.decode("utf-8-sig")))][1:]
    assert sorted(ids) == sorted(public("cus", id_) for id_ in made)
