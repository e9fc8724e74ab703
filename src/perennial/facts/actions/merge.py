"""Saying that two customers are one person, and taking it back."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from perennial.database import ids, rows
from perennial.facts.actions.record import Source
from perennial.facts.actions.recording.aliases import apply, edges_of, hold_aliases, realias
from perennial.facts.actions.recording.session import Session
from perennial.facts.models.people import Alias, Customer, Identity, Merge
from perennial.values.reason import Refused
from perennial.values.time import to_us


class NotMerged(Refused):
    """The merge asked for makes no sense, or there is none to undo."""


def merge(*, source: Source, customer: int, into: int, why: str, author: str, now: datetime) -> int:
    """Journal that ``customer`` is the same person as ``into``; gives back the id of the merge.

    No fact moves: both keep their orders, and every sum of people follows the alias. Raises NotMerged for
    a customer that does not exist, is merged already, or would become their own alias.
    """
    with transaction.atomic():
        known = {
            id_ for (id_,) in rows.fetch(Customer, ("id",), "id", [customer, into], equal={"brand_id": source.brand_id})
        }
        if missing := {customer, into} - known:
            raise NotMerged(
                f"there is no customer {min(missing)} in this brand: nothing was merged", "merge.no_customer"
            )
        session = Session(source, now, history=False)
        hold_aliases(session)
        persons = dict(rows.fetch(Alias, ("id", "person_id"), "id", [customer, into]))
        if persons.get(into, into) == persons.get(customer, customer) and _confirmed(customer):
            raise NotMerged("these two are one person already: nothing was merged", "merge.same")
        if customer == into or _confirmed(customer) or persons.get(into, into) == customer:
            raise NotMerged(
                "that would make a customer their own alias: undo the earlier merge first", "merge.joined_before"
            )
        id_ = ids.new()
        Merge.objects.create(
            id=id_, brand_id=source.brand_id, customer_id=customer, into_id=into, why=why, author=author, merged_at=now
        )  # fmt: skip
        apply(session, [], {customer: into}, confirmed=True)
        _settle(session, [customer, into])
        session.event("customer.merged", id_, now, customer)
        session.close()
        return id_


def undo_merge(*, source: Source, merge_id: int, now: datetime) -> None:
    """Take a merge back: both are as they were, with all that was recorded since where it belongs."""
    with transaction.atomic():
        session = Session(source, now, history=False)
        hold_aliases(session)  # first: two who undo it must not both find it, and drop what was merged in between
        entry = Merge.objects.filter(brand_id=source.brand_id, id=merge_id, undone_at=None).first()
        if entry is None:
            raise NotMerged("there is no such merge, or it was undone already: nothing was changed", "merge.undone")
        Merge.objects.filter(id=merge_id).update(undone_at=to_us(now))
        apply(session, [entry.customer_id], {}, confirmed=True)
        _settle(session, [entry.customer_id, entry.into_id])
        session.event("customer.unmerged", merge_id, now, entry.customer_id)
        session.close()


def _confirmed(customer: int) -> bool:
    return Alias.objects.filter(id=customer, confirmed=True).exists()


def _settle(session: Session, customers: list[int]) -> None:
    """Guests at the addresses of these people, with all who were merged into them, may now join, or no longer."""
    edges = edges_of(session, customers)
    everybody = {*customers, *edges, *(into for into, _, _ in edges.values())}
    held = rows.fetch(Identity, ("kind", "value"), "customer_id", everybody, equal={"brand_id": session.brand_id})
    realias(session, {(kind, value) for kind, value in held if kind != "account"})
