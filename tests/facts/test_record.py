"""What the one door does with one batch."""

from __future__ import annotations

import pytest

from perennial.facts.actions.readers import install
from perennial.facts.actions.record import record
from perennial.facts.rules import records as r
from perennial.facts.rules.readers import Reader
from perennial.models import (
    Alias,
    Behaviour,
    Counter,
    Customer,
    Dirty,
    Event,
    Identity,
    Line,
    Order,
    Pending,
    Product,
    Refund,
    RefundLine,
    Sighting,
    Touched,
)
from perennial.values.time import LocalDay
from tests.facts.builders import DRIFTING, GUEST, LOYAL, NOW, at, line, order, parcel, refund

pytestmark = pytest.mark.django_db


def put(source, *, history=False, now=NOW, **kinds):
    return record(r.Batch(**kinds), source=source, now=now, history=history).counts


def test_an_order_becomes_rows(source):
    counts = put(
        source, orders=(order(lines=(line("1", 1210, tax=210), line("2", 500, kind="shipping", product=None))),)
    )
    row = Order.objects.get()
    assert (row.net, row.lines_tax, row.shipping, row.total) == (1000, 210, 500, 1710)
    assert row.ordered_at == at(0)
    assert row.ordered_day == LocalDay.of(at(0), "Europe/Madrid")
    assert row.rate_e12 == 10**12
    assert Line.objects.count() == 2
    assert Product.objects.get().version_rank == -1
    assert Customer.objects.get(id=row.customer_id).account
    assert set(Identity.objects.values_list("kind", "value")) == {("account", "c1"), ("email", "loyal@example.com")}
    assert set(Event.objects.values_list("kind", flat=True)) == {"order.placed", "order.paid"}
    assert counts["order.new"] == 1


def test_the_same_twice_counts_once(source):
    batch = {"orders": (order(),), "refunds": (refund(),), "fulfilments": (parcel(),)}
    put(source, **batch)
    before = [
        list(model.objects.order_by("id").values()) for model in (Order, Line, Refund, RefundLine, Event, Customer)
    ]
    counts = put(source, **batch)
    after = [
        list(model.objects.order_by("id").values()) for model in (Order, Line, Refund, RefundLine, Event, Customer)
    ]
    assert before == after
    assert counts["order.same"] == counts["refund.same"] == counts["fulfilment.same"] == 1


def test_an_older_state_never_replaces_a_newer(source):
    newer = order(updated=5, lines=(line("1", 700),))
    put(source, orders=(newer,))
    counts = put(source, orders=(order(updated=1),))
    assert counts["order.stale"] == 1
    assert Order.objects.get().total == 700


def test_a_line_taken_away_stays_empty_and_keeps_its_id(source):
    put(source, orders=(order(lines=(line("1"), line("2"))),))
    kept = Line.objects.get(name="2").id
    put(source, orders=(order(updated=1, lines=(line("1"),)),))
    gone = Line.objects.get(name="2")
    assert (gone.id, gone.removed, gone.total, gone.quantity) == (kept, True, 0, 0)
    put(source, orders=(order(updated=2, lines=(line("1"), line("2", 300))),))
    back = Line.objects.get(name="2")
    assert (back.id, back.removed, back.total) == (kept, False, 300)


def test_two_states_in_one_batch_are_taken_in_turn(source):
    counts = put(source, orders=(order(), order(updated=1, payment="refunded")))
    assert (counts["order.new"], counts["order.changed"]) == (1, 1)
    assert Order.objects.get().payment == "refunded"


def test_a_refund_before_its_order_waits(source):
    assert put(source, refunds=(refund(),), fulfilments=(parcel(),))["refund.waiting"] == 1
    assert Refund.objects.get().waiting
    assert not Event.objects.exists()
    put(source, orders=(order(),))
    row = Refund.objects.get()
    assert not row.waiting
    assert row.customer_id == Order.objects.get().customer_id
    assert set(Event.objects.values_list("kind", flat=True)) == {
        "order.placed", "order.paid", "order.refunded", "order.shipped", "order.delivered",
    }  # fmt: skip


def test_a_guest_counts_as_the_account_with_the_address_in_statistics_only(source):
    put(source, orders=(order("o1", GUEST),))
    put(source, orders=(order("o2", LOYAL),))
    guest, account = Order.objects.get(name="o1").customer_id, Order.objects.get(name="o2").customer_id
    assert guest != account
    alias = Alias.objects.get()
    assert (alias.id, alias.person_id, alias.confirmed) == (guest, account, False)


