"""A history as it stood at an instant: what was recorded of later ones is taken out."""

from __future__ import annotations

from dataclasses import replace

from perennial.segments.rules.history import History


def cut(history: History, at: int) -> History:
    """``history`` without what happened after ``at``; what was undone later stands as it did."""
    return replace(
        history,
        customers=[one for one in history.customers if one.created_at is None or one.created_at <= at],
        orders=[one._replace(cancelled_at=_by(one.cancelled_at, at)) for one in history.orders if one.ordered_at <= at],
        refunds=[one for one in history.refunds if one.refunded_at <= at],
        backs=[one for one in history.backs if one.refunded_at <= at],
        parcels=[
            one._replace(
                delivered_at=_by(one.delivered_at, at),
                delivered_day=None if _by(one.delivered_at, at) is None else one.delivered_day,
            )
            for one in history.parcels
            if _by(one.delivered_at if one.shipped_at is None else one.shipped_at, at) is not None
        ],
        acts=[one for one in history.acts if one.at <= at],
        tickets=[one._replace(resolved_at=_by(one.resolved_at, at)) for one in history.tickets if one.opened_at <= at],
        consents=[one for one in history.consents if one.at <= at],
        labels=[one._replace(to_at=_by(one.to_at, at)) for one in history.labels if one.from_at <= at],
    )


def _by(instant: int | None, at: int) -> int | None:
    return None if instant is None or instant > at else instant
