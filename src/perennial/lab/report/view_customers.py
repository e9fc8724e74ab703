"""The top of the page, and who the customers are."""

from __future__ import annotations

from typing import Any

from perennial.display import charts, drifting
from perennial.display.definitions import FAMILY, GROUPS
from perennial.display.look import ENOUGH
from perennial.insight.rfm import GROUPS as CELLS
from perennial.lab.report.page import Page

_BEST = 10  # percent of customers in the sentence about the few who bring most


def lead(page: Page) -> list[str]:
    """The report in three sentences."""
    found, w, f = page.found, page.words, page.format
    s = found.one("summary")
    customers = s["customers"]
    if customers < ENOUGH:
        return [
            w.plural(
                "%(n)s customer so far: too early to say who comes back.",
                "%(n)s customers so far: too early to say who comes back.",
                customers,
                n=f.count(customers),
            )
        ]
    usual = found.one("gap_quantiles")
    sentences = []
    if usual["p50"] is None:
        sentences.append(
            w.text("None of your %(customers)s customers has come back yet.", customers=f.count(customers))
        )
    else:
        sentences.append(
            w.plural(
                "%(back)s of your %(customers)s customers came back (%(share)s), half of the time within %(n)s day.",
                "%(back)s of your %(customers)s customers came back (%(share)s), half of the time within %(n)s days.",
                usual["p50"],
                n=f.count(usual["p50"]),
                back=f.count(s["repeat_customers"]),
                customers=f.count(customers),
                share=f.percent(s["repeat_rate"]),
            )
        )
    best = next(row for row in found.all("pareto") if row["percent"] == _BEST)
    if best["revenue_share"] is not None:
        sentences.append(
            w.text(
                "The best tenth of them brings in %(share)s of the revenue.",
                share=f.percent(best["revenue_share"]),
            )
        )
    sentences.append(drifting.sentence(page, found.all("states")))
    return sentences


def tiles(page: Page) -> list[dict[str, Any]]:
    """The figures at the top: name, value, a line below."""
    w, f, s = page.words, page.format, page.found.one("summary")
    since = f.month(_month(s["first_order_day"]))
    found = [
        {"term": "customers", "value": f.count(s["customers"]), "note": w.text("since %(month)s", month=since)},
        {"term": "came_back", "value": f.percent(s["repeat_rate"]), "note": _people(page, s["repeat_customers"])},
        {"term": "orders", "value": f.count(s["orders"]), "note": _per_customer(page, s["purchase_frequency"])},
        {"term": "revenue", "value": f.money(s["revenue"]), "note": _refunded(page, s)},
    ]
    if page.costs_known:
        margin = f.percent(s["profit"] / s["costed_revenue"]) if s["costed_revenue"] else f.percent(None)
        note = w.text("%(share)s of that revenue", share=margin)
        found.append({"term": "profit", "value": f.money(s["profit"]), "note": note})
    pieces = s["items_per_order"]
    note = w.text("%(n)s pieces each", n=f.decimal(pieces)) if pieces else ""
    found.append({"term": "aov", "value": f.money(s["aov"], exact=True), "note": note})
    return found


def _month(day: int) -> int:
    from perennial.insight.calendar import month_of

    return month_of(day)


def _people(page: Page, n: int) -> str:
    return page.words.plural("%(n)s customer", "%(n)s customers", n, n=page.format.count(n))


def _per_customer(page: Page, frequency: float | None) -> str:
    if frequency is None:
        return ""
    return page.words.text("%(n)s per customer", n=page.format.decimal(frequency))


def _refunded(page: Page, s: Any) -> str:
    if not s["refunded"]:
        return ""
    return page.words.text("after %(share)s refunded", share=page.format.percent(s["refunded_share"]))


def who(page: Page) -> dict[str, Any]:
    """The groups as a picture and as a list; countries."""
    found, w, f = page.found, page.words, page.format
    cells = found.all("rfm")
    groups: dict[str, dict[str, int]] = {name: {"customers": 0, "revenue": 0} for name in GROUPS}
    for cell in cells:
        groups[cell["group"]]["customers"] += cell["customers"]
        groups[cell["group"]]["revenue"] += cell["revenue"]
    everybody = sum(g["customers"] for g in groups.values())
    revenue = sum(g["revenue"] for g in groups.values())
    listed = [
        {
            "name": w.text(GROUPS[name][0]),
            "what": w.text(GROUPS[name][1]),
            "family": FAMILY[name],
            "customers": f.count(g["customers"]),
            "share": f.percent(g["customers"] / everybody),
            "revenue": f.money(g["revenue"]),
            "revenue_share": f.percent(g["revenue"] / revenue) if revenue > 0 else f.percent(None),
        }
        for name, g in groups.items()
        if g["customers"]
    ]
    spots = [{**cell, "label": f.count(cell["customers"])} for cell in cells]
    picture = None
    if everybody >= ENOUGH:
        picture = page.square(
            charts.rfm_map(
                spots,
                CELLS,
                w.text("bought long ago → bought lately"),
                w.text("seldom, for little → often, for much"),
            ),
            w.text("Customers by how lately and how much they bought; the larger the circle, the more customers."),
        )
    return {"picture": picture, "groups": listed, "countries": _countries(page)}


def _countries(page: Page) -> list[dict[str, Any]]:
    f = page.format
    rows = page.found.all("countries")
    if not rows or rows[0]["listed"] < 2:
        return []
    return [
        {
            "name": f.country(row["country"]),
            "customers": f.count(row["customers"]),
            "share": f.percent(row["customers"] / row["everybody"]),
            "revenue_share": f.percent(row["revenue"] / row["all_revenue"]) if row["all_revenue"] else f.percent(None),
        }
        for row in rows
    ]
