"""Erasing a person: nothing that names them is left or comes back, the accounts stay whole."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.db import connection, transaction

from perennial.channels.audiences.actions.forget import forget_at_once
from perennial.facts.actions.erase import NotErased, erase, plan_erasure
from perennial.facts.actions.erasing import blanking
from perennial.facts.actions.erasing.journal import path, read
from perennial.facts.actions.erasing.person import Known
from perennial.facts.actions.erasing.replay import replay
from perennial.facts.actions.erasing.steps import erase_steps, something_to_erase, waiting_readers
from perennial.facts.actions.merge import merge
from perennial.facts.actions.readers import install
from perennial.facts.actions.record import record
from perennial.facts.actions.search_words import touched_steps
from perennial.facts.actions.suppress import suppression_hash
from perennial.facts.models.activity import Behaviour, Cart, Rating, Sighting
from perennial.facts.models.brands import Ref
from perennial.facts.models.catalogue import Product
from perennial.facts.models.desk import Word
from perennial.facts.models.erasure import Erased, Erasure
from perennial.facts.models.loop import Event, Pending, Touched
from perennial.facts.models.orders import Fulfilment, Line, Order, Refund
from perennial.facts.models.people import Alias, Attribute, Beneficiary, Consent, Customer, Identity, Merge
from perennial.facts.queries import is_suppressed
from perennial.facts.rules import records as r
from perennial.facts.rules.personal import PERSONAL
from perennial.facts.rules.readers import Reader
from tests.facts.builders import DRIFTING, NOW, at, line, order, parcel, refund

SECRETS = (
    "Ana", "Torrente", "ana.torrente@example.com", "+34600111222", "Calle Larga 7", "Bruno", "to my Ana", "TRK-9",
    "changed my mind", "I, Ana, love it", "ana in search", "proof-77", "gold ring for Ana", "visa 4242", "acc-ana-9",
)  # fmt: skip
ANA = r.Who(account="acc-ana-9", email="Ana.Torrente@example.com", phone="+34 600 111 222", visitor="browser-1")
LATER = NOW + timedelta(days=1)


def everything(who: r.Who = ANA, name: str = "a1") -> r.Batch:
    """All that a shop can say of somebody, each with something that names them."""
    address = r.Address(name="Ana Torrente", line1="Calle Larga 7", city="Soria", country="ES")
    customer = r.Customer(
        who=who, created_at=at(-9), updated_at=at(0), first_name="Ana", last_name="Torrente", country="ES",
        address=address, attributes={"nickname": "Ana"}, beneficiaries=(r.Beneficiary(name="Bruno"),),
    )  # fmt: skip
    bought = order(
        name, who, lines=(line("1", title="Ring, engraved to my Ana", total=2500),), billing=address, delivery=address,
        tenders=(r.Tender(kind="card", amount=2500, fingerprint="visa 4242"),),
        touch=r.Touch(source="mail", landing="https://shop.example/?e=ana.torrente@example.com"),
    )  # fmt: skip
    return r.Batch(
        customers=(customer,),
        consents=(r.Consent(who=who, at=at(0), channel="email", given=True, source="form of Ana", proof="proof-77"),),
        orders=(bought,),
        refunds=(refund(f"r-{name}", name, reason="changed my mind, Ana"),),
        fulfilments=(parcel(f"f-{name}", name, tracking="TRK-9"),),
        carts=(
            r.Cart(name=f"c-{name}", who=who, created_at=at(0), updated_at=at(0), currency="EUR", total=1,
                   lines=(r.CartLine(title="gold ring for Ana", total=1),)),
        ),
        ratings=(
            r.Rating(name=f"s-{name}", who=who, rated_at=at(4), updated_at=at(4), score=90, title="I, Ana, love it",
                     body="Ana Torrente"),
        ),
        behaviour=(
            r.Behaviour(name=f"b-{name}", who=r.Who(visitor="browser-1"), at=at(-1), kind="searched",
                        props={"text": "ana in search"}),
            r.Behaviour(name=f"k-{name}", who=who, at=at(1), kind="searched", props={"text": "ana in search"}),
        ),
    )  # fmt: skip


def hits() -> dict[str, list[str]]:
    """Every table and column in which one of the secrets stands."""
    found: dict[str, list[str]] = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            for row in cursor.fetchall():
                text = json.dumps(row, default=str, ensure_ascii=False).casefold()
                if named := [secret for secret in SECRETS if secret.casefold() in text]:
                    found.setdefault(table, []).extend(named)
    return found


def finish(brand_id: int, now=LATER) -> None:
    for _ in touched_steps(brand_id=brand_id):
        pass
    forget_at_once(brand_id=brand_id, now=now)  # they are at no mailing service
    for _ in erase_steps(brand_id=brand_id, now=now):
        pass


@pytest.fixture
def journal(settings, tmp_path):
    """A home of this test's own, so that the journal is."""
    (tmp_path / "nodes").mkdir()
    settings.PERENNIAL_HOME = tmp_path
    return path()


