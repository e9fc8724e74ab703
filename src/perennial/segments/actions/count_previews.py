"""Count the rules that somebody looks at: how many, who for example, how they are reached, whom they share."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.db.models import Case, F, Q, When

from perennial.figures.queries.answers import moment
from perennial.figures.queries.mirror import tables, undisturbed
from perennial.insight.tables import AsOf, Tables
from perennial.segments.actions.explain import explain_wanted
from perennial.segments.actions.recompute import recompute_wanted
from perennial.segments.compile.judged import judged
from perennial.segments.compile.store import cuts_at
from perennial.segments.models import Preview, SegmentState
from perennial.segments.queries.facts import beside
from perennial.segments.queries.known import known_of, rankings
from perennial.segments.queries.live import live
from perennial.segments.rules.conditions.standing import Permission
from perennial.segments.rules.expand import expand
from perennial.segments.rules.known import CannotCount
from perennial.segments.rules.rule import Rule, as_rule
from perennial.values.reason import named

if TYPE_CHECKING:
    import pyarrow as pa

log = logging.getLogger("perennial.segments")
KEPT = timedelta(days=7)  # nobody looks at it any more: a rule that is looked at again is counted again
_SAMPLE = 12
_MOST = 200_000  # members whose other segments are looked up one by one; of more, a part speaks for all
_ERROR = 255
_CHANNELS: dict[str, Permission] = {
    channel: Permission(kind="reachable", channel=channel) for channel in ("email", "sms", "post", "phone", "push")
}


def something_is_looked_at(brand_id: int) -> bool:
    """Whether somebody waits for a rule to be counted."""
    return Preview.objects.filter(brand_id=brand_id, wanted_at__isnull=False).exists()


def preview_steps(*, brand_id: int, now: datetime) -> Iterator[object]:
    """Count the rules that are waited for, the longest waiting first; yields after each.

    One that cannot be counted keeps its error, and stops no other.
    """
    waiting = list(Preview.objects.filter(brand_id=brand_id, wanted_at__isnull=False).order_by("wanted_at", "id"))
    with undisturbed(brand_id):
        for preview in waiting:
            try:
                _keep(preview, now, found=_asked(brand_id, preview.rule, now))
            except CannotCount as wrong:
                _keep(preview, now, error=str(wrong)[:_ERROR])
            except Exception as wrong:  # the error is kept with the preview, where whoever asked sees it
                log.exception("a rule could not be counted for brand %s", brand_id)
                _keep(preview, now, error=named(wrong, _ERROR))
            yield preview.key
    with transaction.atomic():
        Preview.objects.filter(brand_id=brand_id, counted_at__lt=now - KEPT, wanted_at=None).delete()


def _keep(preview: Preview, now: datetime, *, found: dict[str, Any] | None = None, error: str = "") -> None:
    # A wish made after `now` was for something that is not counted yet.
    later = Case(When(Q(wanted_at__gt=now), then=F("wanted_at")), default=None)
    with transaction.atomic():
        Preview.objects.filter(id=preview.id).update(
            wanted_at=later, counted_at=now, as_of=now, found=found, error=error
        )


def _asked(brand_id: int, wish: dict[str, Any], now: datetime) -> dict[str, Any]:
    """What is asked for: a rule, why somebody is in a segment, or who was in one on a past day."""
    if "explain" in wish:
        return explain_wanted(brand_id=brand_id, wish=wish, now=now)
    if "as_of" in wish:
        return recompute_wanted(brand_id=brand_id, wish=wish, now=now)
    return _found(brand_id, wish, now)


def _found(brand_id: int, content: dict[str, Any], now: datetime) -> dict[str, Any]:
    segments = live(brand_id=brand_id, at=now).segments
    rule = expand(as_rule(content), {key: segment.rule for key, segment in segments.items()})
    t, as_of = tables(brand_id), moment(brand_id, now)
    table = _judged(brand_id, rule, t, as_of, now)
    import pyarrow.compute as pc

    holds = table.filter(table.column("holds"))
    members: list[int] = sorted(holds.column("person_id").to_pylist())
    reach = {channel: int(pc.sum(holds.column(channel)).as_py() or 0) for channel in _CHANNELS}
    orders, revenue = _sums(brand_id, members)
    return {
        "members": len(members),
        "of": table.num_rows,
        "sample": members[:: max(len(members) // _SAMPLE, 1)][:_SAMPLE],
        "reach": reach,
        "overlap": _overlap(brand_id, members),
        "revenue": revenue,
        "orders": orders,
    }


def _judged(brand_id: int, rule: Rule, t: Tables, as_of: AsOf, now: datetime) -> pa.Table:
    asked: dict[str, Rule] = {"holds": rule, **_CHANNELS}
    known = known_of(brand_id=brand_id, rules=asked.values(), at=now)
    held = beside(brand_id=brand_id, rules=asked.values())
    # Those of last night where there are any: what is looked at is what would be live.
    missing = [ranked for text, ranked in rankings([rule]).items() if text not in known.cuts]
    cuts = {**known.cuts, **cuts_at(t, held, known, missing, as_of)}
    return judged(asked, t, held, replace(known, cuts=cuts), as_of).to_pyarrow()


def _sums(brand_id: int, members: Sequence[int]) -> tuple[int, int]:
    """Orders and net revenue of the members so far, by their figures."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT coalesce(sum(orders), 0), coalesce(sum(revenue), 0) FROM customer_figures"  # noqa: S608
            f" WHERE +brand_id = %s AND {_among('id')}",
            [brand_id, _listed(members)],
        )
        orders, revenue = cursor.fetchone()
    return int(orders), int(revenue)


def _overlap(brand_id: int, members: Sequence[int]) -> list[dict[str, Any]]:
    """How many of the members are in each other segment; of very many, estimated by every so-manieth."""
    step = -(-len(members) // _MOST) or 1
    looked = members[::step]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT segment, count(*) FROM membership WHERE left_at IS NULL AND brand_id = %s"  # noqa: S608
            f" AND {_among('customer_id')} GROUP BY segment ORDER BY segment",
            [brand_id, _listed(looked)],
        )
        both = dict(cursor.fetchall())
    sizes = SegmentState.objects.filter(brand_id=brand_id, segment__in=both).values_list("segment", "members")
    return [
        {"segment": segment, "members": size, "both": round(both[segment] * len(members) / len(looked))}
        for segment, size in sorted(sizes)
    ]


def _among(column: str) -> str:
    listed = "IN (SELECT value FROM json_each(%s))" if connection.vendor == "sqlite" else "= ANY(%s)"
    return f'"{column}" {listed}'


def _listed(members: Sequence[int]) -> Any:
    return json.dumps(list(members)) if connection.vendor == "sqlite" else list(members)
