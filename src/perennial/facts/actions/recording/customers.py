"""What sources say of customers: state, attributes, beneficiaries, addresses that ended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from perennial.database import ids, rows
from perennial.facts.actions.recording import names
from perennial.facts.actions.recording.people import CUSTOMER, People
from perennial.facts.actions.recording.session import Session
from perennial.facts.models.people import Attribute, Beneficiary, Customer, Identity
from perennial.facts.rules import records
from perennial.facts.rules.addresses import Known
from perennial.facts.rules.versions import UNSEEN, Version
from perennial.values.time import to_us


def record_customers(session: Session, people: People, customers: Sequence[records.Customer]) -> None:
    """Take what sources say of customers; attributes of an older state still count where nothing newer is known."""
    # One address may be spelt in two ways in a batch: of two states of one customer the greater holds.
    mine = [
        (id_, record)
        for record in sorted(customers, key=lambda record: session.versions[record])
        if (id_ := people.customer(record.who)) is not None and id_ not in people.erased
    ]
    ids_of = dict(mine)
    session.tally["customer.stale"] += len(mine) - len(ids_of)
    held: dict[int, Version] = {
        row[0]: row[1:]
        for row in rows.fetch(Customer, ("id", "version_at", "version_rank", "version_hash"), "id", ids_of, lock=True)
    }
    written, accepted = [], []
    for id_, record in ids_of.items():
        new = session.versions[record]
        if new <= held[id_]:
            session.tally["customer.same" if new == held[id_] else "customer.stale"] += 1
            continue
        seen = held[id_] != UNSEEN
        session.tally["customer.changed" if seen else "customer.new"] += 1
        written.append(_row(session, id_, (record, people.known(record.who)), new))
        accepted.append((id_, record))
        session.event(
            "customer.changed" if seen else "customer.known",
            id_,
            record.updated_at,
            id_,
            new[2] if seen else 0,
        )
        session.touch(id_)
    names.save(Customer, CUSTOMER, written)
    if written:
        session.mark("customers", 0)
    _end_addresses(session, list(ids_of))
    _attributes(session, mine)
    _beneficiaries(session, accepted)


def _row(session: Session, id_: int, told: tuple[records.Customer, Known], new: Version) -> rows.Row:
    record, found = told
    created = record.created_at
    return (
        id_, session.brand_id, session.store_id, *new, record.who.account is not None, found.email, found.phone,
        record.first_name, record.last_name, record.locale, record.country or "", record.acquired_by,
        rows.as_json(record.address.model_dump(exclude_defaults=True) if record.address else None),
        to_us(created) if created else None, int(session.day(created)) if created else None, session.now_us,
    )  # fmt: skip


def _end_addresses(session: Session, customers: Sequence[int]) -> None:
    """An address that the newest record no longer states has ended; a function of what is held, not of the way."""
    stated = rows.fetch(Customer, ("id", "email", "phone", "version_at"), "id", customers)
    written = []
    current = {id_: ({"email": email, "phone": phone}, at) for id_, email, phone, at in stated}
    columns = ("id", "customer_id", "kind", "value", "from_at", "to_at")
    for id_, customer, kind, value, since, until in rows.fetch(
        Identity, columns, "customer_id", customers, equal={"brand_id": session.brand_id}
    ):
        if kind == "account":
            continue
        now_stated, at = current[customer][0][kind], current[customer][1]
        ended = at if now_stated and now_stated != value and since <= at else None
        if ended != until:
            written.append((id_, ended))
    for ended in sorted({ended for _, ended in written}, key=lambda at: at or 0):
        rows.change(Identity, {"to_at": ended}, "id", [id_ for id_, at in written if at == ended])


def _typed(value: bool | float | date | str) -> tuple[str, object]:
    match value:
        case bool():
            return "bool", value
        case int() | float():
            return "number", value
        case date():
            return "date", value.isoformat()
        case _:
            return "text", value


def _attributes(session: Session, mine: Sequence[tuple[int, records.Customer]]) -> None:
    entries = {
        (id_, name): (*_typed(value), to_us(record.updated_at))
        for id_, record in mine  # the newest last
        for name, value in record.attributes.items()
    }
    columns = ("id", "brand_id", "customer_id", "name", "type", "value", "at")
    later = '("attribute"."at", CAST("attribute"."value" AS text)) < (excluded."at", CAST(excluded."value" AS text))'
    rows.upsert(
        Attribute,
        columns,
        [
            (new, session.brand_id, id_, name, type_, rows.as_json(value), at)
            for new, ((id_, name), (type_, value, at)) in zip(
                ids.take(len(entries)), sorted(entries.items()), strict=True
            )
        ],
        key=("brand_id", "customer_id", "name"),
        change={name: f'excluded."{name}"' for name in ("type", "value", "at")},
        where=later,
    )


def _beneficiaries(session: Session, accepted: Sequence[tuple[int, records.Customer]]) -> None:
    if not accepted:
        return
    told_by_shops = {"brand_id": session.brand_id, "by_hand": False}
    rows.remove(Beneficiary, "customer_id", [id_ for id_, _ in accepted], equal=told_by_shops)
    entries = [(id_, entry) for id_, record in accepted for entry in {b.name: b for b in record.beneficiaries}.values()]
    rows.insert_missing(
        Beneficiary,
        ("id", "brand_id", "customer_id", "name", "relation", "dates", "by_hand"),
        [
            (
                new,
                session.brand_id,
                id_,
                b.name,
                b.relation,
                rows.as_json({k: d.isoformat() for k, d in b.dates.items()}),
                False,
            )
            for new, (id_, b) in zip(ids.take(len(entries)), entries, strict=True)
        ],
    )
