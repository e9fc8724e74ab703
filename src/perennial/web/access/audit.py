"""The log of changes: who did what to which row. Written in the transaction of the change itself."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import connection

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


def lines(
    brand_id: int,
    *,
    before: int = 0,
    user_id: int | None = None,
    api_key_id: int | None = None,
    subject: str = "",
    limit: int = 100,
) -> list[Audit]:
    """The newest lines older than line ``before`` (0: the newest there are), of one person, key or subject if told.

    ``user_id`` 0 with ``api_key_id`` 0 asks for what a command on the machine did.
    """
    found = Audit.objects.filter(brand_id=brand_id)
    if before:
        found = found.filter(id__lt=before)
    if user_id is not None:
        found = found.filter(user_id=user_id)
    if api_key_id is not None:
        found = found.filter(api_key_id=api_key_id)
    if subject:
        found = found.filter(subject=subject)
    return list(found.order_by("-id")[:limit])


def subjects(brand_id: int) -> list[str]:
    """Which kinds of things a brand's log tells of. From one to the next in the index, however long the log is."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH RECURSIVE one(subject) AS ("
            " SELECT min(subject) FROM audit WHERE brand_id = %s UNION ALL"
            " SELECT (SELECT min(subject) FROM audit WHERE brand_id = %s AND subject > one.subject)"
            " FROM one WHERE one.subject IS NOT NULL"
            ") SELECT subject FROM one WHERE subject IS NOT NULL",
            [brand_id, brand_id],
        )
        return [str(subject) for (subject,) in cursor.fetchall()]
