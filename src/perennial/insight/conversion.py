"""Named conversion rates, each with its numerator and denominator: never a bare "conversion rate".

A *visitor* is the person, where one is known (by the event, or by whose browser it was at that time), else
the browser: the same person on two devices is one visitor once both are known. Reading a mail (kinds
beginning with ``mail_``) is no visit. An order cancelled by ``as_of`` is no order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from perennial.insight.calendar import month_of
from perennial.insight.intervals import one_row_each, pick, rate
from perennial.insight.net import how_many, with_person
from perennial.insight.tables import AsOf, Tables

if TYPE_CHECKING:
    from collections.abc import Sequence

    import ibis.expr.types as ir

PLACED, VIEWED, CARTED = "order_placed", "product_viewed", "cart_added"


def conversion(t: Tables, as_of: AsOf, *, goals: Sequence[str] = ()) -> ir.Table:
    """The rates of each month in which somebody visited. Source: Tactics T07, the names are own.

    Rates (``rate``, string):

    - ``visitor_conversion`` = visitors who placed an order / visitors (2,000 / 10,000 = 20 %);
    - ``macro`` = orders / visitors who viewed a product (2,000 / 5,000 = 40 %);
    - for each of ``goals`` (a kind of behaviour, or one with a product, as ``kind@product_id``): a rate of that
      name = visitors who did it (with that product) / visitors.

    Columns: ``month`` (int64, months since January 1970), ``rate``, ``numerator``, ``denominator`` (int64),
    ``value``, ``low``, ``high`` (float64, Wilson 95 %; the interval null where orders outnumber visitors,
    ``value`` null where the denominator is 0). No row where no behaviour is recorded.
    """

    acts = _acts(t, as_of)
    named = {f"goal_{i}": how_many(_reaches(acts, goal)) for i, goal in enumerate(goals)}
    per = acts.group_by("person_id", "browser", month=month_of(acts.day)).aggregate(
        viewed=how_many(acts.kind == VIEWED), placed=how_many(acts.kind == PLACED), **named
    )
    m = per.group_by("month").aggregate(
        visitors=per.count(),
        viewers=how_many(per.viewed > 0),
        buyers=how_many(per.placed > 0),
        **{name: how_many(per[name] > 0) for name in named},
    )
    o = _events(t, as_of)
    o = o.filter(o.kind == PLACED)
    o = o.group_by(of_month=month_of(o.day)).aggregate(orders=o.order_id.nunique() + how_many(o.order_id.isnull()))
    m = m.left_join(o, m.month == o.of_month)
    m = m.mutate(orders=m.orders.fill_null(0))
    parts = {"visitor_conversion": ("buyers", "visitors"), "macro": ("orders", "viewers")}
    parts |= {goal: (f"goal_{i}", "visitors") for i, goal in enumerate(goals)}
    return _rates(m, "month", parts)


def _reaches(acts: ir.Table, goal: str) -> ir.BooleanValue:
    kind, _, product = goal.partition("@")
    did = acts.kind == kind
    return did & (acts.product_id == int(product)) if product else did


def product_conversion(t: Tables, as_of: AsOf, *, days: int = 30) -> ir.Table:
    """The rates of each product that was viewed, put in a cart or bought in the last ``days`` days.

    Rates (``rate``, string), counted in visitors: ``view_to_cart`` = those who viewed it and put it in the
    cart / who viewed it; ``view_to_purchase`` = who viewed and bought it / who viewed it (300 / 500 = 60 %);
    ``share_of_buyers`` = who bought it / who bought anything (300 / 2,000 = 15 %). All within the same days,
    today included, in any order. Source: Tactics T07, whose micro example mixes the last two.

    Columns: ``product_id`` (int64), ``rate``, ``numerator``, ``denominator``, ``value``, ``low``, ``high``
    as in `conversion`. Sorted by how many viewed the product, the most first; its three rates stand together.
    """
    import ibis

    acts = _acts(t, as_of)
    acts = acts.filter(acts.day > as_of.day - days)
    bought = acts.filter(acts.kind == PLACED)
    lines = t.lines.filter(t.lines.kind == "product", t.lines.product_id.notnull(), t.lines.ordered_at <= as_of.at)
    lines = lines.select(of_order="order_id", bought_id="product_id").distinct()
    sold = bought.join(lines, bought.order_id == lines.of_order)
    sold = sold.select("person_id", "browser", kind="kind", product_id="bought_id")
    seen = acts.filter(acts.kind.isin((VIEWED, CARTED)), acts.product_id.notnull())
    both = seen.select("person_id", "browser", "kind", "product_id").union(sold)
    per = both.group_by("product_id", "person_id", "browser").aggregate(
        viewed=how_many(both.kind == VIEWED),
        carted=how_many(both.kind == CARTED),
        bought=how_many(both.kind == PLACED),
    )
    p = per.group_by("product_id").aggregate(
        viewers=how_many(per.viewed > 0),
        carters=how_many((per.viewed > 0) & (per.carted > 0)),
        viewed_buyers=how_many((per.viewed > 0) & (per.bought > 0)),
        buyers=how_many(per.bought > 0),
    )
    everybody = bought.select("person_id", "browser").distinct()
    p = p.cross_join(everybody.aggregate(all_buyers=everybody.count()))
    parts = {
        "view_to_cart": ("carters", "viewers"),
        "view_to_purchase": ("viewed_buyers", "viewers"),
        "share_of_buyers": ("buyers", "all_buyers"),
    }
    found = _rates(p, "product_id", parts)
    viewers = found.denominator.max(where=found.rate == "view_to_purchase").over(group_by=found.product_id)
    return found.mutate(viewers=viewers).order_by(ibis.desc("viewers"), "product_id", "rate").drop("viewers")


def _events(t: Tables, as_of: AsOf) -> ir.Table:
    """Visits' behaviour by ``as_of``, without orders cancelled by then."""
    import ibis

    b = t.behaviour
    b = b.filter(b.at <= as_of.at, ~b.kind.startswith("mail_"), b.visitor_id.notnull() | b.customer_id.notnull())
    b = b.mutate(placed=ibis.ifelse(b.kind == PLACED, b.order_id, ibis.null("int64")))
    gone = t.orders.filter(t.orders.cancelled_at <= as_of.at).select(cancelled_order="order_id")
    j = b.left_join(gone, b.placed == gone.cancelled_order)
    return j.filter(j.cancelled_order.isnull()).select(
        "visitor_id", "customer_id", "kind", "product_id", "order_id", "at", "day"
    )


