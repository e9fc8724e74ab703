"""How many customers come back, and when."""

from __future__ import annotations

from typing import Any

from perennial.display import axes, charts
from perennial.lab.report.gather import TREND_DAYS, bar_days
from perennial.lab.report.page import ENOUGH, Page

COHORTS, AGES = 13, 12  # months shown
_LEAST = 10  # people in a month below which its rates are not shaded: they jump
_SHADES = 10


def returning(page: Page) -> dict[str, Any]:
    """Retention by horizon and in time, the wait between orders, cohorts."""
    return {
        "horizons": _horizons(page),
        "gaps": _gaps(page),
        "trend": _trend(page),
        "cohorts": _cohorts(page),
    }


def _horizons(page: Page) -> list[dict[str, Any]]:
    w, f = page.words, page.format
    rows = []
    for row in page.found.all("retention"):
        enough = row["base"] >= ENOUGH and row["complete"]
        rows.append(
            {
                "days": w.plural("within %(n)s day", "within %(n)s days", row["horizon"], n=f.count(row["horizon"])),
                "enough": enough,
                "rate": f.percent(row["rate"]),
                "between": f.between(row["low"], row["high"]),
                "of": w.plural("of %(n)s customer", "of %(n)s customers", row["base"], n=f.count(row["base"])),
                "window": f.days(row["base_from"], row["base_to"]),
                "bar": round(100 * (row["rate"] or 0), 1),
            }
        )
    return rows


def _gaps(page: Page) -> dict[str, Any] | None:
    found, w, f = page.found, page.words, page.format
    quantiles = found.one("gap_quantiles")
    if quantiles["gaps"] < ENOUGH:
        return None
    days = bar_days(quantiles["p95"])
    bars = [
        {"from": row["bar"] * days, "to": (row["bar"] + 1) * days, "share": row["share"], "n": row["n"]}
        for row in found.all("gaps")
    ]
    steps = axes.ticks(max(bar["share"] for bar in bars), 3)
    marks = [
        {
            "value": quantiles["p50"],
            "height": steps[-1] * 0.96,
            "label": w.text("half: %(n)s days", n=f.count(quantiles["p50"])),
        },
        {
            "value": quantiles["p75"],
            "height": steps[-1] * 0.84,
            "label": w.text("three in four: %(n)s", n=f.count(quantiles["p75"])),
        },
    ]
    if quantiles["p90"] < 0.72 * quantiles["p95"]:
        marks.append(
            {
                "value": quantiles["p90"],
                "height": steps[-1] * 0.72,
                "label": w.text("nine in ten: %(n)s", n=f.count(quantiles["p90"])),
            }
        )
    for mark in marks:
        mark["turned"] = mark["value"] > 0.62 * bars[-1]["to"]  # a label at the right would leave the chart
    x = axes.ticks(bars[-1]["to"], 5)
    label = w.text("How many days pass between one order and the next, as shares of all such waits.")
    picture = page.picture(
        lambda wide: charts.gaps(  # noqa: ARG005  # one shape fits both
            bars,
            axes.axis(x, [f.count(v) for v in x], grid=False, title=w.text("days until the next order")),
            axes.axis(steps, [f.percent(v) for v in steps]),
            marks,
            steps[-1],
        ),
        label,
        height=220,
    )
    listed = [
        (f"{f.count(bar['from'] + 1)}\N{EN DASH}{f.count(bar['to'])}", f.count(bar["n"]), f.percent(bar["share"]))
        for bar in bars
    ]
    return {
        "picture": picture,
        "rows": listed,
        "half": f.count(quantiles["p50"]),
        "most": f.count(quantiles["p90"]),
        "waits": f.count(quantiles["gaps"]),
        "people": f.count(quantiles["people"]),
    }


def _trend(page: Page) -> dict[str, Any] | None:
    found, w, f = page.found, page.words, page.format
    rows = [row for row in found.all("retention_trend") if row["base"] >= ENOUGH]
    if len(rows) < 3:
        return None
    y = axes.ticks(max(row["high"] for row in rows), 4)
    picture = page.picture(
        lambda wide: charts.trend(
            rows,
            axes.months(rows, f.short_month, f.year, wide=wide),
            axes.axis(y, [f.percent(v, 0) for v in y]),
            y[-1],
            f.percent(rows[-1]["rate"]),
        ),
        w.text("The share of each month's customers who ordered again within %(n)s days.", n=TREND_DAYS),
        height=200,
    )
    listed = [(f.month(row["month"]), f.count(row["base"]), f.count(row["retained"]), page.rate(row)) for row in rows]
    return {"picture": picture, "rows": listed, "days": f.count(TREND_DAYS)}


def _cohorts(page: Page) -> dict[str, Any] | None:
    found, f = page.found, page.format
    cells = found.all("cohorts")
    first = sorted({cell["cohort"] for cell in cells})[-COHORTS:]
    by = {(cell["cohort"], cell["age"]): cell for cell in cells}
    if len(first) < 3:
        return None
    ages = range(1, min(AGES, first[-1] - first[0]) + 1)
    shown = [
        cell
        for cell in cells
        if cell["cohort"] in first and 1 <= cell["age"] <= AGES and cell["complete"] and cell["customers"] >= _LEAST
    ]
    highest = max((cell["rate"] for cell in shown), default=0) or 1.0
    rows = []
    for cohort in first:
        row = []
        for age in ages:
            cell = by.get((cohort, age))
            if cell is None or not cell["complete"]:
                row.append({"text": "", "shade": None})
                continue
            few = cell["customers"] < _LEAST
            shade = None if few else min(_SHADES, round(_SHADES * cell["rate"] / highest))
            row.append({"text": f.percent(cell["rate"], 0), "shade": shade})
        size = by[cohort, 0]["customers"]
        rows.append({"month": f.month(cohort), "customers": f.count(size), "cells": row})
    return {"ages": list(ages), "rows": rows, "older": len({c["cohort"] for c in cells}) > COHORTS}
