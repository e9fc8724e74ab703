"""Say what is to become of a file: read it otherwise, record it, stop, forget it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from perennial.stores.uploads.models import OrderFile
from perennial.stores.uploads.queries import folder, place, told
from perennial.stores.uploads.rules import (
    ACTIVE,
    DONE,
    IMPORTING,
    LOOKING,
    PARTING,
    QUEUED,
    READY,
    REFUSED,
    STOPPED,
    UNCLEAR,
    Options,
    check,
)


class NotNow(RuntimeError):
    """The file is in a state in which this cannot be done; ``state`` is that."""

    def __init__(self, state: str) -> None:
        super().__init__(f"the file is {state}")
        self.state = state


def look_again(*, file: OrderFile, options: Options, store_id: int, now: datetime) -> None:
    """Have a file looked at with other options, or for another store. `Unfit`, `NotNow`."""
    check(options)
    _turn(
        file, (READY, UNCLEAR, REFUSED, STOPPED, DONE), state=LOOKING, now=now, options=options.as_json(),
        store_id=store_id, problem={}, progress={},
    )  # fmt: skip


def record_it(*, file: OrderFile, now: datetime) -> bool:
    """Have a file recorded as it was looked at; False where it must be looked at first, and is. `NotNow`.

    A look that was stopped, or failed, has told nobody what would be recorded, nor what the file unpacks to.
    """
    row = OrderFile.objects.get(id=file.id, brand_id=file.brand_id)
    if row.state == STOPPED and not is_seen(row):
        _turn(file, (STOPPED,), state=LOOKING, now=now, problem={}, progress={})
        return False
    _turn(file, (READY, STOPPED), state=QUEUED, now=now, problem={}, progress={})
    return True


def is_seen(file: OrderFile) -> bool:
    """Whether the look that is there was one at the file as it is to be read now."""
    seen = told(file.id, "look")
    return "guess" in seen and seen.get("asked") == asked(file)


def asked(file: OrderFile) -> dict[str, Any]:
    """What a look at the file depends on."""
    return {"options": file.options, "store": str(file.store_id)}


def stop(*, file: OrderFile, now: datetime) -> None:
    """Stop reading or recording; what is recorded stays. `NotNow`."""
    _turn(file, ACTIVE, state=STOPPED, now=now)
    if OrderFile.objects.filter(id=file.id, problem__code=PARTING).exists():
        part_with(file=file, now=now)


def forget(*, file: OrderFile, now: datetime) -> None:
    """Remove a file with everything that was seen in it; what was recorded stays, and so does its row. `NotNow`."""
    _turn(
        file, (READY, UNCLEAR, REFUSED, STOPPED, DONE), state=None, now=now, expired_at=now, digest=f"-{file.id}"
    )  # fmt: skip
    remove_parts(file.id)


def part_with(*, file: OrderFile, now: datetime) -> None:
    """Remove a file as `forget` does, whatever its state: nobody looks at it any more, and nothing of it is queued.

    One that is being recorded is marked, and removed when that ends, however it ends.
    """
    with transaction.atomic():
        row = OrderFile.objects.select_for_update().get(id=file.id, brand_id=file.brand_id)
        recording = row.state == IMPORTING
        if recording:
            row.problem = {"code": PARTING, "params": {}}
        elif row.expired_at is None:
            row.state = STOPPED if row.state in ACTIVE else row.state
            row.problem = {} if row.problem.get("code") == PARTING else row.problem
            row.expired_at, row.digest = now, f"-{row.id}"
        row.changed_at = now
        row.save(update_fields=["state", "problem", "expired_at", "digest", "changed_at"])
    if not recording:
        remove_parts(file.id)


def remove_parts(file_id: int) -> None:
    """Remove what lies on the disk of a file, half-written parts too."""
    for part in ("upload", "look", "result", "rejects"):
        place(file_id, part).unlink(missing_ok=True)
    for draft in folder().glob(f"{file_id}.*.part"):
        draft.unlink(missing_ok=True)


def _turn(file: OrderFile, before: tuple[str, ...], *, state: str | None, now: datetime, **values: object) -> None:
    """From one of the states ``before`` into ``state``, if nobody was quicker."""
    wanted = {**values, "changed_at": now, **({} if state is None else {"state": state})}
    with transaction.atomic():
        turned = OrderFile.objects.filter(id=file.id, brand_id=file.brand_id, state__in=before, expired_at=None).update(
            **wanted
        )
    if not turned:
        raise NotNow(OrderFile.objects.values_list("state", flat=True).get(id=file.id))
