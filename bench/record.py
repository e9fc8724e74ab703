"""Orders recorded one by one and in a stream, beside a bare insert of the rows they leave."""

from __future__ import annotations

import pickle
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.figure import Figure, Line
from bench.measure import Job, Sample, run
from bench.places import Place, postgres

if TYPE_CHECKING:
    from perennial.facts.actions.record import Source
    from perennial.facts.rules.records import Batch, Order

TITLE = "Recording orders, beside a bare insert of the same rows"


def measure(where: Place) -> list[Figure]:
    """Single orders (a transaction each, on disk when acknowledged) and a stream, on both databases."""
    singles, bulk, rounds = (5_000, 200_000, 3) if where.full else (1_000, 10_000, 3)
    figure = Figure("record", TITLE, where.size)
    with ExitStack() as stack:
        server = stack.enter_context(postgres())
        for database in ("SQLite", "PostgreSQL"):
            for how, count in (("one by one", singles), ("in a stream", bulk)):
                pairs = []
                for number in range(rounds):
                    name = f"r{database}{how}{number}".replace(" ", "").lower()
                    pairs.append(_pair(where, server, name, database, count, stream=how == "in a stream"))
                pairs.sort(key=lambda pair: pair[1].seconds / pair[0].seconds)
                ours, bare = pairs[len(pairs) // 2]
                told = f"{bare.seconds / ours.seconds:.2f} of the bare speed"
                figure.lines += [
                    Line(f"{database}, {how}: orders recorded", count, ours.seconds, ours.peak_mb, told),
                    Line(f"{database}, {how}: their rows, barely", bare.rows, bare.seconds, bare.peak_mb),
                ]
    figure.notes += [
        (
            "An order leaves rows in order, line, customer, identity, reference, event, pending, touched and dirty; "
            "the bare insert writes the same rows in as many transactions with the same durability."
        ),
        "Rows of the bare insert are all rows of all tables; PostgreSQL's memory is its server's and not shown.",
    ]
    return [figure]


def _pair(where: Place, server: Any, name: str, database: str, count: int, *, stream: bool) -> tuple[Sample, Sample]:
    with where.home() as home:
        rows = str(home / "rows.pickle")
        given = {"orders": count, "path": rows, "stream": stream}
        ours = run(Job("bench.record:ours", given, _environment(server, home / "a", f"{name}a", database)))
        cuts = None if stream else ours.more["cuts"]
        path = home / "cuts.pickle"
        path.write_bytes(pickle.dumps(cuts))
        arguments = {"rows": rows, "cuts": str(path)}
        bare = run(Job("bench.record:bare", arguments, _environment(server, home / "b", f"{name}b", database)))
    return ours, bare


def _environment(server: Any, home: Path, name: str, database: str) -> dict[str, str]:
    if database == "SQLite":
        return {"PERENNIAL_HOME": str(home)}
    return {"PERENNIAL_HOME": str(home), "PERENNIAL_DATABASE_URL": server.create(name)}


def bare(*, rows: str, cuts: str) -> dict[str, Any]:
    """In a child: the bare insert."""
    from bench import rows as kept

    return kept.bare(path=rows, cuts=pickle.loads(Path(cuts).read_bytes()))


def ours(*, orders: int, path: str, stream: bool, profile: str = "") -> dict[str, Any]:
    """In a child: record ``orders`` live, then keep the rows they left."""
    from datetime import UTC, datetime

    from bench import rows
    from bench.child import timed
    from bench.profiling import profiled

    rows.start()
    from perennial.database import ids
    from perennial.facts.actions.record import record
    from perennial.facts.actions.record_stream import Part, record_stream
    from perennial.facts.rules.records import Batch

    now = datetime(2026, 1, 1, tzinfo=UTC)
    source = shop(now)
    rest, told = made_up(orders, now)
    for batch in rest:
        record(batch, source=source, now=now, history=True)
    record(Batch(orders=tuple(told[:20])), source=source, now=now)  # warm: statements prepared, imports done
    first = rows.read()
    told = told[20:]
    cuts: list[int] = []
    with profiled(profile) as seen, timed() as clock:
        if stream:
            parts = (Part(Batch(orders=tuple(told[at : at + 2_000]))) for at in range(0, len(told), 2_000))
            record_stream(parts, source=source, clock=lambda: now)
        else:
            for order in told:
                cuts.append(ids.new())
                record(Batch(orders=(order,)), source=source, now=now)
            cuts.append(ids.new())
    rows.keep(Path(path), first)
    return {"seconds": clock.seconds, "rows": len(told), "cuts": cuts, "profile": seen.lines}


def shop(now: Any) -> Source:
    """A store to record into."""
    from perennial.facts.actions.stores import open_store, source_of

    return source_of(open_store(now=now, currency="EUR", zone="Europe/Madrid", locale="es-ES"), "bench")


def made_up(count: int, now: Any) -> tuple[list[Batch], list[Order]]:
    """Batches of what must be known first (catalogue, rates), and ``count`` orders and 20 to warm up with."""
    from dataclasses import replace

    from perennial.facts.rules.records import Batch
    from perennial.simulator import config
    from perennial.simulator.batches import batches

    store = replace(config.load(now, customers=max(count // 6, 40) // 2 * 2), service=False)
    rest: list[Batch] = []
    orders: list[Order] = []
    for batch in batches(store):
        orders += batch.orders
        if batch.rates or batch.products:
            rest.append(Batch(rates=batch.rates, products=batch.products))
        if len(orders) >= count + 20:
            break
    return rest, orders[: count + 20]
