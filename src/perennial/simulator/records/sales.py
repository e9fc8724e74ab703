"""Records of sales: orders with lines and payments, refunds, parcels."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from perennial.facts.rules.records import (
    Discount,
    Fulfilment,
    FulfilmentLine,
    Line,
    Order,
    Refund,
    RefundLine,
    Tender,
    Touch,
    Who,
)
from perennial.simulator.columns import EXCHANGE, LINE_BITS, NEVER, WALK_IN, Columns, take
from perennial.simulator.draws import Ints
from perennial.simulator.lines import CODES, KINDS, RATE_SCALE, REFUNDS
from perennial.simulator.records.people import People, address, who
from perennial.simulator.records.shop import instant, maybe, product_name, variant_name
from perennial.simulator.store import Block
from perennial.values.hashing import stable_hex

Row = dict[str, Any]
_REASONS = {0: "damaged", 1: "does not fit", 2: "another size", 3: "not recognised"}


def rows_of(columns: Columns, chosen: Ints) -> list[Row]:
    """The chosen rows as dictionaries of plain numbers."""
    part = {name: column.tolist() for name, column in take(columns, chosen).items()}
    return [dict(zip(part, values, strict=True)) for values in zip(*part.values(), strict=True)]


class Sales:
    """The sales of one block."""

    def __init__(self, block: Block, people: People) -> None:
        self.block, self.people = block, people
        self.config, self.season = block.world.config, block.world.season
        edges = np.arange(len(block.orders["id"]) + 1)
        self._first: list[int] = np.searchsorted(block.lines["order"], edges).tolist()
        self._back: list[int] = np.searchsorted(block.back["order"], edges).tolist()
        self._pays = self._tenders()

    def _tenders(self) -> Columns:
        """How each order is paid: ``habit`` and ``card`` of the customer, ``gift`` (a gift card first)."""
        orders, draws = self.block.orders, self.block.world.draws
        customer, place = orders["customer"], orders["place"]
        return {
            "habit": draws.uniform("tender", customer),
            "till": draws.uniform("tender/till", customer, place),
            "second": draws.chance("tender/card", 0.15, customer, place),
            "gift": draws.chance("tender/gift", 0.01, customer, place),
        }

    def orders(self, chosen: Ints) -> list[Order]:
        """Order records as they stand at ``until``."""
        return [self._order(row, o) for row, o in zip(chosen.tolist(), rows_of(self.block.orders, chosen), strict=True)]

    def _order(self, row: int, o: Row) -> Order:
        stranger = o["place"] == WALK_IN
        person = None if stranger else self.people.persons[o["row"]]
        currency = self.config.second_currency if o["currency"] else self.config.currency
        status, status_at = self._status(o)
        touch = None
        channel = self.config.channels[int(self.block.people["channel"][o["row"]])]
        if person is not None and not o["till"]:
            touch = Touch(
                source=channel.key,
                medium=channel.medium,
                campaign=f"{channel.key}-{instant(o['at']).year}",
                landing="https://shop.example/?utm_source=" + channel.key,
            )
        where = None if person is None or o["till"] else address(person)
        times = (o[name] for name in ("at", "paid_at", "refunded_at", "cancelled_at"))
        # The shop states the rate of every second foreign order, and of exchanges: the first one's.
        stated = o["currency"] and (o["place"] >= EXCHANGE or o["customer"] % 2)
        return Order(
            name=str(o["id"]),
            number=f"#{o['customer'] + 1}-{o['place'] + 1}",
            who=Who() if person is None else who(person),
            channel="till" if o["till"] else "online",
            ordered_at=instant(o["at"]),
            updated_at=instant(max(*times, status_at)),
            status=status,
            status_at=instant(status_at),
            payment=self._payment(row, o),
            paid_at=maybe(o["paid_at"]),
            cancelled_at=maybe(o["cancelled_at"]),
            currency=currency or self.config.currency,
            rate=o["rate"] / RATE_SCALE if stated else None,
            taxes_included=self.config.taxes_included,
            total=o["total"],
            shipping=o["shipping"],
            shipping_tax=o["shipping_tax"],
            tax=o["tax"] + o["shipping_tax"],
            discount=o["discount"],
            promised_at=maybe(o["promised_at"]),
            codes=(CODES[o["code"]][0],) if o["code"] else (),
            tenders=self._paid(row, o),
            billing=where,
            delivery=where,
            touch=touch,
            lines=tuple(self._lines(row, o)),
        )

    def _status(self, o: Row) -> tuple[Literal["open", "closed", "cancelled"], int]:
        if o["cancelled_at"] != NEVER:
            return "cancelled", o["cancelled_at"]
        if o["delivered_at"] != NEVER:
            return "closed", o["delivered_at"]
        done = (o["till"] or o["place"] >= EXCHANGE) and o["paid_at"] != NEVER
        return ("closed" if done else "open"), o["at"]

    def _payment(self, row: int, o: Row) -> Literal["pending", "paid", "partially_refunded", "refunded", "voided"]:
        if o["paid_at"] == NEVER:
            return "voided" if o["cancelled_at"] != NEVER else "pending"
        if o["refund"] < 0:
            return "paid"
        return "refunded" if self.refunded(row, o) == o["total"] else "partially_refunded"

    def refunded(self, row: int, o: Row) -> int:
        """The whole amount given back on the order in this row."""
        back = self.block.given_back
        amount = int(back["amount"][row]) + o["back_shipping"]
        if not self.config.taxes_included:
            amount += int(back["tax"][row]) + o["back_shipping_tax"]
        return int(amount)

    def _paid(self, row: int, o: Row) -> tuple[Tender, ...]:
        if o["paid_at"] == NEVER:
            return ()
        if o["exchange_of"] >= 0:
            return (Tender(kind="exchange", amount=o["total"]),)
        pays = {name: column[row].item() for name, column in self._pays.items()}
        first: tuple[Tender, ...] = ()
        left = o["total"]
        if pays["gift"] and left > 2_500:
            first, left = (Tender(kind="gift_card", amount=2_500),), left - 2_500
        if o["till"]:
            kind = "card" if pays["till"] < 0.7 else "cash"
        elif o["paid_at"] > o["at"]:
            kind = "bank_transfer"
        else:
            kind = "card" if pays["habit"] < 0.6 else "paypal" if pays["habit"] < 0.9 else "wallet"
        # People at one address may share a card, too: both have the owner's.
        holder = o["customer"] - bool(self.block.people["shared"][o["row"]])
        known = kind in ("card", "paypal", "wallet") and o["place"] != WALK_IN
        mark = stable_hex("card", self.config.seed, holder, kind, int(pays["second"])) if known else ""
        return (*first, Tender(kind=kind, amount=left, fingerprint=mark))

    def _lines(self, row: int, o: Row) -> list[Line]:
        renews = o["place"] < EXCHANGE and self.block.people["stages"][o["row"]] == 0
        made = []
        for n in rows_of(self.block.lines, np.arange(self._first[row], self._first[row + 1])):
            product = n["product"] if n["product"] >= 0 else None
            code = CODES[o["code"]][0]
            made.append(
                Line(
                    name=line_name(n["id"]),
                    kind=KINDS[n["kind"]],
                    product=None if product is None else product_name(product),
                    variant=None if product is None else variant_name(product, n["variant"]),
                    sku="" if product is None else f"SKU-{variant_name(product, n['variant'])[1:]}",
                    title=self._title(product, n["kind"]),
                    category="" if product is None else self.block.world.catalogue.category_name(product),
                    quantity=1_000 * n["quantity"],
                    unit_price=n["unit"],
                    total=n["total"],
                    discounts=(Discount(code=code, amount=n["discount"]),) if n["discount"] else (),
                    tax=n["tax"],
                    cost=n["cost"] if n["cost"] >= 0 else None,
                    subscription=f"s{o['customer'] + 1}" if renews else None,
                )
            )
        return made

    def _title(self, product: int | None, kind: int) -> str:
        if product is None:
            return "Gift card" if KINDS[kind] == "gift_card" else "Gift wrap"
        return self.block.world.catalogue.title(product)

    def refunds(self, chosen: Ints) -> list[Refund]:
        """Refund records of the chosen orders."""
        made = []
        for row, o in zip(chosen.tolist(), rows_of(self.block.orders, chosen), strict=True):
            parts = rows_of(self.block.back, np.arange(self._back[row], self._back[row + 1]))
            exchange = REFUNDS[o["refund"]] == "exchange"
            cancelled = o["cancelled_at"] != NEVER
            made.append(
                Refund(
                    name=f"r{o['id']}",
                    order=str(o["id"]),
                    refunded_at=instant(o["refunded_at"]),
                    updated_at=instant(o["refunded_at"]),
                    kind=REFUNDS[o["refund"]],
                    amount=self.refunded(row, o),
                    shipping=o["back_shipping"],
                    tax=sum(part["tax"] for part in parts) + o["back_shipping_tax"],
                    reason="cancelled" if cancelled else _REASONS[o["refund"]],
                    exchange_for=str(o["id"] | EXCHANGE) if exchange else None,
                    lines=tuple(
                        RefundLine(
                            line=line_name(part["line"]),
                            quantity=1_000 * part["quantity"],
                            amount=part["amount"],
                            tax=part["tax"],
                            restocked=part["restocked"],
                        )
                        for part in parts
                    ),
                )
            )
        return made

    def fulfilments(self, chosen: Ints) -> list[Fulfilment]:
        """Parcel records."""
        made = []
        for p in rows_of(self.block.parcels, chosen):
            order = p["order"]
            carrier = int(self.block.orders["carrier"][order])
            first, last = self._first[order], self._first[order + 1]
            if p["parts"] == 2:
                first, last = (first, first + 1) if p["part"] == 0 else (first + 1, last)
            inside = take(self.block.lines, np.arange(first, last))
            made.append(
                Fulfilment(
                    name=f"f{p['id']}",
                    order=str(int(self.block.orders["id"][order])),
                    updated_at=instant(max(p["shipped_at"], p["delivered_at"])),
                    carrier=self.config.carriers[carrier].key,
                    tracking=f"TRK{p['id']:012d}",
                    promised_at=maybe(int(self.block.orders["promised_at"][order])),
                    shipped_at=instant(p["shipped_at"]),
                    delivered_at=maybe(p["delivered_at"]),
                    lines=tuple(
                        FulfilmentLine(line=line_name(number), quantity=1_000 * pieces)
                        for number, pieces in zip(inside["id"].tolist(), inside["quantity"].tolist(), strict=True)
                    ),
                )
            )
        return made


def line_name(number: int) -> str:
    """How records name a line: its order and its place in it."""
    return f"{number >> LINE_BITS}.{(number & ((1 << LINE_BITS) - 1)) + 1}"
