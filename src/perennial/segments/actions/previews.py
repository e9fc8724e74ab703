"""Asking for a rule to be counted that somebody looks at."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from perennial.database import ids
from perennial.segments.models import Preview
from perennial.segments.rules.rule import Rule
from perennial.values.hashing import fingerprint

FRESH = timedelta(minutes=10)


def want_preview(*, brand_id: int, rule: Rule, now: datetime) -> Preview:
    """Ask `work` to count ``rule``; gives back the row, with what was found last until then.

    Nothing is asked where somebody waits for it already, or it was counted less than `FRESH` ago. The same rule,
    however it was written, is one row.
    """
    content = rule.content()
    with transaction.atomic():
        made, new = Preview.objects.get_or_create(
            brand_id=brand_id,
            key=fingerprint(content),
            defaults={"id": ids.new(), "rule": content, "wanted_at": now},
        )
        if not new and made.wanted_at is None and (made.counted_at is None or now - made.counted_at >= FRESH):
            # By its state, not by what was read: the loop may have begun to count it in between.
            Preview.objects.filter(id=made.id, wanted_at__isnull=True).update(wanted_at=now)
            made.wanted_at = now
    return made
