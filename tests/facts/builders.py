"""Records of a few recurring people, short to write."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from perennial.facts.rules import records as r

START = datetime(2026, 3, 2, 10, tzinfo=UTC)
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
LOYAL = r.Who(account="c1", email="Loyal@Example.com")
DRIFTING = r.Who(account="c2", email="drifting@example.com")
GUEST = r.Who(email=" loyal@example.com ")


def at(days: float) -> datetime:
    return START + timedelta(days=days)


def line(name: str = "1", total: int = 1000, **more) -> r.Line:
    return r.Line(**({"name": name, "product": f"p{name}", "total": total} | more))


def order(name: str = "o1", who: r.Who = LOYAL, day: float = 0, updated: float | None = None, **more) -> r.Order:
    lines = more.pop("lines", (line(),))
    stated = {
        "name": name,
        "who": who,
        "ordered_at": at(day),
        "paid_at": at(day),
        "updated_at": at(day if updated is None else updated),
        "currency": "EUR",
        "total": sum(part.total for part in lines),
        "lines": lines,
    }
    return r.Order(**(stated | more))


def refund(name: str = "r1", of: str = "o1", day: float = 3, amount: int = 500, **more) -> r.Refund:
    stated = {"name": name, "order": of, "refunded_at": at(day), "updated_at": at(day), "amount": amount}
    return r.Refund(**(stated | {"lines": (r.RefundLine(line="1", quantity=500, amount=amount),)} | more))


def parcel(name: str = "f1", of: str = "o1", day: float = 2, **more) -> r.Fulfilment:
    stated = {"name": name, "order": of, "updated_at": at(day), "carrier": "Correos", "promised_at": at(1)}
    return r.Fulfilment(**(stated | {"shipped_at": at(0.5), "delivered_at": at(day)} | more))
