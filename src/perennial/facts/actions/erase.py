"""Erasing a person: everything that says who they were goes, what the accounts need stays.

**First**, in one short transaction: addresses, names, attributes, notes go; the names by which sources know
the person become keyed hashes; their addresses are suppressed; the event tells every other room. From then
on nothing that arrives of them brings anything back. **Then** their orders and visits are blanked in short
transactions, by whoever goes on with `erasing.steps`: the page, the command or the loop. Killed anywhere, the
next to look goes on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from perennial.database import ids, rows
from perennial.database.transactions import atomically, hold
from perennial.facts.actions.erasing import blanking
from perennial.facts.actions.erasing.again import erasure_place
from perennial.facts.actions.erasing.journal import keep_journal
from perennial.facts.actions.erasing.keyed import PREFIX, keyed
from perennial.facts.actions.erasing.person import Known, Person, forget_elsewhere, known_as, person
from perennial.facts.actions.recording.aliases import realias
from perennial.facts.actions.recording.session import Session
from perennial.facts.actions.stores import source_of
from perennial.facts.actions.suppress import Channel, suppression_hash
from perennial.facts.models.brands import Ref, Store
from perennial.facts.models.erasure import Erased, Erasure
from perennial.facts.models.orders import Order
from perennial.facts.models.people import Alias, Customer, Merge, Suppression
from perennial.facts.rules.addresses import address_key
from perennial.values.time import to_us

Name = tuple[str, int, str, int]  # kind, store, keyed hash, customer
Address = tuple[Channel, str]


class NotErased(ValueError):
    """There is nobody to erase, or they were erased already."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What erasing would do. ``rows``: how many of each table change; ``orders`` stay, without names."""

    person: Person
    customers: tuple[int, ...]
    rows: dict[str, int]
    orders: int
    likely_orders: int
    addresses: int


def plan_erasure(*, brand_id: int, customer_id: int, likely: bool = False) -> Plan:
    """What `erase` would do now; ``likely`` takes in those who are the same person by an address alone."""
    found = _person(brand_id, customer_id)
    chosen = _chosen(brand_id, found, likely=likely)
    counts = {table: blanking.count_rows(table, brand_id, chosen) for table in blanking.tables()}
    known = known_as(brand_id, chosen)
    return Plan(
        found,
        tuple(chosen),
        {table: count for table, count in counts.items() if count},
        Order.objects.filter(brand_id=brand_id, customer_id__in=chosen).count(),
        Order.objects.filter(brand_id=brand_id, customer_id__in=found.likely).count(),
        len({value for value, _ in (*known.emails, *known.phones)}),
    )


def erase(
    *,
    brand_id: int,
    customer_id: int,
    now: datetime,
    likely: bool = False,
    by: int = 0,
    also: Callable[[int], None] = lambda _: None,
) -> int:
    """Erase a person for good; gives back the erasure. `erasing.steps.erase_steps` does the rest. Raises NotErased.

    ``also`` is called with the erasure in its transaction. Call this outside of a transaction: files are read.
    """
    found = _person(brand_id, customer_id)
    # Files of imports and what pages keep: first, for afterwards nobody knows what to look for.
    forget_elsewhere(brand_id, known_as(brand_id, _chosen(brand_id, found, likely=likely)), now)
    done = atomically(lambda: _erase(brand_id, customer_id, likely, by, now, also))
    keep_journal(brand_id)
    return done


def _erase(  # noqa: PLR0917
    brand_id: int, customer_id: int, likely: bool, by: int, now: datetime, also: Callable[[int], None]
) -> int:
    hold(erasure_place(brand_id))
    chosen = _chosen(brand_id, _person(brand_id, customer_id), likely=likely)
    done = apply_erasure(brand_id=brand_id, erasure_id=ids.new(), customers=chosen, by=by, asked=now, now=now)
    also(done)
    return done


