"""Who a customer is, and by which names and addresses they stand in the tables."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from perennial.database import rows
from perennial.facts.models.brands import Ref
from perennial.facts.models.people import Alias, Customer, Identity
from perennial.facts.rules.addresses import normal_email

# Kinds of the table of names that name people.
PEOPLE = ("account", "email", "phone")


@dataclass(frozen=True, slots=True)
class Person:
    """``sure``: the customer with all that staff said are the same person. ``likely``: by an address alone."""

    sure: tuple[int, ...]
    likely: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """How the customers of a person are known, in clear.

    ``refs``: (id, kind, store, name, customer) of the table of names. ``emails`` and ``phones``: (normal form,
    customer). ``names``: (first name, last name).
    """

    refs: tuple[tuple[int, str, int, str, int], ...]
    emails: tuple[tuple[str, int], ...]
    phones: tuple[tuple[str, int], ...]
    names: tuple[tuple[str, str], ...]

    def named_in(self, text: str) -> bool:
        """Whether a text names the person: an address, a phone number however it is spaced, or both names."""
        folded = text.casefold()
        if any(value.casefold() in folded for value, _ in self.emails):
            return True
        if any(
            first and last and first.casefold() in folded and last.casefold() in folded for first, last in self.names
        ):
            return True
        digits = _OTHERS.sub("", text)
        return any(tail in digits for tail in self.phone_tails())

    def phone_tails(self) -> list[str]:
        """The last digits of the phone numbers, which stand in every way of writing them."""
        return sorted({_OTHERS.sub("", value)[-_LAST_DIGITS:] for value, _ in self.phones})


_OTHERS = re.compile(r"\D+")
_LAST_DIGITS = 9
Forget = Callable[[int, Known, datetime], None]
_elsewhere: tuple[Forget, ...] = ()


def install(forget: Iterable[Forget]) -> None:
    """Let rooms above forget a person before each erasure: (brand, how they are known, now). Safe to repeat."""
    global _elsewhere  # noqa: PLW0603  # one table per process, set at start-up
    _elsewhere = tuple(forget)


def forget_elsewhere(brand_id: int, known: Known, now: datetime) -> None:
    """Call what was installed."""
    for forget in _elsewhere:
        forget(brand_id, known, now)


def person(brand_id: int, customer_id: int) -> Person:
    """All customers that are one person with this one."""
    sure = {customer_id}
    everybody = {customer_id}
    front = {customer_id}
    edges: list[tuple[int, int, bool]] = []
    columns = ("id", "into_id", "confirmed")
    while front:
        found = rows.fetch(Alias, columns, "id", front, equal={"brand_id": brand_id})
        found += rows.fetch(Alias, columns, "into_id", front, equal={"brand_id": brand_id})
        edges += found
        front = {node for id_, into, _ in found for node in (id_, into)} - everybody
        everybody |= front
    grown = True
    while grown:
        joined = {node for id_, into, ok in edges if ok and {id_, into} & sure for node in (id_, into)}
        grown = not joined <= sure
        sure |= joined
    everybody |= _at_the_same_address(brand_id, sorted(sure))
    return Person(tuple(sorted(sure)), tuple(sorted(everybody - sure)))


def _at_the_same_address(brand_id: int, customers: Sequence[int]) -> set[int]:
    """Whoever has, or had, an e-mail address of these: other accounts too, which nobody confirmed to be theirs."""
    emails = [value for value, _ in known_as(brand_id, customers).emails]
    place = {"brand_id": brand_id}
    holders = [
        rows.fetch(Identity, ("customer_id",), "value", emails, equal={**place, "kind": kind})
        for kind in ("email", "account")
    ]
    return {customer for found in holders for (customer,) in found}


def known_as(brand_id: int, customers: Sequence[int]) -> Known:
    """How these customers are known now."""
    place = {"brand_id": brand_id}
    refs = rows.fetch(Ref, ("id", "kind", "store_id", "name", "target"), "target", customers, equal=place)
    identities = rows.fetch(Identity, ("kind", "value", "customer_id"), "customer_id", customers, equal=place)
    stated = rows.fetch(Customer, ("id", "email", "phone", "first_name", "last_name"), "id", customers, equal=place)
    emails = {(value, customer) for kind, value, customer in identities if kind == "email"}
    phones = {(value, customer) for kind, value, customer in identities if kind == "phone"}
    emails |= {(email, id_) for id_, email, *_ in stated if email}
    # Simple exports name their customers by the address itself.
    emails |= {(email, id_) for kind, name, id_ in identities if kind == "account" and (email := normal_email(name))}
    phones |= {(phone, id_) for id_, _, phone, *_ in stated if phone}
    names = {(first, last) for *_, first, last in stated if first or last}
    return Known(
        tuple(sorted(row for row in refs if row[1] in PEOPLE)),
        tuple(sorted(emails)),
        tuple(sorted(phones)),
        tuple(sorted(names)),
    )
