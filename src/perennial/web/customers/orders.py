"""Orders found by their number, for the search of people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from perennial.facts.models.brands import Ref, Store
from perennial.facts.models.orders import Order
from perennial.facts.models.people import Alias
from perennial.web.customers.conditions import TOP

_MOST, _LONGEST = 5, 64


@dataclass(frozen=True, slots=True)
class FoundOrder:
    """An order whose number begins with what was typed; ``person_id`` None: of nobody known."""

    id: int
    number: str
    day: int
    person_id: int | None


def by_number(brand_id: int, typed: str) -> list[FoundOrder]:
    """The newest few orders whose number begins with ``typed`` ("#" may be left out), or whose shop's id it is."""
    text = typed.strip()[:_LONGEST]
    if not text or len(text.split()) != 1 or not any(sign.isdigit() for sign in text):
        return []
    begins = sorted({text, f"#{text.removeprefix('#')}", text.upper()})
    found = [order for begin in begins for order in _numbered(brand_id, begin)]
    stores = Store.objects.filter(brand_id=brand_id).values_list("id", flat=True)
    named = Ref.objects.filter(brand_id=brand_id, store_id__in=list(stores), kind="order", name=text)
    found += _orders(brand_id, list(named.values_list("target", flat=True)))
    newest = sorted({row[0]: row for row in found}.values(), key=lambda row: (row[2], row[0]), reverse=True)[:_MOST]
    customers = {row[3] for row in newest if row[3] is not None}
    people = dict(Alias.objects.filter(id__in=customers).values_list("id", "person_id"))
    return [FoundOrder(id_, number, day, people.get(who, who) if who else None) for id_, number, day, who in newest]


_Row = tuple[int, str, int, int | None]


def _numbered(brand_id: int, begin: str) -> Sequence[_Row]:
    # Numbers compare by their bytes, so that a range is a prefix; in their order, so that the index alone is walked.
    of_brand = Order.objects.filter(brand_id=brand_id, number__gte=begin, number__lt=begin + TOP)
    return list(of_brand.order_by("number").values_list("id", "number", "ordered_day", "customer_id")[:_MOST])


def _orders(brand_id: int, ids: Sequence[int]) -> Sequence[_Row]:
    found = Order.objects.filter(brand_id=brand_id, id__in=ids)
    return list(found.values_list("id", "number", "ordered_day", "customer_id")[:_MOST])
