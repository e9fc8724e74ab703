"""After a restore: erase again whoever was erased since the back-up was made."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from perennial.database import rows
from perennial.database.transactions import atomically, hold
from perennial.facts.actions.erase import apply_erasure
from perennial.facts.actions.erasing.again import erasure_place
from perennial.facts.actions.erasing.journal import Entry
from perennial.facts.actions.erasing.person import forget_elsewhere, known_as
from perennial.facts.actions.erasing.steps import erase_steps
from perennial.facts.models.brands import Brand, Store
from perennial.facts.models.erasure import Erasure
from perennial.facts.models.people import Customer
from perennial.facts.rules.versions import UNSEEN
from perennial.values.time import to_us


def replay(entries: Iterable[Entry], *, now: datetime) -> int:
    """Erase by a journal what this database does not know to be erased; how many erasures that were.

    Customers whom the database never met become empty ones, so that the next file does not make them anew.
    """
    brands = set(Brand.objects.values_list("id", flat=True))
    done = 0
    for entry in {entry.id: entry for entry in entries if entry.brand_id in brands}.values():
        if not Erasure.objects.filter(id=entry.id).exists():
            forget_elsewhere(entry.brand_id, known_as(entry.brand_id, entry.customers), now)
            atomically(lambda entry=entry: _again(entry, now))  # type: ignore[misc]
            done += 1
    for brand_id in sorted(brands):
        for _ in erase_steps(brand_id=brand_id, now=now):
            pass
    return done


def _again(entry: Entry, now: datetime) -> None:
    hold(erasure_place(entry.brand_id))
    _make_blank(entry, now)
    apply_erasure(
        brand_id=entry.brand_id, erasure_id=entry.id, customers=entry.customers, by=entry.by,
        asked=entry.requested_at, now=now, names=entry.names, addresses=entry.addresses,
    )  # fmt: skip


def _make_blank(entry: Entry, now: datetime) -> None:
    store = Store.objects.filter(brand_id=entry.brand_id).order_by("id")[0]
    columns = rows.columns_of(Customer)
    blank: dict[str, Any] = dict.fromkeys(columns, "") | dict(
        zip(("version_at", "version_rank", "version_hash"), UNSEEN, strict=True)
    )
    blank |= {"brand_id": entry.brand_id, "store_id": store.id, "account": False, "recorded_at": to_us(now)}
    blank |= dict.fromkeys(("address", "created_at", "created_day"))
    rows.insert_missing(Customer, columns, [tuple((blank | {"id": id_}).values()) for id_ in entry.customers])
