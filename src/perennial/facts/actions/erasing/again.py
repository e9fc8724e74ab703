"""What arrives of somebody who was erased: recognised by keyed hashes, recorded without anything personal.

Orders, refunds and parcels of an erased customer go on being recorded, for the accounts: under the same id,
with every personal column blank. Nothing that names them is written, and no new customer is made of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet

from perennial.database import ids, rows
from perennial.database.transactions import hold
from perennial.facts.actions.erasing.blanking import blank_all
from perennial.facts.actions.erasing.keyed import keyed
from perennial.facts.actions.recording.session import Session
from perennial.facts.models.brands import Ref
from perennial.facts.models.erasure import Erased
from perennial.facts.rules.addresses import Key, address_key, normal_email
from perennial.facts.rules.versions import name_hash
from perennial.values.reason import Refused

_REF = ("id", "brand_id", "store_id", "kind", "name", "target")


def erasure_place(brand_id: int) -> int:
    """What recordings share and an erasure holds alone: none may write down what another is erasing."""
    return name_hash(brand_id, "erasure")


def anybody_erased(session: Session) -> bool:
    """Whether this brand ever erased somebody. Waits for an erasure that is going on (PostgreSQL)."""
    hold(erasure_place(session.brand_id), shared=True)
    return Erased.objects.filter(brand_id=session.brand_id).exists()


def refuse_erased(brand_id: int, customer_id: int) -> None:
    """Refuse to write about somebody who was erased, and keep an erasure out until this transaction ends.

    To be called first: an erasure waits for rows of the customer while it holds its place. Raises Refused.
    """
    hold(erasure_place(brand_id), shared=True)
    if Erased.objects.filter(brand_id=brand_id, id=customer_id).exists():
        raise Refused("this person was erased: nothing is written about them any more", "customer.erased")


def erased_names(brand_id: int, kind: str, store_id: int, names: Iterable[str]) -> set[str]:
    """Those of ``names`` by which somebody was known who was erased.

    ``kind``: account, email or phone; ``names`` as customers have them. Keep an erasure out meanwhile: `hold`
    its place, shared.
    """
    hashed = {keyed(brand_id, kind, store_id, name if kind == "account" else address_key(name)): name for name in names}
    place = {"brand_id": brand_id, "store_id": store_id, "kind": kind}
    return {hashed[name] for (name,) in rows.fetch(Ref, ("name",), "name", sorted(hashed), equal=place)}


def erased_among(session: Session, customers: Iterable[int]) -> set[int]:
    """Those of ``customers`` that were erased."""
    return {id_ for (id_,) in rows.fetch(Erased, ("id",), "id", customers, equal={"brand_id": session.brand_id})}


def erased_behind(session: Session, wanted: Mapping[Key, AbstractSet[str]]) -> dict[Key, int]:
    """Of keys (each with the e-mail addresses it came with) those that stand for somebody who was erased.

    A shop account that nobody knows yet counts as the erased person if it has that person's e-mail address:
    the same orders may come in again through another door. It is known by its own name from then on.
    """
    unknown = _unknown(session, wanted)
    by_place: dict[tuple[str, int], dict[str, list[Key]]] = defaultdict(lambda: defaultdict(list))
    for key in unknown:
        by_place[key.kind, key.store_id][keyed(session.brand_id, key.kind, key.store_id, key.name)].append(key)
        if key.kind == "account":
            for email in {*wanted[key], *([named] if (named := normal_email(key.name)) else [])}:
                by_place["email", 0][keyed(session.brand_id, "email", 0, address_key(email))].append(key)
    found: dict[Key, int] = {}
    for (kind, store_id), names in sorted(by_place.items()):
        place = {"brand_id": session.brand_id, "store_id": store_id, "kind": kind}
        for name, target in rows.fetch(Ref, ("name", "target"), "name", sorted(names), equal=place):
            for key in names[name]:
                found.setdefault(key, target)
    accounts = sorted((key.store_id, key.name, target) for key, target in found.items() if key.kind == "account")
    rows.insert_missing(
        Ref,
        _REF,
        [
            (id_, session.brand_id, store_id, "account", keyed(session.brand_id, "account", store_id, name), target)
            for id_, (store_id, name, target) in zip(ids.take(len(accounts)), accounts, strict=True)
        ],
    )
    session.tally["customer.erased"] += len(set(found.values()))
    return found


def _unknown(session: Session, wanted: Iterable[Key]) -> list[Key]:
    by_place: dict[tuple[str, int], dict[str, Key]] = defaultdict(dict)
    for key in wanted:
        by_place[key.kind, key.store_id][key.name] = key
    unknown = []
    for (kind, store_id), of in by_place.items():
        place = {"brand_id": session.brand_id, "store_id": store_id, "kind": kind}
        known = {name for (name,) in rows.fetch(Ref, ("name",), "name", sorted(of), equal=place)}
        unknown += [key for name, key in of.items() if name not in known]
    return unknown


def stay_blank(session: Session) -> None:
    """Blank what this recording wrote of erased customers; in its transaction, so that nobody ever sees it."""
    if erased := erased_among(session, sorted(session.touched)):
        blank_all(session.brand_id, sorted(erased))
