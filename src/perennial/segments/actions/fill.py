"""Judge everybody, from the mirror: segments that are new or changed, and every night all of them."""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from perennial.database import ids, rows
from perennial.facts.actions.loop_schedules import NotNow
from perennial.figures.actions.alone import alone
from perennial.figures.actions.refresh_mirror import mirror_steps
from perennial.figures.queries.answers import moment
from perennial.figures.queries.mirror import tables, undisturbed
from perennial.insight.tables import AsOf, Tables
from perennial.segments.actions.move import Cause, move_steps
from perennial.segments.compile.judged import TOGETHER, cut_point, judged
from perennial.segments.models import CutPoint, SegmentState
from perennial.segments.queries.facts import beside
from perennial.segments.queries.known import cut_key, known_of, rankings
from perennial.segments.queries.live import Live, live, open_members
from perennial.segments.rules.changes import Change, Why
from perennial.segments.rules.judge import prepare
from perennial.segments.rules.known import CannotCount, Known
from perennial.segments.rules.rule import Rule
from perennial.segments.rules.tables import Beside
from perennial.values.time import to_us

if TYPE_CHECKING:
    import pyarrow as pa

_ERROR = 255


@dataclass(frozen=True, slots=True)
class _Filling:
    """What one filling works with."""

    brand_id: int
    now: datetime
    as_of: AsOf
    live: Live
    why: Why


def nightly_steps(*, brand_id: int, now: datetime) -> Iterator[object]:
    """Find cut-points anew and judge everybody by every segment; yields after each part.

    Raises NotNow where another process is at it: a night must not be left out.
    """
    with alone(brand_id, "segments") as mine:
        if not mine:
            raise NotNow
        yield from fill_steps(brand_id=brand_id, now=now, why="store")


def fill_steps(
    *, brand_id: int, now: datetime, only: Collection[str] | None = None, why: Why = "rule"
) -> Generator[object, None, None]:
    """Judge everybody by the segments ``only`` (None: all in force), within `figures.actions.alone`.

    A segment that cannot be counted keeps its members and an error; one no longer in force loses them.
    """
    found = live(brand_id=brand_id, at=now)
    asked = sorted(found.rules if only is None else set(only) & set(found.rules))
    for key in sorted(set(only or ()) - set(found.rules)):
        if key in found.broken:
            _say(brand_id, key, found.broken[key])
        else:
            yield from _empty(brand_id, key, moment(brand_id, now), now)
        yield key
    if not asked:
        return
    complete = yield from mirror_steps(brand_id=brand_id, now=now)
    if not complete:
        raise NotNow  # another process writes the mirror
    with undisturbed(brand_id):
        t = tables(brand_id)
        filling = _Filling(brand_id, now, moment(brand_id, now), found, why)
        for start in range(0, len(asked), TOGETHER):
            part = {key: found.rules[key] for key in asked[start : start + TOGETHER]}
            yield from _some(filling, t, part)


def _some(filling: _Filling, t: Tables, part: dict[str, Rule]) -> Iterator[object]:
    known = known_of(brand_id=filling.brand_id, rules=part.values(), at=filling.now)
    held = beside(brand_id=filling.brand_id, rules=part.values())
    known = yield from _cuts(filling, t, part, held, known)
    ready: dict[str, Rule] = {}
    for key, rule in part.items():
        try:
            prepare(rule, known)
            ready[key] = rule
        except CannotCount as wrong:
            _say(filling.brand_id, key, str(wrong))
    if not ready:
        return
    table = judged(ready, t, held, known, filling.as_of).to_pyarrow()
    yield table.num_rows
    for key in ready:
        yield from _put(filling, key, _members(table, key))


def _members(table: pa.Table, key: str) -> set[int]:
    import pyarrow.compute as pc

    return set(table.column("person_id").filter(pc.fill_null(table.column(key), False)).to_pylist())


def _put(filling: _Filling, key: str, should: set[int]) -> Iterator[object]:
    brand_id, found = filling.brand_id, filling.live
    state = SegmentState.objects.filter(brand_id=brand_id, segment=key).first()
    first = state is None or state.version is None
    same = state is not None and (state.version, state.filled_under) == (found.versions[key], found.under[key])
    moved = _moves(key, open_members(brand_id=brand_id, segment=key), should)
    why: Why = filling.why if same else "rule"
    cause = Cause(why, filling.now, filling.as_of.day, found.versions, {}, silent=first)
    yield from move_steps(brand_id=brand_id, changes=moved, cause=cause)
    _filled(filling, key, len(should))
    yield key


def _moves(key: str, held: set[int], should: set[int]) -> list[Change]:
    return [Change(person, key, person in should) for person in sorted(held ^ should)]


def _empty(brand_id: int, key: str, as_of: AsOf, now: datetime) -> Iterator[object]:
    """Whoever is in a segment that is no longer in force leaves it."""
    moved = _moves(key, open_members(brand_id=brand_id, segment=key), set())
    yield from move_steps(brand_id=brand_id, changes=moved, cause=Cause("rule", now, as_of.day, {}, {}))
    with transaction.atomic():
        SegmentState.objects.filter(brand_id=brand_id, segment=key).update(
            version=None, filled_under="", members=0, error=""
        )


def _cuts(
    filling: _Filling, t: Tables, part: dict[str, Rule], held: Beside, known: Known
) -> Generator[object, None, Known]:
    """Find the cut-points of these rules that were never found, or at night all of them."""
    cuts = dict(known.cuts)
    for text, ranked in rankings(part.values()).items():
        if text in cuts and filling.why != "store":
            continue
        try:
            (value,) = cut_point(ranked, t, held, known, filling.as_of).to_pyarrow().column("cut").to_pylist()
        except CannotCount:
            continue  # the rule's own error says why
        cuts[text] = None if value is None else float(value)
        with transaction.atomic():
            rows.upsert(
                CutPoint, ("id", "brand_id", "key", "value", "as_of"),
                [(ids.new(), filling.brand_id, cut_key(ranked), cuts[text], to_us(filling.now))],
                key=("brand_id", "key"),
            )  # fmt: skip
        yield text
    return replace(known, cuts=cuts)


def _filled(filling: _Filling, key: str, members: int) -> None:
    found = filling.live
    columns = ("id", "brand_id", "segment", "version", "filled_under", "filled_at", "day", "members", "error")
    row = (
        ids.new(), filling.brand_id, key, found.versions[key], found.under[key], to_us(filling.now),
        filling.as_of.day, members, "",
    )  # fmt: skip
    with transaction.atomic():
        rows.upsert(SegmentState, columns, [row], key=("brand_id", "segment"))


def _say(brand_id: int, key: str, error: str) -> None:
    """Keep why a segment cannot be counted; its members stay as they were."""
    with transaction.atomic():
        rows.upsert(
            SegmentState, ("id", "brand_id", "segment", "filled_under", "members", "error"),
            [(ids.new(), brand_id, key, "", 0, error[:_ERROR])], key=("brand_id", "segment"),
            change={"error": 'excluded."error"'},
        )  # fmt: skip
