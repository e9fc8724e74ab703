"""Questions to labels."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from perennial.database import rows
from perennial.segments.models import Label
from perennial.values.time import to_us


def labels_of(*, brand_id: int, customers: Iterable[int], at: datetime) -> dict[int, frozenset[str]]:
    """The labels that each of ``customers`` bore at an instant (as such: whoever asks adds those of their aliases)."""
    instant = to_us(at)
    found: dict[int, set[str]] = {}
    columns = ("customer_id", "name", "from_at", "to_at")
    for customer, name, from_at, to_at in rows.fetch(
        Label, columns, "customer_id", customers, equal={"brand_id": brand_id}
    ):
        if from_at <= instant and (to_at is None or instant < to_at):
            found.setdefault(customer, set()).add(name)
    return {customer: frozenset(names) for customer, names in found.items()}
