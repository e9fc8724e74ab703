"""From foreign names to ids, and from records to those that are newer than what is held."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models

from perennial.database import ids, rows
from perennial.facts.actions.recording.session import Session
from perennial.facts.models.brands import Ref
from perennial.facts.rules.versions import UNSEEN, Version

_REF = ("id", "brand_id", "store_id", "kind", "name", "target")


def resolve(
    session: Session, kind: str, names: Iterable[str], store_id: int | None = None, *, lock: bool = False
) -> dict[str, tuple[int, bool]]:
    """For each name its id, and whether the name was unknown until now.

    ``lock`` keeps other processes (PostgreSQL) from recording the same things until this one is done.
    """
    wanted = sorted(set(names))
    if not wanted:
        return {}
    equal = {
        "brand_id": session.brand_id,
        "store_id": session.store_id if store_id is None else store_id,
        "kind": kind,
    }
    held = dict(rows.fetch(Ref, ("name", "target"), "name", wanted, equal=equal, lock=lock))
    found = {name: (target, False) for name, target in held.items()}
    missing = [name for name in wanted if name not in found]
    if not missing:
        return found
    taken = ids.take(2 * len(missing))
    new = {name: taken[2 * index + 1] for index, name in enumerate(missing)}
    written = rows.insert_missing(
        Ref, _REF, [(taken[2 * i], *equal.values(), name, new[name]) for i, name in enumerate(missing)]
    )
    if written != len(missing):
        # PostgreSQL: another process named some of them in the meantime; theirs hold.
        held = dict(rows.fetch(Ref, ("name", "target"), "name", missing, equal=equal, lock=lock))
        return found | {name: (held[name], held[name] == new[name]) for name in missing}
    return found | {name: (target, True) for name, target in new.items()}


@dataclass(slots=True)
class Accepted:
    """A record that becomes the state of its thing: ``old`` is the row it replaces (None: none yet)."""

    record: Any
    id: int
    version: Version
    old: dict[str, Any] | None


def sift(
    session: Session,
    model: type[models.Model],
    kind: str,
    dated: Sequence[tuple[str, Any, Version]],
    keep: tuple[str, ...] = (),
) -> list[Accepted]:
    """Of (name, record, version) those newer than what is held, with the ``keep`` columns of the old row.

    Counts new, changed, same and stale under ``kind``. Names are unique within ``dated``.
    """
    if not dated:
        return []
    refs = resolve(session, kind, [name for name, _, _ in dated], lock=True)
    columns = ("id", "version_at", "version_rank", "version_hash", *keep)
    existing = {row[0]: row for row in rows.fetch(model, columns, "id", [id_ for id_, new in refs.values() if not new])}
    accepted = []
    for name, record, version in dated:
        id_ = refs[name][0]
        row = existing.get(id_)
        held: Version = row[1:4] if row else UNSEEN
        if row and version == held:
            session.tally[f"{kind}.same"] += 1
        elif row and version < held:
            session.tally[f"{kind}.stale"] += 1
        else:
            session.tally[f"{kind}.changed" if row else f"{kind}.new"] += 1
            accepted.append(Accepted(record, id_, version, dict(zip(columns, row, strict=True)) if row else None))
    return accepted


def save(model: type[models.Model], columns: tuple[str, ...], written: Sequence[rows.Row]) -> None:
    """Write state rows, in the order of their ids (``columns`` begin with it), never over a greater version."""
    held = f'"{model._meta.db_table}".'
    rows.upsert(
        model,
        columns,
        sorted(written, key=lambda row: row[0]),
        key=("id",),
        where=(
            f'({held}"version_at", {held}"version_rank", {held}"version_hash")'
            ' < (excluded."version_at", excluded."version_rank", excluded."version_hash")'
        ),
    )
