"""What is known of a person: addresses in their time, consents, suppressions, decisions."""

from __future__ import annotations

import pytest

from perennial.facts.actions.decide import decide
from perennial.facts.actions.merge import merge
from perennial.facts.actions.record import record
from perennial.facts.actions.suppress import NoAddress, suppress, suppression_hash
from perennial.facts.queries import consented, is_suppressed, person_of
from perennial.facts.rules import records as r
from perennial.models import Attribute, Beneficiary, Customer, Decision, Identity, Order, Suppression
from perennial.values.reason import Reason
from tests.facts.builders import DRIFTING, GUEST, LOYAL, NOW, at, order

pytestmark = pytest.mark.django_db


def known(email: str, day: int, **more) -> r.Customer:
    return r.Customer(who=r.Who(account="c1", email=email), updated_at=at(day), created_at=at(0), **more)


@pytest.mark.parametrize("turn", [1, -1])
def test_an_address_ends_when_the_customer_states_another(source, turn):
    for state in [known("old@example.com", 0), known("new@example.com", 5)][::turn]:
        record(r.Batch(customers=(state,)), source=source, now=NOW)
    assert Customer.objects.get().email == "new@example.com"
    held = dict(Identity.objects.filter(kind="email").values_list("value", "to_at"))
    assert held == {"old@example.com": at(5), "new@example.com": None}


def test_attributes_are_typed_and_the_latest_word_holds(source):
    from datetime import date

    first = known("a@example.com", 0, attributes={"birthday": date(1990, 2, 28), "size": "M", "followers": 2000})
    second = known("a@example.com", 3, attributes={"size": "L", "vip": True})
    for state in (second, first):
        record(r.Batch(customers=(state,)), source=source, now=NOW)
    held = {name: (type_, value) for name, type_, value in Attribute.objects.values_list("name", "type", "value")}
    assert held == {
        "birthday": ("date", "1990-02-28"), "size": ("text", "L"), "followers": ("number", 2000), "vip": ("bool", True),
    }  # fmt: skip


def test_beneficiaries_are_those_of_the_newest_record(source):
    from datetime import date

    pet = r.Beneficiary(name="Misi", relation="cat", dates={"birthday": date(2020, 5, 1)})
    record(r.Batch(customers=(known("a@example.com", 0, beneficiaries=(pet,)),)), source=source, now=NOW)
    assert Beneficiary.objects.get().dates == {"birthday": "2020-05-01"}
    record(r.Batch(customers=(known("a@example.com", 1),)), source=source, now=NOW)
    assert not Beneficiary.objects.exists()


def test_the_last_word_on_a_consent_holds(source):
    words = [(1, True), (3, False), (5, True)]
    said = [r.Consent(who=DRIFTING, channel="email", given=given, at=at(day)) for day, given in words]
    record(r.Batch(consents=tuple(said[::-1])), source=source, now=NOW)
    customer = Customer.objects.get().id

    def asked(day: float, channel: str = "email") -> bool:
        return consented(
            brand_id=source.brand_id, customer_id=customer, channel=channel, purpose="marketing", as_of=at(day)
        )

    assert [asked(0), asked(2), asked(4), asked(6), asked(6, "sms")] == [False, True, False, True, False]


def test_statistics_join_a_guest_and_points_do_not(source):
    record(r.Batch(orders=(order("o1", GUEST), order("o2", LOYAL))), source=source, now=NOW)
    guest, account = (Order.objects.get(name=name).customer_id for name in ("o1", "o2"))
    assert person_of(guest, confirmed=False) == account
    assert person_of(guest, confirmed=True) == guest
    merge(source=source, customer=guest, into=account, why="confirmed by link", author="portal", now=NOW)
    assert person_of(guest, confirmed=True) == account


def test_a_suppression_is_a_keyed_hash_and_counts_once(source):
    def again(address: str) -> bool:
        return suppress(brand_id=source.brand_id, channel="email", address=address, why="complaint", now=NOW)

    assert again("No.More@Example.com")
    assert not again(" no.more@example.COM ")
    held = Suppression.objects.get()
    assert "example" not in held.hash
    assert is_suppressed(
        brand_id=source.brand_id, channel="email", hash_=suppression_hash("email", "no.more@example.com")
    )
    assert not is_suppressed(
        brand_id=source.brand_id, channel="email", hash_=suppression_hash("email", "x@example.com")
    )
    with pytest.raises(NoAddress, match="nothing was suppressed"):
        again("nobody")


def test_a_decision_keeps_what_it_needs_to_be_computed_again(source):
    given = {
        "brand_id": source.brand_id, "kind": "gate", "subject_id": 7, "customer_id": None, "inputs": {"b": 2, "a": 1},
        "outcome": {"sent": False}, "reasons": [Reason.of("gate.cap", cap=2)], "now": NOW,
    }  # fmt: skip
    decide(documents=["message:welcome@3"], **given)
    row = Decision.objects.get()
    assert (row.documents, row.inputs, row.reasons) == (
        ["message:welcome@3"],
        {"a": 1, "b": 2},
        [{"code": "gate.cap", "params": {"cap": 2}}],
    )
    with pytest.raises(ValueError, match="names no version"):
        decide(documents=["welcome"], **given)
