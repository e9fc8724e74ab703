"""The stage of every person: from prospect to lost and won back.

Where someone is in their own rhythm comes from `rhythm` (on_time, due, drifting, lost, or unknown while the
store has too few people who came back); how far they have come, from their purchase occasions (days with an
order that counts). The first stage that holds is the stage:

- ``prospect``: known, without an occasion;
- ``lost``, ``drifting``: what the rhythm says;
- ``won_back``: came back and not silent too long since, after a gap longer than `gaps.dormancy` (the 0.95
  quantile of all gaps) that was their only one or such as at most half of theirs: they had been given up;
- ``new``: one occasion;
- ``loyal``: ``loyal_from`` occasions or more;
- ``active``: the rest, those on their way.

Source: own, after the usual stages of the trade (T17).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from perennial.insight.gaps import dormancy, gaps
from perennial.insight.net import GOODS, how_many, people
from perennial.insight.rhythm import rhythm
from perennial.insight.tables import AsOf, Tables, Treatment

if TYPE_CHECKING:
    import ibis.expr.types as ir

STAGES = ("prospect", "new", "active", "loyal", "won_back", "drifting", "lost")
LOYAL_FROM = 4
DAY_US = 86_400_000_000


def lifecycle(
    t: Tables,
    as_of: AsOf,
    *,
    treatment: Treatment = GOODS,
    loyal_from: int = LOYAL_FROM,
    store: ir.Table | None = None,
    dormant: ir.Table | None = None,
) -> ir.Table:
    """One row per person known by ``as_of``: their stage (see the module).

    Columns (int64 unless said): ``person_id``, ``stage`` (string), ``occasions``, ``first_day``, ``last_day``,
    ``days_since_last_order``, ``last_gap`` (days between the last two occasions), ``revenue`` (net, minor
    units); occasions and revenue are 0 and the others null for prospects.

    ``store``, ``dormant``: what was found of the whole store before (rows of `rhythm_store` and
    `gaps.dormancy`), to judge a few people whose tables these are; default: that of the people in the tables.
    """
    import ibis

    if loyal_from < 2:
        raise ValueError(f"loyalty begins with the second order at the earliest, not with {loyal_from}")
    each = rhythm(t, as_of, treatment=treatment, store=store)
    silent = dormancy(t, as_of) if dormant is None else dormant
    j = each.left_join(_own_gaps(t, as_of, silent), "person_id")
    given_up = j.last_gap > j.dormancy_days
    # Someone who usually waits as long was never away.
    unusual = (j.gaps == 1) | (j.long_gaps * 2 <= j.gaps)
    stage = ibis.cases(
        (j.state == "lost", "lost"),
        (j.state == "drifting", "drifting"),
        ((given_up & unusual).fill_null(False), "won_back"),
        (j.occasions == 1, "new"),
        (j.occasions >= loyal_from, "loyal"),
        else_="active",
    )
    bought = j.select(
        "person_id",
        "occasions",
        "first_day",
        "last_day",
        "days_since_last_order",
        "last_gap",
        "revenue",
        stage=stage,
    )
    nothing, none = ibis.null("int64"), ibis.literal(0, "int64")
    p = _known(t, as_of)
    buyers = each.select(buyer="person_id")
    p = p.left_join(buyers, p.person_id == buyers.buyer)
    p = p.filter(p.buyer.isnull())
    prospects = p.select(
        "person_id",
        occasions=none,
        first_day=nothing,
        last_day=nothing,
        days_since_last_order=nothing,
        last_gap=nothing,
        revenue=none,
        stage=ibis.literal("prospect"),
    )
    return bought.union(prospects)


def lifecycle_stages(t: Tables, as_of: AsOf, *, treatment: Treatment = GOODS, loyal_from: int = LOYAL_FROM) -> ir.Table:
    """How many people are in each stage: ``stage``, ``customers``, ``revenue`` (int64), in `STAGES` order.

    A stage in which nobody is has no row.
    """
    import ibis

    each = lifecycle(t, as_of, treatment=treatment, loyal_from=loyal_from)
    found = each.group_by("stage").aggregate(customers=each.count(), revenue=each.revenue.sum())
    place = ibis.cases(*((found.stage == name, i) for i, name in enumerate(STAGES)))
    return found.mutate(place=place).order_by("place").drop("place")


def lifecycle_flow(
    t: Tables, as_of: AsOf, *, treatment: Treatment = GOODS, loyal_from: int = LOYAL_FROM, days: int = 30
) -> ir.Table:
    """How many people went from which stage to which in the last ``days`` days of 24 hours. Source: own.

    Columns: ``before`` (string: the stage then, "" for those who were not known yet), ``stage`` (string: the
    stage now), ``customers``, ``revenue`` (int64: net, of these people up to now, minor units); those who
    stayed where they were are told, too. Sorted by both, in `STAGES` order, "" first.
    """
    import ibis

    if days < 1:
        raise ValueError(f"people move within at least one day, not {days}")
    then = AsOf(as_of.at - days * DAY_US, as_of.day - days)
    # Where clocks were changed in between, an hour of the next local day would be known too early.
    past = replace(t, orders=t.orders.filter(t.orders.ordered_day <= then.day))
    before = lifecycle(past, then, treatment=treatment, loyal_from=loyal_from)
    before = before.select(earlier="person_id", before="stage")
    now = lifecycle(t, as_of, treatment=treatment, loyal_from=loyal_from)
    j = now.left_join(before, now.person_id == before.earlier)
    j = j.mutate(before=j.before.fill_null(""))
    found = j.group_by("before", "stage").aggregate(customers=j.count(), revenue=j.revenue.sum())
    from_, to = (
        ibis.cases(*((found[column] == name, i) for i, name in enumerate(("", *STAGES))))
        for column in ("before", "stage")
    )
    return found.mutate(from_=from_, to=to).order_by("from_", "to").drop("from_", "to")


def _own_gaps(t: Tables, as_of: AsOf, silent: ir.Table) -> ir.Table:
    """Per person with a gap: ``last_gap``, how many ``gaps`` and ``long_gaps``, the store's dormancy."""
    g = gaps(t, as_of).cross_join(silent)
    return g.group_by("person_id").aggregate(
        last_gap=g.gap.argmax(g.day),
        gaps=g.count(),
        long_gaps=how_many(g.gap > g.dormancy_days),
        dormancy_days=g.dormancy_days.max(),
    )


def _known(t: Tables, as_of: AsOf) -> ir.Table:
    """Everyone with an account by ``as_of``, once: ``person_id``."""
    p = people(t)
    p = p.filter(p.created_at.isnull() | (p.created_at <= as_of.at))
    return p.select("person_id").distinct()