@pytest.fixture
def ana(source, journal) -> int:
    record(everything(), source=source, now=NOW)
    record(r.Batch(orders=(order("d1", DRIFTING),)), source=source, now=NOW)
    for _ in touched_steps(brand_id=source.brand_id):
        pass
    assert Word.objects.filter(word="torrente").exists()
    assert len({secret for named in hits().values() for secret in named}) >= 12
    return Order.objects.get(name="a1").customer_id


def test_nothing_names_the_person_any_more_and_the_accounts_are_whole(source, ana):
    sums = list(Order.objects.order_by("name").values_list("name", "total", "net", "ordered_day", "customer_id"))
    erase(brand_id=source.brand_id, customer_id=ana, now=LATER, by=7)
    assert something_to_erase(source.brand_id)
    finish(source.brand_id)
    assert hits() == {}
    assert (
        list(Order.objects.order_by("name").values_list("name", "total", "net", "ordered_day", "customer_id")) == sums
    )
    assert set(Line.objects.values_list("title", "total")) == {("", 2500), ("", 1000)}
    assert Refund.objects.get().amount == 500
    assert Erasure.objects.get().done_at == LATER
    assert Erasure.objects.get().by == 7
    assert not something_to_erase(source.brand_id)
    assert Customer.objects.get(id=Order.objects.get(name="d1").customer_id)
    assert Identity.objects.filter(value="drifting@example.com").exists()


def test_what_will_happen_is_told_before_and_is_what_happens(source, ana):
    told = plan_erasure(brand_id=source.brand_id, customer_id=ana)
    assert told.customers == (ana,)
    assert told.orders == 1
    assert told.addresses == 2
    erase(brand_id=source.brand_id, customer_id=ana, now=LATER)
    finish(source.brand_id)
    done = Erasure.objects.get().counts
    unseen = done.pop("behaviour") - told.rows.pop("behaviour")  # the visit from before the browser was known
    assert unseen == 1
    assert done == told.rows
    with pytest.raises(NotErased, match="already"):
        plan_erasure(brand_id=source.brand_id, customer_id=ana)
    with pytest.raises(NotErased, match="already"):
        erase(brand_id=source.brand_id, customer_id=ana, now=LATER)
    with pytest.raises(NotErased, match="no customer 7"):
        erase(brand_id=source.brand_id, customer_id=7, now=LATER)


def test_the_same_facts_again_and_newer_ones_bring_nothing_back(source, ana):
    erase(brand_id=source.brand_id, customer_id=ana, now=LATER)
    finish(source.brand_id)
    customers = Customer.objects.count()
    record(everything(), source=source, now=LATER)
    assert hits() == {}
    newer = everything()
    changed = {
        kind: tuple(one.model_copy(update={"updated_at": at(20)}) for one in getattr(newer, kind))
        for kind in ("customers", "orders", "refunds", "fulfilments", "carts", "ratings")
    }
    record(newer.model_copy(update=changed), source=source, now=LATER)
    record(everything(name="a2"), source=source, now=LATER)
    assert hits() == {}
    assert Customer.objects.count() == customers
    assert set(Order.objects.filter(name__startswith="a").values_list("customer_id", flat=True)) == {ana}
    assert Line.objects.filter(order_id=Order.objects.get(name="a2").id).get().total == 2500
    assert not Sighting.objects.filter(customer_id=ana).exists()


