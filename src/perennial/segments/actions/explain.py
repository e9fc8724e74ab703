"""Why somebody is in a segment, or is not: worked out by `work` when somebody looks."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from perennial.facts.models.brands import Brand
from perennial.facts.queries import one_person
from perennial.figures.queries.answers import moment
from perennial.segments.queries.facts import histories_of
from perennial.segments.queries.known import known_of
from perennial.segments.queries.live import live
from perennial.segments.queries.stays import stays_of
from perennial.segments.rules.explaining.explain import explain
from perennial.segments.rules.explaining.verdict import as_json
from perennial.segments.rules.fold.person import Person
from perennial.segments.rules.history import History
from perennial.values.time import to_us


def explain_wanted(*, brand_id: int, wish: dict[str, Any], now: datetime) -> dict[str, Any]:
    """What is found for a wish of `previews.want_explanation`."""
    return explain_member(brand_id=brand_id, customer_id=wish["customer"], segment=wish["explain"], now=now)


def explain_member(*, brand_id: int, customer_id: int, segment: str, now: datetime) -> dict[str, Any]:
    """The verdict of a segment in force for the person a customer is, read from that person's facts alone.

    Gives back ``customer`` (the person), ``segment``, ``version``, ``as_of`` (microseconds), ``day`` (the local day),
    ``currency``, ``stays`` (the newest first: ``entered_at``, ``left_at`` in microseconds or None, ``entered_why``,
    ``left_why``, ``*_version``) and ``verdict``, as `explaining.verdict.as_json` has it. Raises CannotCount where the
    segment is not in force, or cannot be judged as things stand.
    """
    found = live(brand_id=brand_id, at=now)
    whole = found.whole(segment)
    customers, people = one_person(brand_id=brand_id, customers=[customer_id])
    (person,) = people
    histories = histories_of(brand_id=brand_id, customers=customers, rules=[whole])
    known = known_of(brand_id=brand_id, rules=[whole], at=now)
    as_of = moment(brand_id, now)
    judged = Person(histories.get(person, History(person)), known, as_of)
    verdict = explain(found.segments[segment].rule, judged, known, found.segments)
    return {
        "customer": person,
        "segment": segment,
        "version": found.versions[segment],
        "as_of": as_of.at,
        "day": as_of.day,
        "currency": Brand.objects.values_list("currency", flat=True).get(id=brand_id),
        "stays": [
            {name: to_us(value) if isinstance(value, datetime) else value for name, value in stay.items()}
            for stay in stays_of(brand_id=brand_id, customer_id=person, segment=segment)
        ],
        "verdict": as_json(verdict),
    }
