"""Retention: how many customers come back, and when; where each of them stands."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from django.http import HttpResponse

from perennial.display import returning as shown
from perennial.display.definitions import STAGES as STAGE_NAMES
from perennial.insight.calendar import label
from perennial.web.desk.answers import Row, read
from perennial.web.desk.goals import USUAL_HORIZON, Goals, goals
from perennial.web.desk.look import DeskLook
from perennial.web.desk.page import Desk, page
from perennial.web.pages.today import BASE_DAYS

HORIZONS = (30, 90, 180, 365)
_SHADES = 10
_SHOWS = {"rate": "cohorts", "revenue_per_customer": "cohort_revenue"}  # measure of a cohort table: its term
_COLOURS = {"prospect": "grey", "new": "blue", "drifting": "amber", "lost": "red"}
# The stages as people pass through them: name and colour of each.
STAGES = {stage: (name, _COLOURS.get(stage, "green")) for stage, name in STAGE_NAMES.items()}


@page("see")
def retention(desk: Desk) -> HttpResponse:
    """Rates with their goals, trend, cohorts, time between orders, stages."""
    look, held = DeskLook(desk), goals(desk.brand.id, desk.now)
    kept = held.kept
    horizon = kept.within if kept else USUAL_HORIZON
    horizons = sorted({*HORIZONS, *(one.within for _, one in held.returning)})
    ask = partial(read, desk.brand.id, now=desk.now)
    rates = ask("retention", horizons=horizons, base_days=BASE_DAYS)
    # The usual horizon is computed every night; another one where somebody looks at it.
    trend = ask("retention_trend") if horizon == USUAL_HORIZON else ask("retention_trend", horizon=horizon)
    cohorts, quantiles = ask("cohorts"), ask("gap_quantiles")
    histogram, stages, flow = ask("gap_histogram"), ask("lifecycle_stages"), ask("lifecycle_flow")
    return desk.render(
        "retention.html",
        reads=[rates, trend, cohorts, quantiles, histogram, stages, flow],
        horizons=_horizons(desk, look, rates.rows, held),
        rates_as_of=rates.as_of,
        trend=shown.trend(look, trend.rows, horizon, kept.target if kept else None),
        goal=desk.format.percent(kept.target) if kept else "",
        cohorts=[_heat(desk, look, cohorts.rows, shows, term) for shows, term in _SHOWS.items()],
        cohorts_as_of=cohorts.as_of,
        gaps=_gaps(look, quantiles.one, histogram.rows),
        gaps_as_of=quantiles.as_of,
        stages=_stages(desk, stages.rows),
        stages_as_of=stages.as_of,
        flow=_flow(desk, flow.rows),
        flow_as_of=flow.as_of,
    )


def _horizons(desk: Desk, look: DeskLook, rows: Sequence[Row], held: Goals) -> list[dict[str, Any]]:
    w, f = desk.words, desk.format
    targets = {one.within: (held_as, one.target) for held_as, one in held.returning}
    found = []
    for raw, row in zip(rows, shown.horizons(look, rows), strict=True):
        told: dict[str, Any] = {"goal": "", "reached": None}
        if raw["horizon"] in targets:
            of, target = targets[raw["horizon"]]
            told |= {"goal": f.percent(target), "key": of.key if of.version else ""}
            if row["enough"]:  # else there may be no rate at all: nobody ordered in the window
                told["reached"] = raw["rate"] >= target
                told["state"] = w.text("reached") if told["reached"] else w.text("not reached")
        found.append({**row, **told})
    return found


def _heat(desk: Desk, look: DeskLook, rows: Sequence[Row], shows: Any, term: str) -> dict[str, Any] | None:
    """A cohort table whose every cell leads to its people: those of the cohort who ordered in that month."""
    until = _month(desk.request.GET.get("until", ""))
    heat = shown.cohorts(look, rows, shows=shows, until=until) if rows else None
    if heat is None:
        return None
    for row in heat["rows"]:
        row["to"] = desk.url("customers", cohort=label(row["cohort"]))
        if shows == "rate":  # a cell of revenue is what the whole cohort has brought up to then
            for age, cell in zip(heat["ages"], row["cells"], strict=True):
                cell["to"] = desk.url("customers", cohort=label(row["cohort"]), ordered=label(row["cohort"] + age))
    return {
        **heat,
        "term": term,
        "older_to": desk.url("retention", until=label(heat["older"])) if heat["older"] is not None else "",
        "newer_to": desk.url("retention", until=label(heat["newer"])) if heat["newer"] is not None else "",
    }


def _month(text: str) -> int | None:
    """``2025-03`` as months since January 1970; None for anything else."""
    year, dash, month = text.partition("-")
    if not (dash and year.isascii() and month.isascii() and year.isdigit() and month.isdigit() and len(text) == 7):
        return None
    return (int(year) - 1970) * 12 + int(month) - 1 if 1 <= int(month) <= 12 else None


def _gaps(look: DeskLook, quantiles: Row, histogram: Sequence[Row]) -> dict[str, Any] | None:
    if not quantiles or not histogram or quantiles["p95"] is None:
        return None
    found = shown.gaps(look, quantiles, shown.curve(histogram, quantiles["p95"]))
    f = look.format
    steps = ((f.percent(share, 0), quantiles[name]) for name, share in _QUANTILES.items())
    return found and {**found, "steps": [(share, f.count(days)) for share, days in steps]}


_QUANTILES = {"p10": 0.1, "p25": 0.25, "p50": 0.5, "p75": 0.75, "p90": 0.9, "p95": 0.95}


def _stages(desk: Desk, rows: Sequence[Row]) -> list[dict[str, Any]]:
    f, by = desk.format, {row["stage"]: row for row in rows}
    everybody = sum(row["customers"] for row in rows) or 1
    most = max((row["customers"] for row in rows), default=1) or 1
    return [
        {
            "name": desk.words.text(name),
            "family": family,
            "customers": f.count(by[stage]["customers"]),
            "share": f.percent(by[stage]["customers"] / everybody),
            "revenue": f.money(by[stage]["revenue"]),
            "bar": round(100 * by[stage]["customers"] / most, 1),
            "to": desk.url("customers", stage=stage),
        }
        for stage, (name, family) in STAGES.items()
        if stage in by
    ]


def _flow(desk: Desk, rows: Sequence[Row]) -> dict[str, Any] | None:
    """Who went from which stage to which: a table, the darker the more; None where nobody moved.

    Those who stayed where they were have no shade: they would outshine all who went.
    """
    f, t = desk.format, desk.words.text
    moved = {(row["before"], row["stage"]): row["customers"] for row in rows}
    most = max((n for (before, stage), n in moved.items() if before != stage), default=0)
    if not most:
        return None
    names = {"": t("Not known yet"), **{stage: t(name) for stage, (name, _) in STAGES.items()}}
    to = [stage for stage in STAGES if any(stage == now for _, now in moved)]
    lines = []
    for before in (name for name in names if any(name == then for then, _ in moved)):
        found = [(stage, moved.get((before, stage), 0)) for stage in to]
        cells = [
            {
                "text": f.count(n) if n else "",
                "shade": max(1, round(_SHADES * n / most)) if n and before != stage else None,
                "stays": before == stage,
            }
            for stage, n in found
        ]
        lines.append({"name": names[before], "cells": cells})

    away = ("drifting", "lost")
    return {
        "heads": [{"name": names[stage], "to": desk.url("customers", stage=stage)} for stage in to],
        "rows": lines,
        "left": sum(n for (before, now), n in moved.items() if before not in away and now in away),
        "came": sum(n for (before, now), n in moved.items() if before in away and now not in away),
    }
