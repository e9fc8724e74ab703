"""The list of customers: filters, orders, pages that meet everybody once, views, the file."""

from __future__ import annotations

import csv
import re
from urllib.parse import parse_qs, urlsplit

import pytest

from perennial.insight.calendar import label, month_of
from tests.web.conftest import signed_in
from tests.web.people import cus, customer, figures, id_of, make_many, record

LIST = "/b/main/customers/"


def linked(text: str, rel: str) -> str:
    found = re.search(rf'rel="{rel}" href="([^"]*)"', text)
    return found[1].replace("&amp;", "&") if found else ""


def people_of(text: str) -> list[str]:
    return re.findall(r'<th scope="row"><a href="/b/main/customers/(cus_\w+)/"', text)


def through(client, address: str, rel: str = "next") -> list[str]:
    """Everybody from a page on, following its links."""
    found: list[str] = []
    while address:
        answer = client.get(address)
        assert answer.status_code == 200
        text = answer.content.decode()
        found += people_of(text)[:: 1 if rel == "next" else -1]
        address = linked(text, rel)
    return found


@pytest.fixture
def many(store, monkeypatch):
    from perennial.web.customers import listing

    monkeypatch.setattr(listing.page, "__kwdefaults__", {"after": None, "before": None, "size": 7})
    return make_many(store, 60)


SORTS = ["revenue", "orders", "profit", "yearly_value", "first_order_day", "last_order_day", "expected_day"]


@pytest.mark.parametrize("sort", [sign + name for name in SORTS for sign in ("", "-")])
@pytest.mark.parametrize("walk", [False, True])
def test_pages_meet_everybody_once_in_order(owner, many, monkeypatch, sort: str, walk: bool):
    from perennial.models import CustomerFigures
    from perennial.values.ids import parse
    from perennial.web.customers import listing

    query = f"{LIST}?sort={sort}"
    if walk:
        monkeypatch.setattr(listing, "FEW", 3)
        monkeypatch.setattr(listing, "LOOKED_AT", 11)
        query += "&orders_from=0"
    found = [parse("cus", one) for one in through(owner, query)]
    assert sorted(found) == sorted(many)
    column = sort.removeprefix("-")
    values = dict(CustomerFigures.objects.values_list("id", column))
    told = [values[id_] for id_ in found]
    known = [value for value in told if value is not None]
    assert told == known + [None] * (len(told) - len(known)), "the unknown come last"
    assert known == sorted(known, reverse=sort.startswith("-"))


def test_pages_lead_back_as_they_led_forth(store, owner, many):
    address, pages = LIST + "?sort=-profit", []
    while address:
        text = owner.get(address).content.decode()
        pages.append(people_of(text))
        last, address = address, linked(text, "next")
    back = []
    while last:
        text = owner.get(last).content.decode()
        back.append(people_of(text))
        last = linked(text, "prev")
    assert back[::-1] == pages


