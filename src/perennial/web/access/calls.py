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
    old = Call.objects.filter(brand_id=brand_id, at__lt=now - KEPT).order_by("at").values_list("id", flat=True)
    while True:
        chosen = list(old[:_AT_ONCE])
        with transaction.atomic():
            taken, _ = Call.objects.filter(id__in=chosen).delete()
        yield taken
        if len(chosen) < _AT_ONCE:
            return
