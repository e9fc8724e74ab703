"""Take a file in: give it its row, once per content."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from django.db import transaction

from perennial.database import ids
from perennial.facts.models.brands import Store
from perennial.stores.uploads.models import OrderFile
from perennial.stores.uploads.queries import folder, place
from perennial.stores.uploads.rules import LOOKING, Options


def digest_of_content() -> hashlib.blake2b:
    """What tells one content from another: 64 signs, once all bytes went through."""
    return hashlib.blake2b(digest_size=32)


def hand_in(
    *,
    path: Path,
    digest: str,
    name: str,
    store: Store,
    user_id: int,
    now: datetime,
    options: Options | None = None,
    parent_id: int = 0,
) -> tuple[OrderFile, bool]:
    """Take over the file at ``path``; gives back its row and whether it is new.

    The same bytes are one file of a brand: then the row that is there comes back and ``path`` is removed.
    ``name`` is what people call it, and never becomes a path.
    """
    with transaction.atomic():
        made, new = OrderFile.objects.get_or_create(
            brand_id=store.brand_id,
            digest=digest,
            defaults={
                "id": ids.new(), "store_id": store.id, "user_id": user_id, "parent_id": parent_id,
                "name": name[:255], "size": path.stat().st_size, "state": LOOKING,
                "options": (options or Options()).as_json(), "uploaded_at": now, "changed_at": now,
            },
        )  # fmt: skip
        if new:
            # Before the commit: a row without its file must never be seen.
            path.replace(place(made.id, "upload"))
    path.unlink(missing_ok=True)
    return made, new


@contextmanager
def mended_copy(file: OrderFile) -> Iterator[tuple[Path, str]]:
    """The rejected rows of a file as they stand now, copied, with the digest of the copy, for `hand_in_mended`.

    Copying takes as long as the file is large: never within a transaction, in which all other writers wait.
    What nobody took over is gone at the end.
    """
    copy = folder() / f"{ids.new()}.part"
    copy.touch(mode=0o600)
    try:
        shutil.copyfile(place(file.id, "rejects"), copy)
        with copy.open("rb") as read:
            digest = hashlib.file_digest(read, digest_of_content).hexdigest()
        yield copy, digest
    finally:
        copy.unlink(missing_ok=True)


def hand_in_mended(
    *, file: OrderFile, copy: tuple[Path, str], store: Store, user_id: int, now: datetime
) -> tuple[OrderFile, bool]:
    """Take the rejected rows of a file in, as `mended_copy` has them, as a file of its own."""
    path, digest = copy
    stem = file.name.partition(".")[0][:230]
    return hand_in(
        path=path, digest=digest, name=f"{stem}.mended.csv", store=store, user_id=user_id, now=now,
        options=_as_before(file), parent_id=file.id,
    )  # fmt: skip


def _as_before(file: OrderFile) -> Options:
    """How the file was read; but its rejects are written in UTF-8 with commas, whatever it was."""
    before = Options.of(file.options)
    return Options(before.columns, before.dates, before.decimal, before.currency, before.zone)
