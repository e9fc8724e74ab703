"""Bring the mirror up to the database, month by month.

**One at a time.** A brand's mirror is written under a lock on a file in its folder; the kernel frees it when
the process dies, so nothing needs to be cleaned up, and a second worker finds it taken and goes on with other
work. All machines that run `work` share the folder.

**Killed anywhere.** New files come first and nobody reads them; then the list of files is replaced by one
rename; then the marks are cleared, if they are still as read before the first row was. Killed before the
rename: the marks stand, the files are overwritten. Killed after it: the months are written once more.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from perennial.facts.actions import loop_marks
from perennial.facts.actions.loop_marks import DirtyMark
from perennial.figures.actions.alone import alone
from perennial.figures.queries.mirror import READERS, folder, manifest, months_of
from perennial.figures.queries.stage import Stage, stage
from perennial.figures.rules.manifest import TABLES, Manifest, shape

if TYPE_CHECKING:
    import duckdb

_ROW_GROUP = 122_880


def mirror_steps(*, brand_id: int, now: datetime) -> Generator[int, None, bool]:
    """Write again all months that are dirty when this begins; yields each month after it is published.

    Stop between two steps as you like. Returns True after the last step: then the mirror holds all that was
    committed when it began; False, at once, when another process is at it.
    """
    with alone(brand_id, "mirror") as mine:
        if not mine:
            return False
        listed = _sweep(brand_id, manifest(brand_id) or _begin(brand_id), now)
        found = loop_marks.dirty(brand_id=brand_id)
        if marks := [mark for mark in found if mark.table in TABLES]:
            with stage(brand_id) as (held, engine):
                for month, group in groupby(marks, key=lambda mark: mark.month):
                    together = list(group)
                    listed = listed.replaced(_month(brand_id, together, listed, held, engine), now)
                    _publish(brand_id, listed)
                    loop_marks.clear_dirty(together)
                    yield month
        if dropped := [mark for mark in found if mark.table == loop_marks.REPLACED]:
            with alone(brand_id, READERS) as unread:
                if unread or not listed.retired:
                    _sweep(brand_id, listed, None)
                    loop_marks.clear_dirty(dropped)
        return True


def refresh_mirror(*, brand_id: int, now: datetime, limit: int | None = None) -> int:
    """Write again up to ``limit`` dirty months; gives back how many."""
    done = 0
    for _ in mirror_steps(brand_id=brand_id, now=now):
        done += 1
        if done == limit:
            break
    return done


def rebuild_mirror(*, brand_id: int, now: datetime) -> int:
    """Write the whole mirror again from the database; gives back the number of months.

    Until a month is written its old file is read.
    """
    mark_all(brand_id)
    return refresh_mirror(brand_id=brand_id, now=now)


def mark_all(brand_id: int) -> None:
    """Ask for every month to be written again that the database or the mirror knows."""
    listed = manifest(brand_id)
    months = {(name, month) for name, table in TABLES.items() for month in months_of(brand_id, table)}
    if listed is not None:
        months |= {(name, month) for name, of in listed.parts.items() for month in of}
    loop_marks.mark_dirty(brand_id=brand_id, months=months)


def _begin(brand_id: int) -> Manifest:
    # Marks first: were the empty list published alone, a kill here would leave a mirror that looks finished.
    mark_all(brand_id)
    listed = Manifest(shape())
    _publish(brand_id, listed)
    return listed


def _month(
    brand_id: int, marks: list[DirtyMark], listed: Manifest, held: Stage, engine: duckdb.DuckDBPyConnection
) -> dict[tuple[str, int], str | None]:
    """Write new files for a month of the marked tables; nobody reads them yet."""
    new: dict[tuple[str, int], str | None] = {}
    for mark in marks:
        file = listed.file_of(mark.table, mark.month)
        select = held.of_month(TABLES[mark.table], mark.month)
        filled = _write(engine, select, folder(brand_id) / file)
        held.forget()
        new[mark.table, mark.month] = file if filled else None
    return new


def _write(engine: duckdb.DuckDBPyConnection, select: str, path: Path) -> bool:
    """Write the rows as Parquet, down to the disk; False, and no file, where there are none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    target = str(path).replace("'", "''")
    written = engine.execute(
        f"COPY ({select}) TO '{target}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {_ROW_GROUP})"
    ).fetchall()
    if written[0][0] == 0:
        path.unlink(missing_ok=True)
        return False
    _to_disk(path)
    _to_disk(path.parent)
    return True


def _publish(brand_id: int, listed: Manifest) -> None:
    root = folder(brand_id)
    draft = root / "manifest.json.new"
    draft.write_text(listed.text())
    _to_disk(draft)
    draft.replace(root / "manifest.json")
    _to_disk(root)


def _to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sweep(brand_id: int, listed: Manifest, now: datetime | None) -> Manifest:
    """Delete files that nobody can be reading: retired long ago (``now`` None: all retired), or never published."""
    root = folder(brand_id)
    kept = listed.forgotten(now)
    if kept != listed:
        _publish(brand_id, kept)
    known = {file for of in kept.parts.values() for file in of.values()} | set(kept.retired)
    for path in root.glob("*/*.parquet"):
        if str(path.relative_to(root)) not in known:
            path.unlink()
    return kept
