"""Who is the same person as whom: derived from addresses, and from the merges that people decided."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from perennial.database import rows
from perennial.database.transactions import hold
from perennial.facts.actions.recording.session import Session
from perennial.facts.models.brands import Ref
from perennial.facts.models.people import Alias, Identity
from perennial.facts.rules.addresses import address_key
from perennial.facts.rules.versions import name_hash

_ALIAS = ("id", "brand_id", "into_id", "person_id", "confirmed")


Address = tuple[str, str]  # kind (email, phone) and normal form


def hold_aliases(session: Session) -> None:
    """One process at a time derives who is whom in a brand: two would not see each other's people.

    To be called after what it derives from is written, and late: it is held until the transaction ends.
    """
    hold(name_hash(session.brand_id, "aliases"))


def realias(session: Session, addresses: Iterable[Address]) -> None:
    """Derive again which guests at these addresses count, in statistics, as the account that has them.

    A guest joins the account if only one person's account has the address. Two accounts at one address
    stay two people until a merge says otherwise, and the guest there stays a third.
    """
    addresses = list(addresses)
    if not addresses:
        return
    hold_aliases(session)
    wanted: dict[int, int] = {}
    guests: set[int] = set()
    confirmed: dict[int, int] = {}
    for kind in ("email", "phone"):
        values = sorted({value for of, value in addresses if of == kind})
        held = _guests(session, kind, values)
        holders = _holders(session, kind, list(held))
        edges = edges_of(session, {*held.values(), *(customer for each in holders.values() for customer in each)})
        confirmed |= {customer: into for customer, (into, _, sure) in edges.items() if sure}
        guests |= {guest for guest in held.values() if guest not in confirmed}
        for value, accounts in holders.items():
            guest, found = held[value], {root(account, confirmed) for account in accounts}
            # Accounts that were merged into the guest are the guest already: joining them would close a ring.
            if guest not in confirmed and len(found) == 1 and guest not in found:
                wanted[guest] = min(accounts)
    joined = {
        id_: into
        for id_, into, sure in rows.fetch(
            Alias, ("id", "into_id", "confirmed"), "id", guests, equal={"brand_id": session.brand_id}
        )
        if not sure
    }
    drop = set(joined) - set(wanted)
    add = {guest: into for guest, into in wanted.items() if joined.get(guest) != into}
    if drop or add:
        apply(session, drop, add, confirmed=False)


def _guests(session: Session, kind: str, values: list[str]) -> dict[str, int]:
    """The guests known by these addresses alone."""
    names = {address_key(value): value for value in values}
    place = {"brand_id": session.brand_id, "store_id": 0, "kind": kind}
    return {names[name]: target for name, target in rows.fetch(Ref, ("name", "target"), "name", names, equal=place)}


def _holders(session: Session, kind: str, values: list[str]) -> dict[str, list[int]]:
    """The accounts that have these addresses."""
    holders: dict[str, list[int]] = defaultdict(list)
    place = {"brand_id": session.brand_id, "kind": kind}
    for value, customer, account in rows.fetch(
        Identity, ("value", "customer_id", "account"), "value", values, equal=place
    ):
        if account:
            holders[value].append(customer)
    return holders


def root(customer: int, edges: Mapping[int, int]) -> int:
    """The end of the chain that begins at ``customer``; of a ring, the same one wherever it is entered."""
    seen = [customer]
    while (into := edges.get(customer)) is not None:
        if into in seen:
            return min(seen[seen.index(into) :])
        seen.append(into)
        customer = into
    return customer


def edges_of(session: Session, customers: Iterable[int]) -> dict[int, tuple[int, int, bool]]:
    """All edges of the components in which ``customers`` lie: customer -> (into, person, confirmed)."""
    edges: dict[int, tuple[int, int, bool]] = {}
    front, seen = set(customers), set()
    columns = ("id", "into_id", "person_id", "confirmed")
    while front:
        seen |= front
        found = rows.fetch(Alias, columns, "id", front, equal={"brand_id": session.brand_id})
        found += rows.fetch(Alias, columns, "into_id", front, equal={"brand_id": session.brand_id})
        edges |= {id_: (into, person, bool(sure)) for id_, into, person, sure in found}
        front = {node for id_, into, _, _ in found for node in (id_, into)} - seen
    return edges


def apply(session: Session, drop: Iterable[int], add: Mapping[int, int], *, confirmed: bool) -> None:
    """Take edges away and put edges in, then find each one's person again and tell the readers."""
    drop = set(drop)
    involved = drop | set(add) | set(add.values())
    edges = edges_of(session, involved)
    before = {customer: person for customer, (_, person, _) in edges.items()}
    for customer in drop:
        edges.pop(customer, None)
    edges |= {customer: (into, into, confirmed) for customer, into in add.items()}
    plain = {customer: into for customer, (into, _, _) in edges.items()}
    after = {customer: root(customer, plain) for customer in edges}
    rows.remove(Alias, "id", drop - set(add), equal={"brand_id": session.brand_id})
    rows.upsert(
        Alias,
        _ALIAS,
        [
            (customer, session.brand_id, edges[customer][0], person, edges[customer][2])
            for customer, person in sorted(after.items())
            if before.get(customer) != person or customer in add
        ],
        key=("id",),
    )
    session.mark("aliases", 0)
    session.touch(*involved, *after, *after.values(), *before.values())
