"""State is a function of what is true, not of the order, the grouping or the number of its arrivals."""

from __future__ import annotations

from collections import Counter

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from perennial.facts.actions.record import record
from perennial.facts.actions.record_stream import Part, merge_parts, record_stream
from perennial.facts.actions.stores import open_store, source_of
from perennial.facts.rules import records as r
from perennial.models import (
    Alias,
    Attribute,
    Beneficiary,
    Consent,
    Customer,
    Event,
    Fulfilment,
    Identity,
    Line,
    Order,
    Product,
    Ref,
    Refund,
    RefundLine,
    Sighting,
)
from tests.facts.builders import DRIFTING, GUEST, LOYAL, NOW, at, line, order, parcel, refund

pytestmark = pytest.mark.django_db(transaction=True)
PEOPLE = (
    LOYAL,
    DRIFTING,
    GUEST,
    r.Who(account="c3", email="loyal@example.com"),
    r.Who(visitor="v1"),
    r.Who(account="c1", visitor="v1"),
)
people = st.sampled_from(PEOPLE)
days = st.integers(0, 6)


@st.composite
def orders(draw):
    """States of three orders: later states are further in life, as a shop's are."""
    name = draw(st.sampled_from(["o1", "o2", "o3"]))
    updated = draw(days)
    parts = sorted(draw(st.sets(st.sampled_from("123"), min_size=1)))
    lines = tuple(line(part, draw(st.integers(0, 3)) * 100) for part in parts)
    currency = draw(st.sampled_from(["EUR", "USD"]))
    return order(name, draw(people), 0, updated=updated, lines=lines, currency=currency)


records = st.lists(
    st.one_of(
        orders(),
        st.builds(lambda n, *rest: refund(f"r{n}", f"o{n}", *rest), st.integers(1, 3), days, st.integers(1, 500)),
        st.builds(lambda n, day: parcel(f"f{n}", f"o{n}", day), st.integers(1, 3), days),
        st.builds(lambda day, rate: r.Rate(currency="USD", day=at(day).date(), rate=rate), days, st.just(0.5)),
        st.builds(r.Consent, who=people, channel=st.just("email"), given=st.booleans(), at=days.map(at)),
        st.builds(
            lambda who, day, size: r.Customer(
                who=who, updated_at=at(day), first_name=f"n{day}", attributes={"size": size},
                beneficiaries=(r.Beneficiary(name=f"pet{day}"),),
            ),
            st.sampled_from(PEOPLE[:2]), days, st.integers(1, 3),
        ),
        st.builds(lambda who, day: r.Sighting(visitor="v1", who=who, at=at(day)), people, days),
    ),
    min_size=2,
    max_size=12,
)  # fmt: skip
KIND = {
    r.Order: "orders", r.Refund: "refunds", r.Fulfilment: "fulfilments", r.Rate: "rates", r.Consent: "consents",
    r.Customer: "customers", r.Sighting: "sightings",
}  # fmt: skip
HIDDEN = {"id", "recorded_at", "target", "brand_id", "store_id", "visitor_id"}


def batch(items) -> r.Batch:
    kinds: dict[str, list] = {}
    for item in items:
        kinds.setdefault(KIND[type(item)], []).append(item)
    return r.Batch(**{kind: tuple(found) for kind, found in kinds.items()})


class Undo(Exception):
    @classmethod
    def now(cls):
        raise cls


def state(record_all, *, events=True) -> dict:
    """All rows after ``record_all(source)``, with ids replaced by what they stand for; then undone."""
    found = {}
    try:
        with transaction.atomic():
            record_all(source_of(open_store(now=NOW, currency="EUR", zone="Europe/Madrid", locale="es-ES"), "test"))
            found = snapshot(events=events)
            Undo.now()
    except Undo:
        return found