def apply_erasure(
    *,
    brand_id: int,
    erasure_id: int,
    customers: Sequence[int],
    by: int,
    asked: datetime,
    now: datetime,
    names: Sequence[Name] = (),
    addresses: Sequence[Address] = (),
) -> int:
    """The first part, in the caller's transaction. ``names`` and ``addresses``: what a journal adds to what is held."""
    known = known_as(brand_id, customers)
    all_names = sorted({*names, *_keyed(brand_id, known)})
    all_addresses = sorted({*addresses, *_suppressed(known)})
    _exchange_names(brand_id, known, all_names)
    _suppress(brand_id, all_addresses, now)
    counts: Counter[str] = Counter()
    persons = [who for (who,) in rows.fetch(Alias, ("person_id",), "id", customers, equal={"brand_id": brand_id})]
    for table in blanking.short_tables():
        counts[table] += blanking.erase_rows(table, brand_id, customers)
    # Words stand with the person; whoever of it is left gets theirs back when they are looked at again.
    counts["word"] += blanking.erase_rows("word", brand_id, persons)
    counts["merge"] += Merge.objects.filter(brand_id=brand_id, into_id__in=customers).exclude(why="").update(why="")
    rows.insert_missing(
        Erased, rows.columns_of(Erased), [(id_, brand_id, erasure_id, to_us(now)) for id_ in sorted(customers)]
    )
    Erasure.objects.update_or_create(
        id=erasure_id,
        defaults={
            "brand_id": brand_id, "customers": sorted(customers), "names": all_names, "addresses": all_addresses,
            "counts": +counts, "by": by, "requested_at": asked, "done_at": None,
        },
    )  # fmt: skip
    _tell(brand_id, erasure_id, (customers, persons), known, now)
    return erasure_id


def _tell(
    brand_id: int, erasure_id: int, whom: tuple[Sequence[int], Sequence[int]], known: Known, now: datetime
) -> None:
    """``whom``: who was erased, and whose person they were."""
    store = Store.objects.select_related("brand").filter(brand_id=brand_id).order_by("id")[0]
    session = Session(source_of(store, "erasure"), now, history=False)
    for id_ in whom[0]:
        session.event("customer.erased", id_, now, id_, erasure_id)
    session.mark("customers", 0)
    session.touch(*whom[0], *whom[1])
    # Guests at these addresses no longer count as whoever is gone.
    realias(session, {("email", value) for value, _ in known.emails} | {("phone", value) for value, _ in known.phones})
    session.close()


def _keyed(brand_id: int, known: Known) -> Iterator[Name]:
    for _, kind, store_id, name, target in known.refs:
        if not name.startswith(PREFIX):
            yield kind, store_id, keyed(brand_id, kind, store_id, name), target
    for kind, values in (("email", known.emails), ("phone", known.phones)):
        for value, target in values:
            yield kind, 0, keyed(brand_id, kind, 0, address_key(value)), target


def _suppressed(known: Known) -> Iterator[Address]:
    for value, _ in known.emails:
        yield "email", suppression_hash("email", value)
    for value, _ in known.phones:
        yield "sms", suppression_hash("sms", value)
        yield "phone", suppression_hash("phone", value)


def _exchange_names(brand_id: int, known: Known, names: Sequence[Name]) -> None:
    gone = [id_ for id_, _, _, name, _ in known.refs if not name.startswith(PREFIX)]
    rows.remove(Ref, "id", gone, equal={"brand_id": brand_id})
    rows.insert_missing(
        Ref,
        ("id", "brand_id", "store_id", "kind", "name", "target"),
        [
            (id_, brand_id, store_id, kind, name, target)
            for id_, (kind, store_id, name, target) in zip(ids.take(len(names)), names, strict=True)
        ],
    )


def _suppress(brand_id: int, addresses: Sequence[Address], now: datetime) -> None:
    rows.insert_missing(
        Suppression,
        rows.columns_of(Suppression),
        [
            (id_, brand_id, channel, hash_, "erased", to_us(now))
            for id_, (channel, hash_) in zip(ids.take(len(addresses)), addresses, strict=True)
        ],
    )


def _person(brand_id: int, customer_id: int) -> Person:
    if not Customer.objects.filter(brand_id=brand_id, id=customer_id).exists():
        raise NotErased(f"there is no customer {customer_id} in this brand: nothing was erased")
    return person(brand_id, customer_id)


def _chosen(brand_id: int, found: Person, *, likely: bool) -> list[int]:
    wanted = [*found.sure, *(found.likely if likely else ())]
    gone = {id_ for (id_,) in rows.fetch(Erased, ("id",), "id", wanted, equal={"brand_id": brand_id})}
    if not (left := [id_ for id_ in wanted if id_ not in gone]):
        raise NotErased("this person was erased already")
    return left
