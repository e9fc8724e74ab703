"""What each person may cost a year: the allocation document as an Ibis expression."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perennial.segments.rules.allocation import (
    MILLION,
    Allocation,
    Everyone,
    InSegment,
    Part,
    allowance,
    millionths,
    minor,
)

if TYPE_CHECKING:
    import ibis.expr.types as ir

_STEPS = (1, 2, 5)
_DIGITS = 15


def segments(body: Allocation) -> tuple[str, ...]:
    """The keys of the segments that the document names, each once, in order."""
    return tuple(dict.fromkeys(one.who.name for one in body.groups if isinstance(one.who, InSegment)))


def care(body: Allocation, people: ir.Table, year: ir.Table, members: ir.Table, exponent: int) -> ir.Table:
    """One row per person of ``people``: which group they are in and what they may cost.

    ``people``: ``person_id``, ``rfm_group``, ``stage``; ``year``: as `insight.yearly.profit_of_year`; ``members``:
    ``person_id``, ``segment`` of those who are in, each once. ``exponent``: digits of the reporting currency.

    Columns: ``person_id``; ``part`` (int64, the group's index from 0); ``care`` (int64, minor units); ``profit``
    (int64, of which ``care`` is a share; null: not known); ``revenue``, ``discount`` (int64, of the last 365 days).
    """
    import ibis

    base = year.select(
        yearly_of=year.person_id,
        profit=year.profit if body.of == "last_year" else year.mean_profit,
        revenue=year.revenue,
        discount=year.discount,
    )
    j = people.left_join(base, people.person_id == base.yearly_of).drop("yearly_of")
    for index, key in enumerate(segments(body)):
        mine = members.filter(members.segment == key).select(**{f"in_{index}": members.person_id})
        j = j.left_join(mine, j.person_id == mine[f"in_{index}"])
    number = {key: index for index, key in enumerate(segments(body))}
    parts = range(len(body.groups))
    found = ibis.cases(
        *((_is(j, body.groups[k], number), ibis.literal(k, "int64")) for k in parts),
        else_=ibis.literal(len(body.groups) - 1, "int64"),
    )
    j = j.mutate(part=found)
    amount = ibis.cases(
        *((j.part == k, _allowed(j.profit, body.groups[k], exponent)) for k in parts),
        else_=ibis.literal(0, "int64"),
    )
    return j.select(
        "person_id", "part", care=amount, profit=j.profit,
        revenue=j.revenue.fill_null(0), discount=j.discount.fill_null(0),
    )  # fmt: skip


def by_part(each: ir.Table) -> ir.Table:
    """The groups of `care`: ``part``, ``people``, ``care``, ``unknown`` (people without a known profit), ``profit``
    (of those who made one; losses count as nothing, as they do for the allowance), ``revenue``, ``discount``."""
    import ibis

    one, none = ibis.literal(1, "int64"), ibis.literal(0, "int64")
    made = ibis.ifelse(each.profit > 0, each.profit, none)
    return (
        each.group_by("part")
        .aggregate(
            people=each.count(),
            care=each.care.sum(),
            unknown=ibis.ifelse(each.profit.isnull(), one, none).sum(),
            profit=made.fill_null(0).sum(),
            revenue=each.revenue.sum(),
            discount=each.discount.sum(),
        )
        .order_by("part")
    )


def by_band(each: ir.Table, exponent: int) -> ir.Table:
    """How many people may cost how much: ``up_to`` (minor units, 1, 2 or 5 x a power of ten; 0: nothing), ``people``,
    ``care``; rising. Everybody stands in the first band that holds them."""
    import ibis

    ends = [0, *(step * 10**k for k in range(exponent, _DIGITS) for step in _STEPS)]
    end = ibis.cases(
        *((each.care <= up_to, ibis.literal(up_to, "int64")) for up_to in ends),
        else_=ibis.literal(10**_DIGITS, "int64"),
    )
    return each.group_by(up_to=end).aggregate(people=each.count(), care=each.care.sum()).order_by("up_to")


def _is(j: ir.Table, part: Part, number: dict[str, int]) -> ir.BooleanValue:
    import ibis

    who = part.who
    if isinstance(who, Everyone):
        return ibis.literal(True)
    if isinstance(who, InSegment):
        return j[f"in_{number[who.name]}"].notnull()
    return j["rfm_group" if who.kind == "rfm" else "stage"].isin(who.values)


def _allowed(profit: ir.IntegerValue, part: Part, exponent: int) -> ir.IntegerValue:
    """`rules.allocation.allowance`, of a column."""
    import ibis

    floor = ibis.literal(minor(part.floor, exponent), "int64")
    found = (ibis.ifelse(profit > 0, profit, 0).cast("int64") * millionths(part.share) + MILLION // 2) // MILLION
    found = ibis.ifelse(found < floor, floor, found)
    if part.ceiling is not None:
        top = ibis.literal(minor(part.ceiling, exponent), "int64")
        found = ibis.ifelse(found > top, top, found)
    return ibis.ifelse(profit.isnull(), ibis.literal(allowance(part, None, exponent), "int64"), found)
