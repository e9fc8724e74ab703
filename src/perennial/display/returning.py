"""How many customers come back, and when: rates by horizon, trend, the wait between orders, cohorts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from perennial.display import axes, charts, lines
from perennial.display.look import ENOUGH, Look, Row, rate, tip

COHORTS, AGES = 13, 12  # months shown
_LEAST = 10  # people in a month below which its rates are not shaded: they jump
_SHADES = 10


def horizons(look: Look, rows: Iterable[Row]) -> list[dict[str, Any]]:
    """The rates of `retention`, one row each: too early where ``enough`` is false."""
    w, f = look.words, look.format
    return [
        {
            "horizon": row["horizon"],
            "days": w.plural("within %(n)s day", "within %(n)s days", row["horizon"], n=f.count(row["horizon"])),
            "enough": row["base"] >= ENOUGH and row["complete"],
            "rate": f.percent(row["rate"]),
            "between": f.between(row["low"], row["high"]),
            "of": w.plural("of %(n)s customer", "of %(n)s customers", row["base"], n=f.count(row["base"])),
            "window": f.days(row["base_from"], row["base_to"]),
            "bar": round(100 * (row["rate"] or 0), 1),
        }
        for row in rows
    ]


def bar_days(longest: int) -> int:
    """How many days one bar of the curve of gaps holds, so that there are about 30."""
    return next((days for days in (1, 7, 14, 30, 91) if longest <= 32 * days), 365)


def curve(histogram: Iterable[Row], longest: int) -> list[dict[str, Any]]:
    """The gaps of `gap_histogram` up to ``longest`` days in bars: ``bar`` (from 0), ``n``, ``share`` of all gaps."""
    days, total = bar_days(longest), 0
    bars: dict[int, int] = {}
    for row in histogram:
        total += row["n"]
        if row["value"] <= longest:
            bar = (row["value"] - 1) // days
            bars[bar] = bars.get(bar, 0) + row["n"]
    return [{"bar": bar, "n": n, "share": n / total} for bar, n in sorted(bars.items())]


def gaps(look: Look, quantiles: Row, found: Sequence[Row]) -> dict[str, Any] | None:
    """The wait between orders; ``found``: the bars of `curve`. None: too early."""
    w, f = look.words, look.format
    if quantiles["gaps"] < ENOUGH:
        return None
    days = bar_days(quantiles["p95"])
    bars: list[dict[str, Any]] = [
        {"from": row["bar"] * days, "to": (row["bar"] + 1) * days, "share": row["share"], "n": row["n"]}
        for row in found
    ]
    listed = [
        (f"{f.count(bar['from'] + 1)}\N{EN DASH}{f.count(bar['to'])}", f.count(bar["n"]), f.percent(bar["share"]))
        for bar in bars
    ]
    bars = [{**bar, **tip(look, told[0], told[2])} for bar, told in zip(bars, listed, strict=True)]
    steps = axes.ticks(max(bar["share"] for bar in bars), 3)
    marks = _quantiles(look, quantiles, steps[-1], bars[-1]["to"])
    x = axes.ticks(bars[-1]["to"], 5)
    picture = look.picture(
        lambda wide: charts.gaps(  # noqa: ARG005  # one shape fits both
            bars,
            axes.axis(x, [f.count(v) for v in x], grid=False, title=w.text("days until the next order")),
            axes.axis(steps, [f.percent(v) for v in steps]),
            marks,
            steps[-1],
        ),
        w.text("How many days pass between one order and the next, as shares of all such waits."),
        height=220,
    )
    return {
        "picture": picture,
        "rows": listed,
        "half": f.count(quantiles["p50"]),
        "most": f.count(quantiles["p90"]),
        "waits": f.count(quantiles["gaps"]),
        "people": f.count(quantiles["people"]),
    }


def _quantiles(look: Look, quantiles: Row, top: float, last: float) -> list[dict[str, Any]]:
    """The quantiles to read, as lines with words."""
    w, f = look.words, look.format
    half, three, most = quantiles["p50"], quantiles["p75"], quantiles["p90"]
    marks: list[dict[str, Any]] = [
        {"value": half, "height": top * 0.96, "label": w.text("half: %(n)s days", n=f.count(half))},
        {"value": three, "height": top * 0.84, "label": w.text("three in four: %(n)s", n=f.count(three))},
    ]
    if most < 0.72 * quantiles["p95"]:
        marks.append({"value": most, "height": top * 0.72, "label": w.text("nine in ten: %(n)s", n=f.count(most))})
    for mark in marks:
        mark["turned"] = mark["value"] > 0.62 * last  # a label at the right would leave the chart
    return marks


def trend(look: Look, found: Iterable[Row], days: int, goal: float | None = None) -> dict[str, Any] | None:
    """The rate of each month's customers; ``goal``: a line to reach. None: too early."""
    w, f = look.words, look.format
    rows = [row for row in found if row["base"] >= ENOUGH]
    if len(rows) < 3:
        return None
    y = axes.ticks(max(*(row["high"] for row in rows), goal or 0), 4)
    shown = [{**row, **tip(look, f.month(row["month"]), rate(look, row))} for row in rows]
    picture = look.picture(
        lambda wide: lines.trend(
            shown,
            axes.months(rows, f.short_month, f.year, wide=wide),
            axes.axis(y, [f.percent(v, 0) for v in y]),
            y[-1],
            f.percent(rows[-1]["rate"]),
            goal=goal,
        ),
        w.text("The share of each month's customers who ordered again within %(n)s days.", n=days),
        height=200,
    )
    listed = [(f.month(row["month"]), f.count(row["base"]), f.count(row["retained"]), rate(look, row)) for row in rows]
    return {"picture": picture, "rows": listed, "days": f.count(days)}


