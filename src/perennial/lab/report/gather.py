"""Every number of the report, asked of insight once. Only results leave the engine.

What there is no data for is not asked: its rows are empty.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from perennial.display.returning import curve
from perennial.insight.tables import AsOf
from perennial.lab.engines import kept
from perennial.lab.shop import Shop

if TYPE_CHECKING:
    import ibis.expr.types as ir

Row = Mapping[str, Any]
Rows = list[dict[str, Any]]

LISTED = 12  # customers and products in a list
COUNTRIES = 6
TREND_DAYS = 90
BASE_DAYS = 30
FIRST_DAYS = 180
LONG_BEFORE = 60  # days before the first order: accounts older than that had a life before the data


@dataclass(frozen=True)
class Found:
    """The answers as rows, by the name of the answer or of the question made from it."""

    shop: Shop
    as_of: AsOf
    rows: dict[str, Rows] = field(default_factory=dict)

    def one(self, name: str) -> Row:
        """The single row of an answer."""
        (row,) = self.rows[name]
        return row

    def all(self, name: str) -> Rows:
        """The rows of an answer; none where it was not asked."""
        return self.rows.get(name, [])


def gather(shop: Shop, as_of: AsOf) -> Found:
    """Ask everything."""
    found = Found(shop, as_of)
    ask = _Asking(shop, as_of, found.rows)
    ask.put("there", _there(shop, as_of))
    ask.answer("summary")
    if not found.one("summary")["customers"]:
        return found
    _of_customers(ask)
    engine = shop.engine
    with kept(ask.table("realised"), engine) as realised, kept(ask.table("rhythm"), engine) as rhythm:
        ask.put("countries", _countries(shop, realised))
        ask.put("best", _with_key(shop, _most(realised, "revenue"), "revenue"))
        ask.put("states", _states(rhythm))
        drifting = rhythm.filter(rhythm.state == "drifting", ~rhythm.too_early)
        ask.put("drifting", _with_key(shop, _most(drifting, "yearly_value"), "yearly_value"))
    _of_the_shop(ask, found.one("there"))
    return found


def _of_customers(ask: _Asking) -> None:
    ask.answer("new_and_returning")
    ask.put("rfm", _cells(ask.table("rfm")))
    ask.answer("pareto")
    # The base of a month, like that of the trend, so that the two tell the same rates.
    ask.answer("retention", base_days=BASE_DAYS)
    ask.answer("retention_trend", horizon=TREND_DAYS)
    ask.answer("cohorts")
    ask.answer("gap_quantiles")
    longest = ask.rows["gap_quantiles"][0]["p95"]
    if longest is not None:
        ask.answer("gap_histogram")
        ask.rows["gaps"] = curve(ask.rows["gap_histogram"], longest)
    ask.answer("clv")


def _of_the_shop(ask: _Asking, there: Row) -> None:
    """What only some shops' data can tell."""
    if there["products"]:
        ask.put("first_products", _titled(ask.shop, ask.table("first_products", horizon=FIRST_DAYS)))
    if there["categories"]:
        ask.put("first_categories", _most(ask.table("first_categories", horizon=FIRST_DAYS), "customers"))
    if there["spend"]:
        ask.answer("winning_and_keeping")
    if there["promised"]:
        ask.answer("delivery")
        ask.answer("delivery_by_carrier")
    if there["promised"] or there["refunds"] or there["tickets"] or there["ratings"]:
        ask.answer("reasons_summary")
    if there["behaviour"]:
        ask.answer("conversion")


@dataclass(frozen=True)
class _Asking:
    shop: Shop
    as_of: AsOf
    rows: dict[str, Rows]

    def table(self, name: str, **options: object) -> ir.Table:
        return self.shop.ask(name, self.as_of, **options)

    def answer(self, name: str, **options: object) -> None:
        self.put(name, self.table(name, **options))

    def put(self, name: str, table: ir.Table) -> None:
        """Keep the rows: in the table's own order, else by its columns. An engine's threads give none twice alike."""
        self.rows[name] = (table if _in_order(table) else table.order_by(table.columns)).to_pyarrow().to_pylist()


def _in_order(table: ir.Table) -> bool:
    """Whether the table says in which order its rows come."""
    import ibis.expr.operations as ops

    made = table.op()
    if isinstance(made, ops.Limit):
        made = made.parent
    return isinstance(made, ops.Sort)


