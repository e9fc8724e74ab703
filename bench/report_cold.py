"""The report of a real shop from a cold process, beside DuckDB reading the same file and pandas doing the least."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.figure import Aim, Figure, Line
from bench.measure import Job, in_turn
from bench.places import ONLINE_RETAIL, Place

MOST = 30.0  # "seconds on Online Retail"


def measure(where: Place) -> list[Figure]:
    """`perennial report` of Online Retail, start of Python included."""
    figure = Figure("report-cold", "The report of Online Retail from a cold process", where.size)
    if not ONLINE_RETAIL.exists():
        figure.notes.append("Online Retail is not beside this checkout: not measured.")
        return [figure]
    jobs = [Job("bench.report_cold:report"), Job("bench.report_cold:duckdb"), Job("bench.report_cold:pandas")]
    ours, duck, panda = in_turn(jobs, 3 if where.full else 1)
    rows = duck.rows
    figure.lines += [
        Line(
            "`perennial report`",
            rows,
            ours.seconds,
            ours.more["peak"],
            f"{ours.seconds / panda.seconds:.1f} times pandas' RFM and cohorts",
        ),
        Line("pandas: read, RFM and cohorts, no page", rows, panda.seconds, panda.more["peak"]),
        Line("DuckDB: copy to Parquet, nothing asked", rows, duck.seconds, duck.more["peak"]),
    ]
    found = f"{ours.seconds:.1f} s, page of {ours.more['bytes'] / 1e3:,.0f} kB"
    figure.aims.append(Aim("seconds", found, ours.seconds < MOST))
    figure.notes.append(
        "All three start Python and read the gzip file; the report asks all questions and draws the page."
    )
    return [figure]


def report() -> dict[str, Any]:
    """In a child: the command, as typed."""
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "report.html"
        program = str(Path(sys.executable).parent / "perennial")
        found = _cold(
            [program, "report", str(ONLINE_RETAIL), "--currency", "GBP", "--zone", "Europe/London", "-o", str(page)]
        )
        return {**found, "bytes": page.stat().st_size}


def duckdb() -> dict[str, Any]:
    """In a child: the bare copy."""
    with tempfile.TemporaryDirectory() as folder:
        sql = f"COPY (SELECT * FROM read_csv('{ONLINE_RETAIL}')) TO '{folder}/all.parquet' (FORMAT parquet)"
        return {**_cold([sys.executable, "-c", f"import duckdb; duckdb.sql({sql!r})"]), "rows": 541_909}


_PANDAS = """
import pandas as pd
d = pd.read_csv({path!r}, encoding="latin-1", dtype={{"CustomerID": "string"}})
d["InvoiceDate"] = pd.to_datetime(d.InvoiceDate)
d["amount"] = d.Quantity * d.UnitPrice
d = d[d.CustomerID.notna() & ~d.InvoiceNo.str.startswith("C")]
e = d.groupby("CustomerID").agg(n=("InvoiceNo", "nunique"), m=("amount", "sum"), last=("InvoiceDate", "max"))
for c in e: e[c + "_score"] = pd.qcut(e[c].rank(method="first"), 5, labels=False)
d["month"] = d.InvoiceDate.dt.to_period("M")
d = d.join(d.groupby("CustomerID").month.min().rename("cohort"), on="CustomerID")
d.groupby(["cohort", "month"]).agg(people=("CustomerID", "nunique"), money=("amount", "sum"))
"""


def pandas() -> dict[str, Any]:
    """In a child: the least that an analyst would do with the file."""
    return _cold([sys.executable, "-c", _PANDAS.format(path=str(ONLINE_RETAIL))])


def _cold(command: list[str]) -> dict[str, Any]:
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    if code := os.waitstatus_to_exitcode(status):
        raise RuntimeError(f"{command[0]} ended with {code}")
    unit = 1 if sys.platform == "darwin" else 1024
    return {"seconds": time.perf_counter() - began, "peak": used.ru_maxrss * unit / 1e6}
