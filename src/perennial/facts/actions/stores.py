"""Opening brands and stores."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from perennial.database import ids
from perennial.facts.actions.record import Source
from perennial.facts.models.brands import Brand, Store
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
