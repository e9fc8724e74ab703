"""What must hold in any store: money adds up, times are in order, names are unique, references resolve."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import phonenumbers
import pytest

from perennial.facts.rules.records import Batch
from perennial.simulator.season import Season
from tests.simulator.shops import UNTIL, gathered, small, told

BOTH = pytest.mark.parametrize("included", [True, False])


@BOTH
def test_lines_sum_to_orders(included):
    orders = gathered(told(included))["orders"]
    assert len(orders) > 200
    assert {order.currency for order in orders} == {"EUR", "GBP"}
    for order in orders:
        goods = sum(line.total for line in order.lines)
        taxes = sum(line.tax for line in order.lines)
        assert order.tax == taxes + order.shipping_tax
        assert order.total == goods + order.shipping + (0 if included else order.tax)
        assert order.discount == sum(part.amount for line in order.lines for part in line.discounts)
        for line in order.lines:
            off = sum(part.amount for part in line.discounts)
            assert line.unit_price * line.quantity == (line.total + off) * 1_000
            assert 0 <= line.tax <= line.total
            assert 0 <= off <= line.total + off
            assert line.cost is None or line.cost > 0
        if order.tenders:
            assert sum(tender.amount for tender in order.tenders) == order.total
            assert order.paid_at is not None
        else:
            assert order.payment in ("pending", "voided")


@BOTH
def test_refunds_stay_within_what_was_paid(included):
    kinds = gathered(told(included))
    orders = {order.name: order for order in kinds["orders"]}
    assert {refund.kind for refund in kinds["refunds"]} >= {"refund", "return", "exchange"}
    for refund in kinds["refunds"]:
        order = orders[refund.order]
        lines = {line.name: line for line in order.lines}
        assert 0 < refund.amount <= order.total
        shipped = refund.shipping + (0 if included else refund.tax - sum(part.tax for part in refund.lines))
        goods = sum(part.amount + (0 if included else part.tax) for part in refund.lines)
        assert refund.amount == goods + shipped
        for part in refund.lines:
            assert 0 < part.quantity <= lines[part.line].quantity
            assert part.amount <= lines[part.line].total
            assert part.tax <= lines[part.line].tax
        assert order.payment == ("refunded" if refund.amount == order.total else "partially_refunded")


@BOTH
def test_an_exchange_replaces_what_came_back_at_its_price(included):
    kinds = gathered(told(included))
    orders = {order.name: order for order in kinds["orders"]}
    exchanges = [refund for refund in kinds["refunds"] if refund.kind == "exchange"]
    assert exchanges
    for refund in exchanges:
        order = orders[refund.exchange_for]
        assert order.total == refund.amount
        assert order.ordered_at == refund.refunded_at
        assert order.who == orders[refund.order].who
        assert [tender.kind for tender in order.tenders] == ["exchange"]


def test_times_are_in_order_and_end_at_until():
    kinds = gathered(told())
    start = datetime.fromtimestamp(Season(small()).start, UTC)
    orders = {order.name: order for order in kinds["orders"]}
    for order in kinds["orders"]:
        assert start <= order.ordered_at <= order.updated_at <= UNTIL
        for later in (order.paid_at, order.cancelled_at, order.promised_at):
            assert later is None or later >= order.ordered_at
        assert (order.status == "cancelled") == (order.cancelled_at is not None)
    for parcel in kinds["fulfilments"]:
        assert orders[parcel.order].ordered_at < parcel.shipped_at <= UNTIL
        assert parcel.delivered_at is None or parcel.shipped_at <= parcel.delivered_at <= UNTIL
        assert orders[parcel.order].status != "cancelled"
    for refund in kinds["refunds"]:
        assert orders[refund.order].paid_at <= refund.refunded_at <= UNTIL
    for ticket in kinds["tickets"]:
        assert orders[ticket.order].ordered_at < ticket.opened_at <= UNTIL
        assert ticket.responded_at is None or ticket.opened_at <= ticket.responded_at <= UNTIL
        assert ticket.resolved_at is None or ticket.responded_at <= ticket.resolved_at <= UNTIL
        assert ticket.satisfaction is None or ticket.responded_at is not None
    for rating in kinds["ratings"]:
        assert orders[rating.order].ordered_at < rating.rated_at <= UNTIL
    for kind, time in (("behaviour", "at"), ("sightings", "at"), ("consents", "at"), ("carts", "updated_at")):
        assert all(getattr(record, time) <= UNTIL for record in kinds[kind])


def test_batches_of_one_block_are_told_in_order_of_time():
    batches = told()
    times = {"orders": "ordered_at", "behaviour": "at", "carts": "created_at", "fulfilments": "shipped_at"}
    last = None
    for batch in batches:
        moments = [getattr(r, time) for kind, time in times.items() for r in getattr(batch, kind)]
        if moments:
            assert last is None or min(moments) >= last
            last = max(moments)
    kinds = gathered(batches)
    for kind, time in times.items():
        stamps = [getattr(record, time) for record in kinds[kind]]
        assert stamps == sorted(stamps)
    assert all(sum(len(getattr(batch, kind)) for kind in Batch.model_fields) <= 500 for batch in batches)


def test_names_are_unique():
    kinds = gathered(told())
    for kind in ("orders", "refunds", "fulfilments", "carts", "tickets", "ratings", "spend", "behaviour"):
        names = [record.name for record in kinds[kind]]
        assert len(set(names)) == len(names) > 0, kind
    lines = [line.name for order in kinds["orders"] for line in order.lines]
    assert len(set(lines)) == len(lines)
    assert len({(p.name, p.updated_at) for p in kinds["products"]}) == len(kinds["products"])
    numbers = [order.number for order in kinds["orders"]]
    assert len(set(numbers)) == len(numbers)


def test_references_resolve_to_what_was_told_before():
    products, variants, orders, people, accounts = set(), set(), set(), set(), set()
    for batch in told():
        products |= {product.name for product in batch.products}
        variants |= {variant.name for product in batch.products for variant in product.variants}
        people |= {customer.who.email for customer in batch.customers}
        accounts |= {customer.who.account for customer in batch.customers}
        orders |= {order.name for order in batch.orders}
        for order in batch.orders:
            assert order.who.email in people | {None}
            assert order.who.account in accounts | {None}
            for line in order.lines:
                assert (line.kind == "product") == (line.product in products) == (line.variant in variants)
        for record in (*batch.refunds, *batch.fulfilments, *batch.tickets, *batch.ratings):
            assert record.order in orders
        for event in batch.behaviour:
            assert event.product is None or event.product in products
            assert event.order is None or event.order in orders
    kinds = gathered(told())
    assert all(cart.order is None or cart.order in orders for cart in kinds["carts"])


def test_behaviour_tells_how_orders_and_carts_came_about():
    kinds = gathered(told())
    orders = {order.name: order for order in kinds["orders"]}
    placed = {event.order: event for event in kinds["behaviour"] if event.kind == "order_placed"}
    bought = [cart for cart in kinds["carts"] if cart.order is not None]
    assert len(placed) == len(bought) > 200
    for cart in bought:
        order = orders[cart.order]
        assert placed[cart.order].at == order.ordered_at
        assert placed[cart.order].value == order.total
        goods = [(line.product, line.variant, line.total) for line in order.lines if line.kind == "product"]
        assert [(line.product, line.variant, line.total) for line in cart.lines] == goods
        assert cart.currency == order.currency
    left = [cart for cart in kinds["carts"] if cart.order is None]
    assert {cart.step for cart in left} == {"cart", "shipping", "payment", "address"}
    assert all(cart.total == sum(line.total for line in cart.lines) > 0 for cart in left)
    reasons = Counter(event.props["reason"] for event in kinds["behaviour"] if "reason" in event.props)
    assert set(reasons) == {"shipping_cost", "payment", "account_required"}


def test_people_are_made_up_and_can_be_told_apart():
    customers = gathered(told())["customers"]
    domains = {customer.who.email.rpartition("@")[2] for customer in customers}
    assert all(d.split(".")[-1] in ("example", "test", "invalid") or d.startswith("example.") for d in domains)
    shared = Counter(customer.who.email for customer in customers)
    assert max(shared.values()) == 2
    for customer in customers:
        if shared[customer.who.email] == 2:
            assert customer.who.account is not None
    accounts = [c.who.account for c in customers if c.who.account]
    assert len(set(accounts)) == len(accounts) < len(customers)
    phones = [c.who.phone for c in customers if c.who.phone]
    assert len(set(phones)) == len(phones) > 30
    assert all(phonenumbers.is_possible_number(phonenumbers.parse(phone)) for phone in phones)
    assert all(p.startswith(("+447700900", "+3363998")) or p[5:].startswith("55501") for p in phones)
    assert {c.locale for c in customers} >= {"es-ES", "en-GB", "it-IT", "fr-FR"}
    assert any(not c.first_name.isascii() for c in customers)
    assert any(c.beneficiaries for c in customers)
    assert any("birthday" in c.attributes for c in customers)


def test_the_store_has_all_that_it_promises():
    kinds = gathered(told())
    orders = kinds["orders"]
    assert any(order.who.anonymous and order.channel == "till" for order in orders)
    assert any(line.subscription for order in orders for line in order.lines)
    assert any(line.kind == "gift_card" for order in orders for line in order.lines)
    assert any(order.codes for order in orders)
    assert any(order.touch for order in orders)
    assert any(order.rate is None for order in orders if order.currency == "GBP")
    assert any(order.rate for order in orders if order.currency == "GBP")
    fingerprints = Counter(t.fingerprint for order in orders for t in order.tenders if t.fingerprint)
    assert max(fingerprints.values()) > 1
    assert any(product.hidden for product in kinds["products"])
    assert any(variant.compare_at for product in kinds["products"] for variant in product.variants)
    assert {rate.currency for rate in kinds["rates"]} == {"GBP"}
    assert any(not consent.given for consent in kinds["consents"])
    assert any(ticket.responded_at is None for ticket in kinds["tickets"])
