"""Conversion: monthly rates, each named by what is divided by what, and the goals that the merchant set."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from django.http import HttpResponse

from perennial.display import shop
from perennial.display.definitions import RATES
from perennial.display.look import ENOUGH
from perennial.display.look import rate as rate_told
from perennial.facts.rules.goals import Doing
from perennial.facts.rules.reporting import Benchmark
from perennial.values.time import LocalDay
from perennial.web.desk.answers import Row, read
from perennial.web.desk.goals import Goals, Held, goals, reporting
from perennial.web.desk.look import DeskLook
from perennial.web.desk.page import Desk, page

_DRAWN = 3  # goals in one chart: as many as there are colours


@page("see")
def conversion(desk: Desk) -> HttpResponse:
    """Rates by month, the line to compare with, goals and how far they are."""
    look, held = DeskLook(desk), goals(desk.brand.id, desk.now)
    wanted = sorted({one.rate for _, one in held.doing})
    ask = partial(read, desk.brand.id, now=desk.now)
    found = ask("conversion", goals=wanted) if wanted else ask("conversion")
    # A month is over once it was when the rates were computed: until then its last day is missing.
    last = LocalDay.of(found.as_of or desk.now, desk.brand.zone).month
    over = {row["month"] for row in found.rows if row["month"] < last}
    names = {key: desk.words.text(name) for key, name in RATES.items()}
    of_goals = {one.rate: of.goal.title for of, one in held.doing}
    shown = shop.conversion(look, found.rows, over, names)
    line = reporting(desk.brand.id, desk.now).conversion.benchmark
    return desk.render(
        "conversion.html",
        reads=[found],
        as_of=found.as_of,
        any=bool(found.rows),
        rates=shown,
        sentences=_sentences(look, shown, names) if shown else [],
        benchmark=_benchmark(desk, shown, line),
        goals=_goals(look, found.rows, over, held),
        drawn=shop.conversion(look, found.rows, over, dict(list(of_goals.items())[:_DRAWN])) if of_goals else None,
        kept=[{"goal": of, "target": desk.format.percent(one.target), "days": one.within}
              for of, one in held.returning],
    )  # fmt: skip


def _sentences(look: DeskLook, shown: dict[str, Any], names: dict[str, str]) -> list[str]:
    """The last whole month in words, numerator and denominator named."""
    f, w = look.format, look.words
    found = []
    for key in names:
        if (row := shown["last"].get(key)) is not None:
            told = {"month": shown["month"], "rate": rate_told(look, row, "value")}
            n, of = f.count(row["numerator"]), f.count(row["denominator"])
            if key == "visitor_conversion":
                found.append(w.text("In %(month)s %(n)s of %(of)s visitors ordered: %(rate)s.", n=n, of=of, **told))
            else:
                found.append(
                    w.text(
                        "In %(month)s: %(n)s orders, and %(of)s visitors who looked at a product: %(rate)s.",
                        n=n,
                        of=of,
                        **told,
                    )
                )
    return found


def _benchmark(desk: Desk, shown: dict[str, Any] | None, line: Benchmark | None) -> dict[str, str] | None:
    """One source's claim beside the store's own rate; called that."""
    if line is None or shown is None or "visitor_conversion" not in shown["last"]:
        return None
    value, w, f = shown["last"]["visitor_conversion"]["value"], desk.words, desk.format
    if value > line.usual:
        told = w.text("among the best %(share)s", share=f.percent(line.top_share))
    elif value >= line.usual:
        told = w.text("as good as others'")
    elif value >= line.good:
        told = w.text("good")
    else:
        told = w.text("below good")
    return {"source": line.source, "good": f.percent(line.good), "usual": f.percent(line.usual), "told": told}


def _goals(look: DeskLook, rows: Sequence[Row], over: set[int], held: Goals) -> list[dict[str, Any]]:
    """Each goal about visitors with its last whole month."""
    last = max(over, default=None)
    by = {row["rate"]: row for row in rows if row["month"] == last}
    return [_goal(look, of, one, by.get(one.rate)) for of, one in held.doing]


def _goal(look: DeskLook, of: Held, one: Doing, row: Row | None) -> dict[str, Any]:
    f = look.format
    enough = row is not None and row["denominator"] >= ENOUGH
    told: dict[str, Any] = {
        "key": of.key,
        "title": of.goal.title,
        "behaviour": one.behaviour,
        "target": f.percent(one.target) if one.target is not None else "",
        "enough": enough,
        "reached": None,
    }
    if row is not None and enough:
        told |= {
            "month": f.month(row["month"]),
            "rate": rate_told(look, row, "value"),
            "of": f"{f.count(row['numerator'])} / {f.count(row['denominator'])}",
            "reached": None if one.target is None else row["value"] >= one.target,
        }
    return told
