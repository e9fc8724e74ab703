"""Conversion: the article's numbers, by hand, and against plain Python."""

from collections import defaultdict

import pytest

from perennial.insight.conversion import conversion, product_conversion
from perennial.values.time import LocalDay
from tests.parity.shops import full_shop

from . import reference
from .shop import START, Shop, at, end_of, rows_of

JANUARY = LocalDay(START).month


def act(shop, visitor, kind, day=START, **values):
    shop.add("behaviour", visitor_id=visitor, kind=kind, at=at(day), day=day, **values)


def found(table, key):
    return {(r[key], r["rate"]): (r["numerator"], r["denominator"], r["value"]) for r in rows_of(table)}


def test_the_articles_month():
    """10,000 visitors, 5,000 of them on product pages, 2,000 orders: 20 % and 40 %."""
    shop = Shop()
    for visitor in range(10_000):
        act(shop, visitor, "product_viewed" if visitor % 2 else "page_viewed", product_id=1)
        if visitor % 5 == 0:
            act(shop, visitor, "order_placed", order_id=visitor)
    rates = found(conversion(shop.tables(), end_of(START)), "month")
    assert rates[JANUARY, "visitor_conversion"] == (2_000, 10_000, 0.2)
    assert rates[JANUARY, "macro"] == (2_000, 5_000, 0.4)


def test_the_articles_product():
    """500 viewed it, 300 of them bought it, of 2,000 buyers: 60 % and 15 %."""
    shop = Shop()
    for visitor in range(2_200):
        if visitor < 500:
            act(shop, visitor, "product_viewed", product_id=1)
        if visitor < 400:
            act(shop, visitor, "cart_added", product_id=1)
        if visitor < 300 or visitor >= 500:
            order = shop.order(None, START, product_id=1 if visitor < 300 else 2)
            act(shop, visitor, "order_placed", order_id=order)
    rates = found(product_conversion(shop.tables(), end_of(START)), "product_id")
    assert rates[1, "view_to_cart"] == (400, 500, 0.8)
    assert rates[1, "view_to_purchase"] == (300, 500, 0.6)
    assert rates[1, "share_of_buyers"] == (300, 2_000, 0.15)
    assert rates[2, "view_to_purchase"] == (0, 0, None)


def test_one_person_on_two_devices_is_one_visitor_once_known():
    shop = Shop()
    for visitor in (1, 2, 3):
        act(shop, visitor, "page_viewed")
    shop.add("visitors", visitor_id=1, customer_id=7, from_at=0)
    shop.add("visitors", visitor_id=2, customer_id=8, from_at=0)
    shop.alias(8, 7)
    rates = found(conversion(shop.tables(), end_of(START)), "month")
    assert rates[JANUARY, "visitor_conversion"] == (0, 2, 0)


def test_two_people_at_one_browser_are_split_by_time():
    shop = Shop()
    for day in (0, 10):
        act(shop, 1, "page_viewed", START + day)
    shop.add("visitors", visitor_id=1, customer_id=7, from_at=at(START), to_at=at(START + 10))
    shop.add("visitors", visitor_id=1, customer_id=8, from_at=at(START + 10))
    rates = found(conversion(shop.tables(), end_of(START + 10)), "month")
    assert rates[JANUARY, "visitor_conversion"] == (0, 2, 0)


def test_a_mail_is_no_visit_and_a_cancelled_order_no_order():
    shop = Shop()
    act(shop, 1, "mail_opened")
    act(shop, 2, "product_viewed", product_id=1)
    order = shop.order(None, START, cancelled_day=START + 2)
    act(shop, 2, "order_placed", order_id=order)
    before, after = (found(conversion(shop.tables(), end_of(START + day)), "month") for day in (1, 2))
    assert before[JANUARY, "macro"] == (1, 1, 1)
    assert after[JANUARY, "macro"] == (0, 1, 0)
    assert after[JANUARY, "visitor_conversion"] == (0, 1, 0)


def test_more_orders_than_visitors_of_products_have_no_interval():
    shop = Shop()
    act(shop, 1, "product_viewed", product_id=1)
    for order in (1, 2):
        act(shop, 1, "order_placed", order_id=order)
    row = next(r for r in rows_of(conversion(shop.tables(), end_of(START))) if r["rate"] == "macro")
    assert (row["value"], row["low"], row["high"]) == (2, None, None)


