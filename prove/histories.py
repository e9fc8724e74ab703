"""P03, the half of facts: what is known of an order is a function of its last states, not of their arrival.

Each made-up history (placed, paid, edited, cancelled, part refunds, corrected refunds, parcels, sent again) is
recorded twice, into two brands: once as it happened, once shuffled, doubled and grouped by chance. Both must
end in the same rows, and in those of a fold of a few lines that knows no database.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from prove.outcome import Outcome

if TYPE_CHECKING:
    from perennial.facts.rules.records import Fulfilment, Order, Refund

    Fact = Order | Refund | Fulfilment

START = datetime(2026, 3, 2, 10, tzinfo=UTC)
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
TOGETHER = 200  # histories that share batches


def prove(*, seed: int, size: str) -> Outcome:
    """10,000 histories on each database, each in a process of its own."""
    import subprocess

    from prove.places import house

    count = 10_000 if size == "full" else 200
    outcome = Outcome("P03", "Any order of arrival gives the same facts", f"--seed {seed}")
    for database in ("SQLite", "PostgreSQL"):
        with house(database) as where:
            process = where.run("prove.histories", str(seed), str(count), stdout=subprocess.PIPE)
            told, _ = process.communicate()
        lines = told.splitlines()
        outcome.claim(
            f"{database}, {count:,} histories: the process ends well", process.returncode, kept=process.returncode == 0
        )
        for line in lines:
            kept, text, found = line.split("\t")
            outcome.claim(f"{database}, {count:,} histories: {text}", found, kept=kept == "True")
    outcome.notes.append("The other half of P03, points as a function of the final order, comes with the ledger.")
    return outcome


def shuffled(*, seed: int, count: int) -> Outcome:
    """Record ``count`` histories both ways on Django's database and compare."""
    from perennial.facts.actions.stores import open_store, source_of

    outcome = Outcome("P03", "Any order of arrival gives the same facts", f"--seed {seed}")
    chance = random.Random(seed)
    stores = [
        source_of(open_store(now=NOW, currency="EUR", zone="Europe/Madrid", brand=brand, key=brand), "prove")
        for brand in ("as-it-happened", "shuffled")
    ]
    wanted: dict[str, tuple[Any, ...]] = {}
    arrivals = 0
    for first in range(0, count, TOGETHER):
        histories = [history(f"o{n}", chance) for n in range(first, min(first + TOGETHER, count))]
        wanted |= {f"o{first + n}": folded(facts) for n, facts in enumerate(histories)}
        _record(histories, stores[0], chance, doubled=False)
        mixed = [chance.sample(facts, len(facts)) for facts in histories]
        arrivals += _record(mixed, stores[1], chance, doubled=True)
    happened, mixed_rows = (rows(store.brand_id) for store in stores)
    for table, found in happened.items():
        other = mixed_rows[table]
        differing = [one for one in sorted({*found, *other}) if found.get(one) != other.get(one)]
        told = f"{len(found):,} rows alike" if not differing else _shown(differing[0], found, other)
        outcome.claim(f"the same {table} either way", told, kept=not differing)
    sums = totals(stores[0].brand_id)
    wrong = [name for name, total in wanted.items() if sums.get(name) != total]
    told = f"{len(wanted):,} orders" if not wrong else f"{wrong[0]}: {sums.get(wrong[0])}, not {wanted[wrong[0]]}"
    outcome.claim("the same as a plain fold: net, cancelled, refunded, delivered", told, kept=not wrong)
    outcome.notes.append(f"{arrivals:,} arrivals in the shuffled brand.")
    return outcome


def history(name: str, chance: random.Random) -> list[Fact]:
    """The states of one order and of what follows it, in the order in which they happened."""
    from perennial.facts.rules import records as r

    facts: list[Fact] = []
    parts = chance.sample("12345", chance.randint(1, 4))
    status: dict[str, Any] = {"status": "open", "payment": "pending"}
    who = r.Who(account=f"c{chance.randrange(500)}")
    day = 0.0
    currency = chance.choice(["EUR", "EUR", "EUR", "USD"])
    for step in ["placed", *chance.sample(["paid", "edited", "edited", "cancelled", "closed"], chance.randint(0, 4))]:
        day += chance.random() + 0.01
        at = START + timedelta(days=day)
        if step == "paid":
            status |= {"payment": "paid", "paid_at": at}
        elif step == "edited":
            parts = sorted(
                {*chance.sample(parts, chance.randint(1, len(parts))), *chance.sample("12345", chance.randint(0, 1))}
            )
        elif step != "placed":
            status |= {"status": step, "status_at": at} | ({"cancelled_at": at} if step == "cancelled" else {})
        lines = tuple(
            r.Line(
                name=p, product=f"p{p}", quantity=1_000 * chance.randint(1, 3), total=chance.randint(0, 5_000), tax=0
            )
            for p in parts
        )
        total = sum(line.total for line in lines)
        facts.append(
            r.Order(
                name=name,
                who=who,
                ordered_at=START,
                updated_at=at,
                currency=currency,
                total=total,
                lines=lines,
                **status,
            )
        )
    for number in range(chance.choice([0, 0, 1, 2])):
        facts += _refunds(f"{name}-r{number}", name, START + timedelta(days=day + number + 1), parts, chance)
    return facts + _parcels(name, chance)


def _refunds(name: str, order: str, refunded: datetime, parts: list[str], chance: random.Random) -> Iterator[Refund]:
    """One refund, in one or two states: a corrected one replaces the first."""
    from perennial.facts.rules import records as r

    for state in range(chance.randint(1, 2)):
        amount = chance.randint(1, 2_000)
        line = r.RefundLine(line=chance.choice(parts), amount=amount, restocked=state == 0)
        changed = refunded + timedelta(hours=state)
        yield r.Refund(
            name=name, order=order, refunded_at=refunded, updated_at=changed, amount=amount, lines=(line,)
        )  # fmt: skip


