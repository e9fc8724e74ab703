"""Why somebody is in a segment, on its page and by the API; a past day recomputed, beside what was recorded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from perennial.segments.actions.explain import explain_wanted
from perennial.segments.actions.recompute import recompute_wanted
from perennial.segments.models import Preview
from perennial.values.ids import public
from perennial.values.time import LocalDay
from tests.web.conftest import signed_in
from tests.web.people import make_many
from tests.web.segments import made

pytestmark = pytest.mark.django_db(transaction=True)
RULE = 'spent(6 months) >= 250 and not segment("few") and rhythm in (drifting, lost)'


@pytest.fixture
def people(store) -> list[int]:
    found = make_many(store, 6)
    made.saved(store.brand_id, "few", "orders >= 50", title="Very busy")
    made.saved(store.brand_id, "big", RULE, title="Big ones")
    made.filled(store.brand_id, "big", found[:3])
    return found


def worked(store) -> None:
    """What the loop does with these wishes."""
    for one in Preview.objects.filter(brand_id=store.brand_id, wanted_at__isnull=False):
        now = datetime.now(UTC)
        answer = explain_wanted if "explain" in one.rule else recompute_wanted
        if "kind" not in one.rule:
            found = answer(brand_id=store.brand_id, wish=one.rule, now=now)
            Preview.objects.filter(id=one.id).update(found=found, wanted_at=None, counted_at=now, as_of=now)


@pytest.mark.parametrize("role", ["owner", "read_only"])
def test_the_page_waits_and_then_tells_each_condition(store, people, role):
    client, person = signed_in(store, role), public("cus", people[0])
    address = f"/b/main/customers/{person}/segments/big/"
    waiting = client.get(address).text
    assert "Being worked out" in waiting
    assert f'hx-get="{address}"' in waiting
    worked(store)
    page = client.get(address).text
    assert "hx-trigger" not in page.split('id="explained"')[1].split("</section>")[0]
    assert "All of these are true" in page
    assert "Not true" in page
    assert "Missing: €" in page or "Missing: 2" in page
    assert f'href="/b/main/customers/{person}/segments/few/"' in page
    assert "came: the segment was changed" in page
    assert "being brought up to date" in page  # they are in it, and it does not hold
    assert client.get(f"/b/main/customers/{person}/segments/none/").status_code == 404
    assert address in client.get(f"/b/main/customers/{person}/").text
    assert address in client.get("/b/main/segments/big/").text


def test_it_is_not_asked_again_at_once_and_goes_with_the_hour_and_with_an_erasure(store, owner, people):
    from perennial.segments.actions.previews import forget_explained, forget_explanations

    address = f"/b/main/customers/{public('cus', people[0])}/segments/big/"
    owner.get(address)
    owner.get(address)
    assert Preview.objects.filter(rule__has_key="explain").count() == 1
    worked(store)
    owner.get(address)
    assert not Preview.objects.filter(rule__has_key="explain", wanted_at__isnull=False).exists()
    soon = datetime.now(UTC) + timedelta(minutes=59)
    list(forget_explanations(brand_id=store.brand_id, now=soon))
    assert Preview.objects.filter(rule__has_key="explain").exists()
    list(forget_explanations(brand_id=store.brand_id, now=soon + timedelta(minutes=2)))
    assert not Preview.objects.filter(rule__has_key="explain").exists()
    owner.get(address)
    made.counted(store.brand_id, "orders >= 2", made.found())
    from perennial.facts.actions.erasing.person import Known

    forget_explained(store.brand_id, Known((), (), (), ()), soon)
    assert [one.rule["kind"] for one in Preview.objects.filter(brand_id=store.brand_id)] == ["orders"]


def test_a_past_day_is_shown_as_recorded_and_as_recomputed(store, owner, people):
    day = LocalDay.of(made.now() - timedelta(days=3), "Europe/Madrid").date.isoformat()
    waiting = owner.get(f"/b/main/segments/big/?on={day}").text
    assert "is being recomputed" in waiting
    worked(store)
    page = owner.get(f"/b/main/segments/big/?on={day}").text
    assert "0 members; recorded: 3" in page
    assert "Recorded alone: 3, recomputed alone: 0." in page
    assert page.count("recorded alone") == 3
    assert Preview.objects.get(rule__has_key="as_of").found["differing"][0]["recorded"] is True


def test_other_questions_are_no_counted_rules(store, owner, people):
    owner.get(f"/b/main/customers/{public('cus', people[0])}/segments/big/")
    key = Preview.objects.get(rule__has_key="explain").key
    assert owner.get(f"/b/main/segments/counted/{key}/").status_code == 404
