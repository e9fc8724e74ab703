"""Say what is to become of a file: read it otherwise, record it, stop, forget it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from perennial.stores.uploads.models import OrderFile
from perennial.stores.uploads.queries import place
from perennial.stores.uploads.rules import (
    ACTIVE,
    DONE,
    LOOKING,
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


def record_it(*, file: OrderFile, now: datetime) -> None:
    """Have a file recorded as it was looked at. `NotNow`."""
    _turn(file, (READY, STOPPED), state=QUEUED, now=now, problem={}, progress={})


def stop(*, file: OrderFile, now: datetime) -> None:
    """Stop reading or recording; what is recorded stays. `NotNow`."""
    _turn(file, ACTIVE, state=STOPPED, now=now)


def forget(*, file: OrderFile, now: datetime) -> None:
    """Remove a file with everything that was seen in it; what was recorded stays, and so does its row. `NotNow`."""
    _turn(
        file, (READY, UNCLEAR, REFUSED, STOPPED, DONE), state=None, now=now, expired_at=now, digest=f"-{file.id}"
    )  # fmt: skip
    for part in ("upload", "look", "result", "rejects"):
        place(file.id, part).unlink(missing_ok=True)


def _turn(file: OrderFile, before: tuple[str, ...], *, state: str | None, now: datetime, **values: object) -> None:
    """From one of the states ``before`` into ``state``, if nobody was quicker."""
    wanted = {**values, "changed_at": now, **({} if state is None else {"state": state})}
    with transaction.atomic():
        turned = OrderFile.objects.filter(id=file.id, brand_id=file.brand_id, state__in=before, expired_at=None).update(
            **wanted
        )
    if not turned:
        raise NotNow(OrderFile.objects.values_list("state", flat=True).get(id=file.id))
