"""Take an erased person off static lists: also where their address stands and has led to nobody yet."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from perennial.database import rows
from perennial.database.transactions import atomically
from perennial.facts.actions.erasing.person import Known
from perennial.segments.actions.lists import take_off
from perennial.segments.models import Listed, StaticList
from perennial.segments.rules.listing import Entry
from perennial.values.ids import public

_COLUMNS = ("id", "list_id", "kind", "value", "store_id", "customer_id")


def forget_listed(brand_id: int, known: Known, now: datetime) -> None:  # noqa: ARG001  # as every room forgets
    """Remove what names the person: entries that led to them, and waiting ones with an address of theirs.

    An entry that led to somebody else at the same address too stays for them.
    """
    atomically(lambda: _forget(brand_id, known))


def _forget(brand_id: int, known: Known) -> None:
    equal = {"brand_id": brand_id}
    customers = {
        *(row[4] for row in known.refs), *(one for _, one in known.emails), *(one for _, one in known.phones),
    }  # fmt: skip
    values = {
        "email": {value for value, _ in known.emails},
        "phone": {value for value, _ in known.phones},
        "account": set(known.accounts()),
        "id": {public("cus", one) for one in customers},
    }
    accounts = {(store_id, name) for _, kind, store_id, name, _ in known.refs if kind == "account"}
    found = {row[0]: row for row in rows.fetch(Listed, _COLUMNS, "customer_id", customers, equal=equal)}
    for kind, some in values.items():
        for row in rows.fetch(Listed, _COLUMNS, "value", sorted(some), equal={**equal, "kind": kind}):
            if row[5] is None and (kind != "account" or (row[4], row[3]) in accounts):
                found[row[0]] = row
    if not found:
        return
    by_list: dict[int, list[tuple[Entry, int, int | None]]] = defaultdict(list)
    for id_, list_id, kind, value, store_id, customer in found.values():
        by_list[list_id].append((Entry(kind, value, store_id), id_, customer))
    held = StaticList.objects.select_for_update().filter(brand_id=brand_id, id__in=by_list).order_by("id")
    for one in held:
        take_off(one, by_list[one.id])
