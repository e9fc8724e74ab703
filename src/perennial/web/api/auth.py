"""Who calls: a key, its brand, its store, what it may do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

from django.http import HttpRequest
from ninja.security import HttpBearer

from perennial.facts.models.brands import Brand, Store
from perennial.values.ids import parse
from perennial.web.access.keys import find_key, has_scope
from perennial.web.access.scopes import Scope
from perennial.web.api import limits
from perennial.web.api.problems import Problem
from perennial.web.models import ApiKey


@dataclass(frozen=True)
class Caller:
    """Handed to every endpoint. ``now`` is read once, here."""

    key: ApiKey
    now: datetime
    left: limits.Left

    @property
    def brand_id(self) -> int:
        """The only brand of which the caller hears."""
        return self.key.brand_id

    @property
    def store_id(self) -> int:
        """The only store that the key is good for; 0: all of the brand."""
        return self.key.store_id

    @cached_property
    def brand(self) -> Brand:
        """The brand."""
        return Brand.objects.get(id=self.brand_id)

    def may(self, scope: Scope) -> bool:
        """Whether the key has a scope."""
        return has_scope(self.key, scope)

    def whole_brand(self, what: str) -> None:
        """Refuse what concerns all stores to a key that is bound to one."""
        if self.store_id:
            raise Problem("scope", f"This key is bound to a store, and {what} the whole brand.")

    def store(self, named: str = "") -> Store:
        """The store that a call is about: the key's own, the one it names (by key or id), or the only one there is."""
        stores = Store.objects.select_related("brand").filter(brand_id=self.brand_id)
        if named.startswith("sto_"):
            found = stores.filter(id=number("sto", named, "store")).first()
        elif named:
            found = stores.filter(key=named).first()
        elif self.store_id:
            found = stores.filter(id=self.store_id).first()
        else:
            several = list(stores.order_by("id")[:2])
            if len(several) > 1:
                raise Problem(
                    "invalid", "This brand has several stores: name one.",
                    [{"pointer": "#/store", "detail": "is missing: give a store's key or id"}],
                )  # fmt: skip
            found = several[0] if several else None
        if found is None or (self.store_id and found.id != self.store_id):
            raise Problem(
                "invalid", "There is no such store for this key.",
                [{"pointer": "#/store", "detail": "names no store that this key may write to"}],
            )  # fmt: skip
        return found


def number(prefix: str, text: str, what: str) -> int:
    """The number of a public id; what is no such id names nothing (404)."""
    try:
        return parse(prefix, text)
    except ValueError:
        raise Problem("not_found", f"There is no such {what}.") from None


class SecretKey(HttpBearer):
    """A server's key; ``scope`` None: any secret key will do."""

    openapi_description = "A secret key, for servers: `psk_...`. Make one in the desk under Settings, Keys."
    kinds = frozenset({"secret"})

    def __init__(self, scope: Scope | None = None) -> None:
        self.scope = scope
        super().__init__()

    def authenticate(self, request: HttpRequest, token: str) -> Caller | None:
        """The caller, with one call fewer left."""
        key = find_key(token.strip()) if token.isascii() and "\0" not in token else None
        if key is None:
            return None
        buckets = limits.SECRET if key.kind == "secret" else limits.PUBLISHABLE
        left = buckets.take(key.id)
        request.limit_left = left  # type: ignore[attr-defined]  # the door tells it in headers
        if key.kind not in self.kinds:
            raise Problem("scope", f"This call needs a {' or '.join(self.kinds)} key.")
        if self.scope is not None and not has_scope(key, self.scope):
            raise Problem("scope", f"This call needs the scope {self.scope}.")
        return Caller(key, datetime.now(UTC), left)


class AnyKey(SecretKey):
    """A key of either kind that has the scope: for what pages of a shop tell us."""

    openapi_description = "A publishable key, for a shop's pages: `ppk_...`; a secret key with the scope will do, too."
    kinds = frozenset({"secret", "publishable"})
