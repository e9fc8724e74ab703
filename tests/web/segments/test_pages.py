"""Pages of segments: for every role, of every state, of one brand alone; and asked of the database in few questions."""

from __future__ import annotations

from datetime import timedelta

import pytest

from perennial.values.ids import public
from perennial.values.time import LocalDay
from tests.web.conftest import NOW, signed_in
from tests.web.people import make_many
from tests.web.segments import made

ROLES = {"owner": True, "marketer": True, "support": False, "analyst": False, "read_only": False}


@pytest.fixture
def people(store) -> list[int]:
    return make_many(store, 120)


@pytest.fixture
def vip(store, people) -> str:
    made.saved(store.brand_id, "vip", title="Very important", purpose="Whom we call")
    made.filled(store.brand_id, "vip", people[:70])
    made.days(store.brand_id, "vip", [50, *range(40, 71)])
    return "vip"


@pytest.mark.parametrize("role", ROLES)
def test_everybody_sees_and_some_may_change(store, vip, role):
    client = signed_in(store, role)
    page = client.get("/b/main/segments/")
    assert page.status_code == 200
    assert "Very important" in page.text
    assert ("New segment" in page.text) is ROLES[role]
    one = client.get("/b/main/segments/vip/")
    assert one.status_code == 200
    assert ('href="/b/main/segments/vip/change/"' in one.text) is ROLES[role]
    for address in ("new/", "vip/change/"):
        assert client.get(f"/b/main/segments/{address}").status_code == (200 if ROLES[role] else 403)
    may_take = role in ("owner", "marketer", "analyst")
    assert client.post("/b/main/segments/vip/export/").status_code == (200 if may_take else 403)
    for address in ("count/", "vip/retire/", "new/"):
        if not ROLES[role]:
            assert client.post(f"/b/main/segments/{address}", {"seen_version": 1}).status_code == 403


def test_the_list_says_how_many_how_that_changed_and_where_each_stands(store, owner, vip, people):
    made.saved(store.brand_id, "waiting", "orders >= 2")
    made.saved(store.brand_id, "idea", "orders >= 3", state="draft")
    made.saved(store.brand_id, "broken", "orders >= 4")
    made.filled(store.brand_id, "broken", people[:1], error="the rule names a list that is gone")
    page = owner.get("/b/main/segments/").text
    assert ">70<" in page
    assert ">58%<" in page
    assert ">+30<" in page  # 40 members at the end of the day 30 days ago
    for state in ("Live", "Being counted", "Draft", "Not counted", "the rule names a list that is gone"):
        assert state in page
    assert "polyline" in page


def test_an_empty_store_is_told_what_segments_are_for(store, owner):
    page = owner.get("/b/main/segments/").text
    assert "No segments yet" in page
    assert 'href="/b/main/segments/new/?start=big-spenders"' in page
    assert "Spent at least €250.00 in the last 6 months" in page
    begun = owner.get("/b/main/segments/new/?start=big-spenders").text
    assert 'value="Big spenders"' in begun
    assert owner.get("/b/main/segments/new/?start=nothing").status_code == 404


def test_one_segment_tells_who_since_when_and_who_came_and_went(store, owner, vip, people):
    made.left(store.brand_id, "vip", people[0])
    page = owner.get("/b/main/segments/vip/").text
    assert "spent(6 months) &gt;= 250 and not bought(category &#34;Gift cards&#34;)" in page
    assert "time passed" in page
    assert "the segment was changed" not in page  # whoever was in when it was made did not come
    assert "Person1<" in page
    assert "Being counted" in page  # the preview of its rule was asked for
    from perennial.segments.models import Preview

    assert Preview.objects.get(brand_id=store.brand_id).wanted_at is not None
    made.counted(store.brand_id, made.RULE, made.found(sample=(people[3],), overlap=[
        {"segment": "vip", "members": 69, "both": 12}, {"segment": "gone", "members": 2, "both": 1},
    ]))  # fmt: skip
    page = owner.get("/b/main/segments/vip/").text
    for told in ("34 customers", "of 600, 5.7%", "€12,345", "88 orders", "E-mail", "Person3", "gone"):
        assert told in page, told
    assert page.count("Very important") == 2  # its own title: it is not told to overlap with itself
    assert 'hx-get="/b/main/segments/counted/' not in page  # nothing is waited for


def test_members_come_in_pages_each_once(store, owner, vip, people):
    seen, address = [], "/b/main/segments/vip/"
    while address:
        page = owner.get(address).text
        members = page.partition('id="members"')[2].partition("</table>")[0]
        seen += [one for one in people if public("cus", one) in members]
        address = page.partition('rel="next" href="')[2].partition("#")[0].replace("&amp;", "&")
    assert sorted(seen) == sorted(people[:70])
    for nonsense in (
        "?after=x",
        "?after=1.2",
        "?after=99999999999999999999",
        "?on=2026-01-01&after=1",
        "?on=x&after=9.9",
    ):
        assert owner.get(f"/b/main/segments/vip/{nonsense}").status_code == 200


