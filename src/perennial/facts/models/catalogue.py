"""What is sold: products, variants and what they cost when."""

from __future__ import annotations

from django.db import models

from perennial.database.fields import InstantField, identifier
from perennial.facts.models.versioned import Versioned


class Product(Versioned):
    """An article. ``version_rank`` -1: known only from a line that named it."""

    title = models.CharField(max_length=255, default="")
    maker = models.CharField(max_length=255, default="")  # the product's brand, not ours
    category = models.CharField(max_length=255, default="")
    currency = models.CharField(max_length=3, default="")
    url = models.TextField(default="")
    image = models.TextField(default="")
    hidden = models.BooleanField(default=False)

    class Meta(Versioned.Meta):
        db_table = "product"
        indexes = [models.Index(fields=["brand_id", "category"], name="product_category")]


class Variant(models.Model):
    """What is counted: one size, one colour. Money in minor units of the product's currency."""

    id = identifier()
    brand_id = models.BigIntegerField()
    store_id = models.BigIntegerField()
    product_id = models.BigIntegerField()
    name = models.CharField(max_length=255)
    sku = models.CharField(max_length=255, default="")
    title = models.CharField(max_length=255, default="")
    price = models.BigIntegerField(null=True)
    compare_at = models.BigIntegerField(null=True)
    cost = models.BigIntegerField(null=True)
    stock = models.BigIntegerField(null=True)
    removed = models.BooleanField(default=False)

    class Meta:
        app_label = "perennial"
        db_table = "variant"
        constraints = [models.UniqueConstraint(fields=["brand_id", "product_id", "name"], name="variant_once")]
        indexes = [models.Index(fields=["brand_id", "sku"], name="variant_sku")]


class PriceChange(models.Model):
    """The price a variant had from ``at`` on; kept for 30 days beyond the change that ended it."""

    id = identifier()
    brand_id = models.BigIntegerField()
    variant_id = models.BigIntegerField()
    at = InstantField()
    price = models.BigIntegerField()

    class Meta:
        app_label = "perennial"
        db_table = "price_change"
        constraints = [models.UniqueConstraint(fields=["brand_id", "variant_id", "at"], name="price_change_once")]
