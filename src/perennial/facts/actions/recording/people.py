"""Who it was: from what a record says of a person to a customer, and what is known of that customer."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from perennial.database import ids, rows
from perennial.facts.actions.erasing.again import anybody_erased, erased_behind
from perennial.facts.actions.recording import names
from perennial.facts.actions.recording.aliases import Address, realias
from perennial.facts.actions.recording.session import Session
from perennial.facts.models.people import Customer, Identity
from perennial.facts.rules import records
from perennial.facts.rules.addresses import Key, Known, known
from perennial.facts.rules.versions import UNSEEN
from perennial.values.time import to_us

CUSTOMER = rows.columns_of(Customer)
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
        self._news: set[Address] = set()
        self.some_erased = False
        self.erased: set[int] = set()  # customers of whom nothing personal may be written again

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
        emails: dict[Key, set[str]] = {}
        for who, at in seen:
            found = self.known(who)
            if found.key is None:
                continue
            emails.setdefault(found.key, set()).update((found.email,) if found.email else ())
            email_proof, phone_proof = proofs.get(who, (None, None))
            account = ("account", found.key.name, None) if found.key.kind == "account" else None
            for entry in (account, ("email", found.email, email_proof), ("phone", found.phone, phone_proof)):
                if entry is None or not entry[1]:
                    continue
                place = (found.key, entry[0], entry[1])
                at_us, proof = first.get(place, (to_us(at), None))
                proved = [value for value in (proof, entry[2]) if value is not None]
                first[place] = (min(at_us, to_us(at)), min(proved) if proved else None)
        self.some_erased = anybody_erased(self._session)
        if emails and self.some_erased:
            gone = erased_behind(self._session, emails)
            self._customers |= gone
            self.erased |= set(gone.values())
        self._look_up(emails.keys() - self._customers.keys())
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
        blank: dict[str, Any] = dict.fromkeys(CUSTOMER, "") | {
            "address": None,
            "created_at": None,
            "created_day": None,
        }
        blank |= {"brand_id": session.brand_id, "store_id": session.store_id, "recorded_at": session.now_us}
        blank |= dict(zip(("version_at", "version_rank", "version_hash"), UNSEEN, strict=True))
        rows.insert_missing(
            Customer,
            CUSTOMER,
            [tuple((blank | {"id": id_, "account": account}).values()) for id_, account in sorted(fresh)],
        )
        if fresh:
            session.mark("customers", 0)
            session.touch(*(id_ for id_, _ in fresh))  # somebody new is to be looked at in every respect
        session.tally["customer.met"] += len(fresh)

    def _remember(self, first: dict[tuple[Key, str, str], tuple[int, int | None]]) -> None:
        session = self._session
        entries = sorted(
            (self._customers[key], kind, value, key.kind == "account", at, proof)
            for (key, kind, value), (at, proof) in first.items()
            if self._customers[key] not in self.erased
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
        session.named.update(entry[0] for entry in fresh if entry[:3] not in held)
        self._news |= {(kind, value) for customer, kind, value, *_ in fresh if (customer, kind, value) not in held}

    def settle(self) -> None:
        """Derive who is whom from the addresses that were new; last of all, for others wait meanwhile."""
        realias(self._session, self._news)
