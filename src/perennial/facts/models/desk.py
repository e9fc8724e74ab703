"""What the desk keeps about people beside the facts: words they are found by, and what staff wrote down."""

from __future__ import annotations

from django.db import models

from perennial.database.fields import InstantField, InstantOrNullField, identifier


class Word(models.Model):
    """A word by which a person is found, as `facts.rules.words` cuts it. ``customer_id`` is the person's.

    Derived from the customers and identities that are one person, by the reader "search". Words compare by
    their bytes on every database, so that a range over them is a prefix.
    """

    id = identifier()
    brand_id = models.BigIntegerField()
    customer_id = models.BigIntegerField()
    word = models.CharField(max_length=64)

    class Meta:
        app_label = "perennial"
        db_table = "word"
        constraints = [models.UniqueConstraint(fields=["brand_id", "word", "customer_id"], name="word_once")]
        indexes = [models.Index(fields=["brand_id", "customer_id", "word"], name="word_customer")]


class Note(models.Model):
    """What somebody of the staff (``author_id``) wrote about a customer. ``version`` rises with each change."""

    id = identifier()
    brand_id = models.BigIntegerField()
    customer_id = models.BigIntegerField()
    author_id = models.BigIntegerField()
    body = models.TextField()
    written_at = InstantField()
    changed_at = InstantOrNullField()
    version = models.IntegerField(default=1)

    class Meta:
        app_label = "perennial"
        db_table = "note"
        indexes = [models.Index(fields=["brand_id", "customer_id", "written_at"], name="note_customer")]
