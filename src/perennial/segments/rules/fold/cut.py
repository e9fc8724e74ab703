"""A history as it stood at an instant: what was recorded of later ones is taken out."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple, TypeVar

from perennial.segments.rules.history import History

Fact = TypeVar("Fact", bound=NamedTuple)


def cut(history: History, at: int) -> History:
    """``history`` without what happened after ``at``; what was undone later stands as it did."""
    return replace(
        history,
        customers=[one for one in history.customers if one.created_at is None or one.created_at <= at],
        orders=[_with(one, cancelled_at=_by(one.cancelled_at, at)) for one in history.orders if one.ordered_at <= at],
        refunds=[one for one in history.refunds if one.refunded_at <= at],
        backs=[one for one in history.backs if one.refunded_at <= at],
        parcels=[
            one if _by(one.delivered_at, at) is not None else _with(one, delivered_at=None, delivered_day=None)
            for one in history.parcels
            if _by(one.delivered_at if one.shipped_at is None else one.shipped_at, at) is not None
        ],
        acts=[one for one in history.acts if one.at <= at],
        tickets=[_with(one, resolved_at=_by(one.resolved_at, at)) for one in history.tickets if one.opened_at <= at],
        consents=[one for one in history.consents if one.at <= at],
        labels=[_with(one, to_at=_by(one.to_at, at)) for one in history.labels if one.from_at <= at],
    )


def _with(fact: Fact, **changed: int | None) -> Fact:
    return fact._replace(**changed)  # noqa: SLF001  # a named tuple's public word


def _by(instant: int | None, at: int) -> int | None:
    return None if instant is None or instant > at else instant
