"""Pages of lists: an opaque cursor says where the next one begins, and cannot be made up."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeVar

from django.core import signing
from ninja import Query

from perennial.values.hashing import fingerprint
from perennial.web.api.auth import Caller
from perennial.web.api.problems import Problem

MOST = 200
T = TypeVar("T")
Limit = Annotated[int, Query(50, ge=1, le=MOST, description="How many at most.")]
Cursor = Annotated[
    str | None, Query(None, max_length=500, description="`next` of the page before, with the same filters.")
]


class Pager:
    """Cursors of one list under one set of filters, for one key: any other cursor is refused."""

    def __init__(self, caller: Caller, name: str, **filters: Any) -> None:
        stated = {key: value for key, value in filters.items() if value is not None}
        mark = fingerprint([caller.brand_id, caller.store_id, name, json.loads(json.dumps(stated, default=str))])
        self._signer = signing.Signer(salt=f"api-cursor:{mark}", sep=".")

    def after(self, cursor: str | None) -> list[Any] | None:
        """Where to go on: what `page` took from the last row before. None: at the beginning. Problem 400."""
        if cursor is None:
            return None
        try:
            found = self._signer.unsign_object(cursor)
        except (signing.BadSignature, ValueError, UnicodeError):
            raise Problem(
                "cursor", "This cursor was not made here, or for other filters.",
                [{"parameter": "cursor", "detail": "is `next` of a page of this same list, as it came"}],
            ) from None  # fmt: skip
        return list(found)

    def page(self, rows: Sequence[T], limit: int, place: Callable[[T], list[Any]]) -> tuple[list[T], str | None]:
        """Of ``limit`` + 1 rows read, those of the page, and the cursor of the next page if there is one."""
        if len(rows) <= limit:
            return list(rows), None
        return list(rows[:limit]), self.next(place(rows[limit - 1]))

    def next(self, place: list[Any]) -> str:
        """A cursor."""
        return self._signer.sign_object(place)
