"""Product value comes first: which first purchases make people come back, and which come back themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from perennial.insight.favourites import kept_lines
from perennial.insight.intervals import rate
from perennial.insight.net import GOODS, how_many, net_orders, occasions, share
from perennial.insight.tables import AsOf, Tables, Treatment

if TYPE_CHECKING:
    import ibis.expr.types as ir


def first_products(
    t: Tables,
    as_of: AsOf,
    *,
    treatment: Treatment = GOODS,
    of: Literal["product", "category"] = "product",
    horizon: int = 180,
    enough: int = 30,
) -> ir.Table:
    """What became of people, by what they bought on their first purchase occasion, most people first. Source: own.

    Formula: a person's first occasion is the first day with an order that counts; they belong to every
    product (or category, by ``of``) on it, so people may be in several rows. Judged are only those whose
    first occasion is at least ``horizon`` days before ``as_of`` (all had the same time to come back):

    - ``repeat_rate`` (float64) = people with another occasion within ``horizon`` days after it / judged,
      with its 95 % Wilson interval ``low``, ``high``;
    - ``revenue_later`` (float64, minor units, by ``treatment``): net revenue of these days / judged;
    - ``enough`` (boolean): at least ``enough`` people judged; below, differences are mostly chance.

    Of the product whoever bought it, first or later, anonymous too: ``return_rate`` (float64) = pieces that
    came back / pieces sold; a refund that names no lines returns no pieces. ``rating`` (float64, 0 to 100):
    mean score of ``ratings`` ratings. Further columns (int64): ``product_id`` or ``category`` (string; ""
    where the product has none), ``customers`` (all who began with it), ``judged``, ``repeaters``,
    ``ratings``.
    """
    import ibis

    if of not in ("product", "category"):
        raise ValueError(f"{of!r} is not known of a first purchase: choose product or category")
    column = "product_id" if of == "product" else of
    people = _later(t, as_of, treatment, horizon)
    sold = kept_lines(t, as_of, treatment)
    sold = sold.mutate(began=sold.person_id, began_day=sold.ordered_day)
    if of == "category":
        sold = _with_category(t, sold)
    began = sold.filter(sold.counts, sold.person_id.notnull()).select("began", "began_day", column)
    began = began.join(people, (began.began == people.person_id) & (began.began_day == people.first_day))
    began = began.select("person_id", column, "later", "revenue_later", "judged").distinct()
    by = began.group_by(column).aggregate(
        customers=began.count(),
        judged=how_many(began.judged),
        repeaters=how_many(began.judged & (began.later > 0)),
        money=began.revenue_later.sum(where=began.judged).fill_null(0),
    )
    pieces = sold.group_by(column).aggregate(sold=sold.sold.sum(), returned=sold.returned.sum())
    rated = t.ratings.filter(t.ratings.rated_at <= as_of.at, t.ratings.product_id.notnull())
    if of == "category":
        rated = _with_category(t, rated)
    rated = rated.group_by(column).aggregate(score=rated.score.sum(), ratings=rated.score.count())
    pieces, rated = pieces.rename(sold_of=column), rated.rename(rated_of=column)
    j = by.left_join(pieces, by[column] == pieces.sold_of)
    j = j.left_join(rated, j[column] == rated.rated_of)
    return j.select(
        column,
        "customers",
        "judged",
        "repeaters",
        **rate(j.repeaters, j.judged, "repeat_rate"),
        revenue_later=share(j.money, j.judged),
        return_rate=share(j.returned, j.sold),
        rating=share(j.score, j.ratings),
        ratings=j.ratings.fill_null(0),
        enough=j.judged >= enough,
    ).order_by(ibis.desc("customers"), column)


def _later(t: Tables, as_of: AsOf, treatment: Treatment, horizon: int) -> ir.Table:
    """Per person: first occasion, and occasions and revenue in the ``horizon`` days after it."""
    import ibis

    orders = net_orders(t, as_of, treatment, anonymous=False)
    visits = occasions(orders)
    visits = visits.mutate(first_day=visits.day.min().over(group_by="person_id"))
    after = (visits.day > visits.first_day) & (visits.day <= visits.first_day + horizon)
    return visits.group_by("person_id", "first_day").aggregate(
        later=how_many(after),
        revenue_later=visits.revenue.sum(where=after).fill_null(0),
        judged=(visits.first_day.max() + horizon) <= ibis.literal(as_of.day, "int64"),
    )


def _with_category(t: Tables, table: ir.Table) -> ir.Table:
    """``table`` (with a ``product_id``) and the ``category`` of its product, "" where there is none."""
    of = t.products.select(known_as="product_id", known_category="category")
    j = table.left_join(of, table.product_id == of.known_as)
    return j.mutate(category=j.known_category.fill_null("")).drop("known_as", "known_category")
