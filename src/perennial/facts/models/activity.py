"""What else people do: carts, tickets, ratings, visits; and what it cost to win them."""

from __future__ import annotations

from django.db import models

from perennial.database.fields import InstantField, InstantOrNullField, identifier
from perennial.facts.models.versioned import Versioned


class Cart(Versioned):
    """A cart as it stands; ``order_id`` is what it became. ``lines`` as recorded, money in ``currency``."""

    customer_id = models.BigIntegerField(null=True)
    visitor_id = models.BigIntegerField(null=True)
    created_at = InstantField()
    created_day = models.IntegerField()
    currency = models.CharField(max_length=3)
    total = models.BigIntegerField()
    step = models.CharField(max_length=255)
    order_id = models.BigIntegerField(null=True)
    lines = models.JSONField()

    class Meta(Versioned.Meta):
        db_table = "cart"
        indexes = [models.Index(fields=["brand_id", "customer_id"], name="cart_customer")]


class Ticket(Versioned):
    """A conversation with support; ``satisfaction`` 0 to 100."""

    customer_id = models.BigIntegerField(null=True)
    order_id = models.BigIntegerField(null=True)
    channel = models.CharField(max_length=255)
    topic = models.CharField(max_length=255)
    complaint = models.BooleanField()
    opened_at = InstantField()
    opened_day = models.IntegerField()
    responded_at = InstantOrNullField()
    resolved_at = InstantOrNullField()
    satisfaction = models.SmallIntegerField(null=True)

    class Meta(Versioned.Meta):
        db_table = "ticket"
        indexes = [
            models.Index(fields=["brand_id", "customer_id"], name="ticket_customer"),
            models.Index(fields=["brand_id", "opened_day"], name="ticket_day"),
        ]


class Rating(Versioned):
    """A rating or review, 0 to 100."""

    customer_id = models.BigIntegerField(null=True)
    product_id = models.BigIntegerField(null=True)
    order_id = models.BigIntegerField(null=True)
    rated_at = InstantField()
    rated_day = models.IntegerField()
    score = models.SmallIntegerField()
    title = models.CharField(max_length=255)
    body = models.TextField()

    class Meta(Versioned.Meta):
        db_table = "rating"
        indexes = [
            models.Index(fields=["brand_id", "customer_id"], name="rating_customer"),
            models.Index(fields=["brand_id", "rated_day"], name="rating_day"),
        ]


class Spend(Versioned):
    """What acquisition cost on a day through a channel, in minor units of ``currency``."""

    day = models.IntegerField()
    channel = models.CharField(max_length=255)
    campaign = models.CharField(max_length=255)
    currency = models.CharField(max_length=3)
    amount = models.BigIntegerField()

    class Meta(Versioned.Meta):
        db_table = "spend"
        indexes = [models.Index(fields=["brand_id", "day"], name="spend_day")]


class Behaviour(models.Model):
    """Something a visitor did. Append only, kept 400 days, pruned by whole months.

    The key is (month, id), so that PostgreSQL can keep one partition a month. ``id`` is the stable hash
    of (brand, store, the event's own name): the same event twice is one row.
    """

    pk = models.CompositePrimaryKey("month", "id")
    month = models.SmallIntegerField()
    id = models.BigIntegerField()
    brand_id = models.BigIntegerField()
    store_id = models.BigIntegerField()
    visitor_id = models.BigIntegerField(null=True)
    customer_id = models.BigIntegerField(null=True)
    kind = models.CharField(max_length=64)
    product_id = models.BigIntegerField(null=True)
    order_id = models.BigIntegerField(null=True)
    at = InstantField()
    day = models.IntegerField()
    value = models.BigIntegerField(null=True)
    props = models.JSONField(null=True)

    class Meta:
        app_label = "perennial"
        db_table = "behaviour"
        indexes = [
            models.Index(fields=["brand_id", "customer_id"], name="behaviour_customer"),
            # What somebody did before they were known: shown with them once they are.
            models.Index(
                fields=["brand_id", "visitor_id"],
                name="behaviour_visitor",
                condition=models.Q(customer_id__isnull=True),
            ),
        ]


class Sighting(models.Model):
    """A visitor shown to be a customer at an instant. Whose a visit is follows from all sightings."""

    id = identifier()
    brand_id = models.BigIntegerField()
    visitor_id = models.BigIntegerField()
    customer_id = models.BigIntegerField()
    at = InstantField()

    class Meta:
        app_label = "perennial"
        db_table = "sighting"
        constraints = [
            models.UniqueConstraint(fields=["brand_id", "visitor_id", "customer_id", "at"], name="sighting_once")
        ]
        # With all that is asked for: SQLite would else read a brand's sightings in the index above.
        indexes = [models.Index(fields=["brand_id", "customer_id", "at", "visitor_id"], name="sighting_customer")]