def acts(shop, as_of):
    """(who, event) of all visits."""
    cancelled = {o["order_id"] for o in shop.rows["orders"] if o["cancelled_at"] and o["cancelled_at"] <= as_of.at}
    for b in shop.rows["behaviour"]:
        customer = b["customer_id"]
        if b["at"] > as_of.at or b["kind"].startswith("mail_") or (b["visitor_id"] or customer) is None:
            continue
        if b["kind"] == "order_placed" and b["order_id"] in cancelled:
            continue
        for v in shop.rows["visitors"]:
            mine = v["visitor_id"] == b["visitor_id"] and v["from_at"] <= b["at"]
            if customer is None and mine and (v["to_at"] is None or b["at"] < v["to_at"]):
                customer = v["customer_id"]
        yield ("browser", b["visitor_id"]) if customer is None else reference.person_of(shop, customer), b


@pytest.mark.parametrize(("seed", "day"), [(1, 430), (2, 200), (3, 499)])
def test_rates_are_those_of_plain_python(seed, day):
    shop, as_of, goal = full_shop(seed), end_of(START + day), "goal:newsletter"
    did, orders = defaultdict(lambda: defaultdict(set)), defaultdict(set)
    for who, b in acts(shop, as_of):
        month = LocalDay(b["day"]).month
        did[month][b["kind"]].add(who)
        did[month]["visit"].add(who)
        if b["kind"] == "order_placed":
            orders[month].add(b["order_id"])
    expected = {}
    for month, kinds in did.items():
        n = {kind: len(people) for kind, people in kinds.items()}
        expected[month, "visitor_conversion"] = (n.get("order_placed", 0), n["visit"])
        expected[month, "macro"] = (len(orders[month]), n.get("product_viewed", 0))
        expected[month, goal] = (n.get(goal, 0), n["visit"])
    rates = found(conversion(shop.tables(), as_of, goals=(goal,)), "month")
    assert {key: value[:2] for key, value in rates.items()} == expected


def test_a_goal_may_be_about_one_product():
    shop, as_of = full_shop(1), end_of(START + 430)
    product = next(b["product_id"] for b in shop.rows["behaviour"] if b["kind"] == "product_viewed")
    did, visited = defaultdict(set), defaultdict(set)
    for who, b in acts(shop, as_of):
        month = LocalDay(b["day"]).month
        visited[month].add(who)
        if b["kind"] == "product_viewed" and b["product_id"] == product:
            did[month].add(who)
    goal = f"product_viewed@{product}"
    rates = found(conversion(shop.tables(), as_of, goals=(goal,)), "month")
    told = {month: value[:2] for (month, rate), value in rates.items() if rate == goal}
    assert told == {month: (len(did[month]), len(who)) for month, who in visited.items()}
    assert sum(n for n, _ in told.values()) > 0


@pytest.mark.parametrize(("seed", "day", "days"), [(1, 430, 400), (2, 200, 90)])
def test_product_rates_are_those_of_plain_python(seed, day, days):
    shop, as_of = full_shop(seed), end_of(START + day)
    did, buyers = defaultdict(lambda: defaultdict(set)), set()
    for who, b in acts(shop, as_of):
        if b["day"] <= as_of.day - days:
            continue
        if b["kind"] in ("product_viewed", "cart_added"):
            did[b["product_id"]][b["kind"]].add(who)
        if b["kind"] == "order_placed":
            buyers.add(who)
            for n in shop.rows["lines"]:
                if n["order_id"] == b["order_id"] and n["kind"] == "product" and n["ordered_at"] <= as_of.at:
                    did[n["product_id"]]["bought"].add(who)
    expected = {}
    for product, kinds in did.items():
        viewed = kinds["product_viewed"]
        expected[product, "view_to_cart"] = (len(viewed & kinds["cart_added"]), len(viewed))
        expected[product, "view_to_purchase"] = (len(viewed & kinds["bought"]), len(viewed))
        expected[product, "share_of_buyers"] = (len(kinds["bought"]), len(buyers))
    rates = found(product_conversion(shop.tables(), as_of, days=days), "product_id")
    assert {key: value[:2] for key, value in rates.items()} == expected
