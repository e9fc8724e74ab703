"""Visits: appended, each once; and the proofs of whose they were."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection

from perennial.database import ids, rows
from perennial.facts.actions.recording import names
from perennial.facts.actions.recording.activity import visitor_id
from perennial.facts.actions.recording.catalogue import Catalogue
from perennial.facts.actions.recording.people import People
from perennial.facts.actions.recording.session import Session
from perennial.facts.models.activity import Behaviour, Sighting
from perennial.facts.rules import records
from perennial.facts.rules.keeping import oldest_month
from perennial.facts.rules.readers import VISITS
from perennial.facts.rules.versions import name_hash
from perennial.values.time import to_us

_BEHAVIOUR = rows.columns_of(Behaviour)


def record_behaviour(session: Session, people: People, catalogue: Catalogue, seen: Sequence[records.Behaviour]) -> None:
    """Append what visitors did; what lies in a month that is no longer kept is counted and left out."""
    oldest = oldest_month(session.now)
    orders = names.resolve(session, "order", [event.order for event in seen if event.order])
    written: dict[tuple[int, int], rows.Row] = {}
    for event in seen:
        day = session.day(event.at)
        if day.month < oldest:
            session.tally["behaviour.too_old"] += 1
            continue
        customer = people.customer(event.who)
        id_ = name_hash(session.brand_id, session.store_id, event.name)
        written[day.month, id_] = (
            day.month, id_, session.brand_id, session.store_id, visitor_id(session, event.who.visitor), customer,
            event.kind, catalogue.product(event.product), orders[event.order][0] if event.order else None,
            to_us(event.at), int(day), event.value, rows.as_json(event.props or None),
        )  # fmt: skip
        session.touch(customer, what=VISITS)
    months = {month for month, _ in written}
    _partitions(months)
    new = rows.insert_missing(Behaviour, _BEHAVIOUR, [row for _, row in sorted(written.items())])
    session.tally["behaviour.new"] += new
    session.tally["behaviour.same"] += len(written) - new
    if new:
        for month in months:
            session.mark("behaviour", month)


def _partitions(months: set[int]) -> None:
    """On PostgreSQL each month is a partition of its own."""
    if connection.vendor != "postgresql" or not months:
        return
    with connection.cursor() as cursor:
        names_of = {f"behaviour_m{month}": month for month in months}
        cursor.execute("SELECT relname FROM pg_class WHERE relname = ANY(%s)", [list(names_of)])
        for (name,) in cursor.fetchall():
            names_of.pop(name)
        for name, month in sorted(names_of.items()):
            # Two processes may open a month at once: the second waits here and finds it made.
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('behaviour month'))")
            cursor.execute("SELECT to_regclass(%s)", [f'"{name}"'])
            if cursor.fetchone() != (None,):
                continue
            # Attached and not made as a part: that would want all visits for itself, and wait behind a back-up.
            cursor.execute(f'CREATE TABLE "{name}" (LIKE behaviour INCLUDING ALL)')
            part = f"FOR VALUES FROM ({month}) TO ({month + 1})"
            cursor.execute(f'ALTER TABLE behaviour ATTACH PARTITION "{name}" {part}')


def record_sightings(session: Session, people: People, sightings: Sequence[records.Sighting]) -> None:
    """Note who a visitor was shown to be."""
    wanted = {
        (visitor, customer, to_us(sighting.at))
        for sighting in sightings
        if (customer := people.customer(sighting.who)) is not None
        and (visitor := visitor_id(session, sighting.visitor)) is not None
    }
    new = rows.insert_missing(
        Sighting,
        ("id", "brand_id", "visitor_id", "customer_id", "at"),
        [(id_, session.brand_id, *key) for id_, key in zip(ids.take(len(wanted)), sorted(wanted), strict=True)],
    )
    session.tally["sighting.new"] += new
    if new:
        session.mark("visitors", 0)
        session.touch(*(customer for _, customer, _ in wanted), what=VISITS)
