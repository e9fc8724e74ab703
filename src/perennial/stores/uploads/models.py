"""A file of orders on its way into the house."""

from __future__ import annotations

from django.db import models

from perennial.database.fields import InstantField, InstantOrNullField, identifier


class OrderFile(models.Model):
    """A file that somebody handed in at the desk: how it is to be read, how far it is, what became of it.

    The file itself, what was seen in it and its rejected rows lie on disk (`uploads.queries.place`) until
    they expire: those hold names and addresses, this row holds none. ``state``: see `uploads.rules`.
    ``options``: how to read it, where the guess is not good enough. ``progress``: {"rows", "orders", "of"}.
    ``counts``: {"recorded": ..., "read": ...}, what was recorded and the sums of the file.
    ``parent_id``: the file whose rejected rows these are, mended (0: none). ``digest``: of all its bytes; of an
    expired file its own id instead, so that the same file may come again.
    """

    id = identifier()
    brand_id = models.BigIntegerField()
    store_id = models.BigIntegerField()
    user_id = models.BigIntegerField()
    parent_id = models.BigIntegerField(default=0)
    name = models.CharField(max_length=255)
    digest = models.CharField(max_length=64)
    size = models.BigIntegerField()
    state = models.CharField(max_length=10)
    options = models.JSONField(default=dict)
    progress = models.JSONField(default=dict)
    counts = models.JSONField(default=dict)
    problem = models.JSONField(default=dict)  # {"code", "params"}: why it stands where it stands
    rejected = models.IntegerField(default=0)
    uploaded_at = InstantField()
    changed_at = InstantField()
    imported_before = InstantOrNullField()
    expired_at = InstantOrNullField()

    class Meta:
        app_label = "perennial"
        db_table = "order_file"
        constraints = [models.UniqueConstraint(fields=["brand_id", "digest"], name="order_file_once")]
        indexes = [
            models.Index(fields=["brand_id", "state"], name="order_file_state"),
            models.Index(fields=["brand_id", "uploaded_at"], name="order_file_newest"),
        ]
