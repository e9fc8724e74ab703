"""Keep the words by which people are found: of those who changed, or of everybody.

Words follow the person: those of a guest and an account that are one stand together, under the person's id,
so that the name of the one and the address of the other find them both.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence

from django.db import transaction

from perennial.database import ids, rows
from perennial.database.transactions import hold
from perennial.facts.actions import loop_marks
from perennial.facts.actions.erasing.again import erasure_place
from perennial.facts.models.desk import Word
from perennial.facts.models.loop import Touched
from perennial.facts.models.people import Alias, Customer, Identity
from perennial.facts.rules import words

READER = "search"
_MARKS = 20_000  # read at once
_AIM_SECONDS = 0.03  # a transaction on SQLite keeps all other writers waiting
_FEWEST, _MOST = 50, 2_000  # customers per transaction
_COLUMNS = ("id", "brand_id", "customer_id", "word")


def somebody_is_touched(brand_id: int) -> bool:
    """Whether facts of a customer changed since their words were written."""
    return Touched.objects.filter(brand_id=brand_id, reader=READER).exists()


def touched_steps(*, brand_id: int) -> Iterator[int]:
    """Write the words of touched customers anew; yields after each transaction how many it looked at."""
    while True:
        # Marks before facts: what is recorded after this leaves another mark.
        marks = loop_marks.touched(brand_id=brand_id, reader=READER, limit=_MARKS)
        yield from _paced(brand_id, [mark.customer_id for mark in marks])
        loop_marks.clear_touched(marks)
        if len(marks) < _MARKS:
            return


def everybody_steps(*, brand_id: int) -> Iterator[int]:
    """Write the words of everybody anew, where they are not as they should be; yields as `touched_steps`."""
    last = 0
    everybody = Customer.objects.filter(brand_id=brand_id).order_by("id").values_list("id", flat=True)
    while some := list(everybody.filter(id__gt=last)[:_MARKS]):
        yield from _paced(brand_id, some, alone=True)
        last = some[-1]


def _paced(brand_id: int, customers: Sequence[int], *, alone: bool = False) -> Iterator[int]:
    size, start = 250, 0
    while start < len(customers):
        part = customers[start : start + size]
        spent = rewrite(brand_id=brand_id, customers=part, alone=alone)
        start += len(part)
        yield len(part)
        # A cold page or a busy disk makes one transaction slow: the next is shorter.
        size = int(min(max(size * min(_AIM_SECONDS / max(spent, 1e-4), 2.0), _FEWEST), _MOST))


def rewrite(*, brand_id: int, customers: Iterable[int], alone: bool = False) -> float:
    """Write the words of the people that ``customers`` are; gives back the seconds its transaction took.

    Whoever is erased between the reading and the writing would get words again. Those whom a mark led here
    are looked at once more then, for an erasure leaves a mark; ``alone``: without marks, nobody is erased
    meanwhile.
    """
    listed = list(customers)
    if not alone:
        gone, new = _changes(brand_id, listed)
        if not gone and not new:
            return 0.0
    began = time.perf_counter()
    with transaction.atomic():
        if alone:
            hold(erasure_place(brand_id), shared=True)
            gone, new = _changes(brand_id, listed)
        rows.remove(Word, "id", gone, equal={"brand_id": brand_id})
        rows.insert_missing(
            Word,
            _COLUMNS,
            [(id_, brand_id, *key) for id_, key in zip(ids.take(len(new)), new, strict=True)],
        )
    return time.perf_counter() - began


def _changes(brand_id: int, customers: Sequence[int]) -> tuple[list[int], list[tuple[int, str]]]:
    """Rows that are to go, and (person, word) that are to come."""
    equal = {"brand_id": brand_id}
    of = dict(rows.fetch(Alias, ("id", "person_id"), "id", customers, equal=equal))
    people = {of.get(customer, customer) for customer in customers}
    of |= dict(rows.fetch(Alias, ("id", "person_id"), "person_id", people, equal=equal))
    wanted = _wanted(brand_id, {person: person for person in people} | of)
    # Whoever was merged into another, or has left, has no words of their own.
    looked_at = people | set(customers) | set(of)
    held = {
        (customer, word): id_
        for id_, customer, word in rows.fetch(
            Word, ("id", "customer_id", "word"), "customer_id", looked_at, equal=equal
        )
    }
    return [held[key] for key in held.keys() - wanted], sorted(wanted - held.keys())


def _wanted(brand_id: int, of: dict[int, int]) -> set[tuple[int, str]]:
    """(person, word) of all customers of ``of`` (customer -> person)."""
    equal = {"brand_id": brand_id}
    found: dict[int, set[str]] = defaultdict(set)
    columns = ("id", "first_name", "last_name", "email", "phone")
    for id_, first, last, email, phone in rows.fetch(Customer, columns, "id", of, equal=equal):
        mine = found[of[id_]]
        mine |= words.of_name(first) | words.of_name(last)
        mine |= words.of_email(email) if email else set()
        mine |= words.of_phone(phone) if phone else set()
    cut: dict[str, Callable[[str], Iterable[str]]] = {
        "email": words.of_email,
        "phone": words.of_phone,
        "account": words.of_account,
    }
    for customer, kind, value in rows.fetch(Identity, ("customer_id", "kind", "value"), "customer_id", of, equal=equal):
        found[of[customer]].update(cut[kind](value))
    return {(person, word) for person, mine in found.items() for word in mine}
