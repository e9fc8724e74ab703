"""What a rule reads beside the mirror: tables that are read from the database when they are asked for.

They hold what must not lie in files (attributes, days of beneficiaries) or changes without being recorded as a
fact. Conventions of `facts.rules.schema`; ``customer_id`` is any customer of a person.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ibis.expr.types as ir

BESIDE: Mapping[str, Mapping[str, str]] = MappingProxyType({
    # ``reachable``: the customer has an address for the channel that is not suppressed.
    "consents": {
        "customer_id": "int64", "channel": "string", "purpose": "string", "given": "boolean", "at": "int64",
        "reachable": "boolean",
    },
    # One of the last four is set. ``text``: as `history.folded` gives it.
    "attributes": {
        "customer_id": "int64", "name": "string", "text": "string", "number": "float64", "yes": "boolean",
        "day": "int64",
    },
    "yearly": {"customer_id": "int64", "name": "string", "day": "int64"},
    "labels": {"customer_id": "int64", "name": "string", "from_at": "int64", "to_at": "int64"},
    "listed": {"customer_id": "int64", "list": "string"},
    "scores": {
        "customer_id": "int64", "name": "string", "value": "float64", "low": "float64", "high": "float64",
    },
})  # fmt: skip


@dataclass(frozen=True)
class Beside:
    """The tables of `BESIDE`, as Ibis expressions of the engine that has the mirror's. None is absent."""

    consents: ir.Table
    attributes: ir.Table
    yearly: ir.Table
    labels: ir.Table
    listed: ir.Table
    scores: ir.Table
