"""What of a brand a key may see: all of it, or what one store knows."""

from __future__ import annotations

from typing import TypeVar

from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from perennial.facts.models.loop import Event
from perennial.facts.models.orders import Order
from perennial.facts.models.people import Alias, Customer
from perennial.web.api.auth import Caller, number
from perennial.web.api.problems import Problem

M = TypeVar("M", bound=Model)


def customers(caller: Caller) -> QuerySet[Customer]:
    """Customers of the brand; for a key bound to a store, those of whom that store ever told something.

    Whoever is seen is seen whole: profile, addresses, consents and attributes are the customer's, whichever store
    told of them. ``Customer.store_id`` alone would not do: it is the store of the newest record.
    """
    found = Customer.objects.filter(brand_id=caller.brand_id)
    if not caller.store_id:
        return found
    theirs = {"brand_id": caller.brand_id, "store_id": caller.store_id, "customer_id": OuterRef("id")}
    # An erasure is told in the name of the brand's first store, whoever knew the person.
    happened = Event.objects.filter(**theirs).exclude(kind="customer.erased")
    return found.filter(Q(store_id=caller.store_id) | Exists(Order.objects.filter(**theirs)) | Exists(happened))


def customer(caller: Caller, text: str) -> Customer:
    """The customer of a public id; Problem 404."""
    found = customers(caller).filter(id=number("cus", text, "customer")).first()
    if found is None:
        raise Problem("not_found", "There is no such customer.")
    return found


def of_store(caller: Caller, found: QuerySet[M]) -> QuerySet[M]:
    """Rows of the brand with a ``store_id``; for a key bound to a store, those of that store."""
    found = found.filter(brand_id=caller.brand_id)
    return found.filter(store_id=caller.store_id) if caller.store_id else found


def person_of(caller: Caller, customer_id: int) -> int:
    """Who a customer of the brand is."""
    alias = Alias.objects.filter(id=customer_id, brand_id=caller.brand_id).first()
    return alias.person_id if alias is not None else customer_id
