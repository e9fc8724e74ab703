"""Work out what each customer may cost a year: the score ``care``, after every night and when the document changes.

Set-based: figures and memberships out of the database, the year's profit out of the mirror, joined by DuckDB; written
in transactions of some milliseconds. What a document that somebody looks at would come to is worked out alike, and
only summed up.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Case, F, When

from perennial.database import ids, rows
from perennial.database.arrow import source
from perennial.database.pacing import paced
from perennial.documents import queries
from perennial.documents.models import DRAFT, LIVE, Document
from perennial.facts.actions.loop_schedules import NotNow
from perennial.facts.models.brands import Brand
from perennial.figures.actions.alone import alone
from perennial.figures.models import Answer
from perennial.figures.queries.answers import POPULATION, moment, treatment
from perennial.figures.queries.mirror import tables, undisturbed
from perennial.segments.models import Allotment, Score
from perennial.segments.rules.allocation import KEY, KIND, Allocation
from perennial.values.hashing import fingerprint
from perennial.values.money import exponent
from perennial.values.reason import named
from perennial.values.time import to_us

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

log = logging.getLogger("perennial.segments")
NAME = "care"
IN_FORCE = ""  # the key of what the document in force comes to
_SLICE = 50_000  # rows read in one statement
_LOOKED_AT = timedelta(days=1)  # for so long what somebody looked at is kept
_ERROR = 255
# What is filled in: numbers, and keys of documents (small letters, digits, - and _).
_PEOPLE = """
    SELECT id AS person_id, rfm_group, stage FROM customer_figures
    WHERE brand_id = {brand} AND id > {after} ORDER BY id LIMIT {limit}"""
_MEMBERS = """
    SELECT customer_id AS person_id, segment FROM membership
    WHERE brand_id = {brand} AND segment = '{segment}' AND left_at IS NULL AND customer_id > {after}
    ORDER BY customer_id LIMIT {limit}"""
_COLUMNS = ("id", "brand_id", "customer_id", "name", "value", "low", "high", "model", "as_of")


def want_look(*, brand_id: int, body: Mapping[str, Any], now: datetime) -> Allotment:
    """Ask what a document would come to; gives back the row, with what was found last for the same one."""
    key = fingerprint(body)
    with transaction.atomic():
        held, _ = Allotment.objects.get_or_create(
            brand_id=brand_id, key=key, defaults={"id": ids.new(), "body": dict(body)}
        )
        held.wanted_at = now
        held.save(update_fields=["wanted_at"])
    return held


def something_to_allot(brand_id: int) -> bool:
    """Whether `allocate_steps` may have something to do: a few looks at indexes."""
    held = Allotment.objects.filter(brand_id=brand_id, key=IN_FORCE).first()
    if Allotment.objects.filter(brand_id=brand_id, wanted_at__isnull=False).exists():
        return True
    of_figures = _of_figures(brand_id)
    if of_figures is None:
        return False  # nobody has figures yet
    # A version that begins later counts, too: whether it has begun, the steps tell by their clock.
    newer = Document.objects.filter(brand_id=brand_id, kind=KIND.name, key=KEY).exclude(state=DRAFT)
    return held is None or held.of_figures != of_figures or newer.filter(version__gt=held.version).exists()


def allocate_steps(*, brand_id: int, now: datetime) -> Iterator[object]:
    """Bring ``care`` up to date where it is not, and work out what somebody looks at; yields after each part.

    Stopped in between, it begins again: the scores are marked as done last. Raises NotNow where another process is
    at it.
    """
    with alone(brand_id, NAME) as mine:
        if not mine:
            raise NotNow
        task = _due(brand_id, now)
        if task is not None:
            yield from _everybody(brand_id, now, task)
        for held in Allotment.objects.filter(brand_id=brand_id, wanted_at__isnull=False).order_by("wanted_at", "id"):
            _look(held, now)
            yield held.key
        with transaction.atomic():
            old = Allotment.objects.filter(brand_id=brand_id, as_of__lt=now - _LOOKED_AT, wanted_at__isnull=True)
            old.exclude(key=IN_FORCE).delete()


@dataclass(frozen=True, slots=True)
class _Task:
    """What is to be worked out: the document in force, its version, as of when everybody's figures are."""

    body: Allocation
    version: int
    of_figures: datetime


def _due(brand_id: int, now: datetime) -> _Task | None:
    of_figures = _of_figures(brand_id)
    if of_figures is None:
        return None
    history = queries.history(brand_id=brand_id, kind=KIND.name, key=KEY)
    deciding = history.filter(effective_from__lte=now).first()
    version = deciding.version if deciding else 0
    held = Allotment.objects.filter(brand_id=brand_id, key=IN_FORCE).first()
    if held is not None and (held.version, held.of_figures) == (version, of_figures):
        return None
    in_force = deciding is not None and deciding.state == LIVE
    body = KIND.read(deciding.stored, deciding.schema) if deciding and in_force else Allocation()
    return _Task(body, version, of_figures)


def _of_figures(brand_id: int) -> datetime | None:
    """As of when everybody's figures are; None before the first night."""
    found: datetime | None = (
        Answer.objects.filter(brand_id=brand_id, store_id=0, name=POPULATION[0], params_key=fingerprint({}))
        .values_list("as_of", flat=True).first()
    )  # fmt: skip
    return found


