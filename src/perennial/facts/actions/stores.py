"""Opening brands and stores."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from perennial.database import ids
from perennial.facts.actions.record import Source
from perennial.facts.models.brands import Brand, Store
from perennial.values.hashing import fingerprint
from perennial.values.money import check_currency
from perennial.values.time import zone as check_zone


def open_store(
    *,
    now: datetime,
    currency: str = "EUR",
    zone: str = "UTC",
    locale: str = "en",
    name: str = "Main store",
    key: str = "main",
    brand: str = "main",
    taxes_included: bool = True,
) -> Store:
    """The store ``key`` of ``brand``, made with these settings if it is not there yet.

    A new brand takes its first store's currency and zone as its reporting currency and zone.
    """
    check_currency(currency)
    check_zone(zone)
    with transaction.atomic():
        owner, _ = Brand.objects.get_or_create(
            key=brand,
            defaults={
                "id": ids.new(),
                "name": name,
                "currency": currency,
                "zone": zone,
                "locale": locale,
                "created_at": now,
            },
        )
        store, _ = Store.objects.get_or_create(
            brand=owner,
            key=key,
            defaults={
                "id": ids.new(),
                "name": name,
                "currency": currency,
                "zone": zone,
                "locale": locale,
                "taxes_included": taxes_included,
                "created_at": now,
            },
        )
    return store


class KeyTaken(ValueError):
    """The brand has a store with this key."""


class StoreChanged(RuntimeError):
    """Somebody changed the store meanwhile; ``store`` is as it stands now."""

    def __init__(self, store: Store) -> None:
        super().__init__(f"store {store.key} was changed meanwhile")
        self.store = store


def add_store(
    *, brand: Brand, key: str, name: str, currency: str, zone: str, locale: str, taxes_included: bool, now: datetime
) -> Store:
    """One more store of a brand. `KeyTaken`; ValueError for a currency or zone that is none."""
    with transaction.atomic():
        if Store.objects.filter(brand=brand, key=key).exists():
            raise KeyTaken(key)
        return open_store(
            now=now, currency=currency, zone=zone, locale=locale, name=name, key=key, brand=brand.key,
            taxes_included=taxes_included,
        )  # fmt: skip


def version_of(store: Store) -> str:
    """Which state of a store somebody sees, of what can be edited."""
    return fingerprint([store.name, store.locale, store.taxes_included])


def edit_store(*, store: Store, seen: str, name: str, locale: str, taxes_included: bool) -> tuple[str, ...]:
    """Change what may change (currency and zone may not: facts are in them); the fields that did. `StoreChanged`."""
    with transaction.atomic():
        held = Store.objects.select_for_update().get(id=store.id)
        if version_of(held) != seen:
            raise StoreChanged(held)
        wanted = {"name": name, "locale": locale, "taxes_included": taxes_included}
        changed = tuple(field for field, value in wanted.items() if getattr(held, field) != value)
        if changed:
            Store.objects.filter(id=held.id).update(**wanted)
    return changed


def source_of(store: Store, door: str) -> Source:
    """What `record` needs to know of a store; ``door`` says how the facts come in: csv, shopify, api ..."""
    language, _, country = store.locale.replace("_", "-").partition("-")
    return Source(
        name=door,
        brand_id=store.brand_id,
        store_id=store.id,
        zone=store.zone,
        currency=store.brand.currency,
        country=country.upper() or {"es": "ES", "it": "IT", "fr": "FR"}.get(language, ""),
    )
