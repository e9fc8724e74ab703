"""Who it was: from what a record says of a person to a customer, and what is known of that customer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from perennial.database import ids, rows
from perennial.facts.actions.recording import names
from perennial.facts.actions.recording.aliases import realias
from perennial.facts.actions.recording.session import Session
from perennial.facts.models.people import Attribute, Beneficiary, Consent, Customer, Identity
from perennial.facts.rules import records
from perennial.facts.rules.addresses import Key, Known, known
from perennial.facts.rules.versions import UNSEEN, Version
from perennial.values.time import to_us

_CUSTOMER = rows.columns_of(Customer)
_IDENTITY = rows.columns_of(Identity)
_IDENTITY_KEY = ("brand_id", "customer_id", "kind", "value")
# The earliest sighting of an address, and the earliest proof of it, hold whatever the order of arrival.
_EARLIEST = {
    "from_at": (
        'CASE WHEN excluded."from_at" < "identity"."from_at" THEN excluded."from_at" ELSE "identity"."from_at" END'
    ),
    "verified_at": (
        'CASE WHEN "identity"."verified_at" IS NULL OR excluded."verified_at" < "identity"."verified_at"'
        ' THEN COALESCE(excluded."verified_at", "identity"."verified_at") ELSE "identity"."verified_at" END'
    ),
}
_NEWS = (
    'excluded."from_at" < "identity"."from_at" OR (excluded."verified_at" IS NOT NULL AND'
    ' ("identity"."verified_at" IS NULL OR excluded."verified_at" < "identity"."verified_at"))'
)
Proof = tuple[int | None, int | None]  # when the e-mail address and the phone number were verified


class People:
    """The customers of one recording: each is looked up or made once."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._known: dict[records.Who, Known] = {}
        self._customers: dict[Key, int] = {}

    def known(self, who: records.Who) -> Known:
        """``who`` with comparable addresses."""
        found = self._known.get(who)
        if found is None:
            source = self._session.source
            found = self._known[who] = known(who, source.store_id, source.country)
            if (who.email and not found.email) or (who.phone and not found.phone):
                self._session.tally["address.unreadable"] += 1
        return found

    def customer(self, who: records.Who) -> int | None:
        """The customer that ``who`` names (after `meet`), or None for an anonymous visitor."""
        key = self.known(who).key
        return None if key is None else self._customers[key]

    def matched_by(self, who: records.Who) -> str:
        """How sure the person is: account, email, phone or none."""
        key = self.known(who).key
        return key.kind if key else "none"

    def meet(self, seen: Iterable[tuple[records.Who, datetime]], proofs: dict[records.Who, Proof]) -> None:
        """Look up or make the customers of all that were ``seen`` (and when), with their addresses."""
        first: dict[tuple[Key, str, str], tuple[int, int | None]] = {}
        for who, at in seen:
            found = self.known(who)
            if found.key is None:
                continue
            email_proof, phone_proof = proofs.get(who, (None, None))
            account = ("account", found.key.name, None) if found.key.kind == "account" else None
            for entry in (account, ("email", found.email, email_proof), ("phone", found.phone, phone_proof)):
                if entry is None or not entry[1]:
                    continue
                place = (found.key, entry[0], entry[1])
                at_us, proof = first.get(place, (to_us(at), None))
                proved = [value for value in (proof, entry[2]) if value is not None]
                first[place] = (min(at_us, to_us(at)), min(proved) if proved else None)
        self._look_up({key for key, _, _ in first})
        self._remember(first)

    def _look_up(self, keys: set[Key]) -> None:
        session = self._session
        by_place: dict[tuple[str, int], list[str]] = {}
        for key in sorted(keys, key=lambda key: (key.kind, key.store_id, key.name)):
            by_place.setdefault((key.kind, key.store_id), []).append(key.name)
        fresh: list[tuple[int, bool]] = []
        for (kind, store_id), wanted in by_place.items():
            for name, (id_, new) in names.resolve(session, kind, wanted, store_id).items():
                self._customers[Key(kind, store_id, name)] = id_
                if new:
                    fresh.append((id_, kind == "account"))
        blank: dict[str, Any] = dict.fromkeys(_CUSTOMER, "") | {
            "address": None,
            "created_at": None,
            "created_day": None,
        }
        blank |= {"brand_id": session.brand_id, "store_id": session.store_id, "recorded_at": session.now_us}
        blank |= dict(zip(("version_at", "version_rank", "version_hash"), UNSEEN, strict=True))
        rows.insert_missing(
            Customer,
            _CUSTOMER,
            [tuple((blank | {"id": id_, "account": account}).values()) for id_, account in sorted(fresh)],
        )
        if fresh:
            session.mark("customers", 0)
        session.tally["customer.met"] += len(fresh)

    def _remember(self, first: dict[tuple[Key, str, str], tuple[int, int | None]]) -> None:
        session = self._session
        entries = sorted(
            (self._customers[key], kind, value, key.kind == "account", at, proof)
            for (key, kind, value), (at, proof) in first.items()
        )
        # Most orders come from known people at known addresses: look before writing.
        held = {
            row[:3]: row[3:]
            for row in rows.fetch(
                Identity,
                ("customer_id", "kind", "value", "from_at", "verified_at"),
                "customer_id",
                {entry[0] for entry in entries},
                equal={"brand_id": session.brand_id},
            )
        }
        fresh = [
            entry
            for entry in entries
            if (old := held.get(entry[:3])) is None
            or entry[4] < old[0]
            or (entry[5] is not None and (old[1] is None or entry[5] < old[1]))
        ]
        rows.upsert(
            Identity,
            _IDENTITY,
            [
                (
                    id_,
                    session.brand_id,
                    customer,
                    session.store_id,
                    kind,
                    value,
                    account,
                    session.source.name,
                    proof,
                    at,
                    None,
                )
                for id_, (customer, kind, value, account, at, proof) in zip(ids.take(len(fresh)), fresh, strict=True)
            ],
            key=_IDENTITY_KEY,
            change=_EARLIEST,
            where=_NEWS,
        )
        realias(
            session,
            {(kind, value) for customer, kind, value, *_ in fresh if (customer, kind, value) not in held},
        )


