"""Where handed-in files lie, and what is known of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Literal

from django.conf import settings

from perennial.stores.uploads.models import OrderFile
from perennial.stores.uploads.rules import ACTIVE

Part = Literal["upload", "look", "result", "rejects"]


def folder() -> Path:
    """The folder of handed-in files, readable by its owner only."""
    home: Path = settings.PERENNIAL_HOME
    found = home / "imports" / "uploads"
    found.mkdir(mode=0o700, parents=True, exist_ok=True)
    return found


def place(file_id: int, part: Part) -> Path:
    """Where a part of a file lies: itself, what was seen in it, what became of it, its rejected rows."""
    suffix = {"upload": "upload", "look": "look.json", "result": "result.json", "rejects": "rejects.csv"}[part]
    return folder() / f"{file_id}.{suffix}"


def told(file_id: int, part: Literal["look", "result"]) -> dict[str, Any]:
    """What was seen in a file, or what became of it; empty before, and after it has expired."""
    try:
        found: dict[str, Any] = json.loads(place(file_id, part).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return found


def something_waits(brand_id: int) -> bool:
    """Whether the work loop has something to do with a file."""
    return OrderFile.objects.filter(brand_id=brand_id, state__in=ACTIVE).exists()


def rejected_rows(file_id: int, first: int = 0, count: int | None = None) -> Iterator[list[str]]:
    """The header of the rejects, then ``count`` rows behind the ``first`` ones; nothing where there are none."""
    import csv
    from itertools import islice

    path = place(file_id, "rejects")
    if not path.exists():
        return
    csv.field_size_limit(1 << 24)
    with closing(path.open(encoding="utf-8-sig", newline="")) as file:
        rows = csv.reader(file)
        yield next(rows, [])
        yield from islice(rows, first, None if count is None else first + count)