def test_the_address_through_another_door_is_the_erased_person_still(source, ana):
    erase(brand_id=source.brand_id, customer_id=ana, now=LATER)
    customers = Customer.objects.count()
    by_address = r.Who(email="ana.torrente@example.com")
    by_phone = r.Who(phone="+34 600 11 12 22")
    other_account = r.Who(account="77", email="ana.torrente@example.com")
    record(r.Batch(orders=(order("x1", by_address), order("x2", by_phone), order("x3", other_account))),
           source=source, now=LATER)  # fmt: skip
    record(r.Batch(orders=(order("x4", r.Who(account="77")),)), source=source, now=LATER)
    assert set(Order.objects.filter(name__startswith="x").values_list("customer_id", flat=True)) == {ana}
    assert Customer.objects.count() == customers
    assert not Identity.objects.filter(customer_id=ana).exists()
    for channel, address in (("email", "ana.torrente@example.com"), ("sms", "+34600111222")):
        hash_ = suppression_hash(channel, address)
        assert is_suppressed(brand_id=source.brand_id, channel=channel, hash_=hash_)


def test_a_household_that_shares_the_phone_is_not_taken_for_the_person(source, ana):
    erase(brand_id=source.brand_id, customer_id=ana, now=LATER)
    partner = r.Who(account="99", email="leo@example.com", phone="600 111 222")
    record(r.Batch(orders=(order("p1", partner),)), source=source, now=LATER)
    assert Order.objects.get(name="p1").customer_id != ana
    assert Identity.objects.filter(value="leo@example.com").exists()


def test_who_is_the_same_person_by_a_merge_goes_along_and_by_an_address_only_when_asked(source, ana):
    likely = r.Who(email="ana.torrente@example.com")
    record(r.Batch(orders=(order("g1", likely), order("m1", r.Who(account="m", email="m@example.com")))),
           source=source, now=NOW)  # fmt: skip
    guest, merged = (Order.objects.get(name=name).customer_id for name in ("g1", "m1"))
    merge(source=source, customer=merged, into=ana, why="Ana Torrente has two", author="7", now=NOW)
    told = plan_erasure(brand_id=source.brand_id, customer_id=merged)
    assert set(told.customers) == {ana, merged}
    assert told.person.likely == (guest,)
    assert told.likely_orders == 1
    erase(brand_id=source.brand_id, customer_id=merged, now=LATER)
    finish(source.brand_id)
    assert Merge.objects.get().why == ""
    assert set(Erased.objects.values_list("id", flat=True)) == {ana, merged}
    assert Identity.objects.filter(customer_id=guest).exists()
    assert not Alias.objects.filter(id=guest).exists(), "the account is gone that it counted as"
    erase(brand_id=source.brand_id, customer_id=guest, now=LATER, likely=True)
    finish(source.brand_id)
    assert hits() == {}


def test_other_rooms_hear_of_it_and_it_is_done_when_they_are(source, ana):
    before = install([Reader("loyalty", frozenset({"customer.erased"})), Reader("figures", touched=True)])
    try:
        done = erase(brand_id=source.brand_id, customer_id=ana, now=LATER)
    finally:
        install(before)
    assert Event.objects.get(kind="customer.erased").subject_id == ana
    assert Touched.objects.filter(reader="figures", customer_id=ana).exists()
    finish(source.brand_id)
    assert Erasure.objects.get().done_at is None
    assert waiting_readers(Erasure.objects.get(id=done)) == ["loyalty"]
    Pending.objects.all().delete()
    finish(source.brand_id)
    assert Erasure.objects.get().done_at == LATER


def test_a_stopped_erasure_goes_on_where_it_was(source, ana):
    erase(brand_id=source.brand_id, customer_id=ana, now=LATER)
    steps = erase_steps(brand_id=source.brand_id, now=LATER)
    next(steps)
    steps.close()
    assert something_to_erase(source.brand_id)
    finish(source.brand_id)
    assert hits() == {}


def test_a_restored_older_database_is_erased_again_by_the_journal(source, ana, journal):
    with transaction.atomic():
        erase(brand_id=source.brand_id, customer_id=ana, now=LATER, by=7)
        transaction.set_rollback(True)
    assert hits() != {}, "the database never heard of the erasure"
    (entry,) = read(journal)
    assert entry.customers == (ana,)
    text = journal.read_text().casefold()
    assert not [secret for secret in SECRETS if secret.casefold() in text]
    assert journal.stat().st_mode & 0o077 == 0
    assert replay(read(journal), now=LATER) == 1
    assert replay(read(journal), now=LATER) == 0
    record(everything(), source=source, now=LATER)
    assert hits() == {}
    assert Erasure.objects.get().by == 7


