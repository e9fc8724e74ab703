"""The one table of documents."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from django.db import models

from perennial.database.fields import InstantField, InstantOrNullField, identifier

DRAFT, LIVE, RETIRED = "draft", "live", "retired"


class AppendOnly(TypeError):
    """Something tried to change or delete a version of a document."""

    def __init__(self) -> None:
        super().__init__("versions of documents are never changed or deleted: save a new one (documents.actions)")


class Versions(models.QuerySet["Document"]):
    """Versions are read and added; what would change or delete one is refused."""

    def update(self, **kwargs: object) -> NoReturn:  # noqa: ARG002  # Django's own signature
        """Refuse."""
        raise AppendOnly

    def delete(self) -> NoReturn:
        """Refuse."""
        raise AppendOnly


class Document(models.Model):
    """One version of a document, as it was saved; nothing in the row ever changes.

    Every save adds a row, ``version`` counting from 1 per (brand, kind, key). ``body`` is canonical JSON
    of schema number ``schema``; it is text because a JSON column of PostgreSQL would rewrite its numbers.
    A draft (``effective_from`` null) concerns nobody. Of the other versions the highest with
    ``effective_from`` <= t decides about the instant t: it is live then, or the key is retired. So at most
    one is live at any instant, and a later save also withdraws what was scheduled before it.

    ``brand_id`` is a plain integer, because brands live above this room. ``author`` is a code (a staff
    member's id, the name of a door), never a person's name or address.
    """

    id = identifier()
    brand_id = models.BigIntegerField()
    kind = models.CharField(max_length=64)
    key = models.CharField(max_length=64)
    version = models.IntegerField()
    schema = models.SmallIntegerField()
    body = models.TextField()
    fingerprint = models.CharField(max_length=32)
    state = models.CharField(max_length=8)
    effective_from = InstantOrNullField()
    author = models.CharField(max_length=64)
    created_at = InstantField()

    objects = Versions.as_manager()

    class Meta:
        app_label = "perennial"
        db_table = "document"
        constraints = [
            models.UniqueConstraint(fields=["brand_id", "kind", "key", "version"], name="document_version_once"),
            models.CheckConstraint(condition=models.Q(version__gte=1), name="document_version_from_one"),
            models.CheckConstraint(
                condition=models.Q(state=DRAFT, effective_from__isnull=True)
                | models.Q(state__in=[LIVE, RETIRED], effective_from__isnull=False),
                name="document_state",
            ),
        ]

    def save(self, *args: object, **kwargs: object) -> None:  # noqa: ARG002  # Django's own signature
        """Add this version; refused when it stands in the table already."""
        if not self._state.adding:
            raise AppendOnly
        # Without force_insert Django would first try to update a row of the same id.
        super().save(force_insert=True, using=self._state.db)

    def delete(self, *args: object, **kwargs: object) -> NoReturn:  # noqa: ARG002  # Django's own signature
        """Refuse."""
        raise AppendOnly

    @property
    def reference(self) -> str:
        """How entries, enrolments and decisions name this version: ``key@version``."""
        return f"{self.key}@{self.version}"

    @property
    def stored(self) -> dict[str, Any]:
        """The body as it was saved, in its own schema; `documents.queries.read` upgrades it."""
        content: dict[str, Any] = json.loads(self.body)
        return content
