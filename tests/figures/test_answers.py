"""Answers are kept with their as-of, computed in the night and when somebody asks."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from perennial.database import ids
from perennial.facts.models.brands import Store
from perennial.figures.actions import compute_answers
from perennial.figures.actions.compute_answers import all_steps, want, want_again, wanted_steps
from perennial.figures.actions.refresh_mirror import refresh_mirror
from perennial.figures.models import Answer
from perennial.figures.queries.answers import stored
from perennial.figures.rules.answers import table_of
from perennial.insight import registry
from tests.figures.facts import NOW, House, on

pytestmark = pytest.mark.django_db(transaction=True)


def house_with_orders() -> House:
    house = House()
    for k in range(3):
        who = house.customer()
        for month in range(1, 3 + k):
            order = house.order(who, on(2024, month, 3), [{"total": 121, "tax": 21}])
    house.refund(order, on(2024, 4, 20), 121)
    refresh_mirror(brand_id=house.id, now=NOW)
    return house


def rows(answer: Answer | None) -> list[dict[str, Any]]:
    assert answer is not None
    assert answer.body is not None
    return table_of(answer.body).to_pylist()


def only(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """Some answers stand for all: each costs a compilation."""
    chosen = {name: registry.ANSWERS[name] for name in names}
    monkeypatch.setattr(compute_answers, "ANSWERS", chosen)


def test_the_night_computes_answers_but_no_lists_of_people(monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, "monthly", "rhythm", "summary")
    house = house_with_orders()
    assert set(all_steps(brand_id=house.id, now=NOW)) == {"monthly", "summary"}
    monthly = stored(brand_id=house.id, name="monthly")
    assert monthly is not None
    assert (monthly.as_of, monthly.computed_at, monthly.error, monthly.total) == (NOW, NOW, "", 4)
    assert [row["revenue"] for row in rows(monthly)] == [300, 300, 200, 0]
    assert stored(brand_id=house.id, name="rhythm") is None


def test_each_store_of_several_has_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, "summary")
    house = house_with_orders()
    Store.objects.create(id=ids.new(), brand=house.brand, key="t", name="t", currency="EUR", zone="UTC", created_at=NOW)
    list(all_steps(brand_id=house.id, now=NOW))
    found = {answer.store_id: rows(answer)[0]["orders"] for answer in Answer.objects.filter(brand_id=house.id)}
    second = Store.objects.get(brand=house.brand, key="t").id
    assert found == {0: 8, house.store.id: 8, second: 0}


def test_on_demand_with_parameters() -> None:
    house = house_with_orders()
    asked = want(brand_id=house.id, name="rfm", params={"window_days": 130}, now=NOW)
    assert (asked.body, asked.wanted_at) == (None, NOW)
    later = NOW + timedelta(seconds=2)
    want(brand_id=house.id, name="rfm", params={"window_days": 130}, now=later)  # still the first one's turn
    assert list(wanted_steps(brand_id=house.id, now=later)) == ["rfm"]
    done = stored(brand_id=house.id, name="rfm", params={"window_days": 130})
    assert done is not None
    assert (done.wanted_at, done.as_of, done.total) == (None, later, 2)
    assert list(wanted_steps(brand_id=house.id, now=later)) == []
    with pytest.raises(KeyError):
        want(brand_id=house.id, name="no such answer", now=NOW)


def test_a_failing_answer_keeps_its_error_and_its_old_body(monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, "monthly", "summary")
    house = house_with_orders()
    list(all_steps(brand_id=house.id, now=NOW))
    broken = registry.Answer("summary", "no_such_function", "d", "f")
    monkeypatch.setattr(compute_answers, "ANSWERS", {"monthly": broken, "summary": registry.ANSWERS["summary"]})
    later = NOW + timedelta(days=1)
    list(all_steps(brand_id=house.id, now=later))
    monthly, summary = (stored(brand_id=house.id, name=name) for name in ("monthly", "summary"))
    assert monthly is not None
    assert summary is not None
    assert "no_such_function" in monthly.error
    assert (monthly.as_of, len(rows(monthly))) == (NOW, 4)
    assert (summary.as_of, summary.error) == (later, "")


def test_a_long_answer_keeps_its_first_rows_and_its_total(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compute_answers, "MOST_ROWS", 2)
    only(monkeypatch, "monthly")
    house = house_with_orders()
    list(all_steps(brand_id=house.id, now=NOW))
    monthly = stored(brand_id=house.id, name="monthly")
    assert monthly is not None
    assert (monthly.total, len(rows(monthly))) == (4, 2)


def test_every_answer_can_be_stored_even_of_an_empty_store() -> None:
    house = House()
    list(all_steps(brand_id=house.id, now=NOW))
    assert {answer.name: answer.error for answer in Answer.objects.filter(brand_id=house.id) if answer.error} == {}


def test_a_wish_made_while_an_answer_is_computed_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """What counts was changed meanwhile: the answer that comes counts as before."""
    only(monkeypatch, "summary")
    house = house_with_orders()
    want(brand_id=house.id, name="summary", now=NOW)
    begun, changed = NOW + timedelta(seconds=1), NOW + timedelta(seconds=5)
    moment = compute_answers.moment

    def meanwhile(*given: Any) -> Any:
        want_again(brand_id=house.id, now=changed)
        return moment(*given)

    monkeypatch.setattr(compute_answers, "moment", meanwhile)
    list(wanted_steps(brand_id=house.id, now=begun))
    monkeypatch.setattr(compute_answers, "moment", moment)
    found = stored(brand_id=house.id, name="summary")
    assert found is not None
    assert (found.as_of, found.wanted_at) == (begun, changed)
    assert list(wanted_steps(brand_id=house.id, now=changed)) == ["summary"]
    found.refresh_from_db()
    assert (found.as_of, found.wanted_at) == (changed, None)


def test_a_list_of_people_that_failed_is_tried_again_at_night(monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, "rhythm", "summary")
    house = house_with_orders()
    broken = registry.Answer("summary", "no_such_function", "d", "f")
    want(brand_id=house.id, name="rhythm", now=NOW)
    with monkeypatch.context() as busy:
        busy.setattr(compute_answers, "ANSWERS", {"rhythm": broken})
        list(wanted_steps(brand_id=house.id, now=NOW))
    failed = stored(brand_id=house.id, name="rhythm")
    assert failed is not None
    assert "no_such_function" in failed.error
    assert sorted(all_steps(brand_id=house.id, now=NOW)) == ["rhythm", "summary"]
    failed.refresh_from_db()
    assert (failed.error, failed.as_of) == ("", NOW)
