"""Who sells: brands, their stores, exchange rates, and the table from foreign names to ids."""

from __future__ import annotations

from django.db import models

from perennial.database.fields import InstantField, identifier


class Brand(models.Model):
    """A merchant's brand: it has the customers; sums are in its currency, its days end at its midnight."""

    id = identifier()
    key = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=255)
    currency = models.CharField(max_length=3)
    zone = models.CharField(max_length=64)
    locale = models.CharField(max_length=35, default="en")
    created_at = InstantField()

    class Meta:
        app_label = "perennial"
        db_table = "brand"


class Store(models.Model):
    """One shop of a brand: it has products and orders, in its own currency and zone."""

    id = identifier()
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT)
    key = models.CharField(max_length=64)
    name = models.CharField(max_length=255)
    currency = models.CharField(max_length=3)
    zone = models.CharField(max_length=64)
    locale = models.CharField(max_length=35, default="en")
    taxes_included = models.BooleanField(default=True)
    created_at = InstantField()

    class Meta:
        app_label = "perennial"
        db_table = "store"
        constraints = [models.UniqueConstraint(fields=["brand", "key"], name="store_key_once")]


class ExchangeRate(models.Model):
    """From ``day`` on, until the next listed: reporting minor units per own minor unit, times 1e12."""

    id = identifier()
    brand_id = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    day = models.IntegerField()
    rate_e12 = models.BigIntegerField()

    class Meta:
        app_label = "perennial"
        db_table = "exchange_rate"
        constraints = [
            models.UniqueConstraint(fields=["brand_id", "currency", "day"], name="exchange_rate_once"),
            models.CheckConstraint(condition=models.Q(rate_e12__gt=0), name="exchange_rate_positive"),
        ]


class Ref(models.Model):
    """A foreign name of ``kind`` in a store (0: the whole brand) and the id it stands for here.

    The one place where names become ids, so that hot tables need no unique key on names and can be
    sharded. ``email`` and ``phone`` names are SHA-256 of the normalised address.
    """

    id = identifier()
    brand_id = models.BigIntegerField()
    store_id = models.BigIntegerField()
    kind = models.CharField(max_length=16)
    name = models.CharField(max_length=255)
    target = models.BigIntegerField()

    class Meta:
        app_label = "perennial"
        db_table = "ref"
        constraints = [models.UniqueConstraint(fields=["brand_id", "store_id", "kind", "name"], name="ref_once")]
        indexes = [models.Index(fields=["brand_id", "target"], name="ref_target")]
