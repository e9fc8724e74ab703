"""Records of people: customers, how they are named, and what they agreed to."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Literal

import numpy as np

from perennial.facts.rules.records import Address, Beneficiary, Consent, Customer, Who
from perennial.simulator.columns import NEVER
from perennial.simulator.draws import Ints
from perennial.simulator.names import Person
from perennial.simulator.records.shop import instant
from perennial.simulator.season import DAY
from perennial.simulator.store import Block
from perennial.simulator.words import CHILDREN, PETS, STREETS

_SIZES = ("XS", "S", "M", "L", "XL")
_SPECIES = ("dog", "cat")
_Channel = Literal["email", "sms", "post"]
_Purpose = Literal["marketing", "profiling"]
# Pairs: given by a share of customers, later withdrawn by a share of those.
_CONSENTS: tuple[tuple[_Channel, _Purpose, bool, float], ...] = (
    ("email", "marketing", True, 0.62),
    ("email", "marketing", False, 0.09),
    ("sms", "marketing", True, 0.18),
    ("sms", "marketing", False, 0.06),
    ("post", "marketing", True, 0.12),
    ("post", "marketing", False, 0.03),
    ("email", "profiling", True, 0.40),
    ("email", "profiling", False, 0.04),
)


def who(person: Person) -> Who:
    """How an order names the person: by account if there is one, always by e-mail address."""
    return Who(account=person.account, email=person.email, phone=person.phone)


def address(person: Person) -> Address:
    """A made-up postal address."""
    street, cities = STREETS[person.language]
    number = person.number
    return Address(
        name=f"{person.first_name} {person.last_name}",
        line1=street.format(n=1 + number % 97),
        line2="" if number % 5 else f"{1 + number % 9}B",
        city=cities[number % len(cities)],
        postcode=f"{10_000 + number * 37 % 80_000}",
        country=person.country,
    )


class People:
    """The people of one block, made once."""

    def __init__(self, block: Block) -> None:
        self.block, self.draws = block, block.world.draws
        self.persons = block.persons

    def customers(self, rows: Ints) -> list[Customer]:
        """Customer records: those with an account, or known by an address from their first order."""
        return [self._customer(row) for row in rows.tolist()]

    def _unit(self, stream: str, number: int) -> float:
        return float(self.draws.uniform(stream, np.asarray([number]))[0])

    def _customer(self, row: int) -> Customer:
        person, people = self.persons[row], self.block.people
        created = int(people["won"][row])
        confirms = person.account is not None and self._unit("confirms", person.number) < 0.8
        channel = self.block.world.config.channels[int(people["channel"][row])]
        verified = instant(min(created + 600, self.block.world.season.until)) if confirms else None
        return Customer(
            who=who(person),
            updated_at=verified or instant(created),
            created_at=instant(created),
            first_name=person.first_name,
            last_name=person.last_name,
            locale=person.locale,
            country=person.country,
            email_verified_at=verified,
            acquired_by=channel.key,
            address=address(person),
            attributes=self._attributes(person),
            beneficiaries=self._beneficiaries(person),
        )

    def _attributes(self, person: Person) -> dict[str, bool | int | float | date | str]:
        if person.account is None:
            return {}
        known: dict[str, bool | int | float | date | str] = {}
        unit = self._unit("birthday", person.number)
        if unit < 0.45:
            known["birthday"] = date(1950, 1, 1) + timedelta(days=int(unit / 0.45 * 20_000))
        unit = self._unit("size", person.number)
        if unit < 0.3:
            known["size"] = _SIZES[int(unit / 0.3 * len(_SIZES))]
        return known

    def _beneficiaries(self, person: Person) -> tuple[Beneficiary, ...]:
        unit = self._unit("beneficiary", person.number)
        if person.account is None or unit >= 0.22:
            return ()
        place = int(unit * 1_000_000)
        pet = place % 3 > 0
        names = PETS if pet else CHILDREN
        born = self.block.world.config.until.date() - timedelta(days=200 + place % 3_000)
        return (
            Beneficiary(
                name=names[place % len(names)],
                relation=_SPECIES[place % 2] if pet else "child",
                dates={"birthday": born},
            ),
        )

    def consent_columns(self) -> tuple[Ints, Ints, Ints]:
        """Row of the customer, place in `_CONSENTS` and instant (s) of each consent given or withdrawn."""
        people, season = self.block.people, self.block.world.season
        customer, won = people["customer"], people["won"]
        rows, kinds, times = [], [], []
        for place, (_, _, given, of_those) in enumerate(_CONSENTS):
            share = self.draws.uniform(f"consent/{place // 2}", customer) < _CONSENTS[place // 2 * 2][3]
            at = won + 60
            share &= self.block.seen
            if not given:
                share &= self.draws.chance(f"withdrawal/{place}", of_those, customer)
                later = self.draws.uniform(f"withdrawal/when/{place}", customer) * 500 * DAY
                at = won + DAY + later.astype(np.int64)
            at = np.where(at <= season.until, at, NEVER)
            chosen = np.flatnonzero(share & (at != NEVER))
            rows.append(chosen)
            kinds.append(np.full(len(chosen), place))
            times.append(at[chosen])
        return np.concatenate(rows), np.concatenate(kinds), np.concatenate(times)

    def consents(self, rows: Ints, kinds: Ints, times: Ints) -> list[Consent]:
        """Consent records of rows made by `consent_columns`."""
        made = []
        for row, kind, at in zip(rows.tolist(), kinds.tolist(), times.tolist(), strict=True):
            channel, purpose, given, _ = _CONSENTS[kind]
            person = self.persons[row]
            made.append(
                Consent(
                    who=who(person),
                    channel=channel,
                    purpose=purpose,
                    given=given,
                    at=instant(at),
                    source="checkout" if given else "unsubscribe link",
                    text_version=f"{person.language}-2" if given else "",
                    proof=f"form:{person.number + 1}" if given else "",
                )
            )
        return made
