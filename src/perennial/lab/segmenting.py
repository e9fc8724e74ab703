"""Segments without a server: a rule in words, asked of the orders of a shop."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from perennial.segments.compile.judged import members
from perennial.segments.compile.store import known_at
from perennial.segments.rules.conditions.counted import Counted
from perennial.segments.rules.conditions.standing import Standing
from perennial.segments.rules.known import CannotCount, Known
from perennial.segments.rules.reads import reads
from perennial.segments.rules.rule import Rule, conditions, read
from perennial.segments.rules.tables import BESIDE, Beside
from perennial.segments.rules.text.said import NotUnderstood

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from perennial.lab.shop import Shop, When

_WORDS = {
    "consents": "consents", "attributes": "attributes and birthdays", "yearly": "days of those they buy for",
    "labels": "labels", "listed": "lists", "scores": "scores",
}  # fmt: skip


def segment(shop: Shop, rule: str, as_of: When = None, *, rates: dict[str, float] | None = None) -> ir.Table:
    """Who is in a segment: the people for whom ``rule`` holds, as an Ibis table.

    ``rule``: in the text form of the rule language, such as ``spent(6 months) >= 250 and not rhythm is lost``.
    ``as_of``: a day (its end), an aware moment, or text (2024-01-31); without it, the last order's day. Only facts
    of that time count, with today's corrections. ``rates``: {"USD": 0.9}, what one unit of another currency is
    worth in the shop's, where a rule names one.

    Columns: ``person_id`` (int64), and ``customer`` (string, masked as in the file) where the file names customers.
    Rhythm, stage, RFM group and rankings are measured against the whole shop as of the same moment.

    Raises ValueError where the rule is not understood (with its place), or asks for what no file of orders holds.
    """
    understood = _understood(rule)
    _only_facts(understood)
    moment = shop.as_of(as_of)
    beside = _nothing_beside()
    known = _known(shop, understood, rates or {})
    try:
        known = known_at(shop.tables, beside, known, [understood], moment)
    except CannotCount as wrong:
        raise ValueError(str(wrong)) from None
    found = members(understood, shop.tables, beside, known, moment)
    if shop.keys is None:
        return found.order_by("person_id")
    keys = shop.keys.rename(of_customer=shop.keys.columns[0], customer=shop.keys.columns[1])
    named = found.left_join(keys, found.person_id == keys.of_customer)
    return named.select("person_id", "customer").order_by("person_id")


def _understood(rule: str) -> Rule:
    try:
        return read(rule)
    except NotUnderstood as wrong:
        mark = " " * wrong.at.start + "^" * max(wrong.at.end - wrong.at.start, 1)
        raise ValueError(f"{wrong.message}\n{rule}\n{mark}") from None


def _only_facts(rule: Rule) -> None:
    """Refuse what stands in a database alone: files of orders say nothing of it."""
    if missing := sorted(_WORDS[name] for name in reads(rule).beside):
        raise ValueError(f"no file of orders holds {' or '.join(missing)}: take it out of the rule, or ask on the desk")


def _nothing_beside() -> Beside:
    import ibis

    return Beside(**{name: ibis.memtable([], schema=dict(columns)) for name, columns in BESIDE.items()})


def _known(shop: Shop, rule: Rule, rates: dict[str, float]) -> Known:
    return Known(
        currency=shop.currency,
        treatment=shop.treatment,
        rates={currency: Decimal(repr(rate)) for currency, rate in rates.items()},
        products=_products(shop, rule),
    )


def _products(shop: Shop, rule: Rule) -> dict[str, frozenset[int]]:
    """Products by their titles: files of orders call them by nothing else that stays."""
    names = {
        part.name for one in conditions(rule) if isinstance(one, Counted) for part in one.of if part.by == "product"
    }
    for one in conditions(rule):
        if isinstance(one, Standing) and one.kind.endswith("product"):
            names.update(one.values)
    if not names:
        return {}
    p = shop.tables.products
    rows = p.filter(p.title.isin(sorted(names))).select("product_id", "title").to_pyarrow().to_pylist()
    found: dict[str, set[int]] = {}
    for row in rows:
        found.setdefault(row["title"], set()).add(row["product_id"])
    return {name: frozenset(ids) for name, ids in found.items()}
