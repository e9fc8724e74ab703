"""Asking `work` for what somebody looks at: a rule counted, somebody explained, a past day recomputed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from perennial.database import ids
from perennial.database.transactions import atomically
from perennial.facts.actions.erasing.person import Known
from perennial.segments.models import Preview
from perennial.segments.rules.rule import Rule
from perennial.values.hashing import fingerprint

FRESH = timedelta(minutes=10)
AT_ONCE = timedelta(minutes=1)  # an explanation is of one person, who may have ordered since
EXPLAINED = timedelta(hours=1)  # it says things of somebody: it is not kept longer than it is looked at


def want_preview(*, brand_id: int, rule: Rule, now: datetime) -> Preview:
    """Ask `work` to count ``rule``; gives back the row, with what was found last until then.

    Nothing is asked where somebody waits for it already, or it was counted less than `FRESH` ago. The same rule,
    however it was written, is one row.
    """
    return _want(brand_id, rule.content(), now, FRESH)


def want_explanation(*, brand_id: int, person: int, segment: str, now: datetime) -> Preview:
    """Ask `work` why a person is in a segment, or is not; as `want_preview`, of `AT_ONCE` ago at most."""
    return _want(brand_id, {"explain": segment, "customer": person}, now, AT_ONCE)


def want_recomputed(*, brand_id: int, segment: str, rule: Rule, day: int, now: datetime) -> Preview:
    """Ask `work` who would have been in a segment at the end of a past local day; as `want_preview`."""
    return _want(brand_id, {"as_of": day, "segment": segment, "rule": rule.content()}, now, FRESH)


def forget_explanations(brand_id: int, now: datetime) -> Iterator[int]:
    """Take explanations away that nobody asked for again since `EXPLAINED`."""
    old = Preview.objects.filter(brand_id=brand_id, counted_at__lt=now - EXPLAINED, wanted_at=None)
    with transaction.atomic():
        gone, _ = old.filter(rule__has_key="explain").delete()
    yield gone


def forget_explained(brand_id: int, known: Known, now: datetime) -> None:  # noqa: ARG001  # as every room forgets
    """Take away what was explained of anybody, and who differed on a past day: whoever looks again asks again.

    Of everybody, since nothing but the asking is lost: it need not be known here who else the erased person was.
    """

    def forget() -> None:
        kept = Preview.objects.filter(brand_id=brand_id)
        kept.filter(Q(rule__has_key="explain") | Q(rule__has_key="as_of")).delete()

    atomically(forget)


def _want(brand_id: int, content: dict[str, Any], now: datetime, fresh: timedelta) -> Preview:
    with transaction.atomic():
        made, new = Preview.objects.get_or_create(
            brand_id=brand_id,
            key=fingerprint(content),
            defaults={"id": ids.new(), "rule": content, "wanted_at": now},
        )
        if not new and made.wanted_at is None and (made.counted_at is None or now - made.counted_at >= fresh):
            # By its state, not by what was read: the loop may have begun to count it in between.
            Preview.objects.filter(id=made.id, wanted_at__isnull=True).update(wanted_at=now)
            made.wanted_at = now
    return made
