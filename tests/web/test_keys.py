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
