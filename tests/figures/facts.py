"""Rows of facts for the tests of figures, written by the ORM, with a plain reference of the mirror's columns."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection

from perennial.database import ids
from perennial.facts.actions import loop_marks
from perennial.facts.models.activity import Behaviour, Rating, Sighting, Spend, Ticket
from perennial.facts.models.brands import Brand, ExchangeRate, Store
from perennial.facts.models.catalogue import Product, Variant
from perennial.facts.models.orders import Fulfilment, Line, Order, Refund, RefundLine
from perennial.facts.models.people import Alias, Customer
from perennial.values.time import LocalDay, to_us

NOW = datetime(2024, 6, 30, 12, tzinfo=UTC)
ONE = 10**12
_VERSION = {"version_rank": 0, "version_hash": 0}


class House:
    """A brand with one store in UTC; its verbs add facts and mark what they change, as a recording does."""

    def __init__(self, currency: str = "EUR", zone: str = "UTC") -> None:
        key = f"b{ids.new()}"
        self.brand = Brand.objects.create(id=ids.new(), key=key, name=key, currency=currency, zone=zone, created_at=NOW)
        self.store = Store.objects.create(
            id=ids.new(), brand=self.brand, key="s", name="s", currency=currency, zone=zone, created_at=NOW
        )
        self.id = self.brand.id
        self.shop = {"brand_id": self.id, "store_id": self.store.id}

    def mark(self, *months: tuple[str, int]) -> None:
        loop_marks.mark_dirty(brand_id=self.id, months=months)

    def customer(self, **values: Any) -> int:
        given = {"account": True, "recorded_at": NOW, "created_at": NOW, "created_day": day(NOW), **values}
        made = Customer.objects.create(id=ids.new(), **self.shop, version_at=NOW, **_VERSION, **given)
        self.mark(("customers", 0))
        return made.id

    def alias(self, customer_id: int, person_id: int, confirmed: bool = True) -> None:
        Alias.objects.create(
            id=customer_id, brand_id=self.id, into_id=person_id, person_id=person_id, confirmed=confirmed
        )
        self.mark(("aliases", 0))

    def order(
        self,
        customer_id: int | None,
        at: datetime,
        lines: list[dict[str, Any]],
        *,
        rate_e12: int | None = ONE,
        taxes_included: bool = True,
        **values: Any,
    ) -> Order:
        """``lines``: total, tax and what else differs from one product piece."""
        name = f"o{ids.new()}"
        lines_tax = sum(line.get("tax", 0) for line in lines)
        stated = sum(line["total"] for line in lines)
        net = stated - lines_tax if taxes_included else stated
        shipping, shipping_tax = values.get("shipping", 0), values.get("shipping_tax", 0)
        given = {
            "matched_by": "account", "name": name, "number": name, "channel": "online", "status": "open",
            "payment": "paid", "paid_at": at, "currency": "EUR" if rate_e12 == ONE else "USD",
            "rate_stated": False, "shipping": shipping, "shipping_tax": shipping_tax,
            "tax": lines_tax + shipping_tax, "discount": sum(line.get("discount", 0) for line in lines),
            "total": net + lines_tax + shipping + (0 if taxes_included else shipping_tax),
            "subscription": False, "source": "", **values,
        }  # fmt: skip
        order = Order.objects.create(
            id=ids.new(), **self.shop, version_at=at, **_VERSION, customer_id=customer_id, ordered_at=at,
            ordered_day=day(at), rate_e12=rate_e12, taxes_included=taxes_included, net=net,
            lines_tax=lines_tax, recorded_at=NOW, **given,
        )  # fmt: skip
        for index, line in enumerate(lines):
            plain = {
                "name": f"l{index}", "kind": "product", "sku": "", "title": "", "quantity": 1000, "tax": 0,
                "discount": 0, "subscription": "", **line,
            }  # fmt: skip
            Line.objects.create(id=ids.new(), **self.shop, order_id=order.id, **plain)
        self.mark(("orders", month(at)), ("lines", month(at)))
        return order

    def refund(
        self, order: Order, at: datetime, amount: int, lines: list[dict[str, Any]] | None = None, **values: Any
    ) -> Refund:
        given = {"kind": "refund", "shipping": 0, "tax": 0, "reason": "", "waiting": False, **values}
        refund = Refund.objects.create(
            id=ids.new(), **self.shop, version_at=at, **_VERSION, order_id=order.id,
            customer_id=order.customer_id, refunded_at=at, refunded_day=day(at), amount=amount, **given,
        )  # fmt: skip
        for line in lines or []:
            plain = {"quantity": 0, "amount": 0, "tax": 0, "restocked": False, **line}
            RefundLine.objects.create(id=ids.new(), brand_id=self.id, refund_id=refund.id, order_id=order.id, **plain)
        self.mark(("refunds", month(at)), ("refund_lines", month(at)))
        return refund

    def fulfilment(self, order: Order, **values: Any) -> Fulfilment:
        given = {"carrier": "dhl", "tracking": "", "waiting": False, "lines": [], **values}
        made = Fulfilment.objects.create(
            id=ids.new(), **self.shop, version_at=NOW, **_VERSION, order_id=order.id,
            customer_id=order.customer_id, **given,
        )  # fmt: skip
        self.mark(("fulfilments", month(order.ordered_at)))
        return made

    def product(self, *prices: tuple[int | None, int | None], **values: Any) -> int:
        made = Product.objects.create(
            id=ids.new(), **self.shop, version_at=NOW, **_VERSION, **{"currency": "EUR", "title": "P", **values}
        )
        for index, (price, cost) in enumerate(prices):
            Variant.objects.create(
                id=ids.new(), **self.shop, product_id=made.id, name=f"v{index}", price=price, cost=cost
            )
        self.mark(("products", 0))
        return made.id

    def behaviour(self, visitor_id: int | None, at: datetime, kind: str = "product_viewed", **values: Any) -> int:
        if connection.vendor == "postgresql":
            name, number = f"behaviour_m{month(at)}", month(at)
            with connection.cursor() as cursor:
                cursor.execute(
                    f"CREATE TABLE IF NOT EXISTS {name} PARTITION OF behaviour"
                    f" FOR VALUES FROM ({number}) TO ({number + 1})"
                )
        made = Behaviour.objects.create(
            id=ids.new(), month=month(at), **self.shop, visitor_id=visitor_id, kind=kind, at=at, day=day(at),
            **values,
        )  # fmt: skip
        self.mark(("behaviour", month(at)))
        return made.id

    def sighting(self, visitor_id: int, customer_id: int, at: datetime) -> None:
        Sighting.objects.create(id=ids.new(), brand_id=self.id, visitor_id=visitor_id, customer_id=customer_id, at=at)
        self.mark(("visitors", 0))

    def ticket(self, customer_id: int | None, at: datetime, **values: Any) -> int:
        given = {"channel": "mail", "topic": "", "complaint": False, **values}
        made = Ticket.objects.create(
            id=ids.new(), **self.shop, version_at=at, **_VERSION, customer_id=customer_id, opened_at=at,
            opened_day=day(at), **given,
        )  # fmt: skip
        self.mark(("tickets", month(at)))
        return made.id

    def rating(self, customer_id: int | None, at: datetime, score: int, **values: Any) -> int:
        made = Rating.objects.create(
            id=ids.new(), **self.shop, version_at=at, **_VERSION, customer_id=customer_id, rated_at=at,
            rated_day=day(at), score=score, title="", body="", **values,
        )  # fmt: skip
        self.mark(("ratings", month(at)))
        return made.id

    def spend(self, at: datetime, amount: int, currency: str = "EUR", channel: str = "ads") -> None:
        Spend.objects.create(
            id=ids.new(), **self.shop, version_at=at, **_VERSION, day=day(at), channel=channel, campaign="",
            currency=currency, amount=amount,
        )  # fmt: skip
        self.mark(("spend", month(at)))

    def rate(self, currency: str, at: datetime, rate_e12: int) -> None:
        ExchangeRate.objects.create(id=ids.new(), brand_id=self.id, currency=currency, day=day(at), rate_e12=rate_e12)


def day(at: datetime) -> int:
    return int(LocalDay.of(at, "UTC"))


def month(at: datetime) -> int:
    return LocalDay.of(at, "UTC").month


def on(year: int, month: int, day: int, hour: int = 12) -> datetime:
    return datetime(year, month, day, hour, tzinfo=UTC)


def us(at: datetime) -> int:
    return to_us(at)


def rows(table: Any) -> list[dict[str, Any]]:
    """An Ibis table as plain rows, in an order of their own."""
    found = table.to_pyarrow().to_pylist()
    return sorted(found, key=lambda row: [(value is not None, value) for value in row.values()])


def minutes(n: int) -> timedelta:
    return timedelta(minutes=n)
