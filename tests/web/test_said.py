"""Pages say one thing with one word, and nothing in code."""

from __future__ import annotations

import re
from html import unescape

import pytest

from perennial.display.definitions import STAGES
from perennial.insight import lifecycle
from tests.web.people import NOW, cus, customer, figures, id_of, make_many, record
from tests.web.test_goals import answer

SPANISH = {"accept-language": "es"}


def text_of(client, address: str, **headers: str) -> str:
    answer = client.get(address, headers=headers)
    assert answer.status_code == 200
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode())))


@pytest.fixture
def of_every_stage(store) -> None:
    """A customer in each stage, and how many there are as the loop would have computed it."""
    record(store, customers=[customer(stage) for stage in STAGES])
    for stage in STAGES:
        figures(store, id_of(stage), stage=stage, orders=0 if stage == "prospect" else 1)
    answer(store, "lifecycle_stages", [{"stage": stage, "customers": 1, "revenue": 1} for stage in STAGES])


@pytest.mark.parametrize("lang", ["en", "es", "it", "fr"])
def test_a_stage_has_one_name_on_every_page(store, owner, of_every_stage, lang: str):
    from pathlib import Path

    from perennial.display.wording import words
    from perennial.web.desk import rendering

    assert tuple(STAGES) == lifecycle.STAGES
    said = words(lang, Path(rendering.LOCALE))
    headers = {"accept-language": lang}
    retention = owner.get("/b/main/retention/", headers=headers).content.decode()
    listed = owner.get("/b/main/customers/?column=name&column=stage", headers=headers).content.decode()
    for stage, name in STAGES.items():
        told = said.text(name)
        link = re.search(rf'<a href="[^"]*stage={stage}">([^<]+)</a>', retention)
        assert link is not None
        assert unescape(link[1]) == told
        choice = re.search(rf'name="stage" value="{stage}">\s*([^<]+)</label>', listed)
        assert choice is not None
        assert unescape(choice[1]) == told
        assert f"<td>{told}</td>" in unescape(listed)
        assert told in text_of(owner, f"/b/main/customers/{cus(stage)}/", **headers)


def test_a_field_that_cannot_be_read_is_named_in_words(store, owner):
    page = text_of(owner, "/b/main/customers/?revenue_from=x&cohort=y", **SPANISH)
    assert "revenue_from:" not in page
    assert "cohort:" not in page
    assert "Ingresos de: x no es" in page


def test_a_task_that_failed_is_named_in_words(store, owner):
    from perennial.database import ids
    from perennial.models import Job, Schedule

    Schedule.objects.create(
        id=ids.new(), brand_id=store.brand_id, task="nightly", due_at=NOW, failures=1, last_error="x"
    )
    assert "Compute everything anew at night" in text_of(owner, "/b/main/today/")
    assert "nightly" not in text_of(owner, "/b/main/today/")
    Job.objects.create(
        id=ids.new(), brand_id=store.brand_id, kind="backup", key="", state="done", counts={}, cursor={},
        created_at=NOW, updated_at=NOW,
    )  # fmt: skip
    assert "Copia de seguridad" in text_of(owner, "/b/main/work/", **SPANISH)


def test_the_link_behind_a_number_of_regulars_leads_to_so_many(store, owner):
    from perennial.facts.rules import records as r
    from perennial.models import CustomerFigures

    made = make_many(store, 60)
    CustomerFigures.objects.filter(id__in=made[::2]).update(too_early=False)
    drifting = CustomerFigures.objects.filter(rhythm="drifting")
    regulars = drifting.filter(too_early=False).count()
    assert 0 < regulars < drifting.count()
    line = r.Line(name="1", title="Cup", total=100)
    record(store, orders=[r.Order(
        name="1", who=r.Who(account="x"), ordered_at=NOW, updated_at=NOW, total=100, currency="EUR", lines=(line,))
    ])  # fmt: skip
    answer(store, "rhythm_states", [
        {"state": "drifting", "too_early": early, "customers": drifting.filter(too_early=early).count(), "revenue": 1,
         "yearly_value": 100.0} for early in (False, True)
    ])  # fmt: skip
    page = owner.get("/b/main/today/").content.decode()
    assert f"{regulars} regular customers are later than usual" in page
    link = re.search(r'<a href="([^"]+)">See them all</a>', page)
    assert link is not None
    people = text_of(owner, unescape(link[1]))
    assert f"{regulars} people" in people
    assert "Write regular=yes" in text_of(owner, "/b/main/customers/?regular=perhaps")
