"""How soon a membership follows the order that changes it, with two hundred segments in force and the real loop."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.figure import Aim, Figure, Line
from bench.measure import ROOT, Job, environment, run
from bench.places import Place, postgres

if TYPE_CHECKING:
    from perennial.facts.rules.records import Order

RULES, MOST = 200, 2.0
TODAY = "bench-today"  # whoever orders for the first time today enters it: every order changes it
RATES = {"SQLite": (20, 1), "PostgreSQL": (200, 1)}  # orders a second, and by how many writers
EXPLAINED = 400  # memberships
_WARM = 10  # seconds of orders that are not counted: a loop that just started reads everything for the first time
_LOOK = 0.05
_TOGETHER = 0.1  # seconds: a writer records what came in so long, in one transaction
_PATIENCE = 3600.0  # until all segments are filled
_BEHIND = 120.0  # after the last order


def measure(where: Place) -> list[Figure]:
    """The same on both databases: a store of people with ten orders each, segments, writers, the loop."""
    people, seconds = (1_000_000, 120) if where.full else (10_000, 20)
    figure = Figure("segments-live", "Memberships that follow orders", where.size)
    with ExitStack() as stack:
        server = stack.enter_context(postgres())
        for database, (rate, writers) in RATES.items():
            with where.home() as home:
                given = {"PERENNIAL_HOME": str(home)}
                if database == "PostgreSQL":
                    given |= {"PERENNIAL_DATABASE_URL": server.create("live")}
                run(Job("bench.people:prepare", {"people": people}, given))
                arguments = {"people": people, "rate": rate, "writers": writers, "seconds": seconds}
                found = run(Job("bench.segments_live:follow", {**arguments, "given": given}, given))
                why = run(Job("bench.segments_live:explain", {"people": people, "times": EXPLAINED}, given))
            _told(figure, database, rate, people, found.more)
            _told_why(figure, database, why.more["took"])
    figure.notes += [
        f"{RULES} segments in force: the ready-made ones with other amounts, and what people add to them.",
        (
            "Counted from the moment at which an order comes to the moment at which another process reads the "
            f"membership; it looks every {_LOOK * 1000:.0f} ms. Every order is its customer's first of the day."
        ),
        (
            f"Counted after {_WARM} s. A writer records what came in {_TOGETHER * 1000:.0f} ms in one transaction; that"
            " wait is counted, too. orders/s is what was recorded until the last one."
        ),
        "The loop is `perennial work` with all its tasks: mirror, figures and search follow the same orders.",
    ]
    return [figure]


def _told(figure: Figure, database: str, rate: int, people: int, found: Mapping[str, Any]) -> None:
    waits = sorted(found["waits"])
    p95 = waits[min(int(len(waits) * 0.95), len(waits) - 1)]
    figure.lines += [
        Line(f"{database}: {RULES} segments filled, {people:,} people", people, found["filled"]),
        Line(
            f"{database}: order to membership, p50 of {len(waits):,}", 0, statistics.median(waits), 0,
            f"p95 {p95:.2f} s, most {waits[-1]:.2f} s; {found['rate']:.0f} orders/s recorded, the loop busy "
            f"{found['busy'] * 100:.0f} % of a core",
        ),
    ]  # fmt: skip
    figure.aims += [
        Aim(f"{database}: visible within {MOST:.0f} s (p95) at {rate} orders/s",
            f"{p95:.2f} s at {found['rate']:.0f}/s", p95 < MOST and found["rate"] > 0.95 * rate),
        Aim(f"{database}: every change seen", f"{len(waits):,} of {found['orders']:,}", len(waits) == found["orders"]),
    ]  # fmt: skip


def _told_why(figure: Figure, database: str, took: list[float]) -> None:
    p95 = sorted(took)[int(len(took) * 0.95)]
    told = f"p95 {p95 * 1000:.0f} ms; another person and segment each time, nothing else at work"
    figure.lines.append(Line(f"{database}: one membership explained, p50", len(took), statistics.median(took), 0, told))
    figure.aims.append(Aim(f"{database}: explained within 50 ms (p95)", f"{p95 * 1000:.0f} ms", p95 < 0.05))


def explain(*, people: int, times: int) -> dict[str, Any]:
    """In a child: why so many people are, or are not, in one segment after the other; the first is not counted."""
    from bench.rows import start

    start()
    from bench.people import BASE
    from perennial.facts.models.brands import Brand
    from perennial.segments.actions.explain import explain_member
    from perennial.segments.queries.live import live

    brand, now = Brand.objects.get().id, datetime.now(UTC)
    keys = sorted(live(brand_id=brand, at=now).rules)
    took = []
    for nth in range(times + 1):
        began = time.perf_counter()
        who = BASE + 1 + nth * 7919 % people
        explain_member(brand_id=brand, customer_id=who, segment=keys[nth % len(keys)], now=now)
        took.append(time.perf_counter() - began)
    return {"seconds": sum(took), "took": took[1:]}


def follow(*, people: int, rate: int, writers: int, seconds: int, given: Mapping[str, str]) -> dict[str, Any]:
    """In a child: segments saved, the loop started, orders written by processes of their own, memberships seen."""
    from bench.rows import start

    start()
    from perennial.facts.models.brands import Brand

    brand = Brand.objects.get().id
    _save(brand)
    began = time.time()
    with _loop(given) as loop:
        _filled(brand, loop)
        filled = time.time() - began
        orders = rate * (_WARM + seconds)
        first = time.time() + 3
        cpu = _cpu(loop.pid)
        told = [Path(given["PERENNIAL_HOME"]) / f"writer-{n}" for n in range(writers)]
        asked = {"people": people, "orders": orders, "rate": rate, "writers": writers, "first": first}
        jobs = [_writer(given, path, number=n, **asked) for n, path in enumerate(told)]
        seen = _seen(brand, orders, jobs)
        busy = (_cpu(loop.pid) - cpu) / (time.time() - first)
        for job in jobs:
            job.wait()
    written = [_told_by(path) for path in told]
    come = {customer: at for one in written for customer, at in one["come"]}
    counted = {customer: at for customer, at in come.items() if at >= first + _WARM}
    waits = [seen[customer] - at for customer, at in counted.items() if customer in seen]
    return {
        "seconds": filled, "filled": filled, "waits": waits, "orders": len(counted), "busy": busy,
        "rate": orders / max(one["seconds"] for one in written),
    }  # fmt: skip


def _save(brand: int) -> None:
    from bench.segment_rules import rules
    from perennial.documents.actions import save

    now = datetime.now(UTC)
    texts = {key: rule.text() for key, rule in rules(RULES - 1).items()} | {TODAY: "orders(1 day) >= 1"}
    for key, text in texts.items():
        save(brand_id=brand, kind="segment", key=key, body={"title": key, "rule": text}, author="bench",
             seen_version=0, state="live", now=now)  # fmt: skip


@contextmanager
def _loop(given: Mapping[str, str]) -> Iterator[subprocess.Popen[str]]:
    """`perennial work`, until the block ends."""
    home = Path(given["PERENNIAL_HOME"])
    with (home / "work.log").open("w") as log, subprocess.Popen(
        [sys.executable, "-m", "perennial", "work"], cwd=ROOT, env=environment(given), stdout=log, stderr=log, text=True
    ) as process:  # fmt: skip
        try:
            yield process
        finally:
            process.terminate()


def _filled(brand: int, loop: subprocess.Popen[str]) -> None:
    """Wait until every segment was counted and nobody is left to be looked at."""
    from perennial.facts.models.loop import Touched
    from perennial.segments.models import SegmentState

    until = time.time() + _PATIENCE
    while time.time() < until and loop.poll() is None:
        states = SegmentState.objects.filter(brand_id=brand)
        wrong = list(states.exclude(error="").values_list("segment", "error"))
        if wrong:
            raise RuntimeError(f"not counted: {wrong[:3]}")
        if states.count() == RULES and not Touched.objects.filter(brand_id=brand, reader="segments").exists():
            return
        time.sleep(0.5)
    raise RuntimeError("the segments were not filled")


def _writer(given: Mapping[str, str], path: Path, **arguments: Any) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "bench.child", "bench.segments_live:write"]
    with path.open("w") as told:
        return subprocess.Popen(
            [*command, json.dumps(arguments)], cwd=ROOT, env=environment(given), stdout=told, text=True
        )


def write(*, number: int, people: int, orders: int, rate: int, writers: int, first: float) -> dict[str, Any]:
    """In a child: this writer's part of the orders; whose each is, when it came, and how long all took."""
    from bench.rows import start

    start()
    from bench.people import BASE
    from perennial.facts.actions.record import record
    from perennial.facts.actions.stores import source_of
    from perennial.facts.models.brands import Store
    from perennial.facts.rules.records import Batch

    source = source_of(Store.objects.get(), "bench")
    come: list[tuple[int, float]] = []
    waiting = list(range(number, orders, writers))
    while waiting:
        time.sleep(max(first + waiting[0] / rate - time.time(), _TOGETHER))
        taken = [nth for nth in waiting if first + nth / rate <= time.time()]
        now = datetime.now(UTC)
        record(Batch(orders=tuple(_order(people - nth, nth, now) for nth in taken)), source=source, now=now)
        come += [(BASE + people - nth, first + nth / rate) for nth in taken]
        waiting = waiting[len(taken) :]
    return {"seconds": time.time() - first, "come": come}


