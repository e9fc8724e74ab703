"""A segment and its list at a mailing service: who enters, leaves, changes, withdraws, is erased."""

from __future__ import annotations

import pytest

from perennial.channels.audiences.models import AudienceMember
from perennial.channels.audiences.queries import progress
from perennial.facts.actions.erase import erase
from perennial.facts.actions.erasing.steps import erase_steps, waiting_readers
from perennial.facts.actions.suppress import suppress
from perennial.facts.models.erasure import Erasure
from perennial.figures.models import CustomerFigures
from tests.channels.services import Member
from tests.facts.builders import NOW, at


def test_members_are_there_with_their_fields_and_the_tag(world):
    ana, bob = world.person("Ana@Example.com"), world.person("bob@example.com", "Bob", "fr-FR")
    world.person("carl@example.com", "Carl")  # not in the segment
    world.enter(ana, bob)
    world.run()
    assert world.there() == {
        "ana@example.com": world.member(),
        "bob@example.com": world.member("Bob", "fr"),
    }
    assert progress(world.brand_id)["loyal"].there == 2
    assert world.state.in_step_at is not None
    assert world.state.error == ""


def test_nothing_is_asked_when_nothing_changed(world):
    ana = world.person("ana@example.com")
    world.enter(ana)
    world.run()
    calls = len(world.service.calls)
    for _ in range(3):
        world.run()
    assert len(world.service.calls) == calls


def test_only_what_changed_is_sent(world):
    people = [world.person(f"p{n}@example.com", f"P{n}") for n in range(12)]
    world.enter(*people)
    world.run()
    world.service.calls.clear()
    world.person("p3@example.com", "Petra", agreed=False, updated=at(20))
    world.run()
    sent = [call for call in world.service.calls if call[0] in {"PUT", "POST"}]
    assert len(sent) == 1
    assert "Petra" in str(sent[0][2])
    assert "p4@" not in str(sent[0][2])
    assert world.there()["p3@example.com"] == world.member("Petra")


def test_a_field_that_is_empty_now_is_cleared(world):
    ana = world.person("ana@example.com")
    world.enter(ana)
    world.run()
    world.person("ana@example.com", locale="", agreed=False, updated=at(20))
    world.run()
    values, _ = world.there()["ana@example.com"]
    assert "es" not in values.values()


def test_who_leaves_loses_the_tag_and_gets_it_back(world):
    ana = world.person("ana@example.com")
    world.enter(ana)
    world.run()
    world.leave(ana)
    world.run()
    values, tags = world.there()["ana@example.com"]  # still in the list, and never unsubscribed
    assert "Loyal" not in {*tags, *values}
    world.enter(ana)
    world.run()
    assert world.there() == {"ana@example.com": world.member()}


def test_who_leaves_is_archived_where_it_is_said_so_and_comes_back(world):
    world.change(leavers="archive")
    ana = world.person("ana@example.com")
    world.enter(ana)
    world.run()
    world.leave(ana)
    world.run()
    assert world.there() == {}
    assert world.listed["ana@example.com"].status in {"archived", "Deleted"}
    world.enter(ana)
    world.run()
    assert world.there() == {"ana@example.com": world.member()}


def test_without_consent_nobody_is_sent(world):
    silent = world.person("silent@example.com", agreed=False)
    gone = world.person("gone@example.com")
    world.word("gone@example.com", "gone@example.com", given=False, when=at(1))
    stopped = world.person("stopped@example.com")
    suppress(brand_id=world.brand_id, channel="email", address="stopped@example.com", why="complaint", now=NOW)
    world.enter(silent, gone, stopped)
    world.run()
    assert world.listed == {}
    assert not AudienceMember.objects.exists()


def test_consent_withdrawn_takes_them_back_and_given_again_brings_them(world):
    ana = world.person("ana@example.com")
    world.enter(ana)
    world.run()
    world.word("ana@example.com", "ana@example.com", given=False, when=at(30))
    world.run()
    assert world.there() == {}
    assert world.row(ana).address == ""
    world.word("ana@example.com", "ana@example.com", given=True, when=at(60))
    world.run()
    assert world.there() == {"ana@example.com": world.member()}
    assert progress(world.brand_id)["loyal"].refused == 0


def test_consent_withdrawn_between_the_plan_and_the_call_counts(world, monkeypatch):
    from perennial.channels.audiences.actions import send

    ana, bob = world.person("ana@example.com"), world.person("bob@example.com", "Bob")
    world.enter(ana, bob)
    claim = send._claim

    def withdrawn(*args):
        world.word("ana@example.com", "ana@example.com", given=False, when=at(30))
        return claim(*args)

    monkeypatch.setattr(send, "_claim", withdrawn)
    world.run()
    assert "ana@example.com" not in str(world.service.calls)
    assert set(world.there()) == {"bob@example.com"}
    assert not AudienceMember.objects.filter(customer_id=ana).exists()


def test_another_address_is_added_and_the_old_one_taken_back(world):
    ana = world.person("ana@example.com")
    world.enter(ana)
    world.run()
    world.person("new@example.com", account="ana@example.com", updated=at(20))
    world.run()
    assert world.there() == {"new@example.com": world.member()}
    world.person("ana@example.com", account="ana@example.com", updated=at(30))
    world.run()
    assert world.there() == {"ana@example.com": world.member()}


