"""What was bought: orders, lines, refunds, parcels."""

from __future__ import annotations

from django.db import models

from perennial.database.fields import InstantField, InstantOrNullField, identifier
from perennial.facts.models.versioned import Versioned


class Order(Versioned):
    """An order as its shop states it, in minor units of its own ``currency``.

    ``rate_e12``: reporting minor units per own minor unit, times 1e12; null: no rate yet, so the order is
    kept but left out of sums. ``rate_stated``: the shop stated it, so that our rates never replace it.
    """

    customer_id = models.BigIntegerField(null=True)
    matched_by = models.CharField(max_length=8)  # account, email, phone, none: how sure the person is
    name = models.CharField(max_length=255)
    number = models.CharField(max_length=255)
    channel = models.CharField(max_length=255)
    ordered_at = InstantField()
    ordered_day = models.IntegerField()
    status = models.CharField(max_length=16)
    status_at = InstantOrNullField()
    payment = models.CharField(max_length=24)
    paid_at = InstantOrNullField()
    cancelled_at = InstantOrNullField()
    currency = models.CharField(max_length=3)
    rate_e12 = models.BigIntegerField(null=True)
    rate_stated = models.BooleanField()
    taxes_included = models.BooleanField()
    total = models.BigIntegerField()
    shipping = models.BigIntegerField()
    shipping_tax = models.BigIntegerField()
    tax = models.BigIntegerField()
    discount = models.BigIntegerField()
    net = models.BigIntegerField()  # the lines' totals without tax
    lines_tax = models.BigIntegerField()
    promised_at = InstantOrNullField()
    promised_day = models.IntegerField(null=True)
    subscription = models.BooleanField()
    source = models.CharField(max_length=255)  # first touch, in one word
    codes = models.JSONField(null=True)
    tenders = models.JSONField(null=True)
    touch = models.JSONField(null=True)
    billing = models.JSONField(null=True)
    delivery = models.JSONField(null=True)
    recorded_at = InstantField()

    class Meta(Versioned.Meta):
        db_table = "order"
        indexes = [
            models.Index(fields=["brand_id", "customer_id", "ordered_at"], name="order_customer"),
            models.Index(fields=["brand_id", "ordered_day"], name="order_day"),
            models.Index(fields=["brand_id", "number"], name="order_number"),
            models.Index(
                fields=["brand_id", "currency", "ordered_day"],
                name="order_unconverted",
                condition=models.Q(rate_stated=False),
            ),
        ]


class Line(models.Model):
    """One line of an order. A line that an edit took away stays, with ``removed`` and nothing in it."""

    id = identifier()
    brand_id = models.BigIntegerField()
    store_id = models.BigIntegerField()
    order_id = models.BigIntegerField()
    name = models.CharField(max_length=255)
    kind = models.CharField(max_length=16)
    product_id = models.BigIntegerField(null=True)
    variant_id = models.BigIntegerField(null=True)
    sku = models.CharField(max_length=255)
    title = models.CharField(max_length=255)
    quantity = models.BigIntegerField()
    unit_price = models.BigIntegerField(null=True)
    total = models.BigIntegerField()
    tax = models.BigIntegerField()
    discount = models.BigIntegerField()
    discounts = models.JSONField(null=True)
    cost = models.BigIntegerField(null=True)
    subscription = models.CharField(max_length=255)
    removed = models.BooleanField(default=False)

    class Meta:
        app_label = "perennial"
        db_table = "line"
        constraints = [models.UniqueConstraint(fields=["brand_id", "order_id", "name"], name="line_once")]
        indexes = [models.Index(fields=["brand_id", "product_id"], name="line_product")]


class Refund(Versioned):
    """Money given back on an order. ``customer_id`` and days are empty while the order itself is awaited."""

    order_id = models.BigIntegerField()
    customer_id = models.BigIntegerField(null=True)
    waiting = models.BooleanField()
    kind = models.CharField(max_length=16)
    refunded_at = InstantField()
    refunded_day = models.IntegerField()
    amount = models.BigIntegerField()
    shipping = models.BigIntegerField()
    tax = models.BigIntegerField()
    reason = models.CharField(max_length=255)
    exchange_order_id = models.BigIntegerField(null=True)

    class Meta(Versioned.Meta):
        db_table = "refund"
        indexes = [
            models.Index(fields=["brand_id", "order_id"], name="refund_order"),
            models.Index(fields=["brand_id", "refunded_day"], name="refund_day"),
        ]


class RefundLine(models.Model):
    """What of a line was refunded; ``line`` is the shop's name of it, for it may come before its order."""

    id = identifier()
    brand_id = models.BigIntegerField()
    refund_id = models.BigIntegerField()
    order_id = models.BigIntegerField()
    line = models.CharField(max_length=255)
    quantity = models.BigIntegerField()
    amount = models.BigIntegerField()
    tax = models.BigIntegerField()
    restocked = models.BooleanField()

    class Meta:
        app_label = "perennial"
        db_table = "refund_line"
        constraints = [models.UniqueConstraint(fields=["brand_id", "refund_id", "line"], name="refund_line_once")]


class Fulfilment(Versioned):
    """A parcel of an order: promised, shipped, delivered."""

    order_id = models.BigIntegerField()
    customer_id = models.BigIntegerField(null=True)
    waiting = models.BooleanField()
    carrier = models.CharField(max_length=255)
    tracking = models.CharField(max_length=255)
    promised_at = InstantOrNullField()
    promised_day = models.IntegerField(null=True)
    shipped_at = InstantOrNullField()
    shipped_day = models.IntegerField(null=True)
    delivered_at = InstantOrNullField()
    delivered_day = models.IntegerField(null=True)
    lines = models.JSONField()  # [[line name, thousandths], ...]

    class Meta(Versioned.Meta):
        db_table = "fulfilment"
        indexes = [models.Index(fields=["brand_id", "order_id"], name="fulfilment_order")]