def test_whoever_does_not_change_is_met_once_while_others_do(store, owner, many):
    from perennial.models import CustomerFigures
    from perennial.values.ids import public

    moving = set(many[::5])
    address, found, step = LIST + "?sort=-revenue", [], 0
    while address:
        text = owner.get(address).content.decode()
        found += people_of(text)
        address, step = linked(text, "next"), step + 1
        for id_ in moving:
            CustomerFigures.objects.filter(id=id_).update(revenue=(id_ // 4096 + step * 3571) % 12_000)
    still = [public("cus", id_) for id_ in many if id_ not in moving]
    assert sorted(one for one in found if one in set(still)) == sorted(still)


FILTERS = {
    "rhythm=drifting": lambda c, f: f.rhythm == "drifting",
    "rhythm=drifting&rhythm=due": lambda c, f: f.rhythm in ("drifting", "due"),
    "stage=loyal&rhythm=lost": lambda c, f: f.stage == "loyal" and f.rhythm == "lost",
    "group=champions": lambda c, f: f.rfm_group == "champions",
    "country=es,FR": lambda c, f: c.country in ("ES", "FR"),
    "revenue_from=20&revenue_to=55.5": lambda c, f: 2000 <= f.revenue <= 5550,
    "orders_from=2&orders_to=4": lambda c, f: 2 <= f.orders <= 4,
    "orders_from=2&country=IT": lambda c, f: f.orders >= 2 and c.country == "IT",
    "last_from=2025-12-01&last_to=2026-01-15": lambda c, f: f.last_order_day and 20_423 <= f.last_order_day <= 20_468,
    "cohort=2024-07": lambda c, f: f.first_order_day and label(month_of(f.first_order_day)) == "2024-07",
    "consent=email": lambda c, f: c.id % 2 == 0,
    "consent=sms": lambda c, f: False,
    "q=person1": lambda c, f: c.first_name.lower().startswith("person1"),
    "q=person1&orders_from=3": lambda c, f: c.first_name.lower().startswith("person1") and f.orders >= 3,
}  # fmt: skip


@pytest.mark.parametrize("query", FILTERS)
@pytest.mark.parametrize("few", [1, 1000])
def test_a_filter_keeps_those_whom_a_plain_count_keeps(owner, many, monkeypatch, query: str, few: int):
    from perennial.database import ids
    from perennial.facts.actions.search_words import everybody_steps
    from perennial.models import Consent, Customer, CustomerFigures
    from perennial.values.ids import public
    from perennial.web.customers import listing
    from tests.web.people import NOW

    monkeypatch.setattr(listing, "FEW", few)
    monkeypatch.setattr(listing, "LOOKED_AT", 1000 if few > 1 else 9)
    brand = Customer.objects.get(id=many[0]).brand_id
    assert sum(everybody_steps(brand_id=brand)) == len(many)
    given = [(id_, NOW, True) for id_ in many] + [(id_, NOW.replace(hour=10), id_ % 2 == 0) for id_ in many]
    Consent.objects.bulk_create(
        Consent(
            id=ids.new(), brand_id=brand, customer_id=id_, channel="email", purpose="marketing", given=yes,
            at=at, source="", text_version="", proof="", recorded_at=NOW,
        )
        for id_, at, yes in given
    )  # fmt: skip
    customers = Customer.objects.in_bulk(many)
    wanted = [f.id for f in CustomerFigures.objects.all() if FILTERS[query](customers[f.id], f)]
    assert sorted(through(owner, f"{LIST}?{query}")) == sorted(public("cus", id_) for id_ in wanted)
    if few > 1:
        text = owner.get(f"{LIST}?{query}").content.decode()
        assert f"{len(wanted)} p{'erson' if len(wanted) == 1 else 'eople'}" in text


def test_whoever_began_with_a_product_is_found_as_themselves_and_as_a_guest(store, owner, monkeypatch):
    from perennial.facts.rules import records as r
    from perennial.models import Ref
    from perennial.web.customers import listing
    from tests.web.people import NOW

    def order(name: str, who: r.Who, product: str, day: int) -> r.Order:
        at = NOW.replace(month=1, day=day)
        line = r.Line(name="1", product=product, total=900)
        return r.Order(name=name, who=who, ordered_at=at, updated_at=at, currency="EUR", total=900, lines=(line,))

    first, second = r.Who(account="b1", email="b1@example.org"), r.Who(account="b2")
    guest = r.Who(email="b1@example.org")
    orders = [order("1", guest, "tea", 2), order("2", first, "pot", 9), order("3", second, "pot", 2)]
    record(store, orders=[*orders, order("4", second, "tea", 5)])
    for account in ("b1", "b2"):
        figures(store, id_of(account), orders=2, first_order_day=20_455)
    tea, pot = (Ref.objects.get(kind="product", name=name).target for name in ("tea", "pot"))
    for few in (0, 5000):
        monkeypatch.setattr(listing, "FEW", few)
        assert through(owner, f"{LIST}?first_product={tea}") == [cus("b1")]
        assert through(owner, f"{LIST}?first_product={pot}") == [cus("b2")]


def test_those_who_ordered_in_a_month_are_found_by_orders_that_count(store, owner, monkeypatch):
    from perennial.facts.rules import records as r
    from perennial.web.customers import listing
    from tests.web.people import NOW

    def order(name: str, who: r.Who, month: int, **more: object) -> r.Order:
        at = NOW.replace(month=month, day=3)
        line = r.Line(name="1", product="tea", total=900)
        return r.Order(
            name=name, who=who, ordered_at=at, updated_at=at, currency="EUR", total=900, lines=(line,), **more
        )  # fmt: skip

    kept, gone, back = r.Who(account="k", email="k@example.org"), r.Who(account="g"), r.Who(account="b")
    guest = r.Who(email="k@example.org")
    orders = [order(f"{n}", who, 1) for n, who in enumerate((kept, gone, back))]
    orders += [order("guest", guest, 2), order("gone", gone, 2, cancelled_at=NOW), order("back", back, 2)]
    refund = r.Refund(name="r", order="back", amount=900, refunded_at=NOW, updated_at=NOW)
    record(store, orders=orders, refunds=[refund])
    for account in ("k", "g", "b"):
        figures(store, id_of(account), orders=1, first_order_day=20_456)
    for few in (0, 5000):
        monkeypatch.setattr(listing, "FEW", few)
        assert through(owner, f"{LIST}?cohort=2026-01&ordered=2026-02") == [cus("k")]
        assert sorted(through(owner, f"{LIST}?cohort=2026-01&ordered=2026-01")) == sorted(map(cus, "kgb"))
    assert "write it like 2026-02" in owner.get(f"{LIST}?ordered=spring").text


def test_waiting_for_a_late_order_shows_those_whom_the_answer_names(store, owner, many):
    from perennial.figures.actions.compute_answers import want
    from perennial.models import Answer
    from perennial.values.ids import public
    from tests.web.people import NOW

    assert "Being computed" in owner.get(f"{LIST}?late=now").content.decode()
    want(brand_id=store.brand_id, store_id=0, name="late_now", params=None, now=NOW)
    body = {
        "columns": ["order_id", "person_id"],
        "types": ["int64", "int64"],
        "rows": [[1, many[3]], [2, None], [3, many[3]]],
    }
    Answer.objects.filter(name="late_now").update(body=body, as_of=NOW, computed_at=NOW, wanted_at=None)
    assert through(owner, f"{LIST}?late=now") == [public("cus", many[3])]
    Answer.objects.filter(name="late_now").update(error="OSError: disk is full")
    assert "could not be computed (OSError: disk is full)" in owner.get(f"{LIST}?late=now").text


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("revenue_from=abc", "1234.50"), ("orders_to=x", "whole number"), ("cohort=2025-13", "2026-02"),
        ("last_from=31/02/2026", "2026-02-28"), ("country=Spain", "two letters"), ("rhythm=sleepy", "drifting"),
        ("consent=pigeon", "email"), ("late=soon", "late=now"), ("first_product=x", "no product"),
        ("revenue_from=1e400", "1234.50"), ("revenue_from=NaN", "1234.50"), ("orders_from=%D9%A1", "whole number"),
    ],
)  # fmt: skip
def test_a_filter_that_makes_no_sense_says_so_and_shows_nobody(store, owner, many, query: str, told: str):
    answer = owner.get(f"{LIST}?{query}")
    text = answer.content.decode()
    assert answer.status_code == 200
    assert 'role="alert"' in text
    assert told in text
    assert people_of(text) == []
    assert owner.post(f"{LIST}export/", {"query": query}).status_code == 302


