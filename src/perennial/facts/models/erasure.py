"""Who was erased: the journal of erasures, in which no person can be read."""

from __future__ import annotations

from django.db import models

from perennial.database.fields import InstantField, InstantOrNullField, identifier


class Erasure(models.Model):
    """One request to erase a person: by whom, when, and when all of it was done.

    ``customers``: the ids that were one person. ``names``: [kind, store, keyed hash, id] of all they were
    known by; ``addresses``: [channel, keyed hash] of what stays suppressed. With these a restored back-up
    from before the erasure is erased again. ``counts``: rows by table. ``by``: a member of staff; 0: a command
    or a machine.
    """

    id = identifier()
    brand_id = models.BigIntegerField()
    customers = models.JSONField()
    names = models.JSONField()
    addresses = models.JSONField()
    counts = models.JSONField(default=dict)
    by = models.BigIntegerField(default=0)
    requested_at = InstantField()
    done_at = InstantOrNullField()

    class Meta:
        app_label = "perennial"
        db_table = "erasure"
        indexes = [
            models.Index(fields=["brand_id", "requested_at"], name="erasure_when"),
            # The loop asks every second, and a row of somebody with many addresses is long.
            models.Index(fields=["brand_id", "id"], name="erasure_open", condition=models.Q(done_at__isnull=True)),
        ]


class Erased(models.Model):
    """A customer that was erased. A row's own id is the customer's: whatever arrives of them stays blank."""

    id = identifier()
    brand_id = models.BigIntegerField()
    erasure_id = models.BigIntegerField()
    at = InstantField()

    class Meta:
        app_label = "perennial"
        db_table = "erased"
        indexes = [models.Index(fields=["brand_id", "erasure_id"], name="erased_erasure")]
