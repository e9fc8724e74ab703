"""Labels: put and taken by the room whose they are, borne in intervals, judged again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from importlib.metadata import EntryPoint

import pytest

from perennial.documents.rules.kinds import PluginBroken
from perennial.facts.rules import records as r
from perennial.segments.actions.labels import put_label, take_label
from perennial.segments.models import Label
from perennial.segments.queries.labels import labels_of
from perennial.segments.rules import labels
from perennial.segments.rules.labels import LabelSort
from perennial.values.reason import Refused
from tests.segments.people import NOW, House

TIER = LabelSort("tier", "loyalty", "The tier that somebody reached")
TASTE = LabelSort("taste", "surveys", "What somebody likes")
LATER, LAST = NOW + timedelta(days=1), NOW + timedelta(days=2)


@pytest.fixture(autouse=True)
def sorts() -> Iterator[None]:
    labels.install((TIER, TASTE))
    yield
    labels.install(None)


@pytest.mark.django_db(transaction=True)
def test_a_label_is_borne_from_when_it_is_put_until_it_is_taken():
    house = House()
    ana, bo = house.meet(r.Who(account="1"), r.Who(account="2"))
    house.judged_again()
    gold = {"brand_id": house.brand_id, "name": "tier:gold", "put_by": "loyalty"}
    assert put_label(customer_ids=[ana, bo, ana], now=NOW, **gold) == 2
    assert put_label(customer_ids=[ana], now=LATER, **gold) == 0
    assert house.judged_again() == {ana, bo}
    assert take_label(customer_ids=[ana], now=LATER, **gold) == 1
    assert take_label(customer_ids=[ana], now=LATER, **gold) == 0
    assert house.judged_again() == {ana}
    assert put_label(customer_ids=[ana], now=LAST, **gold) == 1
    assert Label.objects.count() == 3

    def at(when) -> dict[int, frozenset[str]]:
        return labels_of(brand_id=house.brand_id, customers=[ana, bo], at=when)

    both, only = {ana: frozenset({"tier:gold"}), bo: frozenset({"tier:gold"})}, {bo: frozenset({"tier:gold"})}
    assert at(NOW - timedelta(seconds=1)) == {}
    assert at(NOW) == at(LATER - timedelta(microseconds=1)) == at(LAST) == both
    assert at(LATER) == only


@pytest.mark.django_db(transaction=True)
def test_a_clock_set_back_ends_no_label_before_it_began():
    house = House()
    (ana,) = house.meet(r.Who(account="1"))
    gold = {"brand_id": house.brand_id, "customer_ids": [ana], "name": "tier:gold", "put_by": "loyalty"}
    put_label(now=LATER, **gold)
    take_label(now=NOW, **gold)
    row = Label.objects.get()
    assert row.from_at == row.to_at == LATER


@pytest.mark.django_db(transaction=True)
def test_somebody_who_was_erased_gets_none():
    from perennial.facts.actions.erase import erase

    house = House()
    (ana,) = house.meet(r.Who(account="1"))
    erase(brand_id=house.brand_id, customer_id=ana, now=NOW)
    told = {"brand_id": house.brand_id, "customer_ids": [ana], "name": "tier:gold", "put_by": "loyalty"}
    assert put_label(now=LATER, **told) == 0
    assert not Label.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "put_by", "code"),
    [
        ("teir:gold", "loyalty", "label.unknown_sort"),
        ("tier:gold", "surveys", "label.of_another"),
        ("segment:vip", "segments", "label.unknown_sort"),
        ("tier", "loyalty", "label.name"),
        ("tier:Gold", "loyalty", "label.name"),
        ("tier:" + "x" * 60, "loyalty", "label.name"),
    ],
)
def test_what_is_not_its_own_no_room_puts_or_takes(name: str, put_by: str, code: str):
    for act in (put_label, take_label):
        with pytest.raises(Refused) as wrong:
            act(brand_id=1, customer_ids=[2], name=name, put_by=put_by, now=NOW)
        assert wrong.value.reason.code == code
    assert not Label.objects.exists()


def test_a_misspelt_sort_is_suggested():
    with pytest.raises(Refused, match="did you mean 'tier'"):
        labels.check("teir:gold", "loyalty", labels.installed())


@pytest.mark.parametrize("prefix", ["", "Tier", "segment", "x" * 33, "t-i"])
def test_what_is_no_sort(prefix: str):
    with pytest.raises(ValueError, match="is no sort of labels"):
        LabelSort(prefix, "loyalty", "")


def offered(monkeypatch: pytest.MonkeyPatch, *offers: tuple[str, str]) -> None:
    found = [EntryPoint(name, value, labels.GROUP) for name, value in offers]
    monkeypatch.setattr(labels, "entry_points", lambda *, group: found if group == labels.GROUP else [])
    labels.install(None)


def test_sorts_of_plug_ins_are_found(monkeypatch: pytest.MonkeyPatch):
    offered(monkeypatch, ("tier", f"{__name__}:TIER"), ("taste", f"{__name__}:TASTE"))
    assert dict(labels.installed()) == {"tier": TIER, "taste": TASTE}


@pytest.mark.parametrize(
    ("offers", "told"),
    [
        ([("tier", "nowhere:TIER")], "cannot be loaded"),
        ([("tier", f"{__name__}:NOW")], "is no LabelSort"),
        ([("other", f"{__name__}:TIER")], "call themselves 'tier'"),
        ([("tier", f"{__name__}:TIER"), ("tier", f"{__name__}:OTHER")], "both offer"),
    ],
)
def test_a_broken_plug_in_is_named(monkeypatch: pytest.MonkeyPatch, offers: list[tuple[str, str]], told: str):
    offered(monkeypatch, *offers)
    with pytest.raises(PluginBroken, match=told):
        labels.installed()


OTHER = LabelSort("tier", "somebody", "Another")


def test_two_of_one_name_are_refused():
    with pytest.raises(ValueError, match="two sorts of labels"):
        labels.registry((TIER, OTHER))
