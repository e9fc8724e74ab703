"""The log of changes: who did what to which row. Written in the transaction of the change itself."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from perennial.database import ids
from perennial.web.models import Audit


def note(
    *,
    brand_id: int,
    now: datetime,
    verb: str,
    subject: str,
    subject_id: int = 0,
    fields: Iterable[str] = (),
    user_id: int = 0,
    api_key_id: int = 0,
) -> None:
    """Add a line: ``verb`` such as "customer.merge", ``fields`` the names of what changed, never the values."""
    Audit.objects.create(
        id=ids.new(), brand_id=brand_id, at=now, user_id=user_id, api_key_id=api_key_id, verb=verb, subject=subject,
        subject_id=subject_id, fields=sorted(fields),
    )  # fmt: skip
