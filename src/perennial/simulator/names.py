"""What customers are called: names, addresses and telephone numbers, made from their numbers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from perennial.simulator.columns import Columns
from perennial.simulator.words import DOMAINS, EMOJI, FIRST, LAST, ascii_name, phone, words
from perennial.simulator.world import World


@dataclass(frozen=True, slots=True)
class Person:
    """How the shop knows one customer: every field may stand in a record."""

    number: int
    account: str | None
    email: str
    phone: str | None
    first_name: str
    last_name: str
    locale: str
    language: str
    country: str


@lru_cache
def _names(language: str) -> tuple[list[str], list[str]]:
    return words(FIRST[language]), words(LAST[language])


def persons(world: World, people: Columns) -> list[Person]:
    """The persons of a block of customers (columns of `people.draw`)."""
    customer = people["customer"]
    units = [world.draws.uniform(stream, customer).tolist() for stream in ("name", "surname", "phone")]
    emoji = world.draws.chance("emoji", 0.006, customer).tolist()
    seen = (people[name].tolist() for name in ("customer", "account", "shared", "locale"))
    made: list[Person] = []
    for number, account, shared, place, first, last, rings, smiles in zip(*seen, *units, emoji, strict=True):
        locale = world.config.locales[place]
        language = locale.code[:2] if locale.code[:2] in FIRST else "en"
        given, family = _names(language)
        first_name, last_name = given[int(first * len(given))], family[int(last * len(family))]
        local = ".".join(filter(None, (ascii_name(first_name), ascii_name(last_name)))) or "client"
        email = f"{local}.{number + 1}@{DOMAINS[number % len(DOMAINS)]}"
        made.append(
            Person(
                number=number,
                account=f"c{number + 1}" if account else None,
                # Whoever shares an address follows its owner in the block: blocks begin with an even number.
                email=made[-1].email if shared else email,
                phone=phone(number, language) if rings < 0.5 else None,
                first_name=f"{first_name} {EMOJI[number % len(EMOJI)]}" if smiles else first_name,
                last_name=last_name,
                locale=locale.code,
                language=language,
                country=locale.country,
            )
        )
    return made
