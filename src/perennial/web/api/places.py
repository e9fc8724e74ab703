"""Endpoints: who asks, and the stores of the brand."""

from __future__ import annotations

from perennial.facts.models import brands
from perennial.values.ids import public
from perennial.web.api import shapes
from perennial.web.api.auth import Caller
from perennial.web.api.endpoints import get


@get("/me", tag="Key", scope=None)
def me(caller: Caller) -> shapes.Me:
    """Tell whose key this is

    Its brand, the store it is bound to, and its scopes. Good for trying a key.
    """
    brand = caller.brand
    found = brands.Store.objects.filter(id=caller.store_id, brand_id=brand.id).first() if caller.store_id else None
    return shapes.Me(
        brand=public("brd", brand.id), brand_name=brand.name, currency=brand.currency, zone=brand.zone,
        store=_store(found) if found else None, key=caller.key.prefix, kind=caller.key.kind,
        scopes=list(caller.key.scopes),
    )  # fmt: skip


@get("/stores", tag="Key", scope=None)
def list_stores(caller: Caller) -> shapes.Stores:
    """List the stores

    All stores of the brand; with a key that is bound to one, that one.
    """
    found = brands.Store.objects.filter(brand_id=caller.brand_id).order_by("id")
    if caller.store_id:
        found = found.filter(id=caller.store_id)
    return shapes.Stores(items=[_store(one) for one in found])


def _store(one: brands.Store) -> shapes.Store:
    return shapes.Store(
        id=public("sto", one.id), key=one.key, name=one.name, currency=one.currency, zone=one.zone, locale=one.locale
    )
