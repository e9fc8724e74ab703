"""Retention and revenue by month of first order.

**Left truncation.** In an export that begins mid-life, someone's first order in it is often not their first:
the earliest cohorts then hold old customers and look too loyal. Say ``known_before`` = the day on which the
log begins: who was a customer of the store before it (``customers.created_day`` of any of their accounts)
is no new customer and in no cohort. Without dates of creation nothing can tell; then trust no cohort younger
than the usual time between orders after the log's begin.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from perennial.insight.calendar import first_day, month_of
from perennial.insight.net import GOODS, how_many, net_orders, people, share
from perennial.insight.tables import AsOf, Tables, Treatment

if TYPE_CHECKING:
    import ibis.expr.types as ir


def cohorts(t: Tables, as_of: AsOf, *, treatment: Treatment = GOODS, known_before: int | None = None) -> ir.Table:
    """One row per cohort (month of the first order that counts) and age (calendar months since), sorted.

    Cells beyond ``as_of`` are absent; a cell within it in which nobody came is there with zeros; the one
    that ``as_of`` cuts through is marked.

    Columns (int64 unless said): ``cohort`` (months since January 1970), ``age`` (0: the month itself),
    ``customers`` (people of the cohort), ``active`` (of these, with an order that counts in the cell),
    ``rate`` = active / customers (float64), ``orders``, ``revenue`` (minor units, net),
    ``cumulative_revenue`` (up to and with this age), ``revenue_per_customer`` = cumulative_revenue /
    customers (float64, minor units), ``complete`` (boolean: the cell's month was over by ``as_of``).
    Sorted by the newest cohort, then age: where only the first rows are kept, the oldest cohorts go.
    ``known_before``: see the module. Source: the usual cohort tables.
    """
    import ibis

    o = net_orders(t, as_of, treatment, anonymous=False)
    each = o.group_by("person_id", month=month_of(o.ordered_day)).aggregate(
        orders=how_many(o.counts), revenue=o.revenue.sum()
    )
    mine = ibis.window(group_by=each.person_id)
    each = each.mutate(cohort=each.month.min(where=each.orders > 0).over(mine))
    each = each.filter(each.cohort.notnull())
    if known_before is not None:
        known = _known(t, known_before)
        each = each.left_join(known, each.person_id == known.known)
        each = each.filter(each.known.isnull())
    # What is left of a refunded order before the first one that counts belongs to the cohort's start.
    age = ibis.greatest(each.month - each.cohort, ibis.literal(0, "int64"))
    cells = each.group_by(of="cohort", at=age).aggregate(
        active=how_many(each.orders > 0), orders=each.orders.sum(), revenue=each.revenue.sum()
    )
    last = month_of(as_of.day)
    sizes = cells.filter(cells["at"] == 0).select(cohort="of", customers="active")
    grid = sizes.mutate(age=ibis.range(ibis.literal(0, "int64"), last - sizes.cohort + 1).unnest())
    j = grid.left_join(cells, (grid.cohort == cells.of) & (grid.age == cells["at"]))
    j = j.select(
        "cohort",
        "age",
        "customers",
        active=j.active.fill_null(0),
        orders=j.orders.fill_null(0),
        revenue=j.revenue.fill_null(0),
    )
    so_far = ibis.cumulative_window(group_by=j.cohort, order_by=j.age)
    j = j.mutate(rate=share(j.active, j.customers), cumulative_revenue=j.revenue.sum().over(so_far))
    return j.mutate(
        revenue_per_customer=share(j.cumulative_revenue, j.customers),
        complete=first_day(j.cohort + j.age + 1) <= as_of.day + 1,
    ).order_by(ibis.desc("cohort"), "age")


def cohort_value(
    t: Tables,
    as_of: AsOf,
    *,
    treatment: Treatment = GOODS,
    known_before: int | None = None,
    ages: tuple[int, ...] = (0, 2, 5, 11, 23),
) -> ir.Table:
    """What a customer of each cohort had brought at the same age: the trend of customer value (T06).

    The rows of `cohorts` at the given ages (2: by the end of the second month after that of the first order)
    whose month was over; columns ``cohort``, ``age``, ``customers``, ``revenue_per_customer``. Sorted by age,
    then cohort, so that one age read downwards says whether younger customers are worth more or less.
    """
    c = cohorts(t, as_of, treatment=treatment, known_before=known_before)
    c = c.filter(c.complete, c.age.isin(ages))
    return c.select("cohort", "age", "customers", "revenue_per_customer").order_by("age", "cohort")


def _known(t: Tables, day: int) -> ir.Table:
    """The people with an account older than ``day``."""
    p = people(t)
    return p.filter(p.created_day < day, p.person_id.notnull()).select(known="person_id").distinct()