def test_two_accounts_at_one_address_stay_two_people(source):
    put(source, orders=(order("o1", GUEST), order("o2", LOYAL)))
    assert Alias.objects.count() == 1
    put(source, orders=(order("o3", r.Who(account="c9", email="loyal@example.com")),))
    assert not Alias.objects.exists()
    assert Customer.objects.count() == 3


def test_a_guest_at_a_phone_number_joins_too(source):
    put(
        source, orders=(order("o1", r.Who(phone="600 000 001")), order("o2", r.Who(account="c5", phone="+34600000001")))
    )
    assert Alias.objects.count() == 1


def test_an_unreadable_address_keeps_the_order(source):
    counts = put(source, orders=(order("o1", r.Who(email="nobody")),))
    assert counts["address.unreadable"] == 1
    assert Order.objects.get().customer_id is None


@pytest.fixture
def readers():
    from datetime import timedelta

    before = install(
        [
            Reader("figures", touched=True, history=True),
            Reader("journeys", kinds=frozenset({"order.paid"}), max_age=timedelta(hours=48)),
        ]
    )
    yield
    install(before)


def test_each_reader_gets_its_own_row_once(source, readers):
    put(source, orders=(order(),), now=at(1))
    put(source, orders=(order(),), now=at(1))
    assert list(Pending.objects.values_list("reader", flat=True)) == ["journeys"]
    assert Touched.objects.get().reader == "figures"
    assert {table for (table,) in Dirty.objects.values_list("table")} == {"customers", "products", "orders", "lines"}


def test_late_events_are_counted_and_wake_nobody(source, readers):
    put(source, orders=(order(),), now=at(30))
    assert not Pending.objects.exists()
    assert Counter.objects.get(name="late:journeys").n == 1


def test_history_wakes_nobody_who_acts(source, readers):
    put(source, orders=(order(),), now=at(1), history=True)
    assert not Pending.objects.exists()
    assert Touched.objects.exists()


def test_an_order_without_a_rate_waits_and_is_completed(source):
    foreign = order("o1", currency="USD", day=10)
    put(source, orders=(foreign,))
    assert Order.objects.get().rate_e12 is None
    day = LocalDay.of(at(10), source.zone)
    put(source, rates=(r.Rate(currency="USD", day=day.plus(-3).date, rate=0.9),))
    assert Order.objects.get().rate_e12 == 900_000_000_000
    counts = put(source, rates=(r.Rate(currency="USD", day=day.plus(-1).date, rate=0.8),))
    assert Order.objects.get().rate_e12 == 800_000_000_000
    assert counts["order.converted"] == 0
    put(source, rates=(r.Rate(currency="USD", day=day.plus(1).date, rate=0.7),))
    assert Order.objects.get().rate_e12 == 800_000_000_000


def test_a_rate_the_shop_states_is_never_replaced(source):
    put(source, orders=(order("o1", currency="USD", rate=0.95),))
    put(source, rates=(r.Rate(currency="USD", day=at(0).date(), rate=0.5),))
    assert Order.objects.get().rate_e12 == 950_000_000_000


def test_visits_count_once_and_belong_to_whom_they_show(source):
    seen = r.Behaviour(name="e1", who=r.Who(visitor="v1"), at=at(80), kind="product_viewed", product="p1")
    put(source, behaviour=(seen,))
    counts = put(source, behaviour=(seen,), orders=(order("o9", r.Who(account="c2", visitor="v1"), 81),))
    assert counts["behaviour.same"] == 1
    assert Behaviour.objects.count() == 1
    assert Sighting.objects.get().customer_id == Order.objects.get().customer_id


def test_visits_of_months_no_longer_kept_are_counted_and_left_out(source):
    old = r.Behaviour(name="e1", who=r.Who(visitor="v1"), at=at(-700), kind="page_viewed")
    assert put(source, behaviour=(old,))["behaviour.too_old"] == 1
    assert not Behaviour.objects.exists()


def test_an_order_that_finds_another_buyer_takes_its_refunds_along(source):
    put(source, orders=(order(),), refunds=(refund(),))
    put(source, orders=(order(who=DRIFTING, updated=4),))
    assert Refund.objects.get().customer_id == Order.objects.get().customer_id
