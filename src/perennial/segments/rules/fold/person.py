"""One person's facts as they stood at a moment: what was recorded later, or undone by then, is left out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from functools import cached_property
from typing import Any, NamedTuple

from perennial.insight.delivery import PATIENCE
from perennial.insight.own import UNKNOWN, group, stage, turns
from perennial.insight.tables import AsOf, Treatment
from perennial.segments.rules.acts import NO_VISIT
from perennial.segments.rules.history import ActFact, CustomerFact, History, OrderFact, RefundFact
from perennial.segments.rules.known import Known


class Order(NamedTuple):
    """An order net of refunds, as `insight.net.net_orders` has it; ``profit`` None: costs are not known."""

    order_id: int
    store_id: int
    at: int
    day: int
    gross: int
    revenue: int
    discount: int
    counts: bool
    profit: int | None


class Line(NamedTuple):
    """A product line of an order, net of what came back."""

    order: Order
    product_id: int | None
    category: str | None
    brand: str | None
    quantity: int
    revenue: int
    profit: int | None


_LASTING = ("customers", "placed", "_refunds", "orders", "_lines_of", "lines", "counting", "occasions", "refunds",
            "acts", "visits")  # fmt: skip


class Person:
    """One person at a moment; everything is worked out when it is first asked for, and once."""

    def __init__(self, history: History, known: Known, as_of: AsOf) -> None:
        self.history, self.known, self.as_of = history, known, as_of
        self._found: dict[str, Any] = {}

    def once(self, key: str, find: Callable[[Person], Any]) -> Any:
        """What ``find`` gives, kept under ``key``: rules that measure the same measure it once."""
        if key not in self._found:
            self._found[key] = find(self)
        return self._found[key]

    def later(self, as_of: AsOf) -> Person:
        """The same person at a later moment, for a history in which nothing is later than this one.

        What the passing of time does not touch is not worked out again.
        """
        found = Person(self.history, self.known, as_of)
        for name in _LASTING:
            setattr(found, name, getattr(self, name))
        return found

    @cached_property
    def customers(self) -> list[CustomerFact]:
        """The customers who are this person and were known by then."""
        at = self.as_of.at
        return [one for one in self.history.customers if one.created_at is None or one.created_at <= at]

    @cached_property
    def placed(self) -> list[OrderFact]:
        """Orders placed and not cancelled by then, unconverted ones too."""
        at = self.as_of.at
        return [
            one
            for one in self.history.orders
            if one.ordered_at <= at and (one.cancelled_at is None or one.cancelled_at > at)
        ]

    @cached_property
    def _refunds(self) -> dict[int, list[RefundFact]]:
        found: dict[int, list[RefundFact]] = defaultdict(list)
        for one in self.history.refunds:
            if one.refunded_at <= self.as_of.at:
                found[one.order_id].append(one)
        return found

    @cached_property
    def orders(self) -> list[Order]:
        """Converted orders, net, the earliest first."""
        treatment = self.known.treatment
        found = []
        for one in self.placed:
            if one.net is None:
                continue
            refunds = self._refunds.get(one.order_id, ())
            gross = amount(one, treatment)
            back = sum(refund.net or 0 for refund in refunds)
            found.append(
                Order(
                    one.order_id, one.store_id, one.ordered_at, one.ordered_day, gross,
                    gross - sum(amount(refund, treatment) for refund in refunds), one.discount or 0,
                    not (one.net > 0 and back >= one.net), self._profit(one, refunds),
                )
            )  # fmt: skip
        return sorted(found, key=lambda one: (one.at, one.order_id))

    def _profit(self, order: OrderFact, refunds: Any) -> int | None:
        lines = self._lines_of.get(order.order_id)
        if not lines or any(one.cost is None for one in lines if one.kind == "product"):
            return None
        untaxed = Treatment(shipping=self.known.treatment.shipping)
        income = amount(order, untaxed) - sum(amount(refund, untaxed) for refund in refunds)
        back = sum(
            one.cost or 0
            for one in self.history.backs
            if one.order_id == order.order_id and one.refunded_at <= self.as_of.at
        )
        return income - sum(one.cost or 0 for one in lines) + back

    @cached_property
    def _lines_of(self) -> dict[int, list[Any]]:
        found: dict[int, list[Any]] = defaultdict(list)
        for one in self.history.lines:
            found[one.order_id].append(one)
        return found

    @cached_property
    def lines(self) -> list[Line]:
        """Product lines of `orders`, net of what came back of them."""
        taxed = self.known.treatment.tax
        quantity: dict[int, int] = defaultdict(int)
        money: dict[int, int] = defaultdict(int)
        net: dict[int, int] = defaultdict(int)
        cost: dict[int, int] = defaultdict(int)
        for one in self.history.backs:
            if one.refunded_at <= self.as_of.at and one.line_id is not None:
                quantity[one.line_id] += one.quantity or 0
                net[one.line_id] += one.net or 0
                money[one.line_id] += (one.net or 0) + ((one.tax or 0) if taxed else 0)
                cost[one.line_id] += one.cost or 0
        found = []
        for order in self.orders:
            for line in self._lines_of.get(order.order_id, ()):
                if line.kind != "product":
                    continue
                id_, own = line.line_id, line.net or 0
                profit = None if line.cost is None else own - net[id_] - line.cost + cost[id_]
                revenue = own + ((line.tax or 0) if taxed else 0) - money[id_]
                found.append(
                    Line(order, line.product_id, line.category, line.brand, line.quantity - quantity[id_],
                         revenue, profit)
                )  # fmt: skip
        return found

    @cached_property
    def counting(self) -> list[Order]:
        """The orders that count, the earliest first."""
        return [one for one in self.orders if one.counts]

    @cached_property
    def occasions(self) -> list[int]:
        """The local days with an order that counts, rising."""
        return sorted({one.day for one in self.counting})

    @cached_property
    def refunds(self) -> list[RefundFact]:
        """Refunds made by then."""
        return [one for refunds in self._refunds.values() for one in refunds]

    @cached_property
    def acts(self) -> list[ActFact]:
        """What was done by then."""
        return [one for one in self.history.acts if one.at <= self.as_of.at]

    @cached_property
    def visits(self) -> list[ActFact]:
        """What was done in the shop by then."""
        return [one for one in self.acts if not one.kind.startswith(NO_VISIT)]

    @cached_property
    def late(self) -> list[tuple[int, int]]:
        """(store, the day after the promised one) of each broken promise, as `insight.delivery` judges them."""
        at, today = self.as_of.at, self.as_of.day
        parcels: dict[int, list[tuple[int | None, int | None]]] = defaultdict(list)
        for one in self.history.parcels:
            started = one.delivered_at if one.shipped_at is None else one.shipped_at
            if started is not None and started <= at:
                arrived = one.delivered_at is not None and one.delivered_at <= at
                parcels[one.order_id].append((one.promised_day, one.delivered_day if arrived else None))
        found = []
        for order in self.placed:
            for own, delivered in parcels.get(order.order_id) or [(None, None)]:
                promised = order.promised_day if own is None else own
                if promised is None:
                    continue
                if delivered > promised if delivered is not None else promised < today <= promised + PATIENCE:
                    found.append((order.store_id, promised + 1))
        return found

    @cached_property
    def rhythm(self) -> str:
        """on_time, due, drifting, lost or unknown."""
        if not self.occasions or self.known.rhythm is None:
            return UNKNOWN
        return turns(self.occasions, self.known.rhythm).state(max(self.as_of.day, self.occasions[-1]))

    @cached_property
    def lifecycle(self) -> str:
        """The stage, from prospect to lost."""
        return stage(self.occasions, self.rhythm, self.known.dormancy)

    @cached_property
    def rfm(self) -> str | None:
        """The RFM group; None without an order that counts, or while the store has no cut-points."""
        if not self.counting or self.known.rfm is None:
            return None
        since = max(self.as_of.day - self.occasions[-1], 0)
        return group(since, len(self.counting), sum(one.revenue for one in self.counting), self.known.rfm)


def amount(row: OrderFact | RefundFact, treatment: Treatment) -> int:
    """The part of an order's or a refund's money that counts under ``treatment``."""
    found = row.net or 0
    if treatment.tax:
        found += row.tax or 0
    if treatment.shipping:
        found += row.shipping or 0
    if treatment.tax and treatment.shipping:
        found += row.shipping_tax or 0
    return found