def _acts(t: Tables, as_of: AsOf) -> ir.Table:
    """`_events` with who did it: ``person_id``, or else ``browser``."""
    import ibis

    b = _events(t, as_of)
    v = t.visitors.filter(t.visitors.customer_id.notnull())
    v = v.select(whose="visitor_id", owner="customer_id", since="from_at", until="to_at")
    same = [b.visitor_id == v.whose, b.at >= v.since, v.until.isnull() | (b.at < v.until)]
    j = b.left_join(v, same)
    j = j.select("visitor_id", "kind", "product_id", "order_id", "day", "customer_id", "owner")
    j = with_person(t, j.mutate(customer_id=ibis.coalesce(j.customer_id, j.owner)))
    browser = ibis.ifelse(j.person_id.isnull(), j.visitor_id, ibis.null("int64"))
    return j.select("person_id", "kind", "product_id", "order_id", "day", browser=browser)


def _rates(table: ir.Table, key: str, parts: dict[str, tuple[str, str]]) -> ir.Table:
    """One row per key and named rate."""
    rows = one_row_each(table, "rate", list(parts))
    numerator, denominator = (pick(rows, "rate", {name: of[i] for name, of in parts.items()}) for i in (0, 1))
    rows = rows.select(key, "rate", numerator=numerator, denominator=denominator)
    return rows.mutate(**rate(rows.numerator, rows.denominator, "value"))
