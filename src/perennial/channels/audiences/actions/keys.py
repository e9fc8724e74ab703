"""The keys of mailing services: each brand's own file in the home, or the one of the environment."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from django.conf import settings


def key_of(brand_id: int, kind: str) -> str:
    """The key of a brand at a service: kept in the home, else the one of the environment; "" if there is none."""
    path = _path(brand_id, kind)
    if path.exists():
        return path.read_text().strip()
    known = {"mailchimp": settings.PERENNIAL_MAILCHIMP_KEY, "campaign_monitor": settings.PERENNIAL_CAMPAIGN_MONITOR_KEY}
    return str(known[kind])


def keep_key(brand_id: int, kind: str, key: str) -> None:
    """Keep a brand's key in the home, readable by its owner only; "" forgets it.

    Never in a document or the database: those are shown, exported and backed up.
    """
    path = _path(brand_id, kind)
    if not key:
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    try:
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(key)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _path(brand_id: int, kind: str) -> Path:
    return Path(settings.PERENNIAL_HOME) / "keys" / f"{brand_id}-{kind}"