def test_two_people_at_one_address_are_one_member(world):
    first, second = world.person("us@example.com", "Ana"), world.person("us@example.com", "Bea", account="second")
    world.enter(second)
    world.run()
    assert world.there() == {"us@example.com": world.member("Bea")}
    world.enter(first)
    world.run()
    assert world.there() == {"us@example.com": world.member("Ana")}
    calls = len(world.service.calls)
    world.run()
    assert len(world.service.calls) == calls  # they do not take turns
    world.leave(first)
    world.run()
    assert world.there() == {"us@example.com": world.member("Bea")}


def test_who_is_erased_is_taken_back_and_nothing_of_them_stays(world):
    ana, bob = world.person("ana@example.com"), world.person("bob@example.com", "Bob")
    world.enter(ana, bob)
    world.run()
    erase(brand_id=world.brand_id, customer_id=ana, now=world.now)
    for _ in erase_steps(brand_id=world.brand_id, now=world.now):
        pass
    assert "audiences" in waiting_readers(Erasure.objects.get())
    world.change(paused=True)  # also then
    world.run()
    assert set(world.there()) == {"bob@example.com"}
    if world.kind == "mailchimp":
        assert "ana@example.com" not in world.listed
    assert not AudienceMember.objects.filter(customer_id=ana).exists()
    assert "audiences" not in waiting_readers(Erasure.objects.get())


def test_an_erasure_waits_while_the_service_is_away(world):
    ana = world.person("ana@example.com")
    world.enter(ana)
    world.run()
    erase(brand_id=world.brand_id, customer_id=ana, now=world.now)
    world.service.trouble = lambda *call: (503, None, {})
    world.run()
    assert "audiences" in waiting_readers(Erasure.objects.get())
    world.service.trouble = lambda *call: None
    world.run(90)
    assert world.there() == {}
    assert "audiences" not in waiting_readers(Erasure.objects.get())


def test_numbers_and_days_are_written_as_the_services_read_them(world):
    ana = world.person("ana@example.com")
    CustomerFigures.objects.create(
        id=ana, brand_id=world.brand_id, orders=3, revenue=12_345, occasions=3, last_order_day=20_543, stage="active",
        rfm_group="", rhythm="drifting", too_early=False, model="m", as_of=NOW, as_of_day=20_600, population_as_of=NOW,
    )  # fmt: skip
    says = {"N": "orders", "SUM": "revenue", "LASTDAY": "last_order_day", "RHYTHM": "rhythm", "STAGE": "lifecycle"}
    world.change(fields=[{"tag": tag, "says": told} for tag, told in says.items()])
    world.enter(ana)
    world.run()
    values, _ = world.there()["ana@example.com"]
    values.pop("Loyal", None)
    day = "2026-03-31" if world.kind == "mailchimp" else "2026/03/31"
    assert values == {"N": "3", "SUM": "123.45", "LASTDAY": day, "RHYTHM": "drifting", "STAGE": "active"}
    kinds = {tag: kind.lower() for tag, kind in world.service.fields["a1b2c3"].items()}
    assert (kinds["N"], kinds["SUM"], kinds["LASTDAY"], kinds["RHYTHM"]) == ("number", "number", "date", "text")


def test_whoever_unsubscribed_there_is_not_subscribed_again(world):
    status = "unsubscribed" if world.kind == "mailchimp" else "Unsubscribed"
    world.listed["ana@example.com"] = Member("ana@example.com", status, compliance=True)
    ana = world.person("ana@example.com")
    world.enter(ana)
    world.run()
    assert world.listed["ana@example.com"].status == status
    assert world.row(ana).state == "barred"
    assert "ana@example.com" not in world.row(ana).error
    calls = len(world.service.calls)
    world.person("ana@example.com", "Anna", agreed=False, updated=at(20))
    world.run()
    assert len(world.service.calls) == calls


def test_whoever_unsubscribes_there_later_stays_so(world):
    world.change(leavers="archive")
    ana = world.person("ana@example.com")
    world.enter(ana)
    world.run()
    held = world.listed["ana@example.com"]
    held.status, held.compliance = ("unsubscribed" if world.kind == "mailchimp" else "Unsubscribed"), True
    world.person("ana@example.com", "Anna", agreed=False, updated=at(20))
    world.run()
    world.leave(ana)
    world.run()
    world.enter(ana)
    world.run()
    assert world.there() == {}
    assert progress(world.brand_id)["loyal"].refused == 1


@pytest.mark.parametrize("change", ["list", "tag", "end"])
def test_another_list_another_tag_and_the_end(world, change):
    ana = world.person("ana@example.com")
    world.enter(ana)
    world.run()
    if change == "list":
        other = world.service.open("other9")
        world.change(where={"kind": world.kind, "list_id": "other9"})
        world.run()
        assert set(other) == set(world.there()) == {"ana@example.com"}
    elif change == "tag":
        world.change(tag="Best")
        world.run()
        values, tags = world.there()["ana@example.com"]
        assert "Best" in {*values, *tags}
    else:
        from perennial.documents.actions import retire

        retire(brand_id=world.brand_id, kind="audience", key="loyal", author="ada", seen_version=1, now=world.now)
        world.run()
        assert set(world.there()) == {"ana@example.com"}  # as it is there
        assert not AudienceMember.objects.exists()