def snapshot(*, events=True) -> dict:
    names = {target: f"{kind}:{name}" for kind, name, target in Ref.objects.values_list("kind", "name", "target")}
    names |= {id_: f"{names[order]}/{name}" for id_, order, name in Line.objects.values_list("id", "order_id", "name")}
    # Which of two accounts stands for the person depends on who came first; that they are one does not.
    groups: dict[int, set[str]] = {}
    for id_, person in Alias.objects.values_list("id", "person_id"):
        groups.setdefault(person, {names[person]}).add(names[id_])
    found = {"people": sorted(map(sorted, groups.values()))}
    models = [
        Order,
        Line,
        Refund,
        RefundLine,
        Fulfilment,
        Customer,
        Identity,
        Consent,
        Attribute,
        Beneficiary,
        Product,
        Sighting,
    ]
    for model in models:
        rows = []
        # A line that an edit took away is a trace of the way, not of the state: only those who saw it have it.
        kept = model.objects.exclude(removed=True) if model is Line else model.objects
        for values in kept.values():
            label = names.get(values["id"])
            rows.append(
                repr(
                    (
                        label,
                        sorted(
                            (k, names.get(v, v) if k.endswith("_id") else v)
                            for k, v in values.items()
                            if k not in HIDDEN
                        ),
                    )
                )
            )
        found[model.__name__] = sorted(rows)
    if events:
        once = Event.objects.filter(discriminator=0).values_list("kind", "subject_id")
        # A consent has no name of its own. When something happened is what the first state to tell of it said.
        found["Event"] = sorted((kind, names.get(subject, "-")) for kind, subject in once)
    return found


fast = settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])


@fast
@given(records, st.randoms(use_true_random=False))
def test_any_order_of_arrival_gives_the_same_state(items, random):
    shuffled = list(items)
    random.shuffle(shuffled)

    def one_by_one(found):
        def run(source):
            for item in found:
                record(batch([item]), source=source, now=NOW)

        return run

    assert state(one_by_one(items)) == state(one_by_one(shuffled))


@fast
@given(records, st.lists(st.integers(1, 5), min_size=1, max_size=4))
def test_any_grouping_and_the_stream_give_the_same_state(items, sizes):
    # Grouped by kind as batches are; within a kind the order of arrival stays.
    order_of = list(KIND.values())
    items = sorted(items, key=lambda item: order_of.index(KIND[type(item)]))

    def single(source):
        for item in items:
            record(batch([item]), source=source, now=NOW)

    def grouped(source):
        rest = list(items)
        for size in sizes * len(items):
            record(batch(rest[:size]), source=source, now=NOW)
            rest = rest[size:]

    def streamed(source):
        parts = merge_parts((Part(batch([item])) for item in items), at_least=sizes[0])
        record_stream(parts, source=source, clock=lambda: NOW)

    expected = state(single)
    assert state(grouped) == expected
    assert state(streamed) == expected


@fast
@given(records)
def test_arriving_twice_changes_nothing(items):
    def once(source):
        record(batch(items), source=source, now=NOW)

    def twice(source):
        once(source)
        counts = Counter(Event.objects.values_list("kind"))
        once(source)
        assert Counter(Event.objects.values_list("kind")) == counts

    assert state(once) == state(twice)


def test_a_stream_saves_its_place_with_what_it_recorded(source):
    saved = []
    parts = [Part(batch([order(f"o{n}")]), cursor={"line": n}) for n in range(5)]

    class Killed(Exception):
        pass

    def save(cursor, done):
        assert connection.in_atomic_block
        saved.append(cursor["line"])
        if cursor["line"] == 3:
            raise Killed

    with pytest.raises(Killed):
        record_stream(parts, source=source, clock=lambda: NOW, save=save)
    assert saved == [0, 1, 2, 3]
    assert sorted(Order.objects.values_list("name", flat=True)) == ["o0", "o1", "o2"]


def test_parts_are_put_together_in_order():
    parts = [Part(batch([order(f"o{n}")]), cursor=n) for n in range(7)]
    joined = list(merge_parts(parts, at_least=3))
    assert [part.cursor for part in joined] == [2, 5, 6]
    names = [[o.name for o in part.batch.orders] for part in joined]
    assert [name for joined_names in names for name in joined_names] == [f"o{n}" for n in range(7)]
