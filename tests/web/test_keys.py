"""Machines' keys: shown once, hashed, bounded by kind, scopes and store, ended at once."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

import pytest

from tests.web.conftest import NOW

if TYPE_CHECKING:
    from perennial.facts.models.brands import Store

pytestmark = pytest.mark.django_db


def test_a_key_is_found_by_its_secret_of_which_only_the_hash_is_kept(store: Store) -> None:
    from perennial.web.access.keys import find_key, make_key
    from perennial.web.models import ApiKey, Audit

    key, secret = make_key(brand_id=store.brand_id, kind="secret", name="ERP", scopes=["facts:write"], now=NOW)
    assert re.fullmatch(r"psk_[a-z]{8}_[\w-]{43}", secret)
    assert secret.startswith(key.prefix)
    found = find_key(secret)
    assert found is not None
    assert found.id == key.id
    assert found.hash == hashlib.sha256(secret.encode()).hexdigest()
    assert secret not in str(list(ApiKey.objects.values()))
    assert find_key(secret[:-1] + "~") is None
    assert find_key(found.hash) is None
    assert Audit.objects.get(verb="key.add").subject_id == key.id


def test_a_revoked_key_is_found_no_more_and_only_its_own_brand_revokes_it(store: Store) -> None:
    from perennial.web.access.keys import find_key, make_key, revoke_key

    key, secret = make_key(brand_id=store.brand_id, kind="secret", name="ERP", scopes=["erase"], now=NOW)
    assert not revoke_key(brand_id=store.brand_id + 1, key_id=key.id, now=NOW)
    assert find_key(secret) is not None
    assert revoke_key(brand_id=store.brand_id, key_id=key.id, now=NOW)
    assert find_key(secret) is None
    assert not revoke_key(brand_id=store.brand_id, key_id=key.id, now=NOW)


@pytest.mark.parametrize(
    ("kind", "name", "scopes", "elsewhere"),
    [
        ("publishable", "Shop", ["facts:read"], False),
        ("secret", "ERP", ["everything"], False),
        ("secret", "ERP", [], False),
        ("secret", "  ", ["erase"], False),
        ("master", "ERP", ["erase"], False),
        ("secret", "ERP", ["erase"], True),
    ],
)
def test_a_key_that_may_not_be_is_refused(store: Store, kind, name, scopes, elsewhere) -> None:
    from perennial.web.access.keys import NoSuchKey, make_key
    from perennial.web.models import ApiKey

    with pytest.raises(NoSuchKey):
        make_key(
            brand_id=store.brand_id,
            kind=kind,
            name=name,
            scopes=scopes,
            store_id=store.id + 1 if elsewhere else 0,
            now=NOW,
        )
    assert not ApiKey.objects.exists()


def test_a_publishable_key_may_record_visits_only_whatever_its_row_says(store: Store) -> None:
    from perennial.web.access.keys import has_scope, make_key

    key, secret = make_key(
        brand_id=store.brand_id, kind="publishable", name="Shop", scopes=["behaviour:write"], store_id=store.id, now=NOW
    )
    assert secret.startswith("ppk_")
    assert has_scope(key, "behaviour:write")
    key.scopes = ["behaviour:write", "customers:read"]
    assert not has_scope(key, "customers:read")


def test_a_key_is_made_on_the_page_shown_once_and_revoked(owner, store: Store) -> None:
    from perennial.web.access.keys import find_key

    told = {"name": "Warehouse", "kind": "secret", "scopes": ["facts:write", "facts:read"], "store": str(store.id)}
    answer = owner.post("/b/main/keys/make/", told)
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "private, no-store"
    secret = re.search(r'id="secret"[^>]*>(psk_[a-z]{8}_[\w-]+)<', answer.content.decode())[1]
    key = find_key(secret)
    assert key is not None
    assert (key.scopes, key.store_id, key.name) == (["facts:read", "facts:write"], store.id, "Warehouse")
    shown = owner.get("/b/main/keys/").content.decode()
    assert secret not in shown
    assert key.prefix in shown
    assert owner.post(f"/b/main/keys/{key.id}/revoke/").status_code == 302
    assert find_key(secret) is None
    assert "Revoked keys" in owner.get("/b/main/keys/").content.decode()
    assert owner.post(f"/b/main/keys/{key.id + 1}/revoke/").status_code == 404


@pytest.mark.parametrize(
    ("told", "wrong"),
    [
        ({"name": "", "kind": "secret", "scopes": ["erase"]}, "id_name-error"),
        ({"name": "ERP", "kind": "secret", "scopes": []}, "at least one"),
        ({"name": "ERP", "kind": "secret", "scopes": ["behaviour:write", "root"]}, "root"),
        ({"name": "ERP", "kind": "secret", "scopes": ["erase"], "store": "1"}, "id_store-error"),
        ({"name": "ERP", "kind": "root", "scopes": ["erase"]}, "root"),
    ],
)
def test_what_is_wrong_with_a_key_is_told(owner, told: dict, wrong: str) -> None:
    from perennial.web.models import ApiKey

    answer = owner.post("/b/main/keys/make/", told)
    assert answer.status_code == 400
    assert wrong in answer.content.decode()
    assert not ApiKey.objects.exists()


def test_a_publishable_key_of_the_page_records_visits_only(owner) -> None:
    from perennial.web.models import ApiKey

    owner.post("/b/main/keys/make/", {"name": "Shop", "kind": "publishable", "scopes": ["erase"], "store": "0"})
    assert ApiKey.objects.get().scopes == ["behaviour:write"]
    assert ApiKey.objects.get().store_id == 0


def test_names_of_keys_stay_text(owner) -> None:
    owner.post("/b/main/keys/make/", {"name": "<script>alert(1)</script>", "kind": "publishable", "store": "0"})
    for page in ("keys", "log"):
        shown = owner.get(f"/b/main/{page}/").content.decode()
        assert "<script>alert" not in shown
        assert "&lt;script&gt;alert" in shown


def test_keys_of_another_brand_are_not_there(owner, store: Store) -> None:
    from perennial.facts.actions.stores import open_store
    from perennial.web.access.keys import find_key, make_key

    other = open_store(now=NOW, currency="EUR", zone="Europe/Rome", name="Altri", key="other", brand="other")
    key, secret = make_key(brand_id=other.brand_id, kind="secret", name="Theirs", scopes=["erase"], now=NOW)
    assert "Theirs" not in owner.get("/b/main/keys/").content.decode()
    assert owner.post(f"/b/main/keys/{key.id}/revoke/").status_code == 404
    assert find_key(secret) is not None


def test_a_form_sent_twice_makes_one_key(owner, store):
    """Refreshing the page that shows a new key sends its form again."""
    import re

    from perennial.web.models import ApiKey

    page = owner.get("/b/main/keys/").text
    once = re.search(r'name="once" value="([^"]+)"', page)
    assert once is not None
    form = {"name": "Till", "kind": "secret", "scopes": ["facts:write"], "store": 0, "once": once[1]}
    assert 'id="secret"' in owner.post("/b/main/keys/make/", form).text
    again = owner.post("/b/main/keys/make/", form, follow=True)
    assert "That was made already" in again.text
    assert ApiKey.objects.filter(brand_id=store.brand_id).count() == 1
    other = {**form, "once": re.search(r'name="once" value="([^"]+)"', again.text)[1]}  # type: ignore[index]
    assert 'id="secret"' in owner.post("/b/main/keys/make/", other).text


def test_a_sign_in_link_sent_for_twice_is_made_once(owner, store):
    from perennial.web.models import Audit

    made = {"email": "ana@example.org", "name": "Ana", "role": "support", "once": "a"}
    owner.post("/b/main/staff/invite/", made)
    assert owner.post("/b/main/staff/invite/", made).status_code == 302
    assert Audit.objects.filter(brand_id=store.brand_id, verb="member.add", user_id__gt=0).count() == 1
