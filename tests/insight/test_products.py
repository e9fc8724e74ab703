"""Favourites and first products, against plain Python and by hand."""

from collections import defaultdict

import pytest

from perennial.insight.favourites import favourites
from perennial.insight.intervals import rate
from perennial.insight.products import first_products
from perennial.insight.tables import Treatment
from tests.parity.shops import full_shop

from . import reference
from .shop import START, Shop, end_of, rows_of

TAXED = Treatment(tax=True)


def kept_lines(shop, as_of, treatment):
    """(order, product line, pieces sold, pieces back, money) of orders placed and not cancelled."""
    orders = {o.order_id: o for o in reference.orders(shop, as_of)}
    for line in shop.rows["lines"]:
        order = orders.get(line["order_id"])
        if order is None or line["kind"] != "product":
            continue
        back = [b for b in shop.rows["refund_lines"] if b["line_id"] == line["line_id"]]
        back = [b for b in back if b["refunded_at"] <= as_of.at]
        money = reference.parts(line | {"shipping": 0}, treatment)
        money -= sum(reference.parts(b | {"shipping": 0}, treatment) for b in back)
        yield order, line, line["quantity"], sum(b["quantity"] for b in back), money


def names_of(shop, of):
    if of == "product":
        return {p["product_id"]: p["product_id"] for p in shop.rows["products"]}
    return {p["product_id"]: p[of] for p in shop.rows["products"]}


@pytest.mark.parametrize("of", ["product", "category", "brand"])
@pytest.mark.parametrize(("seed", "treatment"), [(1, Treatment()), (2, TAXED)])
def test_favourites_are_those_of_plain_python(of, seed, treatment):
    shop, as_of, names = full_shop(seed), end_of(START + 430), names_of(full_shop(seed), of)
    sums = defaultdict(lambda: [set(), 0, 0, 0])
    for order, line, sold, back, money in kept_lines(shop, as_of, treatment):
        name = names[line["product_id"]]
        if order.counts and order.person is not None and sold > back and name:
            one = sums[order.person, name]
            one[0].add(order.order_id)
            one[1], one[2], one[3] = one[1] + sold - back, one[2] + money, max(one[3], order.day)
    expected = []
    for person in sorted({p for p, _ in sums}):
        mine = [(-len(s[0]), -s[1], -s[2], name, s[3]) for (p, name), s in sums.items() if p == person]
        for rank, (orders, pieces, money, name, day) in enumerate(sorted(mine)[:2], start=1):
            expected.append((person, rank, name, -orders, -pieces, -money, day))
    found = favourites(shop.tables(), as_of, of=of, n=2, treatment=treatment).order_by("person_id", "rank")
    assert [tuple(row.values()) for row in rows_of(found)] == expected


def test_what_went_back_is_nobodys_favourite():
    shop = Shop()
    first = shop.order(1, START, 500, product_id=3)
    shop.order(1, START + 1, 100, product_id=9)
    again = shop.order(1, START + 2, lines=[{"product_id": 3, "net": 500}, {"product_id": 4, "net": 500}])
    for order in (first, again):
        shop.refund(order, START + 5, 500)
    found = rows_of(favourites(shop.tables(), end_of(START + 9)).order_by("rank"))
    assert [r["product_id"] for r in found] == [4, 9]


def test_favourites_of_what_is_refused():
    with pytest.raises(ValueError, match="product, category or brand"):
        favourites(Shop().tables(), end_of(START), of="colour")


@pytest.mark.parametrize("of", ["product", "category"])
@pytest.mark.parametrize(("seed", "horizon"), [(1, 60), (2, 180)])
def test_first_products_are_those_of_plain_python(of, seed, horizon):
    shop, as_of, names = full_shop(seed), end_of(START + 430), names_of(full_shop(seed), of)
    mine = reference.by_person(reference.orders(shop, as_of))
    began, pieces = defaultdict(set), defaultdict(lambda: [0, 0])
    for order, line, sold, back, _ in kept_lines(shop, as_of, Treatment()):
        name = names[line["product_id"]] or ""
        pieces[name][0] += sold
        pieces[name][1] += back
        if order.counts and order.person is not None and order.day == mine[order.person][0].day:
            began[name].add(order.person)
    found = {
        r[f"{of}_id" if of == "product" else of]: r
        for r in rows_of(first_products(shop.tables(), as_of, of=of, horizon=horizon, enough=5))
    }
    assert found.keys() == began.keys()
    for name, people in began.items():
        judged = [p for p in people if mine[p][0].day + horizon <= as_of.day]
        later = {p: [o for o in mine[p] if 0 < o.day - mine[p][0].day <= horizon] for p in judged}
        scores = [
            s["score"]
            for s in shop.rows["ratings"]
            if s["rated_at"] <= as_of.at and (names[s["product_id"]] or "") == name
        ]
        row = found[name]
        assert (row["customers"], row["judged"], row["enough"]) == (len(people), len(judged), len(judged) >= 5)
        assert row["repeaters"] == sum(bool(o) for o in later.values())
        money = sum(o.revenue for orders in later.values() for o in orders)
        assert row["revenue_later"] == pytest.approx(money / len(judged))
        assert row["return_rate"] == pytest.approx(pieces[name][1] / pieces[name][0])
        assert (row["rating"], row["ratings"]) == (pytest.approx(sum(scores) / len(scores)), len(scores))


def test_only_those_with_time_to_come_back_are_judged():
    shop = Shop()
    for person, day in ((1, 0), (2, 0), (3, 70)):
        shop.order(person, START + day, 1000, product_id=5)
    shop.order(1, START + 30, 700, product_id=6)
    shop.order(2, START + 95, 700, product_id=6)
    (row,) = rows_of(first_products(shop.tables(), end_of(START + 100), horizon=90))
    assert (row["product_id"], row["customers"], row["judged"], row["repeaters"]) == (5, 3, 2, 1)
    assert (row["repeat_rate"], row["revenue_later"], row["enough"]) == (0.5, 350, False)


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    # Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 1998, table I.
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_intervals_are_the_published_ones(part, whole, low, high):
    import ibis
    import pyarrow as pa

    table = ibis.memtable(pa.table({"k": [part], "n": [whole]}))
    (row,) = rows_of(table.select(**rate(table.k, table.n)))
    assert (round(row["low"], 4), round(row["high"], 4)) == (low, high)
    assert row["rate"] == part / whole


def test_no_interval_without_a_share():
    import ibis
    import pyarrow as pa

    table = ibis.memtable(pa.table({"k": [0, 7], "n": [0, 5]}))
    nothing, more = rows_of(table.mutate(**rate(table.k, table.n)).order_by("n"))
    assert (nothing["rate"], nothing["low"], nothing["high"]) == (None, None, None)
    assert (more["rate"], more["low"], more["high"]) == (1.4, None, None)
