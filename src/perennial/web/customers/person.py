"""One person as their page shows them: who they are, what they agreed to, what is known besides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from perennial.facts.actions.amend import version_of
from perennial.facts.actions.suppress import Channel, NoAddress, suppression_hash
from perennial.facts.models.brands import Store
from perennial.facts.models.desk import Note
from perennial.facts.models.people import (
    Alias,
    Attribute,
    Beneficiary,
    Consent,
    Customer,
    Identity,
    Merge,
    Suppression,
)
from perennial.figures.models import CustomerFigures
from perennial.values.ids import parse, public
from perennial.web.models import User

_SUPPRESSED: tuple[tuple[Channel, str], ...] = (("email", "email"), ("sms", "phone"), ("phone", "phone"))


@dataclass(frozen=True)
class Person:
    """``customer`` is the person's own record; ``ids`` all records that are this person, their own first.

    ``confirmed``: which of the others are certainly the same; the rest are joined in statistics only.
    """

    customer: Customer
    others: Sequence[Customer]
    confirmed: frozenset[int]
    figures: CustomerFigures | None

    @property
    def id(self) -> int:
        """The person's id."""
        return self.customer.id

    @property
    def ids(self) -> list[int]:
        """All records that are this person."""
        return [self.customer.id, *(other.id for other in self.others)]

    @property
    def certain(self) -> list[int]:
        """The records that certainly are this person: what somebody agreed to as one of them counts for all."""
        return [id_ for id_ in self.ids if id_ == self.customer.id or id_ in self.confirmed]

    @property
    def public(self) -> str:
        """As addresses name them."""
        return public("cus", self.customer.id)

    @property
    def name(self) -> str:
        """What they are called, as far as any of their records says."""
        for one in (self.customer, *self.others):
            if name := f"{one.first_name} {one.last_name}".strip():
                return name
        return self.customer.email or self.customer.phone or self.public


def find(brand_id: int, text: str) -> Person | None:
    """The person whose record (any of theirs) a public id names; None where the brand has none."""
    try:
        id_ = parse("cus", text)
    except ValueError:
        return None
    person = Alias.objects.filter(brand_id=brand_id, id=id_).values_list("person_id", flat=True).first() or id_
    own = Customer.objects.filter(brand_id=brand_id, id=person).first()
    if own is None:
        return None
    aliases = dict(Alias.objects.filter(brand_id=brand_id, person_id=person).values_list("id", "confirmed"))
    others = Customer.objects.filter(brand_id=brand_id, id__in=aliases).order_by("id")
    return Person(
        own,
        list(others),
        frozenset(id_ for id_, sure in aliases.items() if sure),
        CustomerFigures.objects.filter(brand_id=brand_id, id=person).first(),
    )


def identities(person: Person) -> list[Identity]:
    """Addresses and accounts, those that still hold first."""
    found = Identity.objects.filter(brand_id=person.customer.brand_id, customer_id__in=person.ids)
    return sorted(found, key=lambda i: (i.to_at is not None, i.kind, i.from_at, i.value))


def consents(person: Person) -> list[dict[str, Any]]:
    """What holds per channel and purpose, with what was said before: {"channel", "purpose", "now", "history"}."""
    said: dict[tuple[str, str], list[Consent]] = {}
    found = Consent.objects.filter(brand_id=person.customer.brand_id, customer_id__in=person.certain)
    # As `facts.queries.consented`: of two words at one instant the no holds.
    for consent in found.order_by("-at", "given", "-id"):
        said.setdefault((consent.channel, consent.purpose), []).append(consent)
    return [
        {"channel": channel, "purpose": purpose, "now": history[0], "history": history}
        for (channel, purpose), history in sorted(said.items())
    ]


def suppressed(person: Person) -> list[tuple[str, Suppression]]:
    """Channels whose present address must never be used, with since when and why."""
    hashes: dict[tuple[str, str], str] = {}
    for one in (person.customer, *person.others):
        for channel, column in _SUPPRESSED:
            address = getattr(one, column)
            if address:
                try:
                    hashes[channel, suppression_hash(channel, address)] = address
                except NoAddress:
                    continue  # kept as it was told, and good for nothing: nothing to suppress
    held = Suppression.objects.filter(
        brand_id=person.customer.brand_id,
        channel__in={channel for channel, _ in hashes},
        hash__in=[hash_ for _, hash_ in hashes],
    )
    return [(hashes[s.channel, s.hash], s) for s in held.order_by("channel", "at") if (s.channel, s.hash) in hashes]


def attributes(person: Person) -> list[dict[str, Any]]:
    """Birthday, sizes and so on; ``seen`` names what was seen when it is changed."""
    found = Attribute.objects.filter(brand_id=person.customer.brand_id, customer_id__in=person.ids)
    return [{"row": row, "seen": version_of(row)} for row in found.order_by("name", "id")]


def beneficiaries(person: Person) -> list[dict[str, Any]]:
    """Those they buy for."""
    found = Beneficiary.objects.filter(brand_id=person.customer.brand_id, customer_id__in=person.ids)
    return [{"row": row, "seen": version_of(row)} for row in found.order_by("name", "id")]


def notes(person: Person) -> list[dict[str, Any]]:
    """What staff wrote, the newest first, with who they are."""
    found = list(
        Note.objects.filter(brand_id=person.customer.brand_id, customer_id__in=person.ids).order_by("-written_at")
    )
    authors = _names({note.author_id for note in found})
    return [{"row": note, "author": authors.get(note.author_id, "")} for note in found]


def merges(person: Person) -> list[dict[str, Any]]:
    """Merges of this person's records that hold, the newest first: what can be taken apart again."""
    held = Merge.objects.filter(brand_id=person.customer.brand_id, customer_id__in=person.ids, undone_at=None)
    found = list(held.order_by("-merged_at", "-id"))
    authors = _names({int(merge.author) for merge in found if merge.author.isdigit()})
    return [
        {"row": m, "author": authors.get(int(m.author), m.author) if m.author.isdigit() else m.author} for m in found
    ]


def _names(users: set[int]) -> Mapping[int, str]:
    return {id_: name or email for id_, name, email in User.objects.filter(id__in=users).values_list(
        "id", "name", "email")}  # fmt: skip


def latest_store(person: Person) -> Store:
    """The store through which the person is known."""
    stores = Store.objects.filter(brand_id=person.customer.brand_id).select_related("brand")
    return stores.filter(id=person.customer.store_id).first() or stores.order_by("id")[0]