def cohorts(
    look: Look,
    cells: Sequence[Row],
    *,
    shows: Literal["rate", "revenue_per_customer"] = "rate",
    until: int | None = None,
) -> dict[str, Any] | None:
    """A heat-map of `cohorts`, the last months up to ``until`` (months since January 1970). None: too early.

    Cells carry ``text`` and ``shade`` (0 to 10; None: none). Of rates the month of the first order itself, which
    is always 100 %, is left out; revenue begins with it.
    """
    f = look.format
    every = sorted({cell["cohort"] for cell in cells})
    first = [month for month in every if until is None or month <= until][-COHORTS:]
    by: Mapping[tuple[int, int], Row] = {(cell["cohort"], cell["age"]): cell for cell in cells}
    if len(every) < 3 or not first:
        return None
    begin = 1 if shows == "rate" else 0
    last = max((age for month, age in by if month in first), default=0)
    ages = range(begin, min(AGES, last) + 1)
    shown = [
        cell[shows]
        for cell in cells
        if cell["cohort"] in first and cell["age"] in ages and cell["complete"] and cell["customers"] >= _LEAST
    ]
    highest = max(shown, default=0) or 1.0
    rows = []
    for cohort in first:
        row = []
        for age in ages:
            cell = by.get((cohort, age))
            if cell is None or not cell["complete"]:
                row.append({"text": "", "shade": None})
                continue
            few = cell["customers"] < _LEAST
            shade = None if few else max(0, min(_SHADES, round(_SHADES * cell[shows] / highest)))
            row.append({"text": f.percent(cell[shows], 0) if shows == "rate" else f.money(cell[shows]), "shade": shade})
        size = by[cohort, 0]["customers"]
        rows.append({"cohort": cohort, "month": f.month(cohort), "customers": f.count(size), "cells": row})
    before = [month for month in every if month < first[0]]
    after = [month for month in every if month > first[-1]]
    return {
        "ages": list(ages),
        "rows": rows,
        "older": before[-1] if before else None,
        "newer": after[:COHORTS][-1] if after else None,
    }
