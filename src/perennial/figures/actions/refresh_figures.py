"""Keep one row of figures per person: at once for those whose facts changed, nightly for everybody.

People change through what they do and through time passing. The first are few: their facts are read straight
from the database and measured against the store as it was computed last, so that the cost does not grow with
the store. The second, and the many of an import, are computed from the mirror, set-based.

One process at a time does this for a brand, so that older figures never follow newer ones.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction

from perennial.database import rows
from perennial.database.pacing import paced
from perennial.facts.actions import loop_marks
from perennial.facts.actions.loop_marks import TouchedMark
from perennial.facts.actions.loop_schedules import NotNow
from perennial.facts.queries import one_person
from perennial.figures.actions.alone import alone
from perennial.figures.actions.compute_answers import keep
from perennial.figures.actions.refresh_mirror import mirror_steps
from perennial.figures.models import CustomerFigures
from perennial.figures.queries.answers import POPULATION, moment, population, treatment
from perennial.figures.queries.mirror import tables, tables_of, undisturbed
from perennial.figures.queries.waiting import READER
from perennial.insight.tables import Tables
from perennial.values.time import to_us

if TYPE_CHECKING:
    import pyarrow as pa

    from perennial.figures.rules.figures import Population

MANY = 20_000  # touched people from which on the mirror is the shorter way
_AT_ONCE = 5_000  # touched people computed together: each time, the expression is translated anew
_READ = ("customers", "aliases", "orders", "lines", "refunds", "refund_lines")


def touched_steps(*, brand_id: int, now: datetime) -> Iterator[object]:
    """Bring the figures of touched customers up to date; yields after each part."""
    with alone(brand_id, "figures") as mine:
        if not mine:
            return
        # Marks before facts: what is recorded after this leaves another mark.
        marks = loop_marks.touched(brand_id=brand_id, reader=READER, limit=MANY + 1)
        against = population(brand_id)
        if not marks:
            return
        if against is None or len(marks) > MANY:
            yield from _everybody(brand_id, now)
            return
        for start in range(0, len(marks), _AT_ONCE):
            part = marks[start : start + _AT_ONCE]
            yield from _some(brand_id, now, part, *against)


def everybody_steps(*, brand_id: int, now: datetime) -> Iterator[object]:
    """Compute the figures of everybody, and what people are measured against; yields after each part.

    Raises NotNow where another process is at the figures or at the mirror: a night must not be left out.
    """
    with alone(brand_id, "figures") as mine:
        done = mine and (yield from _everybody(brand_id, now))
    if not done:
        raise NotNow


def _everybody(brand_id: int, now: datetime) -> Generator[object, None, bool]:
    """False where nothing was done."""
    marks = loop_marks.touched(brand_id=brand_id, reader=READER)
    complete = yield from mirror_steps(brand_id=brand_id, now=now)
    if not complete:
        return False  # another process writes the mirror: the marks stand
    as_of, counted = moment(brand_id, now), treatment(brand_id, now)
    from perennial.figures.rules import figures as rules

    with undisturbed(brand_id):
        t = tables(brand_id)
        found = rules.population(t, as_of, counted)
        for name in POPULATION:
            keep(brand_id=brand_id, name=name, found=getattr(found, name), now=now)
            yield name
        against = population(brand_id)
        assert against is not None  # noqa: S101  # just kept
        computed = _compute(t, brand_id, now, against[0])
        yield computed.num_rows
    yield from _put(brand_id, now, against[1], computed)
    yield from _remove_others(brand_id, now)
    for start in range(0, len(marks), MANY):
        loop_marks.clear_touched(marks[start : start + MANY])
        yield start
    return True


def _some(
    brand_id: int, now: datetime, marks: list[TouchedMark], against: Population, against_as_of: datetime
) -> Iterator[object]:
    customers, people = one_person(brand_id=brand_id, customers=[mark.customer_id for mark in marks])
    computed = _compute(tables_of(brand_id, customers, _READ), brand_id, now, against)
    yield from _put(brand_id, now, against_as_of, computed)
    # Who was merged into another, or is no longer known, has no figures of their own.
    gone = set(customers) - set(computed.column("person_id").to_pylist())
    with transaction.atomic():
        rows.remove(CustomerFigures, "id", gone, equal={"brand_id": brand_id})
    loop_marks.clear_touched(marks)
    yield people


def _compute(t: Tables, brand_id: int, now: datetime, against: Population) -> pa.Table:
    from perennial.figures.rules.figures import figures

    return figures(t, moment(brand_id, now), treatment(brand_id, now), against).to_pyarrow()


def _put(brand_id: int, now: datetime, against_as_of: datetime, computed: pa.Table) -> Iterator[int]:
    """Write figures in transactions of some milliseconds; yields after each how many it wrote."""
    from perennial.figures.rules.figures import COLUMNS, MODEL

    columns = ("id", *COLUMNS[1:], "brand_id", "model", "as_of", "as_of_day", "population_as_of")
    fixed = (brand_id, MODEL, to_us(now), moment(brand_id, now).day, to_us(against_as_of))

    def write(start: int, count: int) -> None:
        part = computed.slice(start, count)
        listed: Sequence[Sequence[Any]] = [
            (*row, *fixed) for row in zip(*(part.column(name).to_pylist() for name in COLUMNS), strict=True)
        ]
        rows.upsert(CustomerFigures, columns, listed, key=("id",))

    yield from paced(computed.num_rows, write)


def _remove_others(brand_id: int, now: datetime) -> Iterator[int]:
    """Forget the figures that a run over everybody did not write."""
    while True:
        others = CustomerFigures.objects.filter(brand_id=brand_id).exclude(as_of=to_us(now))
        gone = list(others.values_list("id", flat=True)[:1_000])
        if not gone:
            return
        with transaction.atomic():
            CustomerFigures.objects.filter(id__in=gone).delete()
        yield len(gone)