def _everybody(brand_id: int, now: datetime, task: _Task) -> Iterator[object]:
    values: dict[str, Any] = {
        "body": task.body.content(), "version": task.version, "of_figures": task.of_figures, "error": "",
    }  # fmt: skip
    try:
        each, found = _worked_out(brand_id, now, task.body)
    except Exception as error:  # kept with what it was for, where whoever looks sees it; tried again tomorrow
        log.exception("care failed for brand %s", brand_id)
        _keep(brand_id, {**values, "error": named(error, _ERROR)})
        return
    yield each.num_rows
    yield from _put(brand_id, now, each, f"{KIND.name}@{task.version}")
    yield from _remove_others(brand_id, now)
    _keep(brand_id, {**values, "found": found, "as_of": now})


def _keep(brand_id: int, values: dict[str, Any]) -> None:
    with transaction.atomic():
        Allotment.objects.update_or_create(
            brand_id=brand_id, key=IN_FORCE, defaults=values, create_defaults={**values, "id": ids.new()}
        )


def _look(held: Allotment, now: datetime) -> None:
    values: dict[str, Any] = {"as_of": now, "error": ""}
    try:
        _, values["found"] = _worked_out(held.brand_id, now, KIND.read(held.body, KIND.schema))
    except Exception as error:  # kept with what it was for, where whoever asked sees it
        log.exception("a look at an allocation failed for brand %s", held.brand_id)
        values["error"] = named(error, _ERROR)
    # Asked again meanwhile: it stays wanted.
    later = When(wanted_at__gt=to_us(held.wanted_at or now), then=F("wanted_at"))
    with transaction.atomic():
        Allotment.objects.filter(id=held.id).update(**values, wanted_at=Case(later, default=None))


def _worked_out(brand_id: int, now: datetime, body: Allocation) -> tuple[pa.Table, dict[str, Any]]:
    """``person_id`` and ``care`` of everybody with figures; groups and bands for the pages."""
    import ibis

    from perennial.insight.yearly import profit_of_year
    from perennial.segments.compile import care

    digits = exponent(Brand.objects.values_list("currency", flat=True).get(id=brand_id))
    with undisturbed(brand_id), source() as opened:
        year = profit_of_year(tables(brand_id), moment(brand_id, now), treatment=treatment(brand_id, now))
        people = _read(
            opened, ("person_id", "rfm_group", "stage"),
            _PEOPLE.format(brand=brand_id, after="{after}", limit=_SLICE),
        )  # fmt: skip
        members = _members(opened, brand_id, care.segments(body))
        backend = year.get_backend()
        each: ir.Table = care.care(body, ibis.memtable(people), year, ibis.memtable(members), digits)
        # Worked out once, then summed up: `tables` gave a DuckDB of its own, which goes with its last reader.
        done = backend.create_table("care_each", each, temp=True)
        groups = care.by_part(done).to_pyarrow().to_pylist()
        bands = care.by_band(done, digits).to_pyarrow().to_pylist()
        return done.select("person_id", "care").order_by("person_id").to_pyarrow(), {"groups": groups, "bands": bands}


def _members(opened: Any, brand_id: int, segments: tuple[str, ...]) -> pa.Table:
    """Who is in the segments that a document names."""
    import pyarrow as pa

    columns = ("person_id", "segment")
    parts = (
        _read(opened, columns, _MEMBERS.format(brand=brand_id, segment=key, after="{after}", limit=_SLICE))
        for key in segments
    )
    return pa.concat_tables([_empty(columns), *parts])


def _read(opened: Any, columns: tuple[str, ...], sql: str) -> pa.Table:
    """All rows by slices; the first column is the number they are walked by."""
    import pyarrow as pa

    parts, after = [_empty(columns)], 0
    while True:
        part = opened.read(sql.format(after=after))
        if part.num_rows == 0:  # SQLite cannot tell the types of columns without rows
            break
        parts.append(part.cast(parts[0].schema))
        after = part.column(0)[-1].as_py()
        if part.num_rows < _SLICE:
            break
    return pa.concat_tables(parts)


def _empty(columns: tuple[str, ...]) -> pa.Table:
    import pyarrow as pa

    first, *others = columns
    return pa.schema([(first, pa.int64()), *((name, pa.string()) for name in others)]).empty_table()


def _put(brand_id: int, now: datetime, each: pa.Table, model: str) -> Iterator[int]:
    as_of = to_us(now)

    def write(start: int, count: int) -> None:
        part = each.slice(start, count)
        listed = zip(
            ids.take(count), part.column("person_id").to_pylist(), part.column("care").to_pylist(), strict=True
        )
        rows.upsert(
            Score, _COLUMNS,
            [(id_, brand_id, person, NAME, float(value), None, None, model, as_of) for id_, person, value in listed],
            key=("brand_id", "customer_id", "name"),
        )  # fmt: skip

    yield from paced(each.num_rows, write)


def _remove_others(brand_id: int, now: datetime) -> Iterator[int]:
    """Forget the scores of people who are none any more."""
    while True:
        others = Score.objects.filter(brand_id=brand_id, name=NAME).exclude(as_of=to_us(now))
        gone = list(others.values_list("id", flat=True)[:1_000])
        if not gone:
            return
        with transaction.atomic():
            Score.objects.filter(id__in=gone).delete()
        yield len(gone)
