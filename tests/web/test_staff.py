"""Staff: roles on every page, letting people in and out, one owner at least, nobody through another brand."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from perennial.web.access.roles import ROLES, may
from tests.web.conftest import NOW, signed_in

if TYPE_CHECKING:
    from django.test import Client

    from perennial.facts.models.brands import Store

pytestmark = pytest.mark.django_db
_SAMPLE = {"int": "1", "str": "x", "slug": "x", "uuid": "00000000-0000-0000-0000-000000000000", "path": "x"}


def views() -> list[tuple[str, str]]:
    """(address, right) of every view of a brand, also of those that are yet to be written."""
    from django.urls import URLResolver, get_resolver

    found: list[tuple[str, str]] = []

    def walk(resolver, before: str) -> None:
        for entry in resolver.url_patterns:
            route = before + str(entry.pattern)
            if isinstance(entry, URLResolver):
                walk(entry, route)
            elif needs := getattr(entry.callback, "needs", None):
                path = route.replace("<slug:brand>", "main")
                found.append(("/" + re.sub(r"<(?:(\w+):)?\w+>", lambda m: _SAMPLE[m[1] or "str"], path), needs))

    walk(get_resolver(), "")
    return found


def asked(client: Client, address: str):
    """What the view answers; a view that only takes POST is asked by POST."""
    answer = client.get(address)
    return client.post(address) if answer.status_code == 405 else answer


def test_there_are_views_and_each_names_a_right():
    rights = {right for _, right in views()}
    assert {"see", "staff"} <= rights
    assert rights <= set().union(*ROLES.values())
    assert len(views()) >= 12


@pytest.mark.parametrize("role", ROLES)
def test_every_role_on_every_page(store: Store, role: str):
    client = signed_in(store, role)
    client.raise_request_exception = False
    wrong = []
    for address, right in views():
        if may(role, right):
            status = client.get(address).status_code
            fine = status in (200, 302, 400, 404, 405, 410)
        else:
            status = asked(client, address).status_code
            fine = status == 403
        if not fine:
            wrong.append((address, right, status))
    assert wrong == []


def test_without_sign_in_every_page_leads_to_it(store: Store):
    from django.test import Client

    for address, _ in views():
        answer = asked(Client(headers={"host": "localhost"}), address)
        assert answer.status_code == 302, address
        assert answer["Location"].startswith("/account/login/?next=/b/main/"), address


def test_a_brand_of_others_is_not_there(store: Store):
    from perennial.facts.actions.stores import open_store

    other = open_store(now=NOW, currency="EUR", zone="Europe/Rome", name="Altri", key="other", brand="other")
    client = signed_in(other, "owner")
    for address, _ in views():
        answer = asked(client, address)
        assert answer.status_code == 404, address
        assert "Casa Verde" not in answer.content.decode()


def person(store: Store, email: str, role: str, at=NOW):
    from perennial.web.access.people import give_role

    return give_role(brand_id=store.brand_id, email=email, role=role, now=at)


def test_a_colleague_is_added_and_let_in_by_a_link(owner: Client):
    from django.test import Client

    from perennial.web.models import Audit, Member, SignInLink

    answer = owner.post("/b/main/staff/invite/", {"email": "Ana@Example.org", "name": "Ana", "role": "support"})
    assert answer.status_code == 200
    link = re.search(r"http://localhost(/sign-in/[\w-]+/)", answer.content.decode())[1]
    assert link not in owner.get("/b/main/staff/").content.decode()
    member = Member.objects.get(user__email="ana@example.org")
    assert (member.role, member.user.name, member.user.has_usable_password()) == ("support", "Ana", False)
    assert list(Audit.objects.filter(subject_id=member.user_id).values_list("verb", flat=True).order_by("id")) == [
        "member.add", "member.link",
    ]  # fmt: skip
    assert link.split("/")[2] not in str(list(SignInLink.objects.values()))
    browser = Client(headers={"host": "localhost"})
    assert browser.post(link)["Location"] == "/account/password/set/"
    assert browser.get("/b/main/style/").status_code == 200


@pytest.mark.parametrize(
    ("told", "named"),
    [
        ({"email": "nobody", "role": "support"}, "email"),
        ({"email": "ana@example.org", "role": "emperor"}, "role"),
        ({"email": "owner@example.org", "role": "support"}, "email"),
    ],
)
def test_what_cannot_be_is_told_at_its_field(owner: Client, told: dict[str, str], named: str):
    from perennial.web.models import Member

    answer = owner.post("/b/main/staff/invite/", told)
    assert answer.status_code == 400
    assert f'id="id_{named}-error"' in answer.content.decode()
    assert Member.objects.count() == 1


def test_the_only_owner_stays(owner: Client, store: Store):
    from perennial.web.models import Member

    mine = Member.objects.get(role="owner")
    for address, told in (("end", {}), ("role", {"role": "support", "seen": "owner"})):
        answer = owner.post(f"/b/main/staff/{mine.user_id}/{address}/", told)
        assert answer.status_code == 409
        assert "only owner" in answer.content.decode()
    mine.refresh_from_db()
    assert (mine.role, mine.ended_at) == ("owner", None)
    person(store, "second@example.org", "owner")
    assert owner.post(f"/b/main/staff/{mine.user_id}/end/").status_code == 302
    assert owner.get("/b/main/staff/").status_code == 404


def test_an_owner_who_left_does_not_count(owner: Client, store: Store):
    from perennial.web.access.people import LastOwner, end_role

    second = person(store, "second@example.org", "owner")
    end_role(brand_id=store.brand_id, user_id=second.user_id, now=NOW)
    with pytest.raises(LastOwner):
        person(store, "owner@example.org", "analyst")


def test_a_change_holds_from_the_next_page_on(owner: Client, store: Store):
    from perennial.web.models import Member

    colleague = signed_in(store, "marketer")
    user_id = Member.objects.get(role="marketer").user_id
    assert colleague.get("/b/main/staff/").status_code == 403
    owner.post(f"/b/main/staff/{user_id}/role/", {"role": "owner", "seen": "marketer"})
    assert colleague.get("/b/main/staff/").status_code == 200
    owner.post(f"/b/main/staff/{user_id}/end/")
    assert colleague.get("/b/main/style/").status_code == 404


def test_a_role_somebody_changed_meanwhile_is_told(owner: Client, store: Store):
    member = person(store, "ana@example.org", "support")
    person(store, "ana@example.org", "analyst")
    answer = owner.post(f"/b/main/staff/{member.user_id}/role/", {"role": "marketer", "seen": "support"})
    assert answer.status_code == 409
    assert "Analyst. Nothing was changed" in answer.content.decode()
    member.refresh_from_db()
    assert member.role == "analyst"


def test_ending_the_last_membership_signs_out_and_voids_links(owner: Client, store: Store):
    from django.test import Client

    from perennial.web.access.people import redeem, sign_in_token
    from perennial.web.models import Member

    user = person(store, "ana@example.org", "support").user
    browser = Client(headers={"host": "localhost"})
    browser.post(f"/sign-in/{sign_in_token(user=user, now=_real())}/")
    assert browser.get("/preferences/").status_code == 200
    open_link = sign_in_token(user=user, now=_real())
    owner.post(f"/b/main/staff/{user.id}/end/")
    assert Member.objects.get(user=user).ended_at is not None
    assert browser.get("/preferences/")["Location"].startswith("/account/login/")
    assert redeem(open_link, now=_real()) is None


def test_ending_one_of_two_memberships_leaves_the_other(owner: Client, store: Store):
    from django.test import Client

    from perennial.facts.actions.stores import open_store
    from perennial.web.access.people import give_role, sign_in_token

    other = open_store(now=NOW, currency="EUR", zone="Europe/Rome", name="Altri", key="other", brand="other")
    user = person(store, "ana@example.org", "support").user
    give_role(brand_id=other.brand_id, email=user.email, role="owner", now=NOW)
    browser = Client(headers={"host": "localhost"})
    browser.post(f"/sign-in/{sign_in_token(user=user, now=_real())}/")
    owner.post(f"/b/main/staff/{user.id}/end/")
    assert browser.get("/b/main/style/").status_code == 404
    assert browser.get("/b/other/style/").status_code == 200


def test_an_owner_gets_no_way_into_anothers_brand(owner: Client, store: Store):
    """A link would let whoever has it act as the person, in every brand they work with."""
    from perennial.facts.actions.stores import open_store
    from perennial.web.access.people import give_role, redeem, sign_in_token
    from perennial.web.models import SignInLink

    other = open_store(now=NOW, currency="EUR", zone="Europe/Rome", name="Altri", key="other", brand="other")
    before = person(store, "carla@example.org", "support").user
    held = sign_in_token(user=before, now=NOW)
    give_role(brand_id=other.brand_id, email="carla@example.org", role="owner", now=NOW + timedelta(minutes=1))
    assert redeem(held, now=NOW + timedelta(minutes=2)) is None
    answer = owner.post(f"/b/main/staff/{before.id}/link/")
    assert answer.status_code == 409
    assert "/sign-in/" not in answer.content.decode()
    there = give_role(brand_id=other.brand_id, email="dario@example.org", role="owner", now=NOW).user
    answer = owner.post("/b/main/staff/invite/", {"email": there.email, "role": "read_only"}, follow=True)
    assert "has an account here already" in answer.content.decode()
    assert SignInLink.objects.filter(user=there).count() == 0
    assert owner.post(f"/b/main/staff/{there.id}/link/").status_code == 409


def test_second_factors_and_last_sign_ins_are_shown(owner: Client, store: Store):
    from allauth.mfa.totp.internal.auth import TOTP

    user = person(store, "ana@example.org", "support").user
    shown = owner.get("/b/main/staff/").content.decode()
    assert shown.count(">no</span>") == 2
    TOTP.activate(user, "JBSWY3DPEHPK3PXP")
    assert owner.get("/b/main/staff/").content.decode().count(">yes</span>") == 1
    assert ">never<" in shown


def test_the_page_asks_as_often_for_many_as_for_few(owner: Client, store: Store, django_assert_max_num_queries):
    for number in range(30):
        person(store, f"p{number}@example.org", "read_only")
    with django_assert_max_num_queries(8):
        assert owner.get("/b/main/staff/").status_code == 200


def test_nobody_of_another_brand_is_reached(owner: Client):
    from perennial.facts.actions.stores import open_store

    other = open_store(now=NOW, currency="EUR", zone="Europe/Rome", name="Altri", key="other", brand="other")
    user = person(other, "lia@example.org", "owner").user
    for action in ("role", "link", "end"):
        assert owner.post(f"/b/main/staff/{user.id}/{action}/", {"role": "owner"}).status_code == 404


def _real():
    from datetime import UTC, datetime

    return datetime.now(UTC)
