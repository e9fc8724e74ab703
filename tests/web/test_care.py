"""Care: who may cost how much, who is told, and the document that says so: changed, looked at, two people at once."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from perennial.documents.queries import latest
from perennial.segments.rules.allocation import KIND, Allocation
from perennial.values.ids import public
from tests.web.conftest import NOW, signed_in
from tests.web.people import make_many

PAGE, EDIT = "/b/main/care/", "/b/main/care/edit/"
GROUPS = [
    {"part": 0, "people": 2, "care": 3_000, "unknown": 0, "profit": 20_000, "revenue": 90_000, "discount": 500},
    {"part": 3, "people": 8, "care": 1_000, "unknown": 3, "profit": 20_000, "revenue": 10_000, "discount": 0},
]
BANDS = [
    {"up_to": 0, "people": 3, "care": 0},
    {"up_to": 200, "people": 5, "care": 1_000},
    {"up_to": 2000, "people": 2, "care": 3_000},
]


def allotted(store: Any, *, body: Allocation | None = None, key: str = "", **more: Any) -> Any:
    """What the loop would keep."""
    from perennial.database import ids
    from perennial.models import Allotment

    values = {"as_of": NOW, "of_figures": NOW, "found": {"groups": GROUPS, "bands": BANDS}, **more}
    return Allotment.objects.create(
        id=ids.new(), brand_id=store.brand_id, key=key, body=(body or Allocation()).content(), **values
    )


def scored(store: Any, people: list[int]) -> None:
    from perennial.database import ids
    from perennial.models import Score

    Score.objects.bulk_create(
        Score(
            id=ids.new(), brand_id=store.brand_id, customer_id=person, name="care", value=float(n // 2 * 100),
            model="allocation@0", as_of=NOW,
        )
        for n, person in enumerate(people)
    )  # fmt: skip


def written(**changes: Any) -> dict[str, Any]:
    """The form of two groups."""
    form = {
        "seen_version": 0, "groups": 2, "of": "last_year", "do": "save",
        "g0-title": "Best", "g0-kind": "rfm", "g0-rfm": ["champions", "loyal"], "g0-share": "15", "g0-floor": "5",
        "g0-ceiling": "250", "g0-starting": "", "g1-title": "Others", "g1-share": "2.5", "g1-floor": "",
        "g1-ceiling": "", "g1-starting": "",
    }  # fmt: skip
    return form | changes


def held(store: Any) -> Any:
    return latest(brand_id=store.brand_id, kind="allocation", key="default")


def test_an_empty_store_is_told_what_comes_next(store, owner):
    page = owner.get(PAGE)
    assert page.status_code == 200
    assert "No customers yet" in page.text
    assert "being worked out" not in page.text


def test_groups_their_sums_and_how_it_is_spread(store, owner):
    allotted(store)
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", owner.get(PAGE).text))
    assert "€40.00" in text  # all together
    assert "Champions and loyal Champions, Loyal 15% 2 €30.00 €15.00 €200.00 15% €5.00" in text
    assert "New and promising New, Promising 10% 0 €0.00 – €0.00 – €0.00" in text
    assert "Everybody else everybody who is left 5% 8 €10.00 €1.25 €200.00 5.0% €0.00" in text
    assert "All 10 €40.00 €4.00 €400.00 10% €5.00" in text
    assert "3 people have no known profit yet" in text
    assert "up to €2.00 5 50% €10.00 25%" in text
    assert "As of" in text


def test_the_list_is_walked_from_the_most_to_the_least_and_back(store, owner):
    people = make_many(store, 120)
    allotted(store)
    scored(store, people)
    pages, address = [], PAGE
    while address:
        text = owner.get(address).text
        pages.append(re.findall(r'<th scope="row"><a href="/b/main/customers/(cus_\w+)/">', text))
        found = re.search(r'rel="next" href="([^"#]+)', text)
        address = found[1] if found else ""
    best_first = [public("cus", person) for person in sorted(people, key=lambda p: (people.index(p) // 2, p))[::-1]]
    assert [one for page in pages for one in page] == best_first
    assert [len(page) for page in pages] == [50, 50, 20]
    back = re.search(r'rel="prev" href="([^"#]+)', text)
    assert back is not None
    again = owner.get(back[1]).text
    assert re.findall(r'<th scope="row"><a href="/b/main/customers/(cus_\w+)/">', again) == pages[1]
    assert "From the top" in again


@pytest.mark.parametrize("place", ["x", "1-", "-1", "9" * 30 + "-1", "1-²", "%00", "1e5-3"])
def test_a_place_that_is_none_is_the_top(store, owner, place):
    scored(store, make_many(store, 3))
    allotted(store)
    page = owner.get(f"{PAGE}?after={place}")
    assert page.status_code == 200
    assert len(re.findall(r"/b/main/customers/cus_\w+/", page.text)) == 3


def test_the_list_costs_the_same_however_many_it_shows(store, owner, django_assert_max_num_queries):
    scored(store, make_many(store, 60))
    allotted(store)
    owner.get(PAGE)
    with django_assert_max_num_queries(16):
        owner.get(PAGE)


def test_whoever_makes_the_programme_changes_it_and_whoever_sees_sees(store, owner):
    allotted(store)
    for role, may in (("marketer", True), ("analyst", False), ("support", False), ("read_only", False)):
        client = signed_in(store, role)
        page = client.get(PAGE)
        assert page.status_code == 200
        assert (EDIT in page.text) is may
        assert client.get(EDIT).status_code == (200 if may else 403)
        if not may:
            assert client.post(EDIT, written()).status_code == 403
    assert held(store) is None


def test_another_brand_s_care_is_not_there(store, owner):
    from perennial.facts.actions.stores import open_store

    looked = allotted(store, key="a" * 32)
    other = open_store(now=NOW, currency="GBP", zone="Europe/London", name="Other", brand="other")
    client = signed_in(other, "marketer")
    assert client.get(PAGE).status_code == 404
    scored(store, make_many(store, 3))
    page = client.get("/b/other/care/")
    assert "cus_" not in page.text
    assert "instead" not in client.get(f"/b/other/care/edit/?look={looked.key}").text


def test_it_is_saved_as_a_document_and_noted_in_the_log(store, owner):
    assert 'value="Champions and loyal"' in owner.get(EDIT).text
    assert owner.post(EDIT, written(**{"g1-starting": "2,5"}), headers={"accept-language": "es"}).status_code == 302
    assert held(store).stored == {
        "of": "last_year",
        "groups": [
            {"title": "Best", "who": {"kind": "rfm", "values": ["champions", "loyal"]}, "share": 0.15, "floor": "5",
             "ceiling": "250", "starting": None},
            {"title": "Others", "who": {"kind": "everyone"}, "share": 0.025, "floor": "0", "ceiling": None,
             "starting": "2.5"},
        ],
    }  # fmt: skip
    page = owner.get(EDIT).text
    assert 'name="seen_version" value="1"' in page
    assert 'name="g1-share" value="2.5"' in page
    assert "changed what customers may cost" in owner.get("/b/main/log/").text
    assert "being worked out" not in owner.get(PAGE).text  # nobody has figures
    allotted(store)
    assert "being worked out" in owner.get(PAGE).text


@pytest.mark.parametrize(
    ("change", "remedy"),
    [
        ({"g0-share": "101"}, "Write a number from 0 to 100"),
        ({"g0-share": ""}, "Write a number from 0 to 100"),
        ({"g0-share": "1e2"}, "Write a number from 0 to 100"),
        ({"g0-floor": "-5"}, "Write an amount such as 12.50"),
        ({"g0-floor": "5.001"}, "Write an amount such as 12.50"),
        ({"g0-floor": "٥"}, "Write an amount such as 12.50"),
        ({"g0-floor": "251"}, "The most is below the least"),
        ({"g0-starting": "4"}, "between the least and the most"),
        ({"g0-title": ""}, "Give it a name."),
        ({"g0-title": "Others"}, "Another group is called so, too."),
        ({"g0-rfm": []}, "Choose at least one."),
        ({"g0-rfm": ["best"]}, "champions"),
        ({"g0-kind": "segment"}, "Choose a segment."),
        ({"g0-kind": "segment", "g0-segment": "vop"}, "there is no segment"),
        (
            {"groups": 3, "g1-kind": "rfm", "g1-rfm": ["loyal"], "g2-title": "Z", "g2-share": "1"}, "loyal stands twice"
        ),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_at_its_field(store, owner, change, remedy):
    for wish in ("save", "look"):
        told = owner.post(EDIT, written(**change, do=wish))
        assert told.status_code == 400
        assert remedy in told.text
        assert 'name="g0-ceiling" value="250"' in told.text  # what was written stays
    assert held(store) is None


def test_groups_are_added_moved_and_taken_out_before_anything_is_saved(store, owner):
    def names(do: str, **form: Any) -> list[str]:
        page = owner.post(EDIT, written(**form, do=do))
        assert page.status_code == 200
        return re.findall(r'name="g\d+-title" value="([^"]*)"', page.text)

    three = {"groups": 3, "g1-title": "Middle", "g1-kind": "lifecycle", "g2-title": "Rest", "g2-share": "1"}
    assert names("add") == ["Best", "", "Others"]
    assert names("up:1", **three) == ["Middle", "Best", "Rest"]
    assert names("out:0", **three) == ["Middle", "Rest"]
    # Nothing that makes no sense does anything; everybody stays last.
    for wish in ("up:0", "up:2", "out:2", "out:9", "up:x", "fly"):
        assert names(wish, **three) == ["Best", "Middle", "Rest"]
    page = owner.post(EDIT, written(do="add")).text
    assert re.findall(r'name="(g\d+-\w+)"[^>]*autofocus', page) == ["g1-title"]
    assert names("add", groups=500) == names("fly", groups=500)
    assert held(store) is None


def test_it_is_looked_at_before_it_is_saved(store, owner):
    from perennial.models import Allotment

    allotted(store)
    told = owner.post(EDIT, written(do="look"))
    assert told.status_code == 302
    asked = Allotment.objects.exclude(key="").get()
    assert asked.wanted_at is not None
    assert told["location"] == f"{EDIT}?look={asked.key}&seen=0#look"
    page = owner.get(told["location"]).text
    assert "Being worked out" in page
    assert 'value="Best"' in page
    found = {"groups": [GROUPS[0] | {"care": 6_000}, GROUPS[1] | {"part": 1, "care": 2_000}], "bands": []}
    Allotment.objects.filter(id=asked.id).update(wanted_at=None, found=found, as_of=NOW)
    page = owner.get(told["location"]).text
    assert "€80.00 a year instead of €40.00: 20% of the profit instead of 10%." in page
    assert "Nothing is saved yet." in page
    assert held(store) is None
    Allotment.objects.filter(id=asked.id).update(error="no disk")
    assert "It could not be worked out: no disk" in owner.get(told["location"]).text
    Allotment.objects.filter(id=asked.id).delete()
    assert 'value="Champions and loyal"' in owner.get(told["location"]).text


def test_of_two_people_the_second_is_told_what_the_first_changed(store, owner):
    owner.post(EDIT, written())
    marketer = signed_in(store, "marketer")
    assert marketer.post(EDIT, written(seen_version=1, **{"g0-share": "20"})).status_code == 302
    told = owner.post(EDIT, written(seen_version=1, **{"g0-ceiling": "90"}))
    assert told.status_code == 409
    assert "Somebody else saved this after you opened it" in told.text
    assert "Best: Share" in told.text
    assert "<td>0.15</td><td>0.2</td>" in told.text
    assert 'name="g0-ceiling" value="90"' in told.text
    assert 'name="seen_version" value="2"' in told.text
    assert held(store).version == 2
    # What was looked at before is saved with the version that was seen then.
    look = owner.post(EDIT, written(seen_version=1, do="look", **{"g0-ceiling": "90"}))["location"]
    assert 'name="seen_version" value="1"' in owner.get(look).text
    assert owner.post(EDIT, written(seen_version=2, **{"g0-ceiling": "90"})).status_code == 302
    assert held(store).stored["groups"][0]["ceiling"] == "90"


def test_a_segment_may_be_chosen_and_is_called_by_its_title(store, owner):
    from perennial.documents.actions import retire, save

    given = {"brand_id": store.brand_id, "kind": "segment", "key": "vip", "author": "t", "now": NOW}
    save(**given, body={"title": "Dear <friends>", "rule": "orders >= 5"}, seen_version=0, state="live")
    assert owner.post(EDIT, written(**{"g0-kind": "segment", "g0-segment": "vip"})).status_code == 302
    allotted(store, body=KIND.read(held(store).stored, 1), found={"groups": GROUPS[:1], "bands": []}, version=1)
    assert "in the segment “Dear &lt;friends&gt;”" in owner.get(PAGE).text
    retire(**{**given, "now": NOW + timedelta(days=1)}, seen_version=1)
    # It is gone: the page goes on, and saving says so.
    assert "in the segment “vip”" in owner.get(PAGE).text
    refused = owner.post(EDIT, written(seen_version=1, **{"g0-kind": "segment", "g0-segment": "vip"}))
    assert (refused.status_code, "there is no segment" in refused.text) == (400, True)


def test_what_failed_is_told(store, owner):
    allotted(store, error="no disk")
    page = owner.get(PAGE).text
    assert "It could not be worked out (no disk)" in page
    assert "Champions" in page