def test_somebody_met_after_the_back_up_is_not_made_anew_either(source, ana, journal):
    erase(brand_id=source.brand_id, customer_id=ana, now=LATER)
    finish(source.brand_id)
    for model in (Erased, Erasure, Order, Customer, Ref, Line, Refund, Fulfilment, Cart, Rating, Behaviour, Consent):
        model.objects.all().delete()
    assert replay(read(journal), now=LATER) == 1
    record(everything(), source=source, now=LATER)
    assert hits() == {}
    assert Order.objects.get(name="a1").customer_id == ana
    assert Customer.objects.get(id=ana).email == ""


def test_a_torn_line_of_the_journal_does_no_harm(source, ana, journal):
    journal.parent.mkdir(parents=True)
    journal.write_text('{"id": 1, "bra')
    erase(brand_id=source.brand_id, customer_id=ana, now=LATER)
    assert [entry.customers for entry in read(journal)] == [(ana,)]


def test_every_declared_table_can_be_reached(source):
    assert set(blanking.tables()) | blanking.BY_HAND == set(PERSONAL)
    for table in blanking.tables():
        assert blanking.count_rows(table, source.brand_id, [1]) == 0
        assert blanking.erase_rows(table, source.brand_id, [1]) == 0


def test_nobody_else_is_touched(source, ana):
    record(everything(r.Who(account="b", email="b@example.com"), name="b1"), source=source, now=NOW)
    other = Order.objects.get(name="b1").customer_id
    erase(brand_id=source.brand_id, customer_id=ana, now=LATER)
    finish(source.brand_id)
    assert Attribute.objects.filter(customer_id=other).exists()
    assert Beneficiary.objects.filter(customer_id=other).exists()
    assert Rating.objects.get(customer_id=other).body == "Ana Torrente"
    assert Line.objects.exclude(title="").count() == 1
    assert Consent.objects.get(customer_id=other).proof == "proof-77"
    assert Product.objects.get().title == "Ring, engraved to my Ana", "another line calls it so"


@pytest.mark.parametrize(
    ("names", "text", "named"),
    [
        (("Jo", "Li"), "Joan Olivera, Soria", False), (("Jo", "Li"), "to Jo from Li", True),
        (("Jo", "Li"), "joli", False), (("Ana", "Torrente"), "TORRENTE, Ana", True),
        (("J", "L"), "J L x", False), (("J", "Olivera"), "Calle J, at Olivera", False),
        (("J", "Olivera"), "Señora J Olivera", True), (("Ana", ""), "Ana", False), (("李", "明"), "致李明", False),
        (("李", "明"), "李明 5", True), (("Zoë", "Öz"), "zoë öz", True), ((" ", "Li"), "Li", False),
    ],
)  # fmt: skip
def test_a_text_names_somebody_by_whole_words(names, text, named):
    assert Known((), (), (), (names,)).named_in(text) is named


@pytest.mark.parametrize(
    ("text", "named"),
    [("leo@example.com", False), ("to o@example.com.", True), ("o@example.com.au", False), ("x-o@example.com", False)],
)
def test_an_address_within_a_longer_one_is_not_theirs(text, named):
    assert Known((), (("o@example.com", 1),), (), ()).named_in(text) is named


def test_nothing_is_written_about_whom_was_erased(source):
    from perennial.facts.actions import amend, notes
    from perennial.facts.models.desk import Note
    from perennial.values.reason import Refused

    record(everything(), source=source, now=NOW)
    ana = Order.objects.get(name="a1").customer_id
    brand = source.brand_id
    note = notes.write_note(brand_id=brand, customer_id=ana, author_id=1, body="Ana again", now=NOW)
    erase(brand_id=brand, customer_id=ana, now=LATER)
    finish(brand)
    Note.objects.create(id=note.id, brand_id=brand, customer_id=ana, author_id=1, body="older", written_at=NOW)
    whose = {"source": source, "customer_id": ana, "now": LATER}
    writes = (
        lambda: notes.write_note(brand_id=brand, customer_id=ana, author_id=1, body="Ana Torrente", now=LATER),
        lambda: notes.change_note(brand_id=brand, note_id=note.id, author_id=1, body="Ana", version=1, now=LATER),
        lambda: amend.set_attribute(name="nick", type_="text", value="Ana", seen=None, **whose),
        lambda: amend.put_beneficiary(id_=None, name="Bruno", relation="", dates={}, seen=0, **whose),
        lambda: amend.state_consent(channel="email", purpose="marketing", given=True, why="said Ana",
                                    text_version="", proof="", **whose),
    )  # fmt: skip
    for write in writes:
        with pytest.raises(Refused) as told:
            write()
        assert told.value.reason.code == "customer.erased"
    assert hits() == {}
