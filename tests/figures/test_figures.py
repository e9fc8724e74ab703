"""One row of figures per person, the same whether computed for a few or for everybody."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from perennial.database import ids
from perennial.facts.actions import loop_marks
from perennial.facts.actions.loop_schedules import NotNow
from perennial.facts.models.loop import Touched
from perennial.facts.models.people import Alias
from perennial.figures.actions.alone import alone
from perennial.figures.actions.refresh_figures import everybody_steps, touched_steps
from perennial.figures.models import Answer, CustomerFigures
from tests.figures.facts import NOW, House, day, on

pytestmark = pytest.mark.django_db(transaction=True)


def touch(house: House, *customers: int) -> None:
    for customer in customers:
        mark, made = Touched.objects.get_or_create(
            brand_id=house.id, reader="figures", customer_id=customer, defaults={"id": ids.new()}
        )
        if not made:
            mark.n += 1
            mark.save()


def store(seed: int = 1, people: int = 40) -> tuple[House, list[int]]:
    chance = random.Random(seed)
    house = House()
    customers = [house.customer() for _ in range(people)]
    for customer in customers:
        at = on(2024, 3, 1) + timedelta(days=chance.randrange(40))
        gap = chance.choice([3, 7, 15])
        for _ in range(chance.randrange(0, 9)):
            order = house.order(
                customer, at, [{"total": chance.randrange(500, 9000), "tax": 80, "cost": chance.choice([None, 300])}]
            )
            if chance.random() < 0.15:
                house.refund(order, at + timedelta(days=3), chance.choice([100, order.total]))
            at += timedelta(days=1 + int(gap * chance.lognormvariate(0, 0.5)))
            if at > NOW:
                break
    house.alias(customers[0], customers[1])
    house.alias(customers[2], customers[3], confirmed=False)
    return house, customers


def figures(house: House) -> dict[int, dict[str, Any]]:
    return {row["id"]: row for row in CustomerFigures.objects.filter(brand_id=house.id).values()}


def work(house: House, now: Any = NOW) -> None:
    list(touched_steps(brand_id=house.id, now=now))


def nightly(house: House, now: Any = NOW) -> None:
    list(everybody_steps(brand_id=house.id, now=now))


def test_a_few_and_everybody_get_the_same_figures() -> None:
    house, customers = store()
    nightly(house)
    whole = figures(house)
    assert set(whole) == set(customers) - {customers[0], customers[2]}
    assert {row["rhythm"] for row in whole.values()} > {"lost"}
    CustomerFigures.objects.filter(brand_id=house.id).delete()
    touch(house, *customers)
    work(house)
    few = figures(house)
    assert few.keys() == whole.keys()
    for person, row in whole.items():
        for column, value in row.items():
            same = pytest.approx(value) if isinstance(value, float) else value
            assert few[person][column] == same, (person, column)
    assert not Touched.objects.filter(brand_id=house.id).exists()


def test_figures_of_one_by_hand() -> None:
    house, _ = store()
    ann = house.customer()
    house.order(ann, on(2024, 5, 1), [{"total": 1210, "tax": 210, "cost": 400}])
    house.order(ann, on(2024, 5, 11), [{"total": 2420, "tax": 420, "cost": 900}])
    house.order(ann, on(2024, 5, 12), [{"total": 99}], cancelled_at=on(2024, 5, 13))
    undone = house.order(ann, on(2024, 5, 20), [{"total": 500}])
    house.refund(undone, on(2024, 5, 21), 500)
    nightly(house)
    row = figures(house)[ann]
    assert (row["orders"], row["revenue"], row["aov"], row["occasions"]) == (2, 3000, 1500, 2)
    assert (row["first_order_day"], row["last_order_day"]) == (day(on(2024, 5, 1)), day(on(2024, 5, 11)))
    assert row["profit"] == 1000 - 400 + 2000 - 900
    assert row["gap_low"] < row["usual_gap"] < row["gap_high"]
    assert row["as_of"] == NOW == row["population_as_of"]
    assert row["model"] == "rhythm/1"
    assert row["stage"] in {"active", "drifting", "lost"}


def test_a_new_order_changes_one_row_at_once() -> None:
    house, customers = store()
    nightly(house)
    before = figures(house)
    later = NOW + timedelta(hours=1)
    house.order(customers[5], later, [{"total": 777}])
    touch(house, customers[5])
    work(house, later)
    after = figures(house)
    assert after[customers[5]]["orders"] == before[customers[5]]["orders"] + 1
    assert after[customers[5]]["as_of"] == later
    assert after[customers[5]]["population_as_of"] == NOW
    assert {k: v for k, v in after.items() if k != customers[5]} == {
        k: v for k, v in before.items() if k != customers[5]
    }


def test_a_merge_leaves_one_row_and_undoing_it_two() -> None:
    house, customers = store()
    a, b = customers[10], customers[11]
    nightly(house)
    apart = figures(house)
    house.alias(a, b)
    touch(house, a, b)
    work(house)
    merged = figures(house)
    assert a not in merged
    assert merged[b]["orders"] == apart[a]["orders"] + apart[b]["orders"]
    Alias.objects.filter(id=a).delete()
    touch(house, a, b)
    work(house)
    assert figures(house) == apart


def test_time_alone_changes_everybody_in_the_night() -> None:
    house, _ = store()
    nightly(house)
    later = NOW + timedelta(days=400)
    nightly(house, later)
    rows = figures(house).values()
    assert {row["rhythm"] for row in rows if row["orders"]} == {"lost"}
    assert {row["as_of"] for row in rows} == {later}


def test_whoever_is_no_longer_known_loses_the_row_in_the_night() -> None:
    house, customers = store()
    nightly(house)
    CustomerFigures.objects.filter(id=customers[7]).update(id=ids.new())
    nightly(house, NOW + timedelta(days=1))
    assert customers[7] in figures(house)
    assert len(figures(house)) == len(customers) - 2


def test_without_a_population_the_first_touch_computes_everybody() -> None:
    house, customers = store()
    touch(house, customers[9])
    work(house)
    assert len(figures(house)) == len(customers) - 2
    assert set(Answer.objects.filter(brand_id=house.id).values_list("name", flat=True)) == {
        "rfm_cuts", "rhythm_store", "dormancy",
    }  # fmt: skip
    assert not Touched.objects.filter(brand_id=house.id).exists()


def test_many_touched_go_by_the_mirror(monkeypatch: pytest.MonkeyPatch) -> None:
    house, customers = store()
    nightly(house)
    before = figures(house)
    monkeypatch.setattr("perennial.figures.actions.refresh_figures.MANY", 10)
    monkeypatch.setattr(
        "perennial.figures.actions.refresh_figures.tables_of", lambda *_: pytest.fail("read one by one")
    )
    touch(house, *customers)
    house.order(customers[5], NOW, [{"total": 777}])
    work(house)
    assert figures(house)[customers[5]]["orders"] == before[customers[5]]["orders"] + 1
    assert not Touched.objects.filter(brand_id=house.id).exists()


def test_a_touch_during_the_work_stays() -> None:
    house, customers = store()
    nightly(house)
    touch(house, customers[5])
    steps = touched_steps(brand_id=house.id, now=NOW)
    next(steps)  # facts are read, figures written, the mark not yet cleared
    touch(house, customers[5])
    list(steps)
    assert Touched.objects.get(brand_id=house.id).customer_id == customers[5]


def test_one_at_a_time() -> None:
    house, customers = store()
    touch(house, customers[5])
    steps = touched_steps(brand_id=house.id, now=NOW)
    next(steps)
    assert list(touched_steps(brand_id=house.id, now=NOW)) == []
    with pytest.raises(NotNow):  # the night is not left out: it is asked for again
        list(everybody_steps(brand_id=house.id, now=NOW))
    steps.close()
    with alone(house.id, "mirror"), pytest.raises(NotNow):
        list(everybody_steps(brand_id=house.id, now=NOW))
    nightly(house)
    assert len(figures(house)) == len(customers) - 2


def test_marks_are_read_in_the_order_of_their_index() -> None:
    """After an import of a million customers a sort would be one of all that are left, each time."""
    house, customers = store()
    touch(house, *reversed(customers))
    with CaptureQueriesContext(connection) as asked:
        found = loop_marks.touched(brand_id=house.id, reader="figures", limit=3)
    assert [mark.customer_id for mark in found] == sorted(customers)[:3]
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_bitmapscan = off")
        cursor.execute(("EXPLAIN QUERY PLAN " if connection.vendor == "sqlite" else "EXPLAIN ") + asked[-1]["sql"])
        steps = " ".join(str(row[-1]) for row in cursor.fetchall())
    assert "touched" in steps
    assert "TEMP B-TREE" not in steps
    assert "Sort" not in steps


def test_the_mirror_is_brought_up_to_date_first() -> None:
    house, customers = store()
    nightly(house)
    before = figures(house)
    house.order(customers[5], NOW, [{"total": 777}])
    nightly(house)
    assert figures(house)[customers[5]]["revenue"] == before[customers[5]]["revenue"] + 777
