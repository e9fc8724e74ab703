"""Forgetting the calls of machines that are kept so that a repeated one has no second effect."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import transaction

from perennial.web.models import Call

KEPT = timedelta(days=30)
_AT_ONCE = 500


def forget_calls(*, brand_id: int, now: datetime) -> Iterator[int]:
    """Forget the calls of 30 days ago and before, in short transactions; yields the rows each took."""
    old = Call.objects.filter(brand_id=brand_id, at__lt=now - KEPT).order_by("at")
    while True:
        with transaction.atomic():
            taken, _ = Call.objects.filter(id__in=list(old.values_list("id", flat=True)[:_AT_ONCE])).delete()
        yield taken
        if taken < _AT_ONCE:
            return
