"""Names of people, products and orders for a few rows of a page: one query each, never one per row."""

from __future__ import annotations

from collections.abc import Iterable

from perennial.facts.models.catalogue import Product
from perennial.facts.models.people import Customer
from perennial.values.ids import public


def people(brand_id: int, ids: Iterable[int]) -> dict[int, str]:
    """Name, else address, else number of each customer that there is."""
    columns = ("id", "first_name", "last_name", "email")
    found = Customer.objects.filter(brand_id=brand_id, id__in=list(ids)).values_list(*columns)
    return {id_: f"{first} {last}".strip() or email or public("cus", id_) for id_, first, last, email in found}


def products(brand_id: int, ids: Iterable[int]) -> dict[int, str]:
    """The title of each product that there is, else its number."""
    found = Product.objects.filter(brand_id=brand_id, id__in=list(ids)).values_list("id", "title")
    return {id_: title or public("prd", id_) for id_, title in found}
