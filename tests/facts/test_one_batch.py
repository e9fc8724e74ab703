"""A batch may name one thing in several ways, or several times: none of it is lost, none counts twice."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from perennial.facts.actions.record import record
from perennial.facts.rules import records as r
from perennial.models import Attribute, Customer, Order, RefundLine, Touched
from tests.facts.builders import DRIFTING, LOYAL, NOW, at, line, order, parcel, refund

pytestmark = pytest.mark.django_db


def customer(email: str, day: int, **more) -> r.Customer:
    return r.Customer(who=r.Who(email=email), updated_at=at(day), first_name=f"n{day}", **more)


@pytest.mark.parametrize("turn", [1, -1])
def test_one_address_spelt_in_two_ways_is_one_customer_whose_newest_state_holds(source, turn):
    told = (customer("a@example.com", 2, attributes={"size": 2}), customer("A@example.com", 1, attributes={"size": 1}))
    record(r.Batch(customers=told[::turn]), source=source, now=NOW)
    assert Customer.objects.get().first_name == "n2"
    assert Attribute.objects.get().value == 2


def test_an_order_names_each_of_its_lines_once():
    with pytest.raises(ValidationError, match="line '1' stands twice"):
        order(lines=(line("1"), line("1")))


def test_what_a_refund_says_of_one_line_in_several_parts_adds_up(source):
    parts = (
        r.RefundLine(line="1", quantity=1000, amount=300, tax=50, restocked=True),
        r.RefundLine(line="1", quantity=500, amount=200, tax=30, restocked=True),
    )
    record(r.Batch(orders=(order(),), refunds=(refund(lines=parts),)), source=source, now=NOW)
    kept = RefundLine.objects.get()
    assert (kept.quantity, kept.amount, kept.tax, kept.restocked) == (1500, 500, 80, True)


def test_an_address_that_no_mail_server_takes_names_nobody(source):
    # Folded, it is twice as long: longer than the column.
    told = r.Who(email="ß" * 240 + "@example.com")
    counts = record(r.Batch(orders=(order(who=told),)), source=source, now=NOW).counts
    assert counts["address.unreadable"] == 1
    assert Order.objects.get().customer_id is None


def _touched(source) -> set[int]:
    found = set(Touched.objects.values_list("customer_id", flat=True))
    Touched.objects.all().delete()
    return found


@pytest.mark.parametrize(
    ("kind", "make"),
    [
        ("refunds", lambda who: refund(of=who.account, updated_at=at(5 if who == LOYAL else 6))),
        ("fulfilments", lambda who: parcel(of=who.account, updated_at=at(5 if who == LOYAL else 6))),
        (
            "tickets",
            lambda who: r.Ticket(name="t", who=who, opened_at=at(1), updated_at=at(5 if who == LOYAL else 6)),
        ),
        (
            "ratings",
            lambda who: r.Rating(name="t", who=who, rated_at=at(1), score=9, updated_at=at(5 if who == LOYAL else 6)),
        ),
    ],
)
def test_what_turns_out_to_be_anothers_touches_both(source, kind, make):
    record(r.Batch(orders=(order("c1", LOYAL), order("c2", DRIFTING))), source=source, now=NOW)
    people = set(Order.objects.values_list("customer_id", flat=True))
    record(r.Batch(**{kind: (make(LOYAL),)}), source=source, now=NOW)
    _touched(source)
    record(r.Batch(**{kind: (make(DRIFTING),)}), source=source, now=NOW)
    assert _touched(source) == people