def _parcels(order: str, chance: random.Random) -> list[Fact]:
    """Nothing, or one parcel: sent, then delivered."""
    from perennial.facts.rules import records as r

    if chance.random() < 0.5:
        return []
    sent, told = START + timedelta(days=1), {"carrier": "Correos", "promised_at": START + timedelta(days=3)}
    return [
        r.Fulfilment(name=f"{order}-f", order=order, updated_at=sent, shipped_at=sent, **told),
        r.Fulfilment(
            name=f"{order}-f", order=order, updated_at=sent + timedelta(days=1), shipped_at=sent,
            delivered_at=sent + timedelta(days=1), **told,
        ),
    ]  # fmt: skip


def folded(facts: Iterable[Fact]) -> tuple[Any, ...]:
    """The reference: of each thing its last state; then net, cancelled, refunded, delivered."""
    last: dict[str, Any] = {}
    for fact in facts:
        held = last.get(fact.name)
        if held is None or fact.updated_at > held.updated_at:
            last[fact.name] = fact
    order = next(fact for name, fact in last.items() if "-" not in name)
    refunds = sum(fact.amount for name, fact in last.items() if "-r" in name)
    delivered = any(fact.delivered_at for name, fact in last.items() if name.endswith("-f"))
    return (
        sum(line.total for line in order.lines),
        order.status == "cancelled" or order.cancelled_at is not None,
        refunds,
        delivered,
    )


_KIND = {"Order": "orders", "Refund": "refunds", "Fulfilment": "fulfilments"}


def _record(histories: list[list[Fact]], source: Any, chance: random.Random, *, doubled: bool) -> int:
    """Record the histories side by side: a step of each per batch, in groups by chance when ``doubled``."""
    from perennial.facts.actions.record import record
    from perennial.facts.rules.records import Batch

    recorded = 0
    for step in _steps(histories, chance, doubled=doubled):
        kinds: dict[str, list[Any]] = {}
        for fact in step:
            kinds.setdefault(_KIND[type(fact).__name__], []).append(fact)
        record(Batch.model_construct(**{kind: tuple(found) for kind, found in kinds.items()}), source=source, now=NOW)
        recorded += len(step)
    return recorded


def _steps(histories: list[list[Fact]], chance: random.Random, *, doubled: bool) -> Iterator[list[Fact]]:
    waiting = [list(facts) for facts in histories]
    while any(waiting):
        step: list[Fact] = []
        for facts in waiting:
            some, facts[:] = facts[: (take := chance.randint(1, 3) if doubled else 1)], facts[take:]
            step += some
            if doubled and some and chance.random() < 0.3:
                facts.insert(chance.randint(0, len(facts)), some[0])  # sent again
        yield step


_HIDDEN = {"id", "brand_id", "store_id", "recorded_at", "removed", "target"}


def rows(brand_id: int) -> dict[str, dict[str, int]]:
    """How often each row stands in each table of a brand; numbers of our own replaced by names."""
    from collections import Counter

    from perennial.models import Customer, Fulfilment, Identity, Line, Order, Product, Ref, Refund, RefundLine

    names = {
        target: f"{kind}:{name}"
        for kind, name, target in Ref.objects.filter(brand_id=brand_id).values_list("kind", "name", "target")
    }
    found: dict[str, dict[str, int]] = {}
    for model in (Order, Line, Refund, RefundLine, Fulfilment, Customer, Identity, Product):
        chosen = model.objects.filter(brand_id=brand_id)  # type: ignore[attr-defined]  # of all models
        # A line that an edit took away is a trace of the way, not of the state.
        kept = chosen.exclude(removed=True) if model is Line else chosen
        found[model._meta.db_table] = Counter(
            str((names.get(row["id"]), sorted((k, _named(k, v, names)) for k, v in row.items() if k not in _HIDDEN)))
            for row in kept.values().iterator()
        )
    return found


def _named(column: str, value: Any, names: Mapping[int, str]) -> str:
    return names.get(value, str(value)) if column.endswith("_id") else repr(value)


def totals(brand_id: int) -> dict[str, tuple[Any, ...]]:
    """What the database knows of each order, as `folded` tells it."""
    from collections import defaultdict

    from perennial.models import Fulfilment, Order, Refund

    refunded: dict[int, int] = defaultdict(int)
    for order, amount in Refund.objects.filter(brand_id=brand_id).values_list("order_id", "amount"):
        refunded[order] += amount
    arrived = set(
        Fulfilment.objects.filter(brand_id=brand_id, delivered_at__isnull=False).values_list("order_id", flat=True)
    )
    orders = Order.objects.filter(brand_id=brand_id).values_list("id", "name", "net", "status", "cancelled_at")
    return {
        name: (net, status == "cancelled" or cancelled is not None, refunded[id_], id_ in arrived)
        for id_, name, net, status, cancelled in orders
    }


def _shown(one: str, found: Mapping[str, int], other: Mapping[str, int]) -> str:
    return f"{one} {found.get(one, 0)} times as it happened, {other.get(one, 0)} times shuffled"


if __name__ == "__main__":
    import sys

    from perennial.database.start import start

    start()
    for claim in shuffled(seed=int(sys.argv[1]), count=int(sys.argv[2])).claims:
        sys.stdout.write(f"{claim.kept}\t{claim.text}\t{claim.found}\n")
