"""Which version is in force at an instant: publishing, scheduling, retiring, and never rewriting the past."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from perennial.documents import actions, queries
from perennial.documents.actions import AlreadyScheduled
from perennial.documents.models import Document
from perennial.documents.queries import Missing
from perennial.documents.rules.body import Refused
from tests.documents.conftest import NOON
from tests.documents.kinds import NOTE

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
MICROSECOND = timedelta(microseconds=1)


def test_a_draft_concerns_nobody(shop):
    shop.save("a", 0)
    assert shop.current(shop.now + 900 * DAY) is None
    assert queries.latest(brand_id=1, kind="note", key="hello").state == "draft"


def test_publishing_adds_a_live_version_of_the_same_body(shop):
    draft = shop.save("a", 0)
    live = shop("publish", seen_version=1)
    assert (live.version, live.state, live.body, live.effective_from) == (2, "live", draft.body, shop.now)
    assert shop.current(shop.now) == "hello@2"
    assert shop.current(shop.now - MICROSECOND) is None


def test_a_draft_over_a_live_version_leaves_it_in_force(shop):
    shop.save("a", 0, state="live")
    shop.save("b", 1)
    assert shop.current(shop.now) == "hello@1"
    shop("publish", seen_version=2)
    assert shop.current(shop.now) == "hello@3"
    assert shop.current(shop.now - MICROSECOND) == "hello@1"


def test_publishing_what_is_in_force_adds_nothing(shop):
    live = shop.save("a", 0, state="live")
    assert shop("publish", seen_version=1) == live


def test_a_scheduled_version_takes_over_at_its_instant(shop):
    shop.save("a", 0, state="live")
    shop.save("b", 1)
    monday = shop.now + 7 * DAY
    shop("schedule", seen_version=2, effective_from=monday)
    assert shop.current(monday - MICROSECOND) == "hello@1"
    assert shop.current(monday) == "hello@3"
    coming = queries.scheduled(brand_id=1, kind="note", key="hello", now=shop.now)
    assert [one.reference for one in coming] == ["hello@3"]
    assert queries.scheduled(brand_id=1, kind="note", key="hello", now=monday) == []


def test_scheduling_the_same_again_adds_nothing_but_another_day_does(shop):
    shop.save("a", 0)
    first = shop("schedule", seen_version=1, effective_from=NOON + DAY)
    assert shop("schedule", seen_version=2, effective_from=NOON + DAY) == first
    later = shop("schedule", seen_version=2, effective_from=NOON + 2 * DAY, withdraw=True)
    assert later.version == 3


def test_what_is_scheduled_is_not_withdrawn_by_mistake(shop):
    shop.save("a", 0, state="live")
    shop.save("b", 1, state="live", effective_from=NOON + 7 * DAY)
    for verb, more in (("save", {"body": {"text": "c"}, "state": "live"}), ("retire", {}), ("publish", {})):
        with pytest.raises(AlreadyScheduled, match=r"hello@2 \(live from 2026-03-08") as refusal:
            shop(verb, seen_version=2, **more)
        assert [one.version for one in refusal.value.versions] == [2]
    shop.save("c", 2)  # a draft withdraws nothing
    assert shop.current(NOON + 8 * DAY) == "hello@2"

    shop("publish", seen_version=3, withdraw=True)
    assert shop.current(NOON + 8 * DAY) == "hello@4"


def test_what_follows_a_scheduled_version_needs_no_consent(shop):
    """1 December on, 7 January off: two versions in a row."""
    shop.save("usual", 0, state="live")
    shop.save("advent", 1, state="live", effective_from=NOON + 10 * DAY)
    shop.save("usual", 2, state="live", effective_from=NOON + 40 * DAY)
    assert [shop.current(NOON + days * DAY) for days in (1, 10, 39, 40)] == [
        "hello@1",
        "hello@2",
        "hello@2",
        "hello@3",
    ]
    coming = queries.scheduled(brand_id=1, kind="note", key="hello", now=shop.now)
    assert [one.version for one in coming] == [2, 3]


def test_a_correction_at_the_very_same_instant_needs_no_consent(shop):
    shop.save("a", 0, state="live", effective_from=NOON + DAY)
    shop.save("b", 1, state="live", effective_from=NOON + DAY)
    assert shop.current(NOON + DAY) == "hello@2"
    assert [one.version for one in queries.scheduled(brand_id=1, kind="note", key="hello", now=NOON)] == [2]


def test_retiring_ends_a_document_and_publishing_brings_it_back(shop):
    shop.save("a", 0, state="live")
    ended = shop("retire", seen_version=1)
    assert (ended.version, ended.state, ended.effective_from) == (2, "retired", shop.now)
    assert shop.current(shop.now) is None
    assert shop.current(shop.now - MICROSECOND) == "hello@1"
    shop("publish", seen_version=2)
    assert shop.current(shop.now) == "hello@3"


def test_retiring_may_be_scheduled(shop):
    shop.save("a", 0, state="live")
    shop("retire", seen_version=1, effective_from=NOON + 7 * DAY)
    assert shop.current(NOON + 7 * DAY - MICROSECOND) == "hello@1"
    assert shop.current(NOON + 7 * DAY) is None


@pytest.mark.parametrize("verb", ["save", "publish", "schedule", "retire"])
def test_the_past_stays_as_it_was(shop, verb):
    shop.save("a", 0)
    more = {"body": {"text": "b"}, "state": "live"} if verb == "save" else {}
    with pytest.raises(Refused, match=r"effective_from: .* is past"):
        shop(verb, seen_version=1, effective_from=shop.now, **more)
    assert len(shop.history()) == 1


def test_a_draft_has_no_start(shop):
    with pytest.raises(Refused, match="a draft has none"):
        shop.save("a", 0, effective_from=NOON + DAY)


def test_a_time_without_zone_is_refused(shop):
    with pytest.raises((TypeError, ValueError)):
        shop.save("a", 0, state="live", now=NOON.replace(tzinfo=None))
    assert shop.history() == []


def test_a_reference_leads_to_the_very_version(shop):
    shop.save("a", 0)
    shop.save("b", 1, state="live")
    for version, text in ((1, "a"), (2, "b")):
        found = queries.resolve(brand_id=1, kind="note", reference=f"hello@{version}")
        assert queries.read(found).text == text
    for wrong in ("hello@3", "bye@1"):
        with pytest.raises(Missing, match=f"there is no note {wrong}"):
            queries.resolve(brand_id=1, kind="note", reference=wrong)
    with pytest.raises(Missing, match="there is no note"):
        queries.resolve(brand_id=2, kind="note", reference="hello@1")


@pytest.mark.parametrize(
    "reference", ["", "hello", "hello@", "@1", "hello@0", "hello@01", "hello@x", "a@1@1", "hello@9999999999"]
)
def test_says_how_a_reference_is_written(shop, reference):
    with pytest.raises(Missing, match="write key@version, such as spring@3"):
        queries.resolve(brand_id=1, kind="note", reference=reference)


def test_all_that_is_live_at_an_instant(shop):
    shop.save("a", 0, key="b-note", state="live")
    shop.save("a", 0, key="a-note", state="live")
    shop.save("b", 1, key="a-note", state="live")
    shop.save("c", 2, key="a-note")
    shop.save("a", 0, key="draft-note")
    shop.save("a", 0, key="ended", state="live")
    shop("retire", key="ended", seen_version=1)
    shop.save("a", 0, key="coming", state="live", effective_from=NOON + DAY)
    shop.save("a", 0, brand_id=2, key="elsewhere", state="live")
    shop("save", kind="perk", key="gift", seen_version=0, state="live", body={"title": "t", "within": "1 day"})

    def told(at, **given):
        return [f"{one.kind} {one.reference}" for one in queries.live(brand_id=1, at=at, **given)]

    assert told(shop.now) == ["note a-note@2", "note b-note@1", "perk gift@1"]
    assert told(shop.now, kind="note") == ["note a-note@2", "note b-note@1"]
    assert told(NOON + DAY) == ["note a-note@2", "note b-note@1", "note coming@1", "perk gift@1"]
    assert told(NOON) == []


def test_live_is_one_query(shop, django_assert_num_queries):
    for number in range(5):
        shop.save("a", 0, key=f"k{number}", state="live")
    with django_assert_num_queries(1):
        assert len(queries.live(brand_id=1, at=shop.now)) == 5


def test_what_is_in_force_reads_typed(shop):
    shop.save("a", 0, state="live")
    assert queries.effective(NOTE, brand_id=1, key="hello", at=shop.now).text == "a"
    assert queries.effective(NOTE, brand_id=1, key="hello", at=NOON - DAY) is None


STEPS = st.lists(
    st.tuples(st.sampled_from(["draft", "live", "retire", "publish"]), st.integers(0, 6), st.booleans()), max_size=8
)


class TheTimeline(TestCase):
    """Random histories of verbs against a plain account of what was decided when."""

    @settings(max_examples=40)
    @given(STEPS)
    def test_what_was_in_force_never_changes_afterwards(self, steps):
        place = {"brand_id": 9, "kind": "note", "key": "line"}
        decisions: list[tuple[int, object]] = []  # (day on which it takes effect, version or None), as decided
        told: dict[int, object] = {}
        version = 0
        for today, (verb, delay, withdraw) in enumerate(steps):
            now, begins = NOON + today * DAY, NOON + (today + delay) * DAY
            common = {**place, "author": "api", "seen_version": version, "now": now}
            try:
                if verb in ("draft", "live"):
                    begins_from = {"effective_from": begins, "withdraw": withdraw} if verb == "live" else {}
                    made = actions.save(**common, body={"text": f"{today}"}, state=verb, **begins_from)
                else:
                    call = actions.retire if verb == "retire" else actions.publish
                    made = call(**common, effective_from=begins, withdraw=withdraw)
            except Missing:
                assert version == 0
            except AlreadyScheduled:
                assert not withdraw
                assert any(day > today + delay for day, _ in decisions)
            else:
                if made.version > version and verb != "draft":
                    decisions = [one for one in decisions if one[0] < today + delay]
                    decisions.append((today + delay, None if verb == "retire" else made.version))
                version = made.version
            told[today] = next((one for start, one in reversed(decisions) if start <= today), None)
            assert self.in_force(place, today) == told[today]
            coming = queries.scheduled(**place, now=now)
            assert [one.version for one in coming if one.state == "live"] == [
                one for start, one in decisions if start > today and one
            ]
        assert Document.objects.filter(brand_id=9).count() == version
        for day in range(-1, len(steps) + 7):
            expected = next((one for start, one in reversed(decisions) if start <= day), None)
            assert self.in_force(place, day) == expected == told.get(day, expected)

    def in_force(self, place, day):
        found = queries.current(**place, at=NOON + day * DAY)
        live = queries.live(brand_id=9, at=NOON + day * DAY)
        assert live == ([found] if found else [])
        return found.version if found else None
