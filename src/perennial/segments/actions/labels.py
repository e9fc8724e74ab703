"""Labels: put and taken by the room whose they are; what rules ask of them is judged again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Value
from django.db.models.functions import Greatest

from perennial.database import ids, rows
from perennial.database.transactions import atomically, hold
from perennial.facts.actions.erasing.again import erasure_place
from perennial.facts.models.erasure import Erased
from perennial.segments.actions.judge_again import judge_again
from perennial.segments.models import Label
from perennial.segments.rules.labels import check, installed
from perennial.values.time import to_us

_AT_ONCE = 1_000  # customers per transaction: some 20 ms of SQLite's write lock
_COLUMNS = rows.columns_of(Label)


def put_label(*, brand_id: int, customer_ids: Sequence[int], name: str, put_by: str, now: datetime) -> int:
    """Let customers bear a label from now on; gives back how many did not bear it before.

    Somebody who was erased gets none. Raises Refused: an unknown sort, or that of another room.
    """
    check(name, put_by, installed())
    return sum(atomically(lambda part=part: _put(brand_id, part, name, put_by, now)) for part in _parts(customer_ids))  # type: ignore[misc]


def take_label(*, brand_id: int, customer_ids: Sequence[int], name: str, put_by: str, now: datetime) -> int:
    """End a label that customers bear; gives back how many bore it. Raises Refused as `put_label`."""
    check(name, put_by, installed())
    return sum(atomically(lambda part=part: _take(brand_id, part, name, now)) for part in _parts(customer_ids))  # type: ignore[misc]


def _parts(customers: Sequence[int]) -> list[list[int]]:
    ordered = sorted(set(customers))  # in one order: two that wait for each other would be a ring
    return [ordered[start : start + _AT_ONCE] for start in range(0, len(ordered), _AT_ONCE)]


def _put(brand_id: int, customers: Sequence[int], name: str, put_by: str, now: datetime) -> int:
    hold(erasure_place(brand_id), shared=True)
    equal = {"brand_id": brand_id}
    erased = {id_ for (id_,) in rows.fetch(Erased, ("id",), "id", customers, equal=equal)}
    bearing = {customer for _, customer in _borne(brand_id, customers, name)}
    new = [customer for customer in customers if customer not in erased | bearing]
    at = to_us(now)
    made = [
        (id_, brand_id, customer, name, put_by, at, None) for id_, customer in zip(ids.take(len(new)), new, strict=True)
    ]
    written = rows.insert_missing(Label, _COLUMNS, made)
    judge_again(brand_id=brand_id, customers=new)
    return written


def _take(brand_id: int, customers: Sequence[int], name: str, now: datetime) -> int:
    borne = _borne(brand_id, customers, name, lock=True)
    mine = Label.objects.filter(brand_id=brand_id, id__in=[id_ for id_, _ in borne])
    # A clock set back ends no label before it began.
    ended = mine.update(to_at=Greatest("from_at", Value(to_us(now))))
    judge_again(brand_id=brand_id, customers=[customer for _, customer in borne])
    return ended


def _borne(brand_id: int, customers: Sequence[int], name: str, *, lock: bool = False) -> list[tuple[int, int]]:
    """(row, customer) of a label's open intervals."""
    found = rows.fetch(
        Label, ("id", "customer_id", "to_at"), "customer_id", customers, equal={"brand_id": brand_id, "name": name},
        lock=lock,
    )  # fmt: skip
    return [(id_, customer) for id_, customer, to_at in found if to_at is None]
