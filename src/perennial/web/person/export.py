"""Everything held of a person, as they may ask for it: a zip with one JSON file and a page that explains it."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import chain
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import Q

from perennial.database.fields import InstantField, InstantOrNullField
from perennial.facts.actions.erasing.person import person
from perennial.facts.models.activity import Behaviour
from perennial.facts.models.brands import Brand
from perennial.facts.models.orders import Refund, RefundLine
from perennial.facts.models.people import Merge
from perennial.values.ids import public
from perennial.values.time import LocalDay, from_us, to_us
from perennial.web.customers.visits import browsers
from perennial.web.models import Audit

_AT_ONCE = 1_000
_END = to_us(datetime(9999, 12, 31, tzinfo=UTC))  # what has no end yet
# Whose ids stand in which column, where it is not ``customer_id``.
_BY = {"customer": "id", "customer_figures": "id", "alias": "id", "merge": "customer_id", "erased": "id"}
_OF_ORDERS = ("line", "refund", "refund_line", "fulfilment")
# Marks for the work loop and hashes: they say nothing of the person that does not stand elsewhere.
_LEFT_OUT = frozenset({"touched", "word", "pending", "erased", "exposure"})
_README = """\
Everything that {brand} holds of one person, written {at} (UTC).

person.json holds it as tables: the name of each, then its rows. Names and addresses stand in "customer",
"identity", "attribute" and "beneficiary"; purchases in "order", "line", "refund" and "fulfilment"; permissions in
"consent"; visits in "behaviour"; what follows from all that in "customer_figures". Amounts are whole cents (or the
smallest unit of their currency); quantities are thousandths. Times are UTC.
"""


class _Pipe:
    """What a zip file is written into, piece by piece."""

    def __init__(self) -> None:
        self._waiting: list[bytes] = []

    def write(self, data: bytes) -> int:
        """Keep it until it is taken."""
        self._waiting.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing waits deeper down."""

    def take(self) -> bytes:
        """What was written since."""
        data, self._waiting = b"".join(self._waiting), []
        return data


def customers_of(brand_id: int, customer_id: int, *, likely: bool) -> list[int]:
    """The records that are this person; ``likely``: with those by an unconfirmed address alone."""
    found = person(brand_id, customer_id)
    return [*found.sure, *(found.likely if likely else ())]


def person_zip(*, brand: Brand, customers: Sequence[int], now: datetime) -> Iterator[bytes]:
    """The zip, in pieces; reads in short slices, so that a slow download keeps nobody waiting."""
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[call-overload]  # it writes
        archive.writestr("README.txt", _README.format(brand=brand.name, at=f"{now:%Y-%m-%d %H:%M}"))
        with archive.open("person.json", "w", force_zip64=True) as file:
            for text in person_json(brand=brand, customers=customers, now=now):
                file.write(text.encode())
                if data := pipe.take():
                    yield data
    yield pipe.take()


def person_json(*, brand: Brand, customers: Sequence[int], now: datetime) -> Iterator[str]:
    """The JSON text, in pieces."""
    head = {"format": 1, "brand": brand.name, "written_at": now.isoformat(), "person": public("cus", customers[0])}
    yield json.dumps(head, ensure_ascii=False)[:-1] + ', "tables": {'
    for number, (table, rows) in enumerate(_tables(brand.id, customers)):
        yield f"{',' if number else ''}\n{json.dumps(table)}: ["
        for place, row in enumerate(rows):
            yield f"{',' if place else ''}\n  {json.dumps(row, ensure_ascii=False, default=str)}"
        yield "]"
    yield "\n}}\n"


def _tables(brand_id: int, customers: Sequence[int]) -> Iterator[tuple[str, Iterator[dict[str, Any]]]]:
    found = {model._meta.db_table: model for model in apps.get_app_config("perennial").get_models()}
    for table, model in found.items():
        columns = {field.column for field in model._meta.local_concrete_fields}
        if table in _LEFT_OUT or not (table in _BY or table in _OF_ORDERS or "customer_id" in columns):
            continue
        if table in _OF_ORDERS:
            yield table, _of_orders(model, brand_id, customers)
            continue
        wanted = Q(**{f"{_BY.get(table, 'customer_id')}__in": list(customers)})
        if model is Merge:
            wanted |= Q(into_id__in=list(customers))
        rows = _sliced(model, Q(brand_id=brand_id) & wanted)
        yield table, chain(rows, _visits_before(brand_id, customers)) if model is Behaviour else rows
    subjects = Q(brand_id=brand_id, subject="customer", subject_id__in=list(customers))
    yield "log_of_changes", _sliced(Audit, subjects)


def _visits_before(brand_id: int, customers: Sequence[int]) -> Iterator[dict[str, Any]]:
    """Visits from before it was known whose they were, as the desk shows them with the person."""
    alone, shared = browsers(brand_id, customers)
    unknown = Q(brand_id=brand_id, customer_id=None)
    for start in range(0, len(alone), _AT_ONCE):
        yield from _sliced(Behaviour, unknown & Q(visitor_id__in=alone[start : start + _AT_ONCE]))
    for visitor, since, until in shared:
        during = Q(visitor_id=visitor, at__gte=from_us(since), at__lt=from_us(min(until, _END)))
        yield from _sliced(Behaviour, unknown & during)


def _of_orders(model: type[models.Model], brand_id: int, customers: Sequence[int]) -> Iterator[dict[str, Any]]:
    orders: models.QuerySet[Any] = apps.get_model("perennial", "Order").objects.filter(
        brand_id=brand_id, customer_id__in=list(customers)
    )
    last = 0
    while ids := list(orders.filter(id__gt=last).order_by("id").values_list("id", flat=True)[:_AT_ONCE]):
        last = ids[-1]
        wanted = Q(brand_id=brand_id, order_id__in=ids)
        if model is not RefundLine:
            yield from _sliced(model, wanted)
            continue
        # By their refunds: no index of theirs begins with the order.
        refunds = list(Refund.objects.filter(wanted).order_by("id").values_list("id", flat=True))
        for start in range(0, len(refunds), _AT_ONCE):
            yield from _sliced(model, Q(brand_id=brand_id, refund_id__in=refunds[start : start + _AT_ONCE]))


def _sliced(model: type[models.Model], wanted: Q) -> Iterator[dict[str, Any]]:
    fields = model._meta.local_concrete_fields
    names = [field.attname for field in fields]
    key = ("month", "id") if model._meta.db_table == "behaviour" else ("id",)
    everybody: models.QuerySet[Any] = models.QuerySet(model).filter(wanted).order_by(*key)
    rows = everybody
    while True:
        part = list(rows.values(*names)[:_AT_ONCE])
        for row in part:
            yield {field.column: _told(field, row[field.attname]) for field in fields if field.column}
        if len(part) < _AT_ONCE:
            return
        last = part[-1]
        after = Q(id__gt=last["id"])
        if len(key) > 1:
            after = Q(month__gt=last["month"]) | (Q(month=last["month"]) & after)
        rows = everybody.filter(after)


def _told(field: models.Field[Any, Any], value: Any) -> Any:
    if value is None:
        return None
    if isinstance(field, InstantField | InstantOrNullField):
        return value.isoformat()
    if field.column.endswith("_day") or field.column == "day":
        return LocalDay(value).date.isoformat()
    # Longer than what JavaScript and spreadsheets keep exact.
    return str(value) if field.column == "id" or field.column.endswith("_id") else value
