"""Made-up inputs, made once per place: a CSV file of so many lines, a folder of Parquet for so many customers."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.measure import Job, run
from bench.places import Place

UNTIL = datetime(2026, 1, 1, tzinfo=UTC)
SHARE_SEEN = 10  # of so many customers one is followed on the site: visits outnumber orders tenfold


def plain_csv(where: Place, rows: int) -> Path:
    """``order,customer,date,amount,product,quantity``: one row per product line."""
    path = where.folder / f"plain-{rows}.csv"
    if not path.exists():
        run(Job("bench.inputs:make_csv", {"path": str(path), "rows": rows}))
    return path


def shop(where: Place, customers: int, seen: int = SHARE_SEEN) -> Path:
    """A folder of insight's tables: ten orders per customer; of ``seen`` customers one is followed on the site."""
    path = where.folder / (f"shop-{customers}" if seen == SHARE_SEEN else f"shop-{customers}-seen-{seen}")
    if not path.exists():
        run(Job("bench.inputs:make_shop", {"folder": str(path), "customers": customers, "seen": seen}))
    return path


def larger(where: Place, customers: int, times: int, seen: int = SHARE_SEEN) -> Path:
    """The same shop ``times`` as large: every customer again, under other numbers."""
    path = where.folder / (f"shop-{customers * times}" + ("" if seen == SHARE_SEEN else f"-seen-{seen}"))
    if not path.exists():
        given = {"source": str(shop(where, customers, seen)), "folder": str(path), "times": times}
        run(Job("bench.inputs:make_larger", given))
    return path


def make_csv(*, path: str, rows: int) -> dict[str, Any]:
    """In a child: write the file; it has its name when it is whole."""
    from bench.child import timed
    from perennial.simulator import config
    from perennial.simulator.files import write_csv

    part = Path(f"{path}.part")
    with timed() as clock:
        # A customer has about 19 product lines.
        written = write_csv(config.load(UNTIL, customers=max(rows // 15, 100) // 2 * 2), part, rows=rows)
    if written != rows:
        raise ValueError(f"the store has {written} lines, not {rows}")
    part.replace(path)
    return {"seconds": clock.seconds, "rows": written}


def make_shop(*, folder: str, customers: int, seen: int = SHARE_SEEN) -> dict[str, Any]:
    """In a child: write the tables, with the visits of the first of customers."""
    from dataclasses import replace

    from bench.child import timed
    from perennial.simulator import config
    from perennial.simulator.files import write_parquet

    part = Path(f"{folder}.part")
    whole = config.load(UNTIL, customers=customers)
    followed = replace(
        whole, customers=customers // seen // 2 * 2, behaviour=True, visits=0.1, abandoned=0.02, strangers=0.2
    )
    with timed() as clock:
        rows = write_parquet(whole, part)
        rows |= {
            name: n for name, n in write_parquet(followed, part / "seen").items() if name in ("behaviour", "visitors")
        }
    for name in ("behaviour", "visitors"):
        (part / "seen" / f"{name}.parquet").replace(part / f"{name}.parquet")
    for path in (part / "seen").iterdir():
        path.unlink()
    (part / "seen").rmdir()
    part.rename(folder)
    return {"seconds": clock.seconds, "rows": rows["orders"]}


_NUMBERS = ("customer_id", "order_id", "line_id", "refund_id", "fulfilment_id", "ticket_id", "rating_id", "visitor_id")
_ONCE = ("products", "spend", "aliases")


def make_larger(*, source: str, folder: str, times: int) -> dict[str, Any]:
    """In a child: copy each table ``times``, numbers moved apart."""
    import duckdb

    from bench.child import timed

    part = Path(f"{folder}.part")
    part.mkdir(parents=True, exist_ok=True)
    engine = duckdb.connect(config={"temp_directory": str(part / "spill"), "memory_limit": "4GB"})
    engine.execute("SET preserve_insertion_order = false")
    rows = 0
    with timed() as clock:
        for table in sorted(Path(source).glob("*.parquet")):
            read = f"read_parquet('{table}')"
            for copy in range(1 if table.stem in _ONCE else times):
                there = {row[0] for row in engine.execute(f"DESCRIBE SELECT * FROM {read}").fetchall()}
                moved = ", ".join(f"{c} + {copy} * (1::BIGINT << 50) AS {c}" for c in _NUMBERS if c in there)
                kept = f"* REPLACE ({moved})" if moved else "*"
                target = part / table.stem / f"{copy}.parquet"
                target.parent.mkdir(exist_ok=True)
                engine.execute(f"COPY (SELECT {kept} FROM {read}) TO '{target}' (FORMAT parquet)")
            if table.stem == "orders":
                rows = times * engine.execute(f"SELECT count(*) FROM {read}").fetchall()[0][0]
    engine.close()
    part.rename(folder)
    return {"seconds": clock.seconds, "rows": rows}
