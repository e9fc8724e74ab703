"""Segments and memberships as the engine would have written them, for the tests of pages and of the API."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from perennial.values.time import LocalDay

RULE = 'spent(6 months) >= 250 and not bought(category "Gift cards")'


def now() -> datetime:
    return datetime.now(UTC)


def saved(brand_id: int, key: str, rule: object = RULE, **more: Any) -> Any:
    """A segment, live unless told otherwise."""
    from perennial.documents.actions import save

    body = {"title": more.pop("title", key.title()), "purpose": more.pop("purpose", None), "rule": rule}
    stated = {"author": "test", "seen_version": 0, "now": now() - timedelta(days=60), "state": "live", **more}
    return save(brand_id=brand_id, kind="segment", key=key, body=body, **stated)


def filled(brand_id: int, key: str, people: list[int], *, version: int = 1, ago: int = 40, **more: Any) -> None:
    """Its members, who all came ``ago`` days ago, and its state."""
    from perennial.database import ids
    from perennial.segments.models import Membership, SegmentState

    at = now() - timedelta(days=ago)
    Membership.objects.bulk_create(
        Membership(
            id=ids.new(), brand_id=brand_id, customer_id=id_, segment=key, entered_at=at, entered_why="rule",
            entered_version=version,
        )
        for id_ in people
    )  # fmt: skip
    SegmentState.objects.create(
        id=ids.new(), brand_id=brand_id, segment=key, version=version, filled_at=now(), members=len(people), **more
    )


def left(brand_id: int, key: str, customer_id: int, why: str = "time", days: int = 2) -> None:
    """Somebody who left so many days ago."""
    from perennial.segments.models import Membership

    stay = Membership.objects.filter(brand_id=brand_id, segment=key, customer_id=customer_id)
    stay.update(left_at=now() - timedelta(days=days), left_why=why, left_version=1)


def days(brand_id: int, key: str, sizes: list[int], zone: str = "Europe/Madrid") -> None:
    """Its size day by day, until today."""
    from perennial.database import ids
    from perennial.segments.models import SegmentDay

    today = LocalDay.of(now(), zone)
    SegmentDay.objects.bulk_create(
        SegmentDay(
            id=ids.new(), brand_id=brand_id, segment=key, day=today - n, members=size, entered=size % 5, left=size % 3
        )
        for n, size in enumerate(reversed(sizes))
    )  # fmt: skip


def found(members: int = 34, of: int = 600, sample: tuple[int, ...] = (), **more: Any) -> dict[str, Any]:
    """What the loop finds of a preview."""
    return {
        "members": members, "of": of, "sample": list(sample), "reach": {"email": 30, "sms": 4, "post": 12},
        "overlap": [], "revenue": 1_234_500, "orders": 88, **more,
    }  # fmt: skip


def counted(brand_id: int, rule: str, what: dict[str, Any] | None = None, error: str = "") -> Any:
    """A rule that the loop has counted just now."""
    from perennial.segments.actions.previews import want_preview
    from perennial.segments.models import Preview
    from perennial.segments.rules.rule import read

    one = want_preview(brand_id=brand_id, rule=read(rule), now=now())
    Preview.objects.filter(id=one.id).update(
        found=what, error=error, wanted_at=None, counted_at=now(), as_of=now()
    )  # fmt: skip
    return Preview.objects.get(id=one.id)
