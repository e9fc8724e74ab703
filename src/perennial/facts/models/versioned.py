"""What every state row of a source carries."""

from __future__ import annotations

from django.db import models

from perennial.database.fields import InstantField, identifier


class Versioned(models.Model):
    """State rows by version: (source's updated time, richness of the state, hash of the payload).

    The greatest version wins whatever the order of arrival; the same version twice changes nothing.
    """

    id = identifier()
    brand_id = models.BigIntegerField()
    store_id = models.BigIntegerField()
    version_at = InstantField()
    version_rank = models.SmallIntegerField()
    version_hash = models.BigIntegerField()

    class Meta:
        abstract = True
        app_label = "perennial"
