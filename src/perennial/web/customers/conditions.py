"""What a list of people is narrowed by, as SQL over indexed columns.

``f`` is the person's row of figures, ``c`` of customers. A condition also says how those who meet it are
found without a list: the ids of `found`, through an index of their own.
"""

# ruff: noqa: S608  # names of tables and columns come from this code alone, values are arguments

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

TOP = "\U0010ffff"  # sorts after every sign: a prefix is a range
# An order counts as `insight.net` says it: not cancelled, converted, its goods not refunded whole.
_COUNTS = (
    "o.cancelled_at IS NULL AND o.rate_e12 IS NOT NULL AND NOT (o.net > 0 AND o.net + o.lines_tax <= COALESCE("
    "(SELECT SUM(r.amount - r.shipping) FROM refund r WHERE r.brand_id = o.brand_id AND r.order_id = o.id"
    " AND NOT r.waiting), 0))"
)


@dataclass(frozen=True, slots=True)
class Condition:
    """``test``: SQL over f and c; ``found``: SELECT of the ids of those who may meet it, some perhaps twice."""

    test: str
    values: Sequence[Any]
    found: str
    found_values: Sequence[Any]


def sqlite() -> bool:
    """Whether the database is SQLite, whose planner is told which index to take: it knows no frequencies."""
    return connection.vendor == "sqlite"


def among(column: str, ids: Collection[int]) -> tuple[str, Any]:
    """``column`` is one of many ids: SQL and its one argument."""
    if sqlite():
        return f"{column} IN (SELECT value FROM json_each(%s))", json.dumps(list(ids))
    return f"{column} = ANY(%s)", list(ids)


def one_of(brand_id: int, column: str, values: Sequence[str]) -> Condition:
    """A word of the figures: a state, a stage, a group."""
    marks = ", ".join(["%s"] * len(values))
    return Condition(
        f"{_plus()}f.{column} IN ({marks})",
        values,
        f"SELECT id FROM customer_figures WHERE brand_id = %s AND {column} IN ({marks})",
        [brand_id, *values],
    )


def regular(brand_id: int) -> Condition:
    """Enough own orders for a rhythm of their own. No index tells them: those who may be are all."""
    return Condition(
        f"{_plus()}f.too_early = %s", [False], "SELECT id FROM customer_figures WHERE brand_id = %s", [brand_id]
    )


def between(brand_id: int, column: str, least: int | None, most: int | None) -> Condition:
    """A number of the figures, both ends included."""
    ends = [(sign, value) for sign, value in ((">=", least), ("<=", most)) if value is not None]
    values = [value for _, value in ends]
    tests = " AND ".join(f"{_plus()}f.{column} {sign} %s" for sign, _ in ends)
    plain = " AND ".join(f"{column} {sign} %s" for sign, _ in ends)
    found = f"SELECT id FROM customer_figures WHERE brand_id = %s AND {plain}"
    return Condition(tests, values, found, [brand_id, *values])


def countries(brand_id: int, codes: Sequence[str]) -> Condition:
    """The country of the person's own record."""
    marks = ", ".join(["%s"] * len(codes))
    found = f"SELECT id FROM customer WHERE brand_id = %s AND country IN ({marks})"
    return Condition(f"{_plus()}c.country IN ({marks})", codes, found, [brand_id, *codes])


def consented(brand_id: int, channel: str) -> Condition:
    """The person's own last word on marketing through a channel is a yes (as `facts.queries.consented`)."""
    last = (
        f"(SELECT k.given FROM consent k WHERE k.brand_id = %s AND k.customer_id = f.id AND {_plus()}k.channel = %s"
        f" AND {_plus()}k.purpose = 'marketing' ORDER BY k.at DESC, k.given LIMIT 1)"
    )
    return Condition(
        f"COALESCE({last}, %s)",
        [brand_id, channel, False],
        f"SELECT {_plus()}customer_id AS id FROM consent WHERE brand_id = %s AND channel = %s"
        " AND purpose = 'marketing' AND given = %s",
        [brand_id, channel, True],
    )


def listed(brand_id: int, ids: Collection[int]) -> Condition:
    """People that a stored answer names."""
    test, value = among(f"{_plus()}f.id", ids)
    found, _ = among("id", ids)
    hidden = f"SELECT id FROM customer_figures WHERE {_plus()}brand_id = %s AND {found}"
    return Condition(test, [value], hidden, [brand_id, value])


def began_with(brand_id: int, product_id: int) -> Condition:
    """A product was in what the person bought on the day of their first order."""
    theirs = (
        f"o.ordered_day = f.first_order_day AND {_COUNTS} AND EXISTS (SELECT 1 FROM line n"
        " WHERE n.brand_id = o.brand_id AND n.order_id = o.id AND n.kind = 'product' AND n.product_id = %s)"
    )
    return Condition(
        _has_order(theirs),
        [brand_id, product_id, brand_id, product_id],
        'SELECT COALESCE(a.person_id, o.customer_id) AS id FROM line n JOIN "order" o ON o.id = n.order_id'
        " LEFT JOIN alias a ON a.id = o.customer_id"
        " WHERE n.brand_id = %s AND n.product_id = %s AND o.customer_id IS NOT NULL",
        [brand_id, product_id],
    )


def ordered_in(brand_id: int, first: int, last: int) -> Condition:
    """The person ordered on one of the days from ``first`` to ``last``."""
    return Condition(
        _has_order(f"{_COUNTS} AND {_plus()}o.ordered_day BETWEEN %s AND %s"),
        [brand_id, first, last, brand_id, first, last],
        'SELECT COALESCE(a.person_id, o.customer_id) AS id FROM "order" o LEFT JOIN alias a ON a.id = o.customer_id'
        " WHERE o.brand_id = %s AND o.ordered_day BETWEEN %s AND %s AND o.customer_id IS NOT NULL",
        [brand_id, first, last],
    )


def _has_order(theirs: str) -> str:
    """An order of the person, under any of the numbers they are known by; arguments twice: brand, those of it."""
    own = f'EXISTS (SELECT 1 FROM "order" o WHERE o.brand_id = %s AND o.customer_id = f.id AND {theirs})'
    joined = (
        'EXISTS (SELECT 1 FROM alias a JOIN "order" o ON o.brand_id = a.brand_id AND o.customer_id = a.id'
        f" WHERE a.brand_id = %s AND a.person_id = f.id AND {theirs})"
    )
    return f"({own} OR {joined})"


def has_word(brand_id: int, prefix: str) -> Condition:
    """A word of the person begins with ``prefix``."""
    return Condition(
        "EXISTS (SELECT 1 FROM word w WHERE w.brand_id = %s AND w.customer_id = f.id AND w.word >= %s AND w.word < %s)",
        [brand_id, prefix, prefix + TOP],
        f"SELECT {_plus()}customer_id AS id FROM word WHERE brand_id = %s AND word >= %s AND word < %s",
        [brand_id, prefix, prefix + TOP],
    )


def _plus() -> str:
    # To SQLite a unary plus says: no index for this one, neither to find it nor to have it in order.
    return "+" if sqlite() else ""
