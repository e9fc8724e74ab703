"""When somebody was in a segment."""

from __future__ import annotations

from typing import Any

from perennial.segments.models import Membership

_COLUMNS = ("entered_at", "entered_why", "entered_version", "left_at", "left_why", "left_version")
_MOST = 20  # the newest ones are told


def stays_of(*, brand_id: int, customer_id: int, segment: str) -> list[dict[str, Any]]:
    """The stays of a person in a segment, the newest first, at most 20; the columns of `Membership`, as instants."""
    rows = Membership.objects.filter(brand_id=brand_id, customer_id=customer_id, segment=segment)
    return list(rows.order_by("-entered_at", "-id").values(*_COLUMNS)[:_MOST])
