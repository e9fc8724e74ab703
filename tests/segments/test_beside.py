"""What stands beside the mirror, as rules read it: addresses, attributes, days, labels, lists, scores."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from perennial.database import ids
from perennial.facts.actions.suppress import suppress
from perennial.facts.models.people import Attribute, Beneficiary, Consent, Identity
from perennial.figures.models import CustomerFigures
from perennial.segments.models import Label, Score
from perennial.segments.queries.beside import beside_arrow, beside_rows, names_in
from perennial.segments.rules.rule import read
from perennial.segments.rules.tables import BESIDE
from perennial.values.time import LocalDay, to_us
from tests.figures.facts import NOW, House
from tests.figures.test_figures import nightly

pytestmark = pytest.mark.django_db(transaction=True)


def asked(house: House, *rules: str, customers: list[int] | None = None) -> dict[str, Any]:
    return beside_rows(brand_id=house.id, names=names_in(map(read, rules)), customers=customers)


def agreed(house: House, customer: int, channel: str = "email") -> None:
    Consent.objects.create(
        id=ids.new(), brand_id=house.id, customer_id=customer, channel=channel, purpose="marketing", given=True,
        at=NOW, source="", text_version="", proof="", recorded_at=NOW,
    )  # fmt: skip


def known_by(house: House, customer: int, value: str, kind: str = "email", **more: Any) -> None:
    Identity.objects.create(
        id=ids.new(), **house.shop, customer_id=customer, kind=kind, value=value, account=True, source="x",
        from_at=NOW, **more,
    )  # fmt: skip


def test_who_can_be_reached():
    house = House()
    ann, bob, cat, dan = (house.customer() for _ in range(4))
    for customer in (ann, bob, cat, dan):
        agreed(house, customer)
    known_by(house, ann, "ann@example.org")
    known_by(house, bob, "bob@example.org")
    known_by(house, cat, "cat@example.org", to_at=NOW)  # an address of the past
    suppress(brand_id=house.id, channel="email", address="Bob@example.org", why="bounced", now=NOW)
    rows = asked(house, "reachable(email)")["consents"]
    assert {row[0] for row in rows if row[5]} == {ann}
    assert {row[0] for row in rows} == {ann, bob, cat, dan}
    agreed(house, dan, "sms")
    known_by(house, dan, "+34600111222", "phone")
    agreed(house, ann, "post")
    agreed(house, bob, "onsite")
    rows = asked(house, "reachable(sms) or reachable(post) or reachable(onsite)")["consents"]
    assert {(row[0], row[1]): row[5] for row in rows} == {
        (dan, "sms"): True,
        (ann, "post"): False,
        (bob, "onsite"): True,
    }
    assert asked(house, "orders > 1")["consents"] == []


def test_attributes_by_their_type_and_only_those_asked_for():
    house = House()
    ann = house.customer()
    for name, type_, value in (
        ("colour", "text", " Straße "), ("size", "number", 42.5), ("club", "bool", True),
        ("birthday", "date", "1960-02-29"), ("secret", "text", "x"),
    ):  # fmt: skip
        Attribute.objects.create(
            id=ids.new(), brand_id=house.id, customer_id=ann, name=name, type=type_, value=value, at=NOW
        )
    rows = asked(
        house, 'attribute("colour") or attribute("size") or attribute("club") or birthday in next 7 days'
    )["attributes"]  # fmt: skip
    born = int(LocalDay.on(date(1960, 2, 29)))
    assert sorted(rows, key=str) == sorted([
        (ann, "colour", "strasse", None, None, None), (ann, "size", None, 42.5, None, None),
        (ann, "club", None, None, True, None), (ann, "birthday", None, None, None, born),
    ], key=str)  # fmt: skip


def test_days_of_those_they_buy_for_labels_and_scores():
    house = House()
    ann, bob = house.customer(), house.customer()
    Beneficiary.objects.create(
        id=ids.new(), brand_id=house.id, customer_id=ann, name="Rex", relation="dog",
        dates={"birthday": "2020-05-01", "name day": "2020-06-01"},
    )  # fmt: skip
    Beneficiary.objects.create(
        id=ids.new(), brand_id=house.id, customer_id=bob, name="", relation="", dates=[]
    )  # erased
    Label.objects.create(id=ids.new(), brand_id=house.id, customer_id=ann, name="tier:gold", put_by="t", from_at=NOW)
    Score.objects.create(
        id=ids.new(), brand_id=house.id, customer_id=bob, name="care", value=2000, model="m", as_of=NOW
    )  # fmt: skip
    found = asked(house, 'beneficiary("birthday") in next 7 days and label("tier:gold") and score("care") > 1')
    assert [row[:2] for row in found["yearly"]] == [(ann, "birthday")]
    assert found["labels"] == [(ann, "tier:gold", to_us(NOW), None)]
    assert found["scores"] == [(bob, "care", 2000.0, None, None)]
    assert asked(house, 'score("care") > 1', customers=[ann])["scores"] == []


def test_scores_that_are_figures_come_from_the_figures():
    house = House()
    ann = house.customer()
    house.order(ann, NOW - timedelta(days=3), [{"total": 1_000, "cost": 300}])
    nightly(house)
    row = CustomerFigures.objects.get(id=ann)
    found = asked(house, 'score("profit") > 1 or score("usual_gap", low) > 1')["scores"]
    assert (ann, "profit", float(row.profit), None, None) in found
    assert {one[1] for one in found} == ({"profit"} if row.usual_gap is None else {"profit", "usual_gap"})


def test_tables_without_rows_keep_their_types():
    tables = beside_arrow({name: [] for name in BESIDE})
    assert {name: table.num_rows for name, table in tables.items()} == dict.fromkeys(BESIDE, 0)
    assert str(tables["scores"].schema.field("low").type) == "double"
