"""Machines' keys: made, found by what a machine shows, ended."""

from __future__ import annotations

import hashlib
import secrets
import string
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from perennial.database import ids
from perennial.facts.models.brands import Store
from perennial.web.access.audit import note
from perennial.web.access.scopes import BY_KIND, SCOPES, Kind, Scope
from perennial.web.models import ApiKey

_START = {"secret": "psk_", "publishable": "ppk_"}
_LETTERS = 8  # of a key that people see, to know it by
_SECRET_BYTES = 32


class NoSuchKey(ValueError):
    """A key that cannot be made as asked; says what to mend."""


def make_key(
    *,
    brand_id: int,
    kind: Kind,
    name: str,
    scopes: Iterable[str],
    now: datetime,
    store_id: int = 0,
    created_by: int = 0,
) -> tuple[ApiKey, str]:
    """A new key and its secret, which is told here and never again: ``psk_abcdefgh_...`` (``ppk_``: publishable).

    ``store_id`` 0: good for all stores of the brand. Raises NoSuchKey for a kind, scope or store that is not there.
    """
    if kind not in BY_KIND:
        raise NoSuchKey(f"{kind!r} is no kind of key: choose one of {', '.join(BY_KIND)}")
    wanted = set(scopes)
    if not wanted or not name.strip():
        raise NoSuchKey("a key needs a name and at least one scope")
    if unknown := wanted - BY_KIND[kind]:
        raise NoSuchKey(
            f"a {kind} key cannot have {', '.join(sorted(unknown))}: choose from {', '.join(sorted(BY_KIND[kind]))}"
        )
    if store_id and not Store.objects.filter(id=store_id, brand_id=brand_id).exists():
        raise NoSuchKey("this brand has no such store")
    prefix = _START[kind] + "".join(secrets.choice(string.ascii_lowercase) for _ in range(_LETTERS))
    secret = f"{prefix}_{secrets.token_urlsafe(_SECRET_BYTES)}"
    with transaction.atomic():
        key = ApiKey.objects.create(
            id=ids.new(), brand_id=brand_id, store_id=store_id, kind=kind, name=name.strip(), prefix=prefix,
            hash=_hash(secret), scopes=[scope for scope in SCOPES if scope in wanted], created_by=created_by,
            created_at=now,
        )  # fmt: skip
        note(
            brand_id=brand_id, now=now, verb="key.add", subject="key", subject_id=key.id,
            fields=["name", "scopes", "store"], user_id=created_by,
        )  # fmt: skip
    return key, secret


def find_key(secret: str) -> ApiKey | None:
    """The key whose secret a machine shows; None where there is none, or where it was revoked.

    The secret has 256 random bits: its plain hash cannot be guessed back, and finding it by an index tells
    nobody how much of a guess was right.
    """
    if not secret.startswith(tuple(_START.values())):
        return None
    return ApiKey.objects.filter(hash=_hash(secret), revoked_at=None).first()


def has_scope(key: ApiKey, scope: Scope) -> bool:
    """Whether a key may do what ``scope`` says. Its kind is asked too, whatever its row says."""
    return scope in key.scopes and any(kind == key.kind and scope in allowed for kind, allowed in BY_KIND.items())


def revoke_key(*, brand_id: int, key_id: int, now: datetime, by: int = 0) -> bool:
    """A key of the brand is good no more, from now on. False: it was not before, or there is none."""
    with transaction.atomic():
        done = ApiKey.objects.filter(brand_id=brand_id, id=key_id, revoked_at=None).update(revoked_at=now)
        if done:
            note(brand_id=brand_id, now=now, verb="key.revoke", subject="key", subject_id=key_id, user_id=by)
    return bool(done)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
