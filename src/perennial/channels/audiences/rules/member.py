"""What is known of a person for an audience: whether they may be mailed, at which address, what their fields say."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from perennial.channels.audiences.rules.audience import Audience
from perennial.facts.rules.addresses import normal_email
from perennial.values.hashing import fingerprint
from perennial.values.money import exponent
from perennial.values.time import LocalDay

_LONGEST = 250  # letters of a field's value: Campaign Monitor's bound; Mailchimp's is 255


@dataclass(frozen=True, slots=True)
class Word:
    """What a customer said of mail at an instant (microseconds): yes or no."""

    customer_id: int
    at: int
    given: bool


@dataclass(frozen=True, slots=True)
class Person:
    """A person as the facts have them. ``addresses``: stated, by customer; the person's own customer is ``id``.

    ``words``: what any of their customers said of marketing by e-mail. ``told``: the values of `FIELDS` that
    come from tables, and ``labels`` they bear.
    """

    id: int
    addresses: Mapping[int, str]
    words: Sequence[Word]
    told: Mapping[str, str | int | None] = field(default_factory=dict)
    labels: frozenset[str] = frozenset()

    @property
    def address(self) -> str:
        """Where they are written to, in normal form: their own address, else the one of a customer joined to them."""
        own = normal_email(self.addresses.get(self.id, ""))
        others = (normal_email(self.addresses[one]) for one in sorted(self.addresses))
        return own or next((one for one in others if one), "")

    @property
    def agreed(self) -> bool:
        """Whether their last word on it is a yes, and one of those at this very address said yes.

        The yes of a guest with another address is none for this one; a no of any of them is a no for all.
        Given and withdrawn at the same instant counts as withdrawn; silence is a no.
        """
        if not self.words:
            return False
        last = max(self.words, key=lambda word: (word.at, not word.given))
        here = {one for one, stated in self.addresses.items() if normal_email(stated) == self.address}
        return last.given and any(word.given and word.customer_id in here for word in self.words)


@dataclass(frozen=True, slots=True)
class Target:
    """Somebody as they should stand at the service. ``key``: see `address_hash`. ``values``: by field's tag."""

    customer_id: int
    address: str
    key: str
    values: Mapping[str, str]
    fingerprint: str


def address_hash(address: str) -> str:
    """MD5 of the lower-case address: by it Mailchimp names a member in addresses of its API. It protects nothing."""
    return hashlib.md5(address.lower().encode(), usedforsecurity=False).hexdigest()


def target(person: Person, body: Audience, currency: str) -> Target:
    """How a person who may be mailed should stand at the service. Equal fingerprints: nothing changed."""
    values = {one.tag: value(one.says, person, currency)[:_LONGEST] for one in body.fields}
    address = person.address
    named = fingerprint({"address": address, "values": values, "tag": body.tag})
    return Target(person.id, address, address_hash(address), values, named)


def value(says: str, person: Person, currency: str) -> str:
    """A field's value as text: sums with a point and the currency's digits, days as 2026-03-31; unknown is ""."""
    if says.startswith("label:"):
        return "yes" if says.removeprefix("label:") in person.labels else ""
    told = person.told
    if says == "name":
        return " ".join(part for name in ("first_name", "last_name") if (part := str(told.get(name) or "").strip()))
    if says == "language":
        return str(told.get("locale") or "").replace("_", "-").partition("-")[0].lower()
    found = told.get(says)
    if found is not None and says == "revenue":
        digits = exponent(currency)
        return f"{Decimal(found) / 10**digits:.{digits}f}"
    if found is not None and says == "last_order_day":
        return LocalDay(int(found)).date.isoformat()
    return str("" if found is None else found).strip()


def sort_of(says: str) -> str:
    """What sort of value a field holds at the service: number, date or text."""
    return {"orders": "number", "revenue": "number", "last_order_day": "date"}.get(says, "text")
