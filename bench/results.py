"""Two results compared, and two plans told in words."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

EXACT = 1e-6  # fractions are sums in another order


def difference(ours: Any, theirs: Any) -> str:
    """In what two Arrow tables of the same rows in any order differ; "": in nothing."""
    if set(ours.column_names) != set(theirs.column_names):
        return f"columns {sorted(set(ours.column_names) ^ set(theirs.column_names))}"
    if ours.num_rows != theirs.num_rows:
        return f"{ours.num_rows} rows, not {theirs.num_rows}"
    columns = list(ours.column_names)
    return _differs(_ordered(ours, columns), _ordered(theirs, columns), columns)


def _ordered(table: Any, columns: list[str]) -> Any:
    import duckdb
    import pyarrow as pa

    fractions = {c for c in columns if pa.types.is_floating(table.schema.field(c).type)}
    listed = ", ".join(f'"{c}"' for c in columns)
    keys = ", ".join(f'"{c}" NULLS FIRST' for c in [c for c in columns if c not in fractions] or columns)
    with duckdb.connect() as engine:
        engine.register("result", table)
        return engine.sql(f"SELECT {listed} FROM result ORDER BY {keys}").to_arrow_table()


def _differs(ours: Any, theirs: Any, columns: list[str]) -> str:
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    for name in columns:
        a, b = ours[name].combine_chunks(), theirs[name].combine_chunks()
        if pa.types.is_floating(a.type) or pa.types.is_floating(b.type):
            x, y = (pc.cast(v, pa.float64()).to_numpy(zero_copy_only=False) for v in (a, b))
            bad = np.flatnonzero(~np.isclose(x, y, rtol=EXACT, atol=1e-9, equal_nan=True))
        else:
            kind = pa.int64() if pa.types.is_integer(a.type) or pa.types.is_decimal(b.type) else a.type
            x, y = pc.cast(a, kind), pc.cast(b, kind)
            same = pc.or_(pc.fill_null(pc.equal(x, y), False), pc.and_(pc.is_null(x), pc.is_null(y)))
            bad = np.flatnonzero(~same.to_numpy(zero_copy_only=False))
        if len(bad):
            at = int(bad[0])
            first = " against ".join(str(side.slice(at, 1).to_pylist()[0]) for side in (ours, theirs))
            return f"{name} in {len(bad)} rows, first {first}"
    return ""


def told_plan(connection: Any, ours: str, by_hand: str) -> str:
    """Where an engine spends its time on our SQL and on that by hand: the costliest operators, CPU seconds."""
    return f"ours {_costliest(connection, ours)}; by hand {_costliest(connection, by_hand)}"


def _costliest(connection: Any, sql: str, top: int = 4) -> str:
    plan = connection.execute(f"EXPLAIN (ANALYZE, FORMAT json) {sql}").fetchall()[0][1]
    times: Counter[str] = Counter()
    counts: Counter[str] = Counter()
    waiting = list(json.loads(plan).get("operator", []))
    while waiting:
        node = waiting.pop()
        waiting += node.get("children", [])
        times[node["type"]] += node.get("timing", 0.0)
        counts[node["type"]] += 1
    listed = ", ".join(f"{kind.lower()} x{counts[kind]} {seconds:.2f} s" for kind, seconds in times.most_common(top))
    return f"{sum(times.values()):.2f} s ({listed})"
