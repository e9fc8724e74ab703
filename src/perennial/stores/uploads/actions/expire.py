"""Forget handed-in files after a while: they hold names and addresses."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from perennial.stores.uploads.actions.decide import NotNow, forget
from perennial.stores.uploads.actions.sweep import sweep
from perennial.stores.uploads.models import OrderFile
from perennial.stores.uploads.queries import folder
from perennial.stores.uploads.rules import ACTIVE, KEPT

_UPLOAD = timedelta(days=1)


def expire_steps(*, brand_id: int, now: datetime) -> Iterator[str]:
    """Remove what was handed in longer ago than `KEPT`, and what broken uploads left; yields names."""
    old = OrderFile.objects.filter(brand_id=brand_id, uploaded_at__lt=now - KEPT, expired_at=None)
    for file in old.exclude(state__in=ACTIVE).order_by("uploaded_at"):
        try:
            forget(file=file, now=now)
        except NotNow:
            continue  # somebody took it up meanwhile: the next night sees it again
        yield file.name
    for left in folder().iterdir():
        # A day: no upload takes longer, and one on its way must not lose its file. And what has lost its row.
        most = _UPLOAD if left.suffix == ".part" else KEPT + _UPLOAD
        if now - datetime.fromtimestamp(left.stat().st_mtime, UTC) > most:
            left.unlink(missing_ok=True)
            yield left.name
    sweep()
