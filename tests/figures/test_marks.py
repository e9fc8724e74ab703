"""What is recorded is mirrored: after any recording, the marks it left bring the mirror up to the database."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import pytest

from perennial.facts.actions.record import record
from perennial.facts.actions.stores import open_store, source_of
from perennial.facts.models.loop import Dirty
from perennial.facts.rules import records as r
from perennial.figures.actions.refresh_mirror import refresh_mirror
from perennial.figures.queries.check import compare_mirror
from tests.figures.facts import NOW, on

pytestmark = pytest.mark.django_db(transaction=True)


def who(chance: random.Random) -> r.Who:
    n = chance.randrange(4)
    return chance.choice(
        [r.Who(account=f"a{n}", email=f"{n}@x.com"), r.Who(email=f"{n}@x.com", visitor=f"v{n}"), r.Who()]
    )


def when(chance: random.Random) -> datetime:
    return on(2024, 1, 1) + timedelta(hours=chance.randrange(24 * 100))


def order(chance: random.Random, at: datetime) -> r.Order:
    kinds = ["product", "product", "fee", "tip", "gift_card", "shipping"]
    lines = tuple(
        r.Line(
            name=str(k), kind=chance.choice(kinds), product=f"p{chance.randrange(3)}", cost=chance.choice([None, 50]),
            total=chance.randrange(100, 5000), tax=chance.randrange(20), quantity=chance.choice([1000, 2000]),
        )
        for k in range(chance.randrange(1, 4))
    )  # fmt: skip
    ordered = when(chance)
    return r.Order(
        name=f"o{chance.randrange(5)}", who=who(chance), ordered_at=ordered, updated_at=at,
        currency=chance.choice(["EUR", "USD"]),
        total=sum(line.total for line in lines), lines=lines, taxes_included=chance.random() < 0.7,
        cancelled_at=chance.choice([None, None, ordered + timedelta(days=1)]),
    )  # fmt: skip


def refund(chance: random.Random, at: datetime) -> r.Refund:
    lines = (r.RefundLine(line="0", quantity=1000, amount=70, tax=3, restocked=True),)
    return r.Refund(
        name=f"r{chance.randrange(5)}", order=f"o{chance.randrange(5)}", refunded_at=when(chance), updated_at=at,
        amount=chance.randrange(100, 900), lines=chance.choice([(), lines]), shipping=chance.choice([0, 9]),
    )  # fmt: skip


def batch(chance: random.Random, at: datetime) -> r.Batch:
    n = chance.randrange(4)
    kinds = {
        "orders": lambda: order(chance, at),
        "refunds": lambda: refund(chance, at),
        "rates": lambda: r.Rate(currency="USD", day=when(chance).date(), rate=chance.uniform(0.8, 1.2)),
        "spend": lambda: r.Spend(
            name=f"s{n}", day=when(chance).date(), updated_at=at, channel="ads", currency="USD", amount=999
        ),
        "products": lambda: r.Product(
            name=f"p{n}", updated_at=at, title=f"T{at}", currency="USD", variants=(r.Variant(name="v", price=n + 7),)
        ),
        "customers": lambda: r.Customer(
            who=r.Who(account=f"a{n}", email=f"{chance.randrange(4)}@x.com"), updated_at=at, locale=f"l{n}"
        ),
        "fulfilments": lambda: r.Fulfilment(
            name=f"f{n}", order=f"o{chance.randrange(5)}", updated_at=at, shipped_at=when(chance)
        ),
        "tickets": lambda: r.Ticket(name=f"t{n}", who=who(chance), updated_at=at, opened_at=when(chance)),
        "ratings": lambda: r.Rating(name=f"g{n}", who=who(chance), updated_at=at, rated_at=when(chance), score=n),
        "behaviour": lambda: r.Behaviour(name=f"b{at}", who=who(chance), at=when(chance), kind="page_viewed"),
        "sightings": lambda: r.Sighting(visitor=f"v{n}", who=r.Who(account=f"a{n}"), at=when(chance)),
    }
    chosen = chance.sample(sorted(kinds), 2)
    return r.Batch(**{kind: (kinds[kind](),) for kind in chosen})


@pytest.mark.parametrize("seed", range(3))
def test_whatever_is_recorded_in_whatever_order_the_mirror_follows(seed: int) -> None:
    chance = random.Random(seed)
    store = open_store(now=NOW, currency="EUR", zone="Europe/Madrid")
    source = source_of(store, "test")
    refresh_mirror(brand_id=store.brand_id, now=NOW)
    for step in range(60):
        at = on(2024, 1, 1) + timedelta(minutes=step * chance.choice([1, 1, 1, -1]))
        record(batch(chance, at), source=source, now=NOW)
        if step % 4 == 3:  # marks of several recordings together hide less than they could: look often
            refresh_mirror(brand_id=store.brand_id, now=NOW)
            assert not Dirty.objects.exists()
            wrong = [found for found in compare_mirror(store.brand_id) if found.differs]
            assert wrong == [], step
