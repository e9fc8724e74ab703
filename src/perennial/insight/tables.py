"""What every answer takes: the tables of `facts.rules.schema`, the moment it is asked for, what counts as revenue."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import TYPE_CHECKING

from perennial.facts.rules.schema import SCHEMA
from perennial.values.time import LocalDay, to_us

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["SCHEMA", "AsOf", "Tables", "Treatment"]


@dataclass(frozen=True)
class Tables:
    """The tables of `SCHEMA`, as Ibis expressions of one engine. Missing ones are empty, never absent."""

    customers: ir.Table
    aliases: ir.Table
    orders: ir.Table
    lines: ir.Table
    refunds: ir.Table
    refund_lines: ir.Table
    fulfilments: ir.Table
    products: ir.Table
    behaviour: ir.Table
    visitors: ir.Table
    tickets: ir.Table
    ratings: ir.Table
    spend: ir.Table

    def for_store(self, store_id: int) -> Tables:
        """The same tables cut to one store (tables without a store stay whole)."""
        cut = {
            f.name: table.filter(table.store_id == store_id)
            for f in fields(self)
            if "store_id" in (table := getattr(self, f.name)).columns
        }
        return replace(self, **cut)


@dataclass(frozen=True, slots=True)
class AsOf:
    """The moment a question is asked for: ``at`` in microseconds, ``day`` the local day it falls in."""

    at: int
    day: int

    @classmethod
    def moment(cls, when: datetime | LocalDay, zone: str) -> AsOf:
        """``when`` as seen in ``zone``; a bare local day means its end."""
        if isinstance(when, LocalDay):
            return cls(to_us(when.end(zone)), int(when))
        return cls(to_us(when), int(LocalDay.of(when, zone)))


@dataclass(frozen=True, slots=True)
class Treatment:
    """What counts as revenue: with or without tax and shipping. Shown wherever a sum is shown."""

    tax: bool = False
    shipping: bool = False
