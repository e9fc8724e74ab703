"""Permissions given and withdrawn."""

from __future__ import annotations

from collections.abc import Sequence

from perennial.database import ids, rows
from perennial.facts.actions.recording.people import People
from perennial.facts.actions.recording.session import Session
from perennial.facts.models.people import Consent, Customer
from perennial.facts.rules import records
from perennial.facts.rules.readers import CONSENTS
from perennial.values.time import to_us


def record_consents(session: Session, people: People, consents: Sequence[records.Consent]) -> None:
    """Add permissions given and withdrawn; each once."""
    wanted = {}
    for record in consents:
        customer = people.customer(record.who)
        if customer is None:
            session.tally["consent.anonymous"] += 1
        else:
            wanted[customer, record.channel, record.purpose, to_us(record.at), record.given] = record
    # Two processes that are told the same must not both find it new.
    rows.fetch(Customer, ("id",), "id", {key[0] for key in wanted}, lock=True)
    columns = ("customer_id", "channel", "purpose", "at", "given")
    held = {
        (*row[:4], bool(row[4]))
        for row in rows.fetch(
            Consent, columns, "customer_id", {key[0] for key in wanted}, equal={"brand_id": session.brand_id}
        )
    }
    new = {key: record for key, record in wanted.items() if key not in held}
    session.tally["consent.same"] += len(wanted) - len(new)
    session.tally["consent.new"] += len(new)
    written = []
    for id_, (key, record) in zip(ids.take(len(new)), sorted(new.items(), key=lambda item: item[0]), strict=True):
        customer, channel, purpose, at, given = key
        written.append(
            (
                id_, session.brand_id, customer, channel, purpose, given, at, record.source, record.text_version,
                record.proof, session.now_us,
            )
        )  # fmt: skip
        session.event("consent.given" if given else "consent.withdrawn", id_, record.at, customer)
        session.touch(customer, what=CONSENTS)
    rows.insert_missing(Consent, rows.columns_of(Consent), written)