@pytest.mark.parametrize("place", ["x", "1", "1.2.3", "n.", "9" * 40 + ".1", "1.-5", "n." + "9" * 30, "%00.1"])
def test_a_place_that_is_none_begins_at_the_first_page(store, owner, many, place: str):
    assert people_of(owner.get(f"{LIST}?after={place}").content.decode()) == people_of(owner.get(LIST).content.decode())


def test_htmx_gets_the_rows_alone_and_an_address_without_what_is_empty(store, owner, many):
    answer = owner.get(f"{LIST}?q=&rhythm=due&country=&column=name", headers={"HX-Request": "true"})
    assert "<html" not in answer.content.decode()
    assert parse_qs(urlsplit(answer.headers["HX-Push-Url"]).query) == {"rhythm": ["due"], "column": ["name"]}


def test_views_are_kept_for_oneself_or_for_everybody(store, owner):
    from perennial.models import Audit, SavedView

    reader = signed_in(store, "read_only")
    save = f"{LIST}views/"
    owner.post(save, {"name": "Going", "query": "rhythm=drifting&evil=1", "shared": "1"})
    owner.post(save, {"name": "Mine <b>", "query": "stage=loyal"})
    reader.post(save, {"name": "Not for all", "query": "stage=loyal", "shared": "1"})
    assert set(SavedView.objects.values_list("name", flat=True)) == {"Going", "Mine <b>"}
    assert SavedView.objects.get(name="Going").query == {"rhythm": ["drifting"]}
    text = reader.get(LIST).content.decode()
    assert "Going" in text
    assert "Mine" not in text
    assert "Mine &lt;b&gt;" in owner.get(LIST).content.decode()
    view = SavedView.objects.get(name="Going")
    reader.post(f"{LIST}views/{view.id}/delete/")
    assert SavedView.objects.filter(id=view.id).exists()
    owner.post(f"{LIST}views/{view.id}/delete/")
    assert not SavedView.objects.filter(id=view.id).exists()
    assert list(Audit.objects.filter(subject="saved_view").order_by("id").values_list("verb", flat=True)) == [
        "view.save", "view.save", "view.delete",
    ]  # fmt: skip


