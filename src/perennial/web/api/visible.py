"""What of a brand a key may see: all of it, or what one store knows."""

from __future__ import annotations

from typing import TypeVar

from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from perennial.facts.models.orders import Order
from perennial.facts.models.people import Customer
from perennial.web.api.auth import Caller, number
from perennial.web.api.problems import Problem

M = TypeVar("M", bound=Model)


def customers(caller: Caller) -> QuerySet[Customer]:
    """Customers of the brand; for a key bound to a store, those who came by it or ordered there."""
    found = Customer.objects.filter(brand_id=caller.brand_id)
    if not caller.store_id:
        return found
    ordered = Order.objects.filter(brand_id=caller.brand_id, store_id=caller.store_id, customer_id=OuterRef("id"))
    return found.filter(Q(store_id=caller.store_id) | Exists(ordered))


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