def _order(who: int, nth: int, now: datetime) -> Order:
    """One of somebody among the last: the first people have many orders more."""
    from perennial.facts.rules.records import Line, Order, Who

    return Order(
        updated_at=now, name=f"live{nth}", who=Who(email=f"p{who}@post{who % 3}.example"), ordered_at=now,
        currency="EUR", total=6000, lines=(Line(name="1", title="Tea", quantity=1000, total=6000),),
    )  # fmt: skip


def _told_by(path: Path) -> dict[str, Any]:
    from bench.child import MARK

    told = [line for line in path.read_text().splitlines() if line.startswith(MARK)]
    if not told:
        raise RuntimeError("a writer failed")
    found: dict[str, Any] = json.loads(told[-1].removeprefix(MARK))
    return found


def _seen(brand: int, orders: int, jobs: list[subprocess.Popen[str]]) -> dict[int, float]:
    """When each customer was read in the segment first."""
    from perennial.segments.models import Membership

    found: dict[int, float] = {}
    rows = Membership.objects.filter(brand_id=brand, segment=TODAY).order_by("entered_at")
    last, until = datetime.now(UTC), 0.0
    while len(found) < orders and (not until or time.time() < until):
        # Those of one round have one instant: they may become visible in parts.
        for customer, entered in rows.filter(entered_at__gte=last).values_list("customer_id", "entered_at"):
            last = entered
            found.setdefault(customer, time.time())
        if not until and all(job.poll() is not None for job in jobs):
            until = time.time() + _BEHIND
        time.sleep(_LOOK)
    return found


def _cpu(pid: int) -> float:
    """CPU seconds of a process and of those that it started."""
    stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    own = sum(int(stat[n]) for n in (11, 12, 13, 14)) / os.sysconf("SC_CLK_TCK")
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return own + sum(_cpu(int(child)) for task in tasks for child in task.read_text().split())