def test_who_was_in_it_on_a_past_day_is_what_was_recorded_then(store, owner, people):
    made.saved(store.brand_id, "vip")
    made.filled(store.brand_id, "vip", people[:60], ago=5)
    made.left(store.brand_id, "vip", people[0], days=2)
    day = LocalDay.of(made.now() - timedelta(days=3), "Europe/Madrid")
    page = owner.get(f"/b/main/segments/vip/?on={day.date}").text
    members = page.partition('id="members"')[2]
    assert "As recorded" in members
    seen = {one for one in people if public("cus", one) in members}
    further = members.partition('rel="next" href="')[2].partition("#")[0].replace("&amp;", "&")
    seen |= {one for one in people if public("cus", one) in owner.get(further).text.partition('id="members"')[2]}
    assert seen == set(people[:60])
    yesterday = LocalDay.of(made.now() - timedelta(days=1), "Europe/Madrid")
    lines = taken(owner, on=str(yesterday.date))
    assert len(lines) == 60  # the head, and 59: one left
    before = LocalDay.of(made.now() - timedelta(days=9), "Europe/Madrid")
    assert "Nobody was recorded" in owner.get(f"/b/main/segments/vip/?on={before.date}").text
    today = LocalDay.of(made.now(), "Europe/Madrid")
    assert "choose a day that is over" in owner.get(f"/b/main/segments/vip/?on={today.date}").text
    assert "write a day that there is" in owner.get("/b/main/segments/vip/?on=2026-02-30").text


def taken(client, **more: str) -> list[str]:
    answer = client.post("/b/main/segments/vip/export/", more)
    assert answer.status_code == 200, answer.headers
    return b"".join(answer.streaming_content).decode().removeprefix("\ufeff").splitlines()


def test_the_file_holds_everybody_and_no_formula(store, owner, vip, people):
    from perennial.models import Customer
    from perennial.web.models import Audit

    Customer.objects.filter(id=people[0]).update(first_name='=HYPERLINK("http://x")')
    lines = taken(owner)
    assert lines[0] == "id,name,email,phone,country,orders,revenue,last_order_day"
    assert len(lines) == 71
    assert "\"'=HYPERLINK" in "".join(lines)
    told = Audit.objects.filter(verb__startswith="customers.export").values_list("verb", "subject", "fields")
    assert {(verb, subject) for verb, subject, _ in told} == {
        ("customers.export", "document.segment"), ("customers.exported", "document.segment"),
    }  # fmt: skip
    assert ["70 rows"] in [fields for *_, fields in told]


def test_another_brands_segments_are_not_there(store, owner, vip):
    from perennial.facts.actions.stores import open_store

    other = open_store(now=NOW, currency="GBP", zone="Europe/London", name="Other", brand="other")
    client = signed_in(other, "marketer")
    assert "Very important" not in client.get("/b/other/segments/").text
    for address in ("segments/vip/", "segments/vip/change/", "segments/new/?copy=vip"):
        assert client.get(f"/b/other/{address}").status_code == 404
    counted = made.counted(store.brand_id, made.RULE, made.found())
    assert client.get(f"/b/other/segments/counted/{counted.key}/").status_code == 404
    assert owner.get(f"/b/main/segments/counted/{counted.key}/").status_code == 200


def test_a_customers_page_names_their_segments(store, owner, vip, people):
    one = f"/b/main/customers/{public('cus', people[0])}/"
    assert f'<a href="{one}segments/vip/"><bdi>Very important</bdi></a>' in owner.get(one).text
    assert 'id="segments"' not in owner.get(f"/b/main/customers/{public('cus', people[100])}/").text


def test_a_segment_is_retired_by_whoever_saw_its_newest_version(store, owner, vip):
    from perennial.documents.queries import latest

    assert owner.post("/b/main/segments/vip/retire/", {"seen_version": 0}).status_code == 409
    assert owner.post("/b/main/segments/vip/retire/", {"seen_version": 1}).status_code == 302
    held = latest(brand_id=store.brand_id, kind="segment", key="vip")
    assert held is not None
    assert held.state == "retired"
    assert owner.get("/b/main/segments/vip/").status_code == 404
    assert "Very important" not in owner.get("/b/main/segments/").text


def test_pages_ask_as_much_of_one_segment_as_of_thirty(store, owner, people, django_assert_max_num_queries):
    for n in range(30):
        made.saved(store.brand_id, f"s{n}", f"orders >= {n + 1}")
        made.filled(store.brand_id, f"s{n}", people[:60])
        made.days(store.brand_id, f"s{n}", [n] * 40)
    owner.get("/b/main/segments/")
    with django_assert_max_num_queries(16):
        owner.get("/b/main/segments/")
    made.counted(store.brand_id, "orders >= 1", made.found(sample=tuple(people[:12])))
    with django_assert_max_num_queries(34):
        owner.get("/b/main/segments/s0/")


def test_versions_tell_who_changed_what(store, owner, vip):
    told = {"title": "Very important", "purpose": "", "text": "spent(3 months) >= 250", "seen_version": 1}
    assert owner.post("/b/main/segments/vip/change/", {**told, "do": "publish"}).status_code == 302
    page = owner.get("/b/main/segments/vip/").text
    versions = page.partition("Versions</h2>")[2]
    assert "<del>6</del><ins>3</ins>" in versions.replace("\n", "")
    assert "Owner" in versions
