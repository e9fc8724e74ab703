"""Whom it happened to: customers, how they are known, what they agreed to."""

from __future__ import annotations

from django.db import models

from perennial.database.fields import InstantField, InstantOrNullField, identifier
from perennial.facts.models.versioned import Versioned


class Customer(Versioned):
    """Somebody with a shop account, or known by one address only (``account`` false: a guest).

    A guest and an account with the same address stay two rows; `Alias` says that they are one person.
    ``version_rank`` -1: known only from what pointed at it, no record of its own yet. ``email`` and ``phone``
    are what the newest record states; all addresses there ever were are in `Identity`.
    """

    account = models.BooleanField()
    email = models.CharField(max_length=255, default="")
    phone = models.CharField(max_length=32, default="")
    first_name = models.CharField(max_length=255, default="")
    last_name = models.CharField(max_length=255, default="")
    locale = models.CharField(max_length=255, default="")
    country = models.CharField(max_length=2, default="")
    acquired_by = models.CharField(max_length=255, default="")
    address = models.JSONField(null=True)
    created_at = InstantOrNullField()
    created_day = models.IntegerField(null=True)
    recorded_at = InstantField()

    class Meta(Versioned.Meta):
        db_table = "customer"
        indexes = [
            models.Index(fields=["brand_id", "created_at"], name="customer_created"),
            models.Index(fields=["brand_id", "country"], name="customer_country"),
            # A walk over everybody, and (SQLite, which has no statistics) a few by id in preference to all of a brand.
            models.Index(fields=["brand_id", "id"], name="customer_walk"),
        ]


class Identity(models.Model):
    """An address or account that leads to a customer, from when to when, and how sure that is.

    ``from_at``: first seen. ``to_at``: the customer's newest record states another; null: still theirs.
    """

    id = identifier()
    brand_id = models.BigIntegerField()
    customer_id = models.BigIntegerField()
    store_id = models.BigIntegerField()
    kind = models.CharField(max_length=8)  # account, email, phone
    value = models.CharField(max_length=255)
    account = models.BooleanField()  # held by a customer with a shop account
    source = models.CharField(max_length=64)
    verified_at = InstantOrNullField()
    from_at = InstantField()
    to_at = InstantOrNullField()

    class Meta:
        app_label = "perennial"
        db_table = "identity"
        constraints = [
            models.UniqueConstraint(fields=["brand_id", "customer_id", "kind", "value"], name="identity_once")
        ]
        # With the customer in it: without statistics SQLite would read all of a brand in the other index, where
        # whoever asks for the customers at an address finds all the columns they want.
        indexes = [models.Index(fields=["brand_id", "kind", "value", "customer_id"], name="identity_value")]


class Alias(models.Model):
    """``customer_id`` is the same person as ``into_id``; ``person_id`` is the end of the chain.

    ``confirmed`` false: a guest's unverified address, for statistics only; such rows are derived from the
    identities and come and go with them. ``confirmed`` true: by a merge (`Merge`), good for points too.
    A row's own id is the customer's.
    """

    id = identifier()
    brand_id = models.BigIntegerField()
    into_id = models.BigIntegerField()
    person_id = models.BigIntegerField()
    confirmed = models.BooleanField()

    class Meta:
        app_label = "perennial"
        db_table = "alias"
        indexes = [
            models.Index(fields=["brand_id", "into_id"], name="alias_into"),
            models.Index(fields=["brand_id", "person_id"], name="alias_person"),
        ]


class Merge(models.Model):
    """The journal of merges: who was joined to whom, why, by whom, and when it was undone."""

    id = identifier()
    brand_id = models.BigIntegerField()
    customer_id = models.BigIntegerField()
    into_id = models.BigIntegerField()
    why = models.CharField(max_length=255)
    author = models.CharField(max_length=255)
    merged_at = InstantField()
    undone_at = InstantOrNullField()

    class Meta:
        app_label = "perennial"
        db_table = "merge"
        indexes = [
            models.Index(fields=["brand_id", "customer_id"], name="merge_customer"),
            models.Index(fields=["brand_id", "into_id"], name="merge_into"),
        ]


class Consent(models.Model):
    """A permission given or withdrawn. What holds at t is the row with the latest ``at`` <= t."""

    id = identifier()
    brand_id = models.BigIntegerField()
    customer_id = models.BigIntegerField()
    channel = models.CharField(max_length=16)
    purpose = models.CharField(max_length=16)
    given = models.BooleanField()
    at = InstantField()
    source = models.CharField(max_length=255)
    text_version = models.CharField(max_length=255)
    proof = models.CharField(max_length=255)
    recorded_at = InstantField()

    class Meta:
        app_label = "perennial"
        db_table = "consent"
        constraints = [
            models.UniqueConstraint(
                fields=["brand_id", "customer_id", "channel", "purpose", "at", "given"], name="consent_once"
            )
        ]
        indexes = [
            models.Index(fields=["brand_id", "channel", "purpose", "given", "customer_id"], name="consent_channel")
        ]


class Suppression(models.Model):
    """An address that must never be contacted: the keyed hash alone, which outlives erasure."""

    id = identifier()
    brand_id = models.BigIntegerField()
    channel = models.CharField(max_length=16)
    hash = models.CharField(max_length=64)
    why = models.CharField(max_length=64)
    at = InstantField()

    class Meta:
        app_label = "perennial"
        db_table = "suppression"
        constraints = [models.UniqueConstraint(fields=["brand_id", "channel", "hash"], name="suppression_once")]


class Attribute(models.Model):
    """A typed attribute of a customer: birthday, size, followers ... ``value`` is JSON of ``type``."""

    id = identifier()
    brand_id = models.BigIntegerField()
    customer_id = models.BigIntegerField()
    name = models.CharField(max_length=64)
    type = models.CharField(max_length=8)  # text, number, bool, date
    value = models.JSONField()
    at = InstantField()

    class Meta:
        app_label = "perennial"
        db_table = "attribute"
        constraints = [models.UniqueConstraint(fields=["brand_id", "customer_id", "name"], name="attribute_once")]


class Beneficiary(models.Model):
    """Someone a customer buys for: a child, a pet. ``dates`` maps a label to a calendar day.

    ``by_hand``: written by the staff; what a shop states later leaves it alone.
    """

    id = identifier()
    brand_id = models.BigIntegerField()
    customer_id = models.BigIntegerField()
    name = models.CharField(max_length=255)
    relation = models.CharField(max_length=255)
    dates = models.JSONField()
    by_hand = models.BooleanField(default=False)

    class Meta:
        app_label = "perennial"
        db_table = "beneficiary"
        constraints = [models.UniqueConstraint(fields=["brand_id", "customer_id", "name"], name="beneficiary_once")]
