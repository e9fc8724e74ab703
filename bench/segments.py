"""Segments for everybody: one rule beside SQL by hand, two hundred together beside each alone, ten times the rows."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench import inputs
from bench.figure import Aim, Figure, Line
from bench.measure import Job, Sample, run
from bench.places import Place

if TYPE_CHECKING:
    from perennial.insight.tables import AsOf, Tables

SQL = Path(__file__).resolve().parent / "sql"
RULE, LEAST = "spent(6 months) >= 250", 25_000
RULES, ALONE, WITHIN, MOST = 200, 8, 1.3, 2.0
TIMES = 10
SEEN = 6  # of so many customers one is followed on the site: twenty million rows beside ten million orders


def measure(where: Place) -> list[Figure]:
    """All on the same Parquet files, and on ten times as many rows."""
    customers = 1_000_000 if where.full else 20_000
    figure = Figure("segments", "Segments for everybody", where.size)
    folder, larger = inputs.shop(where, customers, SEEN), inputs.larger(where, customers, TIMES, SEEN)
    one, ten = (run(Job("bench.segments:one_rule", {"folder": str(there)})) for there in (folder, larger))
    _beside_sql(figure, one)
    whole = run(Job("bench.segments:together", {"folder": str(folder)}))
    _together(figure, whole, customers)
    smaller = inputs.shop(where, customers // TIMES, SEEN)
    tenth = run(Job("bench.segments:together", {"folder": str(smaller), "alone": 0}))
    for what, people, fewer, more in (
        (f"`{RULE}`", customers, one, ten),
        (f"{RULES} rules together", customers // TIMES, tenth, whole),
    ):
        figure.growth.append(
            f"{what}, {people:,} to {people * TIMES:,} customers: {more.seconds / fewer.seconds:.1f} times the "
            f"time ({more.seconds:.1f} s), {more.peak_mb / fewer.peak_mb:.1f} times the memory "
            f"({more.peak_mb:,.0f} MB)."
        )
    figure.notes += [
        f"{customers:,} customers, {one.rows:,} orders, {one.more['acts']:,} rows of behaviour, read from Parquet.",
        (
            "Members are compared in the same run. Seconds are the middle one of five, in turn with the SQL on the "
            "same files and threads; they hold the building of the Ibis expression and its translation."
        ),
    ]
    return [figure]


def _beside_sql(figure: Figure, found: Sample) -> None:
    ratio, cpu = found.seconds / found.more["sql"], found.more["cpu"] / found.more["sql_cpu"]
    told = f"{ratio:.2f} times the SQL's {found.more['sql']:.3f} s, CPU {cpu:.2f} times"
    figure.lines += [
        Line(f"`{RULE}`: {found.more['members']:,} members", found.rows, found.seconds, found.peak_mb, told),
        Line("the same as SQL by hand", found.rows, found.more["sql"]),
    ]
    same = "the same members" if found.more["equal"] else "OTHER MEMBERS"
    figure.aims += [
        Aim(f"within {WITHIN} times the SQL by hand", f"{ratio:.2f} (CPU {cpu:.2f}), {same}",
            ratio <= WITHIN and found.more["equal"]),
        Aim(f"everybody in under {MOST:.0f} s", f"{found.seconds:.2f} s", found.seconds < MOST),
    ]  # fmt: skip
    figure.profile.append(f"Building and translating the expression takes {found.more['build']:.3f} s.")


def _together(figure: Figure, found: Sample, customers: int) -> None:
    alone = found.more["alone"] * RULES
    told = f"{alone / found.seconds:.1f} times as fast as one after the other (estimated from {ALONE} of them)"
    figure.lines.append(Line(f"{RULES} rules together, people", customers, found.seconds, found.peak_mb, told))
    figure.lines.append(Line(f"one of them alone, the mean of {ALONE}", customers, found.more["alone"]))
    figure.profile.append(
        f"{RULES} rules: {found.more['build']:.1f} s of {found.seconds:.1f} s build and translate the expressions."
    )


def one_rule(*, folder: str) -> dict[str, Any]:
    """In a child: the rule and its SQL in turn."""
    from bench.child import start_peak
    from bench.segment_rules import nothing_beside
    from perennial.segments.compile.judged import members
    from perennial.segments.rules.known import Known
    from perennial.segments.rules.rule import read
    from perennial.values.time import LocalDay, Period

    with _opened(folder) as (t, as_of, backend):
        rule, beside, known = read(RULE), nothing_beside(), Known()
        first = int(Period(6, "month").first_day(LocalDay(as_of.day)))
        sql = (SQL / "spent_members.sql").read_text()
        for name, value in (("at", as_of.at), ("first", first), ("least", LEAST)):
            sql = sql.replace(f":{name}", str(value))
        sides: dict[str, Callable[[], Any]] = {
            "build": lambda: backend.compile(members(rule, t, beside, known, as_of)),
            "ours": lambda: members(rule, t, beside, known, as_of).to_pyarrow(),
            "sql": lambda: backend.con.sql(sql).to_arrow_table(),
        }
        sides["ours"]()  # files' heads read, modules imported
        start_peak()
        found = {name: _middle(work) for name, work in _in_turn(sides, 5).items()}
        ours, theirs = (set(sides[side]()["person_id"].to_pylist()) for side in ("ours", "sql"))
        counts = [
            backend.con.execute(f"SELECT count(*) FROM {name}").fetchall()[0][0] for name in ("orders", "behaviour")
        ]
    (seconds, cpu), (by_hand, hand_cpu) = found["ours"], found["sql"]
    return {
        "seconds": seconds, "cpu": cpu, "sql": by_hand, "sql_cpu": hand_cpu, "build": found["build"][0],
        "rows": counts[0], "acts": counts[1], "members": len(ours), "equal": ours == theirs,
    }  # fmt: skip


def together(*, folder: str, alone: int = ALONE) -> dict[str, Any]:
    """In a child: all rules, as many in a statement as when everybody is judged at night, and ``alone`` of them."""
    from bench.child import peak_mb, start_peak
    from bench.segment_rules import known_of, nothing_beside, rules
    from perennial.segments.compile.judged import TOGETHER, judged

    with _opened(folder) as (t, as_of, backend):
        asked, beside = rules(RULES), nothing_beside()
        known, keys = known_of(t, asked, as_of), list(asked)
        start_peak()
        began, built = time.perf_counter(), 0.0
        for start in range(0, RULES, TOGETHER):
            part = {key: asked[key] for key in keys[start : start + TOGETHER]}
            starts = time.perf_counter()
            table = judged(part, t, beside, known, as_of)
            backend.compile(table)
            built += time.perf_counter() - starts
            found = table.to_pyarrow()
            if found.num_rows == 0:
                raise ValueError("nobody was judged")
        seconds, peak = time.perf_counter() - began - built, peak_mb()  # they were translated twice
        began = time.perf_counter()
        for key in keys[:: RULES // alone] if alone else ():
            judged({key: asked[key]}, t, beside, known, as_of).to_pyarrow()
        each = (time.perf_counter() - began) / max(alone, 1)
    return {"seconds": seconds, "peak_mb": peak, "build": built, "alone": each}


def _in_turn(sides: dict[str, Callable[[], Any]], rounds: int) -> dict[str, list[tuple[float, float]]]:
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, work in sides.items():
            began, cpu = time.perf_counter(), time.process_time()
            work()
            taken[name].append((time.perf_counter() - began, time.process_time() - cpu))
    return taken


def _middle(taken: list[tuple[float, float]]) -> tuple[float, float]:
    return sorted(taken)[len(taken) // 2]


@contextmanager
def _opened(folder: str) -> Iterator[tuple[Tables, AsOf, Any]]:
    """The tables over the files as they lie there, as the mirror is read; the last order's day; their DuckDB."""
    import ibis

    from perennial.figures.rules.mirrored import empty
    from perennial.insight.tables import SCHEMA, AsOf, Tables
    from perennial.values.time import DAY_US

    backend = ibis.duckdb.connect()
    for name in SCHEMA:
        files = [*Path(folder).glob(f"{name}.parquet"), *Path(folder).glob(f"{name}/*.parquet")]
        listed = ", ".join(f"'{file}'" for file in files)
        select = f"SELECT * FROM read_parquet([{listed}])" if files else empty(name)
        backend.con.execute(f'CREATE VIEW "{name}" AS {select}')
    ((day,),) = backend.con.execute("SELECT max(ordered_day) FROM orders").fetchall()
    yield Tables(**{name: backend.table(name) for name in SCHEMA}), AsOf((day + 1) * DAY_US - 1, day), backend
    backend.disconnect()
