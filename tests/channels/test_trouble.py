"""What services do besides answering: they refuse some, ask to wait, break, and we die in the middle."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from perennial.channels.audiences.actions import send
from perennial.channels.audiences.actions.sync import ask_again, audience_steps, sync_now, want_test
from perennial.channels.audiences.queries import progress, refusals
from tests.channels.services import problem

BUSY = (429, {"Code": 429, "Message": "Rate limit exceeded"}, {"Retry-After": "40", "X-RateLimit-Reset": "40"})


def once(reply, *, when=lambda method, path, body: method in {"POST", "PUT"} and "field" not in path):
    """Trouble at the first call that fits, and none afterwards."""
    left = [reply]
    return lambda *call: left.pop() if left and when(*call) else None


@pytest.fixture
def people(world):
    found = [world.person(f"p{n:02}@example.com", f"P{n}") for n in range(20)]
    world.enter(*found)
    return found


def test_whom_the_service_refuses_is_kept_with_its_reason_and_the_others_are_there(world, people):
    # Both services are stricter than any rule of ours could be.
    wrong = world.person("dots...@example.com", "Dot")
    world.enter(wrong)
    world.run()
    assert len(world.there()) == 20
    row = world.row(wrong)
    assert row.state == "refused"
    assert "mail" in row.error.lower()
    assert "dots...@example.com" not in row.error
    assert progress(world.brand_id)["loyal"].refused == 1
    (reason, count), *_ = refusals(world.brand_id, "loyal")[0]
    assert (reason, count) == (row.error, 1)
    calls = len(world.service.calls)
    world.run()
    assert len(world.service.calls) == calls  # nobody insists
    assert ask_again(brand_id=world.brand_id, audience="loyal", now=world.now) == 1
    world.run()
    assert len(world.service.calls) > calls
    assert world.row(wrong).state == "refused"


def test_a_service_that_asks_to_wait_is_not_asked_before(world, people):
    world.service.trouble = once(BUSY)
    world.run()
    assert world.there() == {}
    assert world.state.due_at - world.now <= timedelta(seconds=42)
    assert world.state.error == "later: it asked us to wait"
    calls = len(world.service.calls)
    world.run(minutes=0.5)
    assert len(world.service.calls) == calls
    world.run(minutes=0.3)
    assert len(world.there()) == 20
    assert world.state.error == ""


@pytest.mark.parametrize("reply", [(500, None, {}), (502, None, {}), "cut", "cut after"])
def test_a_call_that_fails_is_made_again_and_all_is_well(world, people, reply):
    world.service.trouble = once(reply)
    world.run()
    assert world.state.failures == 1
    assert world.state.error.startswith("later: ")
    world.run()
    assert world.there() == {f"p{n:02}@example.com": world.member(f"P{n}") for n in range(20)}
    assert (world.state.error, world.state.failures) == ("", 0)


def test_trouble_in_doubt_is_taken_back_even_if_they_left_meanwhile(world):
    world.change(leavers="archive")
    ana = world.person("ana@example.com")
    world.enter(ana)
    world.service.trouble = once("cut after")
    world.run()
    assert set(world.there()) == {"ana@example.com"}  # it took them in, and we do not know
    world.leave(ana)
    world.run()
    assert world.there() == {}


def test_a_member_on_whom_the_service_breaks_every_time_stands_in_nobodys_way(world, people):
    bad = "p07@example.com"
    world.service.trouble = lambda method, path, body: (500, None, {}) if bad in str(body) else None
    for _ in range(30):
        world.run(minutes=61)
    assert len(world.there()) == 19
    assert world.row(people[7]).state == "refused"
    assert world.row(people[7]).error == "it answered 500"
    assert world.state.error == ""


def test_killed_between_the_call_and_the_commit_it_goes_on(world, people, monkeypatch):
    class Killed(BaseException):
        pass

    def killed(*args):
        raise Killed

    with monkeypatch.context() as dying:
        dying.setattr(send, "_keep", killed)
        with pytest.raises(Killed):
            world.run()
    assert len(world.there()) == 20
    assert progress(world.brand_id)["loyal"].waiting == 20
    world.leave(people[0])
    world.run()
    expected = {f"p{n:02}@example.com": world.member(f"P{n}") for n in range(20)}
    values, tags = world.there().pop("p00@example.com")
    assert "Loyal" not in {*values, *tags}
    assert {key: told for key, told in world.there().items() if key != "p00@example.com"} == {
        key: told for key, told in expected.items() if key != "p00@example.com"
    }
    assert progress(world.brand_id)["loyal"].waiting == 0


@pytest.mark.parametrize("stop", range(6))
def test_stopped_after_any_step_it_goes_on(world, people, stop):
    steps = audience_steps(brand_id=world.brand_id, now=world.now)
    for _ in range(stop):
        next(steps, None)
    steps.close()
    world.run()
    assert len(world.there()) == 20


def test_a_wrong_key_is_told_and_nothing_is_lost(world, people):
    world.service.key = "another-us6"
    world.run()
    assert world.state.error.startswith("key_refused")
    assert progress(world.brand_id)["loyal"].waiting == 20
    world.service.key = "secret-us6" if world.kind == "mailchimp" else "secret"
    sync_now(brand_id=world.brand_id, audience="loyal", now=world.now)
    world.run(minutes=0)
    assert len(world.there()) == 20


def test_no_key_and_no_list_are_told(world, people, settings):
    settings.PERENNIAL_MAILCHIMP_KEY = settings.PERENNIAL_CAMPAIGN_MONITOR_KEY = ""
    world.run()
    assert world.state.error == "no_key"
    settings.PERENNIAL_MAILCHIMP_KEY = settings.PERENNIAL_CAMPAIGN_MONITOR_KEY = world.service.key
    world.change(where={"kind": world.kind, "list_id": "nowhere1"})
    sync_now(brand_id=world.brand_id, audience="loyal", now=world.now)
    world.run(minutes=0)
    assert world.state.error.startswith("no_list")


def test_a_test_of_the_connection_tells_the_lists_name_or_what_is_wrong(world):
    want_test(brand_id=world.brand_id, audience="loyal", now=world.now)
    world.run()
    assert world.state.test == "ok: Newsletter"
    assert world.state.test_wanted_at is None
    world.service.key = "another-us6"
    want_test(brand_id=world.brand_id, audience="loyal", now=world.now)
    world.run()
    assert world.state.test.startswith("key_refused")


def test_a_key_never_leaves_for_an_address_that_the_service_sends_us_to(world, people):
    world.service.trouble = lambda *call: (302, None, {"Location": "http://127.0.0.1:1/"})
    world.run()
    assert world.state.error == "elsewhere"


def test_many_go_in_full_batches_and_few_at_a_time(world):
    from perennial.facts.actions.record import record
    from perennial.facts.models.people import Customer
    from perennial.facts.rules import records as r
    from tests.facts.builders import at

    whos = [r.Who(account=f"m{n}", email=f"m{n}@example.com") for n in range(1_203)]
    record(
        r.Batch(
            customers=tuple(r.Customer(who=who, created_at=at(0), updated_at=at(0), first_name="M") for who in whos),
            consents=tuple(r.Consent(who=who, at=at(0), channel="email", given=True) for who in whos),
        ),
        source=world.source, now=world.now,
    )  # fmt: skip
    everybody = list(Customer.objects.values_list("id", flat=True))
    world.enter(*everybody)
    world.run()
    assert len(world.there()) == 1_203
    most = 500 if world.kind == "mailchimp" else 1_000
    batches = world.service.asked("POST", r"import\.json$|lists/\w+$")
    assert [len(call[2].get("members") or call[2]["Subscribers"]) for call in batches] == (
        [500, 500, 203] if most == 500 else [1_000, 203]
    )
    world.leave(*everybody[:40])
    world.run()
    assert Counter("Loyal" in {*values, *tags} for values, tags in world.there().values()) == {True: 1_163, False: 40}
    assert world.service.most_together <= 4


def test_a_refused_field_is_told(world, people):
    world.change(fields=[{"tag": "NEWONE", "says": "country"}])
    refused = problem(400, "Invalid Resource", "A Merge Field with this tag exists")
    world.service.trouble = lambda method, path, body: refused if method == "POST" and "fields" in path else None
    world.run()
    assert world.state.error.startswith("field_refused: NEWONE")
