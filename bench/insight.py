"""Every answer of insight beside one hand-written DuckDB SQL with the same result, and the main ones beside pandas."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench import inputs
from bench.figure import Aim, Figure, Line
from bench.measure import Job, Sample, in_turn, run
from bench.places import Place

SQL = Path(__file__).resolve().parent / "sql"
WITHIN, FASTER, LESS = 1.3, 10, 0.1
PANDAS = ("summary", "monthly", "rfm", "cohorts", "gap_quantiles")


def measure(where: Place) -> list[Figure]:
    """All answers beside SQL by hand."""
    folder = inputs.shop(where, _customers(where))
    figure = Figure("insight", "Every answer of insight, beside SQL by hand", where.size)
    found = _all_beside_sql(where, folder)
    _beside_sql(figure, found)
    for kind, function in (("all answers", "bench.insight:ours"), ("all SQL", "bench.insight:by_hand")):
        alone = run(Job(function, {"folder": str(folder), "names": None}))
        figure.lines.append(Line(f"{kind}, in a process of its own", found.rows, alone.seconds, alone.peak_mb))
    figure.notes += [
        f"{_customers(where):,} customers, {found.rows:,} orders, from Parquet; visits of every tenth customer.",
        (
            "Results are compared in the same run, row by row: whole numbers and words exactly, fractions to a "
            "millionth. Both sides end in an Arrow table. The SQL stands in bench/sql."
        ),
        (
            "Seconds of an answer are the middle one of three, in turn with its SQL, on the same tables and threads; "
            "they hold the building of the Ibis expression and its translation. CPU: seconds of all threads, which "
            "a busy machine does not lengthen."
        ),
    ]
    return [figure]


def measure_pandas(where: Place) -> list[Figure]:
    """The main answers beside pandas, from files to results."""
    figure = Figure("insight-pandas", "The main answers of insight, beside pandas", where.size)
    folder = inputs.shop(where, _customers(where))
    for name in PANDAS:
        given = {"folder": str(folder), "names": [name]}
        ours, pandas = in_turn([Job("bench.insight:ours", given), Job("bench.pandas_peer:answer", given)], 1)
        faster, less = pandas.seconds / ours.seconds, ours.peak_mb / pandas.peak_mb
        told = f"{faster:.1f} times as fast as pandas, {less:.2f} of its memory"
        figure.lines += [
            Line(f"`{name}`", 0, ours.seconds, ours.peak_mb, told),
            Line(f"`{name}`, pandas", 0, pandas.seconds, pandas.peak_mb),
        ]
        wanted = f"`{name}`: 10 times faster than pandas, a tenth of the memory"
        reached = faster >= FASTER and less <= LESS
        figure.aims.append(Aim(wanted, f"{faster:.1f} times, {less:.2f}", reached))
    figure.notes.append(
        f"{_customers(where):,} customers. Both sides read Parquet and end with the result; pandas reads only the "
        "columns that it needs, by Arrow. Peak memory is of the work alone: imports come before."
    )
    return [figure]


def measure_growth(where: Place) -> list[Figure]:
    """The main answers on ten times as many orders."""
    figure = Figure("insight-growth", "Answers of insight on ten times the orders", where.size)
    customers = _customers(where)
    names = [*PANDAS, "retention", "realised", "rhythm_states"]
    few = inputs.shop(where, customers)
    many = inputs.larger(where, customers, 10)
    for name in names:
        found = []
        for folder in (few, many):
            sample = run(Job("bench.insight:ours", {"folder": str(folder), "names": [name]}))
            found.append(sample)
            orders = sample.more["orders"]
            figure.lines.append(Line(f"`{name}`, {orders:,} orders", orders, sample.seconds, sample.peak_mb))
        one, ten = found
        figure.growth.append(
            f"`{name}`: {ten.seconds / one.seconds:.1f} times the time, "
            f"{ten.peak_mb / one.peak_mb:.1f} times the memory."
        )
    figure.notes.append("The larger shop is the smaller one ten times, under other numbers.")
    return [figure]


def _customers(where: Place) -> int:
    return 1_000_000 if where.full else 100_000


def _all_beside_sql(where: Place, folder: Path) -> Sample:
    """Each answer in a process of its own; a run that is stopped goes on behind the last one that was measured."""
    from perennial.insight.registry import ANSWERS

    path = where.folder / f"insight-{where.size}.json"
    done: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    for name in ANSWERS:
        if name not in done:
            one = run(Job("bench.insight:beside_sql", {"folder": str(folder), "rounds": 3, "only": [name]}))
            done[name] = {**one.more, "orders": one.rows}
            path.write_text(json.dumps(done))
    path.unlink()
    answers = {name: one["answers"][name] for name, one in done.items()}
    worst = sorted(answers, key=lambda name: answers[name]["sql"] - answers[name]["ours"])[:6]
    plans = {name: plan for name in worst for plan in done[name]["plans"].values()}
    seconds = sum(answer["ours"] for answer in answers.values())
    return Sample(seconds, next(iter(done.values()))["orders"], more={"answers": answers, "plans": plans})


def _beside_sql(figure: Figure, found: Sample) -> None:
    answers = found.more["answers"]
    for name, a in sorted(answers.items(), key=lambda item: item[1]["sql"] - item[1]["ours"]):
        ratio = a["ours"] / a["sql"]
        told = f"{ratio:.2f} times the SQL's {a['sql']:.3f} s, CPU {a['ours_cpu'] / a['sql_cpu']:.2f} times" + (
            "" if a["equal"] else f"; DIFFERS: {a['why']}"
        )
        figure.lines.append(Line(f"`{name}`", a["rows"], a["ours"], 0, told))
    ours, by_hand, our_cpu, hand_cpu = (
        sum(a[side] for a in answers.values()) for side in ("ours", "sql", "ours_cpu", "sql_cpu")
    )
    told = f"{ours / by_hand:.2f} times the SQL's {by_hand:.1f} s, CPU {our_cpu / hand_cpu:.2f} times"
    figure.lines.append(Line("all answers together, one after the other", found.rows, ours, 0, told))
    figure.aims.append(
        Aim(
            "all answers within 1.3 times the SQL by hand",
            f"{ours / by_hand:.2f} (CPU {our_cpu / hand_cpu:.2f})",
            ours / by_hand <= WITHIN,
        )
    )
    same = sum(a["equal"] for a in answers.values())
    figure.aims.append(Aim("the same results", f"{same} of {len(answers)}", same == len(answers)))
    build = sum(a["build"] for a in answers.values())
    figure.profile.append(f"Building and translating all expressions takes {build:.2f} s of the {ours:.1f} s.")
    for name, told in found.more["plans"].items():
        figure.profile.append(f"`{name}`: {told}")


def beside_sql(*, folder: str, rounds: int, only: list[str] | None = None) -> dict[str, Any]:
    """In a child: each answer and its SQL in turn on the same tables; whether they are equal."""
    from bench.results import difference, told_plan
    from perennial.insight.registry import ANSWERS

    shop, hand = _opened(folder)
    as_of = shop.as_of()
    found: dict[str, Any] = {}
    total = 0.0
    for name in only or ANSWERS:
        sql = statement(name, as_of)
        shop.ask(name, as_of).limit(1).to_pyarrow()  # its file imported, the tables' shapes known
        sides: dict[str, Callable[[], Any]] = {
            "build": lambda name=name: shop.engine.compile(shop.ask(name, as_of)),
            "ours": lambda name=name: shop.ask(name, as_of).to_pyarrow(),
            "sql": lambda sql=sql: hand.sql(sql).to_arrow_table(),
        }
        times: dict[str, list[tuple[float, float]]] = {side: [] for side in sides}
        results: dict[str, Any] = {}
        for _ in range(rounds):
            for side, work in sides.items():
                began, cpu = time.perf_counter(), time.process_time()
                results[side] = work()
                times[side].append((time.perf_counter() - began, time.process_time() - cpu))
        ours, theirs = results["ours"], results["sql"]
        why = difference(ours, theirs)
        middle = {side: sorted(taken)[len(taken) // 2][0] for side, taken in times.items()}
        middle |= {f"{side}_cpu": sorted(cpu for _, cpu in taken)[len(taken) // 2] for side, taken in times.items()}
        found[name] = {**middle, "rows": ours.num_rows, "equal": not why, "why": why}
        total += middle["ours"]
        del ours, theirs, results
    slow = sorted(found, key=lambda name: found[name]["sql"] - found[name]["ours"])[:4]
    plans = {
        name: told_plan(hand, shop.engine.compile(shop.ask(name, as_of)), statement(name, as_of))
        for name in slow
        if found[name]["ours"] > WITHIN * found[name]["sql"]
    }
    (orders,) = hand.execute("SELECT count(*) FROM orders").fetchall()[0]
    return {"seconds": total, "rows": orders, "answers": found, "plans": plans}


def statement(name: str, as_of: Any) -> str:
    """The SQL by hand, for a moment."""
    return (SQL / f"{name}.sql").read_text().replace(":at", str(as_of.at)).replace(":day", str(as_of.day))


def _opened(folder: str) -> tuple[Any, Any]:
    """The shop, and a cursor on the same tables for SQL."""
    from perennial import lab

    shop = lab.open(folder)
    hand = shop.engine.con.cursor()
    (schema,) = hand.execute(
        "SELECT max(schema_name) FROM information_schema.schemata WHERE schema_name LIKE 'shop_%'"
    ).fetchall()[0]
    hand.execute(f"SET search_path = '{schema},temp'")
    hand.execute((SQL / "prelude.sql").read_text())
    return shop, hand


def ours(*, folder: str, names: list[str] | None) -> dict[str, Any]:
    """In a child: open the folder and ask, result by result let go."""
    from bench.child import timed
    from perennial import lab
    from perennial.insight.registry import ANSWERS

    _warm()
    with timed() as clock:
        shop = lab.open(folder)
        for name in names or ANSWERS:
            shop.ask(name).to_pyarrow()
    (orders,) = shop.tables.orders.count().as_table().to_pyarrow().to_pylist()
    return {"seconds": clock.seconds, "orders": next(iter(orders.values()))}


def by_hand(*, folder: str, names: list[str] | None) -> dict[str, Any]:
    """In a child: the same with SQL by hand."""
    from bench.child import timed
    from perennial.insight.registry import ANSWERS

    _warm()
    with timed() as clock:
        shop, hand = _opened(folder)
        as_of = shop.as_of()
        for name in names or ANSWERS:
            hand.sql(statement(name, as_of)).to_arrow_table()
    return {"seconds": clock.seconds}


def _warm() -> None:
    """Import what is used: starting Python is measured by another figure."""
    from importlib import import_module

    import ibis
    import pyarrow as pa

    from perennial.insight.registry import ANSWERS

    for answer in ANSWERS.values():
        import_module(f"perennial.insight.{answer.module}")
    backend = ibis.duckdb.connect()
    ibis.memtable(pa.table({"a": [1]})).count()
    backend.execute(ibis.memtable(pa.table({"a": [1]})).aggregate(n=ibis._.a.sum()))