EVIL = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "  =1", "\uff1d1", "ok"]


def test_the_file_holds_everybody_and_no_formula(store, owner, monkeypatch):
    from perennial.models import Audit, Customer
    from perennial.web.customers import export

    monkeypatch.setattr(export, "SLICE", 2)
    record(store, customers=[customer(f"e{n}", first_name="x") for n in range(len(EVIL))])
    for n, name in enumerate(EVIL):
        Customer.objects.filter(id=id_of(f"e{n}")).update(first_name=name)
        figures(store, id_of(f"e{n}"), orders=n, revenue=-n * 100)
    answer = owner.post(f"{LIST}export/", {"query": "orders_from=1&column=name&column=revenue&sort=orders"})
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    lines = list(csv.reader("".join(part.decode() for part in answer.streaming_content).lstrip("\ufeff").splitlines()))
    assert lines[0] == ["id", "name", "email", "revenue"]
    assert [line[0] for line in lines[1:]] == [cus(f"e{n}") for n in range(1, len(EVIL))]
    for line in lines[1:]:
        assert not line[1].lstrip().startswith(("=", "+", "-", "@", "\t", "\r", "\uff1d")), line
    assert lines[3][3] == "-3.00"
    told = Audit.objects.filter(subject="customer").order_by("id").values_list("verb", "fields")
    assert list(told) == [
        ("customers.export", ["column", "email", "name", "orders_from", "revenue", "sort"]),
        ("customers.exported", ["8 rows"]),
    ]


def test_the_file_is_for_those_who_may(store, many):
    from perennial.models import Audit

    support = signed_in(store, "support")
    assert support.post(f"{LIST}export/", {"query": ""}).status_code == 403
    assert "export" not in support.get(LIST).content.decode()
    assert not Audit.objects.filter(verb__startswith="customers.").exists()


def test_the_number_of_questions_does_not_grow_with_the_page(store, owner, many, django_assert_max_num_queries):
    with django_assert_max_num_queries(16):
        owner.get(LIST)


def test_a_list_of_a_brand_shows_its_own_people_only(store, owner, many):
    from perennial.facts.actions.stores import open_store
    from perennial.values.ids import public
    from tests.web.people import NOW

    other = open_store(now=NOW, currency="EUR", zone="Europe/Madrid", key="other", brand="other")
    theirs = {public("cus", id_) for id_ in make_many(other, 5)}
    stranger = signed_in(other, "owner")
    for query in ("", "?orders_from=0", "?country=ES", "?stage=new"):
        text = stranger.get(f"/b/other/customers/{query}").content.decode()
        found = people_of(text.replace("/b/other/", "/b/main/"))
        assert found
        assert set(found) <= theirs
