"""What a counting condition measures of one person: how many, how much, or at which instants it was done."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache

from perennial.segments.rules.acts import kinds_of
from perennial.segments.rules.conditions.counted import Counted
from perennial.segments.rules.fold.person import Line, Order, Person, amount
from perennial.segments.rules.history import ActFact
from perennial.segments.rules.known import Known
from perennial.values.time import DAY_US, LocalDay, Period

Number = int | float | None
Measure = Callable[[Person], Number]
Moment = tuple[int, int]
"""An instant (microseconds) and its local day."""
EVER = -(2**40)


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What a condition is narrowed to. Of several goods any will do; of several stores, too; of both, both hold."""

    products: frozenset[int] | None
    categories: tuple[str, ...]
    brands: frozenset[str]
    stores: frozenset[int] | None

    @property
    def goods(self) -> bool:
        """Whether single goods are asked for."""
        return self.products is not None or bool(self.categories) or bool(self.brands)

    def fits(self, thing: Line | ActFact) -> bool:
        """Whether what was bought or looked at is among the goods."""
        if self.products is not None and thing.product_id in self.products:
            return True
        if thing.brand is not None and thing.brand in self.brands:
            return True
        return thing.category is not None and any(
            thing.category == one or thing.category.startswith(f"{one} > ") for one in self.categories
        )

    def at_store(self, store_id: int) -> bool:
        """Whether it was at one of the stores."""
        return self.stores is None or store_id in self.stores


def narrowing(counted: Counted, known: Known) -> Narrowing:
    """What ``counted`` is narrowed to. Raises CannotCount for an unknown store."""
    by: dict[str, list[str]] = {}
    for part in counted.of:
        by.setdefault(part.by, []).append(part.name)
    return Narrowing(
        known.product_ids(frozenset(by["product"])) if "product" in by else None,
        tuple(by.get("category", ())),
        frozenset(by.get("brand", ())),
        known.store_ids(frozenset(by["store"])) if "store" in by else None,
    )


@lru_cache(maxsize=4096)
def first_day(window: Period | None, today: int) -> int:
    """The first local day of a window that ends today."""
    return EVER if window is None else int(window.first_day(LocalDay(today)))


def measure(counted: Counted, known: Known) -> Measure:
    """What ``counted`` measures, as a function of a person; it is found once per person."""
    key = counted.measure.text()
    find = _finding(counted, narrowing(counted, known))
    return lambda person: person.once(key, find)


def moments(counted: Counted, known: Known) -> Callable[[Person], list[Moment]]:
    """When it was done, ever, in the order of time: what the steps of a sequence are made of."""
    narrowed = narrowing(counted, known)
    key = f"moments of {counted.measure.text()}"

    def find(person: Person) -> list[Moment]:
        return sorted(_moments(counted, narrowed, person))

    return lambda person: person.once(key, find)


def _finding(counted: Counted, narrowed: Narrowing) -> Measure:  # noqa: PLR0911  # one line a word
    window = counted.window

    def begins(person: Person) -> int:
        return first_day(window, person.as_of.day)

    def orders(person: Person) -> list[Order]:
        first = begins(person)
        return [one for one in person.orders if one.day >= first and narrowed.at_store(one.store_id)]

    def lines(person: Person) -> list[Line]:
        first = begins(person)
        return [
            one
            for one in person.lines
            if one.order.day >= first
            and narrowed.at_store(one.order.store_id)
            and (not narrowed.goods or narrowed.fits(one))
        ]

    match counted.kind:
        case "spent":
            return lambda person: sum(one.revenue for one in (lines if narrowed.goods else orders)(person))
        case "profit":
            return lambda person: known_sum([one.profit for one in (lines if narrowed.goods else orders)(person)])
        case "items":
            return lambda person: sum(one.quantity for one in lines(person) if one.order.counts)
        case "aov":
            return lambda person: _share(
                sum(one.revenue for one in orders(person)), sum(one.counts for one in orders(person))
            )
        case "discount_share":
            return lambda person: _share(
                sum(one.discount for one in orders(person)),
                sum(one.discount + one.gross for one in orders(person)),
            )
        case "refunds" | "refunded":
            return _refunds(counted, narrowed)
        case "visited":
            return lambda person: len({one.day for one in person.visits if one.day >= begins(person)})
        case _:
            return lambda person: sum(day >= begins(person) for _, day in _moments(counted, narrowed, person))


def _refunds(counted: Counted, narrowed: Narrowing) -> Measure:
    def find(person: Person) -> int:
        first = first_day(counted.window, person.as_of.day)
        found = [one for one in person.refunds if one.refunded_day >= first and narrowed.at_store(one.store_id)]
        if counted.kind == "refunds":
            return len(found)
        return sum(amount(one, person.known.treatment) for one in found)

    return find


def _moments(counted: Counted, narrowed: Narrowing, person: Person) -> Iterable[Moment]:
    match counted.kind:
        case "orders" | "bought":
            if not narrowed.goods:
                return [(one.at, one.day) for one in person.counting if narrowed.at_store(one.store_id)]
            return {
                one.order.order_id: (one.order.at, one.order.day)
                for one in person.lines
                if one.order.counts and narrowed.at_store(one.order.store_id) and narrowed.fits(one)
            }.values()
        case "visited":
            return [(one.at, one.day) for one in person.visits]
        case "late_delivery":
            return [(day * DAY_US, day) for store, day in person.late if narrowed.at_store(store)]
        case "complained":
            at = person.as_of.at
            return [
                (one.opened_at, one.opened_day)
                for one in person.history.tickets
                if one.complaint and one.opened_at <= at and narrowed.at_store(one.store_id)
            ]
        case _:
            kind, beginning = kinds_of(counted)
            return [
                (one.at, one.day)
                for one in person.acts
                if (one.kind == kind or (beginning and one.kind.startswith(beginning)))
                and (not narrowed.goods or narrowed.fits(one))
            ]


def known_sum(parts: list[int | None]) -> int | None:
    """The sum of what is known; None where there are parts and none is known."""
    known = [one for one in parts if one is not None]
    return sum(known) if known or not parts else None


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
