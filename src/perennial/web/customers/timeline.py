"""Everything that happened with one person, the newest first, page by page.

Each kind is asked for its newest few before the place where the page begins, through its own index; together
they are sorted and cut. A page costs the same however long the story is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce

from perennial.database import rows
from perennial.database.fields import InstantField
from perennial.facts.models.activity import Cart, Rating, Ticket
from perennial.facts.models.catalogue import Product
from perennial.facts.models.loop import Decision
from perennial.facts.models.orders import Fulfilment, Line, Order, Refund
from perennial.facts.models.people import Consent, Merge
from perennial.values.time import from_us, to_us
from perennial.web.customers.person import Person
from perennial.web.customers.visits import days

PAGE = 25
ABANDONED_US = 3_600_000_000  # a cart at rest for an hour without an order


@dataclass(slots=True)
class Entry:
    """Something that happened at ``at`` (microseconds). ``row``: what is told of it; ``more``: what belongs to it."""

    at: int
    kind: str
    id: int
    row: Any
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def place(self) -> tuple[int, str, int]:
        """Its place in the order, the newest first."""
        return (self.at, self.kind, self.id)

    @property
    def moment(self) -> Any:
        """The instant."""
        return from_us(self.at)


Place = tuple[int, str, int]


def story(person: Person, *, now_us: int, before: Place | None = None, size: int = PAGE) -> tuple[list[Entry], str]:
    """The newest ``size`` entries before a place, and where the next page begins ("": it ends here)."""
    found: list[Entry] = []
    for read in _KINDS:
        found += read(person, before, size + 1, now_us)
    if before is not None:
        found = [entry for entry in found if entry.place < before]
    found.sort(key=lambda entry: entry.place, reverse=True)
    more, found = len(found) > size, found[:size]
    _complete(person, found)
    last = found[-1] if found else None
    return found, f"{last.at}.{last.kind}.{last.id}" if more and last else ""


def place(text: str) -> Place | None:
    """Where a page begins, from its address."""
    at, _, rest = text.partition(".")
    kind, _, id_ = rest.partition(".")
    try:
        found = int(at), kind, int(id_)
    except ValueError:
        return None
    # No instant comes near 2**62: beyond it a day more would not fit into 64 bits.
    return found if abs(found[0]) < 2**62 and abs(found[2]) < 2**63 else None


def _newest(kind: str, found: QuerySet[Any], column: str, before: Place | None, limit: int) -> list[Entry]:
    """The newest of a kind that come after a place in the order (at, kind, id), each of them once."""
    if before is not None:
        at, other, id_ = before
        strictly = Q(**{f"{column}__lt": at})
        if kind < other:
            strictly |= Q(**{column: at})
        elif kind == other:
            strictly |= Q(**{column: at, "id__lt": id_})
        found = found.filter(strictly)
    return [
        Entry(to_us(getattr(row, column)), kind, row.id, row) for row in found.order_by(f"-{column}", "-id")[:limit]
    ]


def _theirs(model: Any, person: Person) -> QuerySet[Any]:
    found: QuerySet[Any] = model.objects.filter(brand_id=person.customer.brand_id, customer_id__in=person.ids)
    return found


def _of_their_orders(model: Any, person: Person) -> QuerySet[Any]:
    orders = Order.objects.filter(brand_id=person.customer.brand_id, customer_id__in=person.ids).values("id")
    found: QuerySet[Any] = model.objects.filter(brand_id=person.customer.brand_id, order_id__in=orders)
    return found


def _orders(person: Person, before: Place | None, limit: int, now_us: int) -> list[Entry]:  # noqa: ARG001
    return _newest("order", _theirs(Order, person), "ordered_at", before, limit)


def _cancelled(person: Person, before: Place | None, limit: int, now_us: int) -> list[Entry]:  # noqa: ARG001
    found = _theirs(Order, person).filter(cancelled_at__isnull=False)
    return _newest("cancelled", found, "cancelled_at", before, limit)


def _refunds(person: Person, before: Place | None, limit: int, now_us: int) -> list[Entry]:  # noqa: ARG001
    return _newest("refund", _of_their_orders(Refund, person), "refunded_at", before, limit)


def _deliveries(person: Person, before: Place | None, limit: int, now_us: int) -> list[Entry]:  # noqa: ARG001
    found = _of_their_orders(Fulfilment, person).annotate(
        last_at=Coalesce(
            F("delivered_at"), F("shipped_at"), F("promised_at"), F("version_at"), output_field=InstantField()
        )
    )
    return _newest("delivery", found, "last_at", before, limit)


def _tickets(person: Person, before: Place | None, limit: int, now_us: int) -> list[Entry]:  # noqa: ARG001
    return _newest("ticket", _theirs(Ticket, person), "opened_at", before, limit)


def _ratings(person: Person, before: Place | None, limit: int, now_us: int) -> list[Entry]:  # noqa: ARG001
    return _newest("rating", _theirs(Rating, person), "rated_at", before, limit)


def _carts(person: Person, before: Place | None, limit: int, now_us: int) -> list[Entry]:
    found = _theirs(Cart, person).filter(order_id=None, version_at__lt=now_us - ABANDONED_US)
    return _newest("cart", found, "version_at", before, limit)


def _consents(person: Person, before: Place | None, limit: int, now_us: int) -> list[Entry]:  # noqa: ARG001
    return _newest("consent", _theirs(Consent, person), "at", before, limit)


def _merges(person: Person, before: Place | None, limit: int, now_us: int) -> list[Entry]:  # noqa: ARG001
    return _newest("merge", _joined(person), "merged_at", before, limit)


def _unmerges(person: Person, before: Place | None, limit: int, now_us: int) -> list[Entry]:  # noqa: ARG001
    return _newest("unmerge", _joined(person).filter(undone_at__isnull=False), "undone_at", before, limit)


def _joined(person: Person) -> QuerySet[Merge]:
    """Merges of one of the person's records, or into one: each by its own index, not by OR through a brand's."""
    held = Merge.objects.filter(brand_id=person.customer.brand_id)
    either = (held.filter(customer_id__in=person.ids), held.filter(into_id__in=person.ids))
    return Merge.objects.filter(id__in={id_ for found in either for id_ in found.values_list("id", flat=True)})


def _decisions(person: Person, before: Place | None, limit: int, now_us: int) -> list[Entry]:  # noqa: ARG001
    return _newest("decision", _theirs(Decision, person), "at", before, limit)


def _visits(person: Person, before: Place | None, limit: int, now_us: int) -> list[Entry]:  # noqa: ARG001
    found = days(person, before_us=None if before is None else before[0], limit=limit)
    entries = [Entry(row["at"], "visit", row["day"], row) for row in found]
    # A day whose last step was told on the page before lies within what was read, and is left out here.
    return [entry for entry in entries if before is None or entry.place < before][:limit]


_KINDS: Sequence[Callable[[Person, Place | None, int, int], list[Entry]]] = (
    _orders, _cancelled, _refunds, _deliveries, _tickets, _ratings, _carts, _consents, _merges, _unmerges, _decisions,
    _visits,
)  # fmt: skip


def _complete(person: Person, entries: Sequence[Entry]) -> None:
    """Put what belongs to the entries beside them: lines, orders, products; a question per kind, not per entry."""
    brand = person.customer.brand_id
    orders = {e.row.order_id for e in entries if e.kind in ("refund", "delivery", "rating", "ticket")} - {None}
    numbers = {
        row[0]: row[1:]
        for row in rows.fetch(
            Order, ("id", "number", "currency", "promised_day", "cancelled_at"), "id", orders, equal={"brand_id": brand}
        )
    }
    lines: dict[int, list[Line]] = defaultdict(list)
    wanted = [e.id for e in entries if e.kind == "order"]
    for line in Line.objects.filter(brand_id=brand, order_id__in=wanted, removed=False).order_by("id"):
        lines[line.order_id].append(line)
    products = _products(brand, entries)
    for entry in entries:
        order = numbers.get(getattr(entry.row, "order_id", None) or 0) if entry.kind != "visit" else None
        entry.more = {
            "lines": lines.get(entry.id, []),
            "number": order[0] if order else "",
            "currency": order[1] if order else getattr(entry.row, "currency", ""),
            "product": products.get(_product_of(entry) or 0, ""),
        }
        if entry.kind == "delivery":
            promised = entry.row.promised_day if entry.row.promised_day is not None else (order[2] if order else None)
            entry.more |= {"promised_day": promised, "late_by": late_by(entry.row, promised)}


def late_by(parcel: Any, promised_day: int | None) -> int | None:
    """Days by which a parcel came after the promised day; 0: in time; None: nothing promised, or not here yet."""
    if promised_day is None or parcel.delivered_day is None:
        return None
    return max(int(parcel.delivered_day) - promised_day, 0)


def _product_of(entry: Entry) -> int | None:
    if entry.kind == "rating":
        found: int | None = entry.row.product_id
        return found
    return entry.row["product_id"] if entry.kind == "visit" else None


def _products(brand_id: int, entries: Iterable[Entry]) -> dict[int, str]:
    wanted = {product for entry in entries if (product := _product_of(entry)) is not None}
    return dict(rows.fetch(Product, ("id", "title"), "id", wanted, equal={"brand_id": brand_id}))
