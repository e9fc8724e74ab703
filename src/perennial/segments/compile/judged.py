"""Rules over everybody: who is in, how many, and where rankings begin."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from perennial.insight.tables import AsOf, Tables
from perennial.segments.compile.comparing import held
from perennial.segments.compile.counted import measure
from perennial.segments.compile.plan import Plan, Read
from perennial.segments.compile.sequences import sequence
from perennial.segments.compile.sources import name_sources
from perennial.segments.compile.standing import (
    any_row,
    attribute,
    dated,
    fact,
    permission,
    since,
    standing,
    yearly,
)
from perennial.segments.rules.conditions.base import Condition
from perennial.segments.rules.conditions.counted import Counted
from perennial.segments.rules.conditions.dated import Dated, Since, Yearly
from perennial.segments.rules.conditions.named import Bucket, Labelled, Member, Score
from perennial.segments.rules.conditions.ranked import Ranked
from perennial.segments.rules.conditions.sequence import Sequence
from perennial.segments.rules.conditions.standing import Attribute, Fact, Permission, Standing
from perennial.segments.rules.fold.comparing import bounds, score_bounds
from perennial.segments.rules.history import History
from perennial.segments.rules.judge import judge
from perennial.segments.rules.known import CannotCount, Known
from perennial.segments.rules.rule import All, Either, Not, Rule, conditions
from perennial.segments.rules.tables import Beside
from perennial.values.hashing import SEPARATOR, hex_below

if TYPE_CHECKING:
    import ibis.expr.types as ir

TOGETHER = 50  # rules in one statement: more make it long to plan, fewer read the tables more often


def judged(rules: Mapping[str, Rule], t: Tables, beside: Beside, known: Known, as_of: AsOf) -> ir.Table:
    """Every rule for everybody: ``person_id`` (int64), and for each key of ``rules`` a boolean column, never null.

    One row per person known, or who had ordered, by ``as_of``. Segments that rules name must have been put in
    their places (`segments.rules.expand`). Raises CannotCount as `segments.rules.judge` does.
    """
    plan = Plan(t, beside, known, as_of)
    name_sources(plan)
    reads = {key: _rule(rule, plan) for key, rule in rules.items()}
    wide = plan.columns()
    return wide.select("person_id", **{key: read(wide) for key, read in reads.items()})


def members(rule: Rule, t: Tables, beside: Beside, known: Known, as_of: AsOf) -> ir.Table:
    """Who is in by one rule: ``person_id`` (int64)."""
    plan = Plan(t, beside, known, as_of)
    name_sources(plan)
    read = _rule(rule, plan)
    # Where it does not hold for whoever has nothing, only those need be looked at who have something.
    nothing = not any(isinstance(one, Bucket) for one in conditions(rule)) and not judge(rule, History(0), known, as_of)
    buyers = plan.of_buyers() if nothing else None
    wide = plan.columns() if buyers is None else buyers
    return wide.filter(read(wide)).select("person_id")


def cut_point(ranked: Ranked, t: Tables, beside: Beside, known: Known, as_of: AsOf) -> ir.Table:
    """Where a ranking begins: one row, ``cut`` (the measure's own number), null where nobody has any of it.

    Of n people who have, the first ``ceil(share * n)`` or ``count`` are in, with all who have as much as the last.
    """
    import ibis

    plan = Plan(t, beside, known, as_of)
    name_sources(plan)
    read = measure(ranked.by, plan)
    wide = plan.columns()
    values = wide.select(value=read(wide))
    values = values.filter(values.value.notnull(), values.value != 0)
    counted = values.group_by("value").aggregate(n=values.count())
    best = ibis.desc("value") if ranked.kind == "top" else ibis.asc("value")
    reached = ibis.cumulative_window(order_by=best)
    counted = counted.mutate(reached=counted.n.sum().over(reached), all=counted.n.sum().over(ibis.window()))
    if ranked.share is not None:
        place = (counted["all"].cast("float64") * ranked.share).ceil()
        enough = counted.reached.cast("float64") >= place
    else:
        assert ranked.count is not None  # noqa: S101  # a validator's word
        enough = counted.reached >= ibis.least(counted["all"], ibis.literal(ranked.count, "int64"))
    last = counted.value.max(where=enough) if ranked.kind == "top" else counted.value.min(where=enough)
    return counted.aggregate(cut=last)


def _rule(rule: Rule, plan: Plan) -> Read:
    match rule:
        case All():
            parts = [_rule(one, plan) for one in rule.of]
            return lambda wide: _joined([part(wide) for part in parts], every=True)
        case Either():
            parts = [_rule(one, plan) for one in rule.of]
            return lambda wide: _joined([part(wide) for part in parts], every=False)
        case Not():
            inner = _rule(rule.of, plan)
            return lambda wide: ~inner(wide)
        case _:
            return _condition(rule, plan)


def _joined(parts: list[ir.BooleanValue], *, every: bool) -> ir.BooleanValue:
    """All or any of the parts, as a balanced tree: a chain of 500 would be too deep for an engine's parser."""
    while len(parts) > 1:
        pairs = [parts[i : i + 2] for i in range(0, len(parts), 2)]
        parts = [pair[0] if len(pair) == 1 else pair[0] & pair[1] if every else pair[0] | pair[1] for pair in pairs]
    return parts[0]


def _condition(rule: Condition, plan: Plan) -> Read:  # noqa: PLR0911  # one line a condition
    match rule:
        case Counted():
            read, limits = measure(rule, plan, once=rule.holds is None), bounds(rule, plan.known)
            return lambda wide: held(read(wide), limits)
        case Dated():
            return dated(rule, plan)
        case Since():
            return since(rule, plan)
        case Standing():
            return standing(rule, plan)
        case Attribute():
            return attribute(rule, plan)
        case Yearly():
            return yearly(rule, plan)
        case Permission():
            return permission(rule, plan)
        case Fact():
            return fact(rule, plan)
        case Sequence():
            return sequence(rule, plan)
        case Ranked():
            return _ranked(rule, plan)
        case _:
            return _named(rule, plan)


def _ranked(rule: Ranked, plan: Plan) -> Read:
    import ibis

    read, cut = measure(rule.by, plan), plan.known.cut(rule.text())
    if cut is None:
        return lambda wide: wide.person_id.isnull() | ibis.literal(value=False)
    op = ">=" if rule.kind == "top" else "<="
    return lambda wide: held(read(wide), (op, cut, cut)) & (read(wide) != 0).fill_null(False)


def _named(rule: Condition, plan: Plan) -> Read:
    at = plan.as_of.at
    match rule:
        case Labelled():
            return any_row(
                plan, "labels", rule.text(),
                lambda t: (t.name == rule.name) & (t.from_at <= at) & (t.to_at.isnull() | (t.to_at > at)),
            )  # fmt: skip
        case Member(kind="listed"):
            return any_row(plan, "listed", rule.text(), lambda t: t["list"] == rule.name)
        case Bucket():
            return _bucket(rule)
        case Score():
            limits = score_bounds(rule.name, rule.holds, plan.known)
            return any_row(plan, "scores", rule.text(), lambda t: (t.name == rule.name) & held(t[rule.bound], limits))
        case _:
            raise CannotCount(f"{rule.text()} was not put in its place: it cannot be counted alone")


def _bucket(rule: Bucket) -> Read:
    """By the engine's own SHA-256 of the text that `values.hashing` hashes."""
    import ibis

    bound, below = hex_below(float(rule.holds.value)), rule.holds.op == "<"

    def read(wide: ir.Table) -> ir.BooleanValue:
        text = ibis.literal(f"{rule.salt}{SEPARATOR}") + wide.person_id.cast("string")
        digits = text.hexdigest("sha256")[: len(hex_below(0))]
        return digits < bound if below else digits >= bound

    return read
