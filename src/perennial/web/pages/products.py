"""Products: what became of customers by what they bought first, and how products convert."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from typing import Any

from django.http import HttpResponse

from perennial.display.look import ENOUGH
from perennial.display.shop import interval
from perennial.display.wording import mark
from perennial.values.ids import public
from perennial.web.desk.answers import Read, Row, read
from perennial.web.desk.naming import products as titles
from perennial.web.desk.page import Desk, page

LISTED = 50
# What the tables are sorted by: key in the address, column of the answer, its term, its name in the head.
_SORTS = {
    "rate": ("repeat_rate", "first", mark("Came back in 180 days")),
    "customers": ("judged", "judged", mark("Customers")),
    "later": ("revenue_later", "revenue_later", mark("Later revenue each")),
    "returned": ("return_rate", "return_rate", mark("Sent back")),
    "rating": ("rating", "rating", mark("Rating")),
}
_RATES = ("view_to_cart", "view_to_purchase", "share_of_buyers")


@page("see")
def products(desk: Desk) -> HttpResponse:
    """First products, first categories, product conversion."""
    ask = partial(read, desk.brand.id, now=desk.now)
    first, categories, conversion = ask("first_products"), ask("first_categories"), ask("product_conversion")
    sort = desk.request.GET.get("sort", "rate")
    sort = sort if sort in _SORTS else "rate"
    return desk.render(
        "products.html",
        reads=[first, categories, conversion],
        heads=_heads(desk, sort),
        first=_first(desk, first, sort),
        categories=_first(desk, categories, sort),
        conversion=_conversion(desk, conversion.rows),
        as_of=first.as_of,
        conversion_as_of=conversion.as_of,
    )


def _heads(desk: Desk, sort: str) -> list[dict[str, Any]]:
    return [
        {
            "key": key,
            "term": term,
            "name": desk.words.text(name),
            "to": desk.url("products", sort=key),
            "sorted": key == sort,
        }
        for key, (_, term, name) in _SORTS.items()
    ]


def _first(desk: Desk, found: Read, sort: str) -> dict[str, Any] | None:
    """Those with enough first buyers, sorted; ``early``: how many have too few."""
    if not found.rows:
        return None
    f, column = desk.format, _SORTS[sort][0]
    of_product = "product_id" in found.rows[0]
    known = [row for row in found.rows if row["enough"] and row["repeat_rate"] is not None]
    known = [row for row in known if of_product or row["category"]]
    known.sort(key=lambda row: (row[column] is None, -(row[column] or 0), -row["judged"]))
    shown = known[:LISTED]
    names = titles(desk.brand.id, [row["product_id"] for row in shown]) if of_product else {}
    top = max((row["high"] for row in shown), default=1.0) or 1.0
    rows = []
    for row in shown:
        number = row.get("product_id")
        rows.append(
            {
                "name": row["category"] if number is None else names.get(number, public("prd", number)),
                "to": "" if number is None else desk.url("customers", first_product=public("prd", number)),
                "rate": f.percent(row["repeat_rate"]),
                "between": f.between(row["low"], row["high"]),
                "judged": f.count(row["judged"]),
                "later": f.money(row["revenue_later"]),
                "returned": f.percent(row["return_rate"]),
                "rating": f.decimal(row["rating"], 0) if row["ratings"] else "\N{EN DASH}",
                "ratings": f.count(row["ratings"]),
                **interval(row["low"], row["repeat_rate"], row["high"], top),
            }
        )
    early = sum(not row["enough"] for row in found.rows)
    return {"rows": rows, "early": early, "early_text": f.count(early), "more": len(known) > len(shown)}


def _conversion(desk: Desk, rows: Sequence[Row]) -> list[dict[str, Any]]:
    """The three rates of each product that enough people looked at, most looked at first."""
    by: dict[int, dict[str, Row]] = defaultdict(dict)
    for row in rows:
        by[row["product_id"]][row["rate"]] = row
    viewed = {number: rates["view_to_purchase"]["denominator"] for number, rates in by.items() if len(rates) == 3}
    shown = sorted((n for n, viewers in viewed.items() if viewers >= ENOUGH), key=lambda n: (-viewed[n], n))[:LISTED]
    names = titles(desk.brand.id, shown)
    return [
        {
            "name": names.get(number, public("prd", number)),
            "viewers": desk.format.count(viewed[number]),
            "cells": [_cell(desk, by[number][rate]) for rate in _RATES],
        }
        for number in shown
    ]


def _cell(desk: Desk, row: Row) -> dict[str, str]:
    f = desk.format
    return {
        "rate": f.percent(row["value"]),
        "between": f.between(row["low"], row["high"]),
        "of": f"{f.count(row['numerator'])} / {f.count(row['denominator'])}",
    }