def record_customers(session: Session, people: People, customers: Sequence[records.Customer]) -> None:
    """Take what sources say of customers; attributes of an older state still count where nothing newer is known."""
    mine = [(people.customer(record.who), record) for record in customers]
    ids_of = {id_: record for id_, record in mine if id_ is not None}
    held: dict[int, Version] = {
        row[0]: row[1:]
        for row in rows.fetch(Customer, ("id", "version_at", "version_rank", "version_hash"), "id", ids_of)
    }
    written, accepted = [], []
    for id_, record in ids_of.items():
        new = session.versions[record]
        if new <= held[id_]:
            session.tally["customer.same" if new == held[id_] else "customer.stale"] += 1
            continue
        seen = held[id_] != UNSEEN
        session.tally["customer.changed" if seen else "customer.new"] += 1
        written.append(_row(session, id_, record, new))
        accepted.append((id_, record))
        session.event(
            "customer.changed" if seen else "customer.known",
            id_,
            record.updated_at,
            id_,
            new[2] if seen else 0,
        )
        session.touch(id_)
    names.save(Customer, _CUSTOMER, written)
    if written:
        session.mark("customers", 0)
    _attributes(session, [(id_, record) for id_, record in mine if id_ is not None])
    _beneficiaries(session, accepted)


def _row(session: Session, id_: int, record: records.Customer, new: Version) -> rows.Row:
    created = record.created_at
    return (
        id_, session.brand_id, session.store_id, *new, record.who.account is not None, record.first_name,
        record.last_name, record.locale, record.country or "", record.acquired_by,
        rows.as_json(record.address.model_dump(exclude_defaults=True) if record.address else None),
        to_us(created) if created else None, int(session.day(created)) if created else None, session.now_us,
    )  # fmt: skip


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
        for id_, record in mine
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
    rows.remove(Beneficiary, "customer_id", [id_ for id_, _ in accepted], equal={"brand_id": session.brand_id})
    entries = [(id_, entry) for id_, record in accepted for entry in {b.name: b for b in record.beneficiaries}.values()]
    rows.insert(
        Beneficiary,
        ("id", "brand_id", "customer_id", "name", "relation", "dates"),
        [
            (
                new,
                session.brand_id,
                id_,
                b.name,
                b.relation,
                rows.as_json({k: d.isoformat() for k, d in b.dates.items()}),
            )
            for new, (id_, b) in zip(ids.take(len(entries)), entries, strict=True)
        ],
    )


def record_consents(session: Session, people: People, consents: Sequence[records.Consent]) -> None:
    """Add permissions given and withdrawn; each once."""
    wanted = {}
    for record in consents:
        customer = people.customer(record.who)
        if customer is None:
            session.tally["consent.anonymous"] += 1
        else:
            wanted[customer, record.channel, record.purpose, to_us(record.at), record.given] = record
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
        session.touch(customer)
    rows.insert_missing(Consent, rows.columns_of(Consent), written)
