"""The card for support desks: by a signed link only, for a time, framed anywhere, changing nothing."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core import signing
from django.test import Client

from tests.web.conftest import signed_in
from tests.web.people import NOW, cus, customer, figures, id_of, record


@pytest.fixture
def page(store) -> str:
    record(store, customers=[customer("a1", first_name="<b>Ana</b>", email="ana@example.org")])
    figures(store, id_of("a1"), orders=2, revenue=4200, aov=2100, rfm_group="loyal", stage="active", rhythm="due")
    return f"/b/main/customers/{cus('a1')}/"


@pytest.fixture
def visitor() -> Client:
    return Client(headers={"host": "localhost"})


def link(client: Client, page: str, days: str = "7") -> str:
    text = client.post(f"{page}card/", {"days": days}).content.decode()
    found = re.search(r'id="card-link"[^>]*>http://localhost(/card/[^<]+/)<', text)
    assert found is not None
    return found[1]


def test_a_link_opens_the_card_without_sign_in_or_cookies(store, owner, visitor, page):
    answer = visitor.get(link(owner, page))
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "&lt;b&gt;Ana&lt;/b&gt;" in text
    assert "€42.00" in text
    assert not answer.cookies
    assert "<form" not in text
    assert "<script" not in text
    policy = answer.headers["Content-Security-Policy"]
    assert "frame-ancestors *" in policy
    assert "script-src" not in policy
    assert "default-src 'none'" in policy
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "X-Frame-Options" not in answer.headers


def test_no_other_page_may_be_framed(store, owner, page):
    for address in (page, "/b/main/customers/"):
        assert "frame-ancestors 'none'" in owner.get(address).headers["Content-Security-Policy"]


def test_the_card_takes_nothing_but_a_look(store, owner, visitor, page):
    card = link(owner, page)
    assert visitor.post(card, {"body": "x"}).status_code == 405


def test_a_changed_or_made_up_link_opens_nothing(store, owner, visitor, page):
    card = link(owner, page)
    head, _, tail = card.rstrip("/").rpartition(":")
    for wrong in (f"{head}:{tail[::-1]}/", "/card/x/", f"/card/{signing.dumps([1, cus('a1'), 2**40])}/"):
        assert visitor.get(wrong).status_code == 404
    told = signing.dumps([1, cus("a1"), 2**40], salt="perennial.card")
    assert visitor.get(f"/card/{told}/").status_code == 404, "signed, but with a key that is not"


def test_a_link_ends_with_its_time(store, owner, page):
    from perennial.web.customers.card import link_token, read_token

    user = int(owner.session["_auth_user_id"])
    token = link_token(brand_id=store.brand_id, customer_id=id_of("a1"), user_id=user, days=7, now=NOW)
    assert read_token(token, now=NOW + timedelta(days=6)) == (store.brand_id, cus("a1"))
    assert read_token(token, now=NOW + timedelta(days=7)) is None
    with pytest.raises(ValueError, match="one of"):
        link_token(brand_id=store.brand_id, customer_id=id_of("a1"), user_id=1, days=9, now=NOW)


def test_a_link_ends_with_the_membership_of_whoever_made_it(store, owner, visitor, page):
    from datetime import UTC, datetime

    from perennial.web.access.people import end_role, give_role

    support = signed_in(store, "support")
    theirs, owners = link(support, page, "365"), link(owner, page, "365")
    assert visitor.get(theirs).status_code == 200
    end_role(brand_id=store.brand_id, user_id=int(support.session["_auth_user_id"]), now=datetime.now(UTC))
    assert visitor.get(theirs).status_code == 404
    assert visitor.get(owners).status_code == 200
    give_role(brand_id=store.brand_id, email="support@example.org", role="support", now=datetime.now(UTC))
    assert visitor.get(theirs).status_code == 404, "added again, but that link was gone"


def test_all_links_end_when_they_are_ended(store, owner, visitor, page):
    from perennial.models import Audit

    card = link(owner, page)
    support = signed_in(store, "support")
    assert support.post(f"{page}card/revoke/").status_code == 403
    assert visitor.get(card).status_code == 200
    assert owner.post(f"{page}card/revoke/").status_code == 302
    gone = visitor.get(card)
    assert gone.status_code == 404
    assert "frame-ancestors *" in gone.headers["Content-Security-Policy"]
    assert visitor.get(link(owner, page)).status_code == 200
    assert visitor.get(card).status_code == 404
    verbs = Audit.objects.filter(verb__startswith="card.").order_by("id").values_list("verb", flat=True)
    assert list(verbs) == ["card.link", "card.revoke", "card.link"]


def test_a_link_is_made_by_those_who_may(store, page):
    from perennial.models import CardKey

    assert signed_in(store, "analyst").post(f"{page}card/", {"days": "7"}).status_code == 403
    assert not CardKey.objects.exists()