def _there(shop: Shop, as_of: AsOf) -> ir.Table:
    """Which parts of the schema hold anything by ``as_of``, and since when customers are known: one row."""
    t = shop.tables
    began = t.customers.created_at <= as_of.at

    def some(table: ir.Table) -> ir.Table:
        return table.aggregate(n=table.count())

    parts = {
        "products": t.products.filter(t.products.title.notnull(), t.products.title != ""),
        "categories": t.products.filter(t.products.category.notnull(), t.products.category != ""),
        "spend": t.spend.filter(t.spend.day <= as_of.day),
        "promised": t.orders.filter(t.orders.promised_day.notnull(), t.orders.ordered_at <= as_of.at),
        "parcels": t.fulfilments.filter(t.fulfilments.promised_day.notnull()),
        "refunds": t.refunds.filter(t.refunds.refunded_at <= as_of.at),
        "tickets": t.tickets.filter(t.tickets.opened_at <= as_of.at),
        "ratings": t.ratings.filter(t.ratings.rated_at <= as_of.at),
        "behaviour": t.behaviour.filter(t.behaviour["at"] <= as_of.at),
        "known_before": t.customers.filter(began, t.customers.created_day < shop.first_day - LONG_BEFORE),
        "taxed": t.orders.filter(t.orders.tax != 0),
        "shipped": t.orders.filter(t.orders.shipping != 0),
        "costed": t.lines.filter(t.lines.cost.notnull(), t.lines.ordered_at <= as_of.at),
    }
    whole = None
    for name, table in parts.items():
        counted = some(table).rename({name: "n"})
        whole = counted if whole is None else whole.cross_join(counted)
    assert whole is not None  # noqa: S101  # there are parts
    return whole.mutate(promised=whole.promised + whole.parcels)


def _cells(rfm: ir.Table) -> ir.Table:
    """Customers by recency score and the mean of the other two scores, each cell with its group."""
    mean = (rfm.f + rfm.m + 1) // 2
    return rfm.group_by("r", "group", fm=mean).aggregate(customers=rfm.count(), revenue=rfm.revenue.sum())


def _countries(shop: Shop, realised: ir.Table) -> ir.Table:
    """Customers and revenue by the country of a person's earliest account that names one."""
    import ibis

    from perennial.insight.net import people

    known = people(shop.tables)
    known = known.filter(known.country.notnull(), known.country != "")
    first = ibis.row_number().over(group_by="person_id", order_by=["created_at", "customer_id"])
    known = known.mutate(nth=first)
    known = known.filter(known.nth == 0).select(whose="person_id", country="country")
    buyers = realised.filter(realised.orders > 0)
    j = buyers.inner_join(known, buyers.person_id == known.whose)
    by = j.group_by("country").aggregate(customers=j.count(), revenue=j.revenue.sum())
    by = by.mutate(everybody=by.customers.sum().over(), all_revenue=by.revenue.sum().over(), listed=by.count().over())
    return by.order_by(ibis.desc("customers"), "country").limit(COUNTRIES)


def _states(rhythm: ir.Table) -> ir.Table:
    return rhythm.group_by("state", "too_early").aggregate(
        customers=rhythm.count(), revenue=rhythm.revenue.sum(), yearly_value=rhythm.yearly_value.sum()
    )


def _most(table: ir.Table, column: str) -> ir.Table:
    import ibis

    tie = next(name for name in ("person_id", "product_id", "category") if name in table.columns)
    return table.order_by(ibis.desc(column), tie).limit(LISTED)


def _with_key(shop: Shop, people: ir.Table, by: str) -> ir.Table:
    """``people`` and their masked names in the file (``key``; null: only the number is known), most first."""
    import ibis

    if shop.keys is None:
        return people.mutate(key=ibis.null("string")).order_by(ibis.desc(by), "person_id")
    keys = shop.keys.select(keyed="customer_id", key="key")
    return people.left_join(keys, people.person_id == keys.keyed).drop("keyed").order_by(ibis.desc(by), "person_id")


def _titled(shop: Shop, first: ir.Table) -> ir.Table:
    """The first products of most customers, those with enough of them, with their titles."""
    import ibis

    p = shop.tables.products.select(named="product_id", title="title")
    most = first.filter(first.enough).order_by(ibis.desc("customers"), "product_id").limit(LISTED)
    titled = most.left_join(p, most.product_id == p.named).drop("named")
    return titled.order_by(ibis.desc("repeat_rate"), "product_id")
