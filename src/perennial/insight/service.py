"""How well customers are served, and whether they come back afterwards."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

from perennial.insight.calendar import month_of
from perennial.insight.delivery import promises
from perennial.insight.intervals import one_row_each, pick, rate
from perennial.insight.net import GOODS, how_many, net_orders, share, with_person
from perennial.insight.tables import AsOf, Tables, Treatment
from perennial.values.time import DAY_US

if TYPE_CHECKING:
    import ibis.expr.types as ir

HOUR_US = DAY_US // 24
UNANSWERED_HOURS = 72  # without a first answer for so long, a ticket was left unanswered
CONTENT, DISCONTENT = 60, 40  # scores (0 to 100) from which on, and up to which, someone is taken at their word
BAD = ("late_delivery", "refund", "complaint", "unanswered_ticket", "low_rating")


def service_levels(t: Tables, as_of: AsOf) -> ir.Table:
    """Tickets by month of opening: how many, how fast, how content. Source: Tactics T58.

    Formula: hours from opening to the first answer and to the solution, of tickets answered or solved by
    ``as_of``. Satisfaction is that of tickets solved by then (it has no time of its own). Orders in that
    month make ``per_100_orders`` readable.

    Columns (int64 unless said): ``month`` (since January 1970), ``tickets``, ``complaints``, ``answered``,
    ``unanswered`` (72 hours without an answer, or so long until it came), ``resolved``; float64:
    ``response_hours``, ``response_hours_median``, ``resolution_hours``, ``resolution_hours_median``,
    ``satisfaction`` (mean, 0 to 100), ``per_100_orders``; ``rated`` (how many were), and of these
    ``satisfied`` (60 or more), ``satisfied_rate``, ``low``, ``high`` (float64, Wilson 95 %).
    """
    import ibis

    k = _tickets(t, as_of)
    by = k.group_by(month=month_of(k.opened_day)).aggregate(
        tickets=k.count(),
        complaints=how_many(k.complaint.fill_null(ibis.literal(value=False))),
        answered=k.response.count(),
        unanswered=how_many(k.unanswered),
        resolved=k.resolution.count(),
        response_sum=k.response.sum(),
        response_median=k.response.quantile(0.5),
        resolution_sum=k.resolution.sum(),
        resolution_median=k.resolution.quantile(0.5),
        score=k.score.sum(),
        rated=k.score.count(),
        satisfied=how_many(k.score >= CONTENT),
    )
    o = net_orders(t, as_of)
    o = o.filter(o.counts)
    o = o.group_by(of_month=month_of(o.ordered_day)).aggregate(orders=o.count())
    j = by.left_join(o, by.month == o.of_month)
    return j.select(
        "month",
        "tickets",
        "complaints",
        "answered",
        "unanswered",
        "resolved",
        response_hours=j.response_sum / j.answered.cast("float64").nullif(0.0),
        response_hours_median=j.response_median,
        resolution_hours=j.resolution_sum / j.resolved.cast("float64").nullif(0.0),
        resolution_hours_median=j.resolution_median,
        satisfaction=share(j.score, j.rated),
        per_100_orders=share(j.tickets * 100, j.orders),
        rated=j.rated,
        satisfied=j.satisfied,
        **rate(j.satisfied, j.rated, "satisfied_rate"),
    )


def service_loyalty(
    t: Tables,
    as_of: AsOf,
    *,
    treatment: Treatment = GOODS,
    landmark: int = 30,
    within: int = 90,
) -> ir.Table:
    """Who comes back after a good, a bad and no experience of service. An **association, not an effect**:
    those who have time to complain are other people than those who do not; the effect needs an experiment.

    Formula (landmark analysis; Anderson, Cain and Gelber, J. Clin. Oncol. 1983): each purchase occasion gets
    ``landmark`` days in which an experience may happen; coming back is counted for all alike in the
    ``within`` days *after* them, so that nobody is favoured by the time an experience takes. Judged are
    occasions (days with an order, wholly refunded ones too) at least landmark + within days before
    ``as_of``. An occasion is in every experience it had:

    - ``late_delivery``: a promise of its orders was broken; ``refund``; ``complaint``;
      ``unanswered_ticket`` (72 hours); ``low_rating`` (40 or less, of anything);
    - ``bad``: any of these; ``good``: none of them, and a ticket answered in time, not rated below 60, or a
      rating of 60 or more; ``none``: neither; ``all``.

    Columns: ``experience`` (string), ``occasions`` (int64, judged), ``customers`` (int64, people among
    them), ``came_back`` (int64, occasions followed by another), ``silent`` (int64: by none until ``as_of``),
    ``repeat_rate``, ``low``, ``high`` (float64, Wilson 95 %: too narrow where few people have many
    occasions), ``silent_rate`` (float64), ``revenue_later`` (float64, minor units per occasion, net, by
    ``treatment``, of the same days).
    """
    import ibis

    orders = net_orders(t, as_of, treatment, anonymous=False)
    judged = _followed(orders, as_of, landmark, within)
    seen = experiences(t, as_of)
    after = seen.rename(whose="person_id", seen_day="day")
    near = (judged.person_id == after.whose) & (after.seen_day >= judged.day)
    near = near & (after.seen_day <= judged.day + landmark)
    flags = judged.join(after, near)
    flags = flags.group_by(flag_of=flags.person_id, flag_day=flags.day).aggregate(
        good=how_many(flags.kind == "good"),
        **{name: how_many(flags.kind == name) for name in BAD},
    )
    j = judged.left_join(flags, (judged.person_id == flags.flag_of) & (judged.day == flags.flag_day))
    names = ("good", *BAD)
    j = j.mutate(**{name: j[name].fill_null(0) > 0 for name in names})
    bad = reduce(lambda a, b: a | b, (j[name] for name in BAD))
    j = j.mutate(bad=bad)
    j = j.mutate(good=j.good & ~j.bad)
    j = j.mutate(none=~j.good & ~j.bad, all=ibis.literal(value=True))
    shown = (*BAD, "bad", "good", "none", "all")
    sums = {}
    for name in shown:
        sums[f"occasions_{name}"] = how_many(j[name])
        sums[f"customers_{name}"] = j.person_id.nunique(where=j[name])
        sums[f"came_back_{name}"] = how_many(j[name] & (j.later > 0))
        sums[f"silent_{name}"] = how_many(j[name] & j.silent)
        sums[f"money_{name}"] = j.revenue_later.sum(where=j[name]).fill_null(0)
    rows = one_row_each(j.aggregate(**sums), "experience", shown)
    counts = ("occasions", "customers", "came_back", "silent", "money")
    picked = {what: pick(rows, "experience", {name: f"{what}_{name}" for name in shown}) for what in counts}
    rows = rows.select("experience", **picked)
    return rows.select(
        "experience",
        "occasions",
        "customers",
        "came_back",
        "silent",
        **rate(rows.came_back, rows.occasions, "repeat_rate"),
        silent_rate=share(rows.silent, rows.occasions),
        revenue_later=share(rows.money, rows.occasions),
    )


def experiences(t: Tables, as_of: AsOf) -> ir.Table:
    """What happened to people in the store's hands by ``as_of``. Source: own.

    Columns: ``person_id``, ``day`` (int64: the day after a broken promise, of the refund, of the ticket's
    opening, of the rating), ``kind`` (string): late_delivery, refund, complaint, unanswered_ticket,
    low_rating, good (a ticket answered in time and not rated below 60, or a rating of 60 or more). Several
    rows where several things happened.
    """
    import ibis

    p = promises(t, as_of)
    late = p.filter(p.outcome.isin(("late", "late_now")))
    refunds = with_person(t, t.refunds.filter(t.refunds.refunded_at <= as_of.at))
    k = _tickets(t, as_of)
    s = with_person(t, t.ratings.filter(t.ratings.rated_at <= as_of.at))
    complaint = k.complaint.fill_null(ibis.literal(value=False))
    well = ~complaint & k.response.notnull() & ~k.unanswered & (k.score.fill_null(100) >= CONTENT)
    found = [
        late.select("person_id", day=late.promised_day + 1, kind=ibis.literal("late_delivery")),
        refunds.select("person_id", day=refunds.refunded_day, kind=ibis.literal("refund")),
        _kind(k.filter(complaint), k.opened_day, "complaint"),
        _kind(k.filter(k.unanswered), k.opened_day, "unanswered_ticket"),
        _kind(k.filter(well), k.opened_day, "good"),
        _kind(s.filter(s.score <= DISCONTENT), s.rated_day, "low_rating"),
        _kind(s.filter(s.score >= CONTENT), s.rated_day, "good"),
    ]
    rows = reduce(lambda a, b: a.union(b), found)
    return rows.filter(rows.person_id.notnull())


def _kind(table: ir.Table, day: ir.IntegerValue, kind: str) -> ir.Table:
    import ibis

    return table.select("person_id", day=table[day.get_name()], kind=ibis.literal(kind))


def _tickets(t: Tables, as_of: AsOf) -> ir.Table:
    """Tickets opened by ``as_of`` as they stood then: hours to answer and solution, score, unanswered."""
    import ibis

    k = with_person(t, t.tickets.filter(t.tickets.opened_at <= as_of.at))
    responded = ibis.ifelse(k.responded_at <= as_of.at, k.responded_at, ibis.null("int64"))
    resolved = ibis.ifelse(k.resolved_at <= as_of.at, k.resolved_at, ibis.null("int64"))
    # A ticket solved without a recorded answer was answered by its solution.
    k = k.mutate(first=ibis.coalesce(responded, resolved), solved=resolved)
    waited = k["first"].fill_null(as_of.at) - k.opened_at
    return k.mutate(
        response=(k["first"] - k.opened_at).cast("float64") / float(HOUR_US),
        resolution=(k.solved - k.opened_at).cast("float64") / float(HOUR_US),
        score=ibis.ifelse(k.solved.notnull(), k.satisfaction, ibis.null("int64")),
        unanswered=waited > UNANSWERED_HOURS * HOUR_US,
    )


def _followed(orders: ir.Table, as_of: AsOf, landmark: int, within: int) -> ir.Table:
    """Days on which people ordered, old enough to judge, and what came after them.

    An order that was wholly refunded later starts a follow-up too (being refunded is an experience), but is
    no coming back.
    """
    import ibis

    days = orders.group_by("person_id", day=orders.ordered_day).aggregate(
        counting=how_many(orders.counts), revenue=orders.revenue.sum()
    )
    counts = ibis.ifelse(days.counting > 0, ibis.literal(1, "int64"), ibis.literal(0, "int64"))
    window = ibis.range_window(group_by="person_id", order_by="day", following=(landmark + 1, landmark + within))
    counted_day = ibis.ifelse(days.counting > 0, days.day, ibis.null("int64"))
    days = days.mutate(
        later=counts.sum().over(window).fill_null(0),
        revenue_later=days.revenue.sum().over(window).fill_null(0),
        last_day=counted_day.max().over(group_by="person_id"),
    )
    days = days.mutate(silent=days.last_day.fill_null(0) <= days.day + landmark)
    return days.filter(days.day + (landmark + within) <= as_of.day)
