"""Who a customer is, and by which names and addresses they stand in the tables."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from perennial.database import rows
from perennial.facts.actions.erasing.keyed import PREFIX
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
        """Whether a text names the person: an address, a phone number however it is spaced, or both names.

        Whole words count: Jo Li is not in "Joan Olivera". A name of one letter counts beside the other name only.
        """
        folded = text.casefold()
        pattern = _words(self.emails, self.names)
        if pattern is not None and pattern.search(folded):
            return True
        if any(all(_words_of(name).search(folded) for name in pair) for pair in self.names if _tells(pair)):
            return True
        digits = _OTHERS.sub("", text)
        return any(tail in digits for tail in self.phone_tails())

    def phone_tails(self) -> list[str]:
        """The last digits of the phone numbers, which stand in every way of writing them."""
        found = {_OTHERS.sub("", value)[-_LAST_DIGITS:] for value, _ in self.phones}
        return sorted(tail for tail in found if len(tail) >= _FEWEST_DIGITS)

    def accounts(self) -> list[str]:
        """The names of their accounts in the shops, as files state them."""
        return sorted({name for _, kind, _, name, _ in self.refs if kind == "account" and not name.startswith(PREFIX)})


_OTHERS = re.compile(r"\D+")
_LAST_DIGITS, _FEWEST_DIGITS = 9, 4


def _tells(pair: tuple[str, str]) -> bool:
    """Whether first and last name tell somebody wherever they stand in a text: neither is missing or an initial."""
    return all(sum(sign.isalnum() for sign in name) > 1 for name in pair)


@lru_cache(maxsize=256)
def _words_of(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(name.strip().casefold())}(?!\w)")


@lru_cache(maxsize=64)
def _words(emails: tuple[tuple[str, int], ...], names: tuple[tuple[str, str], ...]) -> re.Pattern[str] | None:
    """The addresses, and both names one behind the other, as whole words."""
    found = [re.escape(value.casefold()) for value, _ in emails]
    for pair in names:
        first, last = (re.escape(name.strip().casefold()) for name in pair)
        plain = "".join(pair).isascii()
        if first and last and (not plain or sum(sign.isalnum() for sign in "".join(pair)) > 2):
            # Chinese, Japanese and Korean names have nothing between them.
            between = rf"[\s,;\"]{{{int(plain)},4}}"
            found += [first + between + last, last + between + first]
    return re.compile(rf"(?<![\w.+-])(?:{'|'.join(found)})(?![\w-]|\.\w)") if found else None


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
