"""Column types that all rooms share."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models

from perennial.values.time import from_us, to_us

if TYPE_CHECKING:
    _Instant = models.BigIntegerField[int | datetime, datetime]
    _InstantOrNull = models.BigIntegerField[int | datetime | None, datetime | None]
else:
    _Instant = _InstantOrNull = models.BigIntegerField


class _Stored:
    """How an instant is stored and read."""

    def from_db_value(self, value: int | None, expression: object, connection: object) -> datetime | None:  # noqa: ARG002
        """Read a stored instant."""
        return None if value is None else from_us(value)

    def to_python(self, value: Any) -> Any:
        """Accept what `get_prep_value` accepts."""
        return from_us(value) if isinstance(value, int) else value

    def get_prep_value(self, value: Any) -> Any:
        """Store an aware datetime, or microseconds as they are."""
        return to_us(value) if isinstance(value, datetime) else value


class InstantField(_Stored, _Instant):
    """An instant: an aware datetime in Python, whole microseconds since 1970 UTC in the database.

    The same integer on every database and in the mirror; a naive datetime is refused.
    """


class InstantOrNullField(_Stored, _InstantOrNull):
    """An instant that may be absent."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["null"] = True
        super().__init__(*args, **kwargs)


def identifier() -> models.BigIntegerField[int, int]:
    """The primary key of every table: 64 bits made by the application (`database.ids`)."""
    return models.BigIntegerField(primary_key=True, editable=False)
