"""Visits are forgotten by whole months, prices thirty days after they ended."""

from __future__ import annotations

from datetime import timedelta

import pytest

from perennial.facts.actions.prune import prune_steps
from perennial.facts.actions.record import record
from perennial.facts.rules import records as r
from perennial.facts.rules.keeping import oldest_month
from perennial.models import Behaviour, Dirty, PriceChange
from tests.facts.builders import NOW, at

pytestmark = pytest.mark.django_db


def test_whole_months_of_visits_go_and_the_mirror_is_told(source):
    seen = [
        r.Behaviour(name=f"e{day}", who=r.Who(visitor="v"), at=NOW - timedelta(days=day), kind="page_viewed")
        for day in range(0, 390, 10)
    ]
    record(r.Batch(behaviour=tuple(seen)), source=source, now=NOW)
    assert Behaviour.objects.count() == len(seen)
    Dirty.objects.all().delete()
    later = NOW + timedelta(days=200)
    gone = sum(prune_steps(brand_id=source.brand_id, now=later))
    kept = Behaviour.objects.values_list("month", flat=True)
    assert min(kept) == oldest_month(later)
    assert gone == len(seen) - len(kept) > 0
    assert set(Dirty.objects.values_list("table", flat=True)) == {"behaviour"}
    assert sum(prune_steps(brand_id=source.brand_id, now=later)) == 0
    record(r.Batch(behaviour=tuple(seen)), source=source, now=later)
    assert Behaviour.objects.count() == len(kept), "a month that was forgotten does not come back"


def test_a_price_stays_thirty_days_after_it_ended(source):
    for day, price in ((0, 1000), (10, 900), (20, 950)):
        variant = r.Variant(name="s", price=price)
        product = r.Product(name="p1", updated_at=at(day), currency="EUR", variants=(variant,))
        record(r.Batch(products=(product,)), source=source, now=at(day))
    prices = PriceChange.objects.order_by("at").values_list("price", flat=True)
    list(prune_steps(brand_id=source.brand_id, now=at(39)))
    assert list(prices.all()) == [1000, 900, 950]
    list(prune_steps(brand_id=source.brand_id, now=at(41)))
    assert list(prices.all()) == [900, 950]
    list(prune_steps(brand_id=source.brand_id, now=at(400)))
    assert list(prices.all()) == [950], "the price that holds is never forgotten"
