"""Value: what a customer is worth, who brings most of it, and what winning costs against keeping."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from django.http import HttpResponse

from perennial.display import money
from perennial.display.look import ENOUGH
from perennial.facts.rules.reporting import Costs
from perennial.insight.calendar import label
from perennial.insight.formulas import lifetime_value
from perennial.values.money import Money, exponent
from perennial.web.desk.answers import Read, Row, read
from perennial.web.desk.goals import reporting
from perennial.web.desk.inputs import Inputs
from perennial.web.desk.look import DeskLook
from perennial.web.desk.page import Desk, page

SILENCES = (90, 180, 365)  # days after which a customer may be said to be gone, besides the measured
_COHORTS = 13
_AGES = {0: 1, 2: 3, 5: 6, 11: 12, 23: 24}  # age of a cohort's cell: months that are over by then
_CHANNELS = 20


@page("see")
def value(desk: Desk) -> HttpResponse:
    """Formulas to try, Pareto, realised profit, winning and keeping, value by cohort."""
    look = DeskLook(desk)
    ask = partial(read, desk.brand.id, now=desk.now)
    silence = _silence(desk)
    clv = ask("clv") if silence is None else ask("clv", dormancy_days=silence)
    summary, pareto, months = ask("summary"), ask("pareto"), ask("new_and_returning")
    winning, channels, cohorts = ask("winning_and_keeping"), ask("winning_by_channel"), ask("cohort_value")
    profit = bool(summary.rows) and money.profit_known(summary.one)
    return desk.render(
        "value.html",
        reads=[clv, summary, pareto, months, winning, channels, cohorts],
        formula=_formula(desk, clv, summary, silence),
        clv_as_of=clv.as_of,
        few=money.few(look, pareto.rows, summary.one.get("customers", 0), profit=profit),
        pareto_as_of=pareto.as_of,
        realised=_realised(desk, summary, profit=profit),
        balance=money.balance(look, months.rows),
        months_as_of=months.as_of,
        winning=_winning(desk, winning, reporting(desk.brand.id, desk.now).costs),
        channels=_channels(desk, channels.rows),
        winning_as_of=winning.as_of,
        cohorts=_cohorts(desk, cohorts.rows),
        cohorts_as_of=cohorts.as_of,
    )


def _silence(desk: Desk) -> int | None:
    given = desk.request.GET.get("silence", "")
    return next((days for days in SILENCES if str(days) == given), None)


def _formula(desk: Desk, clv: Read, summary: Read, silence: int | None) -> dict[str, Any] | None:
    """Both formulas with every input, as measured or as somebody tries them."""
    if not clv.rows or not summary.rows:
        return None
    w, f, row = desk.words, desk.format, clv.one
    unit = 10 ** exponent(desk.brand.currency)
    costed = summary.one["costed_revenue"]
    known = money.profit_known(summary.one) and costed
    measured = {
        "aov": None if row["aov"] is None else row["aov"] / unit,
        "frequency": row["purchase_frequency"],
        "repeats": row["repeat_purchases"],
        "years": row["measured_years"],
        "margin": 100 * summary.one["profit"] / costed if known else None,
    }
    names = {
        "aov": w.text("Average order"),
        "frequency": w.text("Orders a year"),
        "repeats": w.text("Repeat orders a year"),
        "years": w.text("Years they stay"),
        "margin": w.text("Margin, %"),
    }
    inputs = Inputs.of(desk, measured, names)
    use = inputs.values
    a = _times(use["aov"], use["frequency"], use["years"])
    b = _times(use["aov"], use["repeats"], use["years"])
    margin = use["margin"]
    enough = row["customers"] >= ENOUGH and row["dormant_customers"] >= ENOUGH
    return {
        "inputs": inputs,
        "terms": {"aov": "aov", "frequency": "frequency", "repeats": "repeat_purchases", "years": "stay"}
        | {"margin": "margin"},
        "silence": silence,
        "silences": [(days, f.count(days)) for days in SILENCES],
        "dormancy": f.count(row["dormancy_days"]),
        "enough": enough,
        "results": [
            {
                "name": name,
                "value": f.money(None if result is None else result * unit),
                "profit": f.money(None if result is None or margin is None else result * unit * margin / 100),
            }
            for name, result in (("A", a), ("B", b))
        ],
        "orders": f.count(row["orders"]),
        "customers": f.count(row["customers"]),
        "dormant": f.count(row["dormant_customers"]),
        "everybody": f.count(row["all_customers"]),
        "months": f.decimal(None if use["years"] is None else use["years"] * 12),
    }


def _times(amount: float | None, purchases: float | None, years: float | None) -> float | None:
    return None if amount is None or purchases is None or years is None else lifetime_value(amount, purchases, years)


def _realised(desk: Desk, summary: Read, *, profit: bool) -> dict[str, Any] | None:
    if not summary.rows or not summary.one["customers"]:
        return None
    f, row = desk.format, summary.one
    margin = row["profit"] / row["costed_revenue"] if profit and row["costed_revenue"] else None
    return {
        "revenue": f.money(row["known_revenue"]),
        "each": f.money(row["known_revenue"] / row["customers"]),
        "profit": f.money(row["profit"]) if profit else None,
        "margin": f.percent(margin),
        "costed": f.percent(row["costed_share"]),
        "as_of": summary.as_of,
    }


def _winning(desk: Desk, found: Read, costs: Costs) -> dict[str, Any] | None:
    """What a new and a kept customer cost and bring: spend as recorded, else as the merchant states it."""
    if not found.rows or found.one["new_customers"] + found.one["returning_customers"] < ENOUGH:
        return None
    f, row = desk.format, found.one
    recorded = bool(row["winning_cost"])
    per_new = row["cost_per_new"] if recorded else _stated(desk, costs.winning)
    per_kept = _stated(desk, costs.keeping)
    return {
        "recorded": recorded,
        "spend": f.money(row["winning_cost"]),
        "rows": [
            (desk.words.text("new customers"), f.count(row["new_customers"]), f.money(per_new),
             f.money(row["revenue_per_new"])),
            (desk.words.text("returning customers"), f.count(row["returning_customers"]), f.money(per_kept),
             f.money(row["revenue_per_kept"])),
        ],
        "times": f.decimal(per_new / per_kept) if per_new and per_kept else "",
        "stated": per_kept is not None,
    }  # fmt: skip


def _stated(desk: Desk, cost: Money | None) -> int | None:
    """In minor units; None where it is not stated, or in another currency than the brand reports in."""
    return cost.amount if cost is not None and cost.currency == desk.brand.currency else None


def _channels(desk: Desk, rows: Sequence[Row]) -> list[dict[str, Any]]:
    f = desk.format
    return [
        {
            "name": row["channel"] or desk.words.text("not known"),
            "customers": f.count(row["new_customers"]),
            "spend": f.money(row["spend"]),
            "cost": f.money(row["cost_per_new"]) if row["new_customers"] >= ENOUGH else None,
            "revenue": f.money(row["revenue_per_new"]) if row["new_customers"] >= ENOUGH else None,
        }
        for row in rows[:_CHANNELS]
        if row["new_customers"] or row["spend"]
    ]


def _cohorts(desk: Desk, rows: Sequence[Row]) -> dict[str, Any] | None:
    """What a customer of each month had brought at the same age, oldest month first."""
    f = desk.format
    by = {(row["cohort"], row["age"]): row for row in rows if row["customers"] >= ENOUGH}
    months = sorted({cohort for cohort, _ in by})[-2 * _COHORTS :]
    ages = [age for age in _AGES if any((month, age) in by for month in months)]
    if len(months) < 3:
        return None
    return {
        "ages": [_AGES[age] for age in ages],
        "rows": [
            {
                "month": f.month(month),
                "to": desk.url("customers", cohort=label(month)),
                "customers": f.count(next(by[month, age]["customers"] for age in ages if (month, age) in by)),
                "cells": [
                    f.money(by[month, age]["revenue_per_customer"]) if (month, age) in by else "" for age in ages
                ],
            }
            for month in months
        ],
    }
