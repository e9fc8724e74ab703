"""Mend rejected rows where they stand in the rejects file, before they are handed in again."""

from __future__ import annotations

import csv
import hashlib
import os
from collections.abc import Mapping

from perennial.stores.csv.parser.rejects import EXTRA
from perennial.stores.uploads.models import OrderFile
from perennial.stores.uploads.queries import place, rejected_rows


class MendedMeanwhile(RuntimeError):
    """The rejects are no longer those that were seen: somebody else has mended some."""


def version(file: OrderFile) -> str:
    """Which version of the rejects somebody sees."""
    path = place(file.id, "rejects")
    if not path.exists():
        return ""
    with path.open("rb") as read:
        return hashlib.file_digest(read, "blake2b").hexdigest()[:32]


def mend(*, file: OrderFile, seen: str, cells: Mapping[int, Mapping[int, str]]) -> int:
    """Write cells (by the row's place among the rejects, then by column) and give back how many differ.

    The rejects' own columns stay. `MendedMeanwhile` where the file no longer is the one that was ``seen``.
    """
    path = place(file.id, "rejects")
    if version(file) != seen:
        raise MendedMeanwhile
    changed = 0
    draft = path.with_name(f"{path.name}.{os.getpid()}.part")
    with os.fdopen(
        os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8-sig", newline=""
    ) as out:
        writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
        rows = rejected_rows(file.id)
        header = next(rows, [])
        own = len(header) - len(EXTRA)
        writer.writerow(header)
        for number, row in enumerate(rows):
            for column, text in cells.get(number, {}).items():
                if 0 <= column < own and row[column] != text:
                    row[column] = text
                    changed += 1
            writer.writerow(row)
    draft.replace(path)
    return changed
