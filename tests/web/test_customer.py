"""One customer: what their page shows, what staff write there, merging and taking apart."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest

from perennial.facts.rules import records as r
from perennial.values.ids import public
from tests.web.conftest import signed_in
from tests.web.people import DAY, NOW, cus, customer, figures, id_of, record

WHO = r.Who(account="a1", email="ana@example.org")
EVIL = "<script>alert('x')</script>"


def at(days: float):
    return NOW - timedelta(days=days)


def order(name: str, days: float, who: r.Who = WHO, **more) -> r.Order:
    lines = more.pop("lines", (r.Line(name="1", product="p1", title=f"Tea {EVIL}", category="Tea", total=1000),))
    stated = {
        "number": f"#{name}",
        "ordered_at": at(days),
        "paid_at": at(days),
        "updated_at": at(days),
        "currency": "EUR",
    }
    return r.Order(**({"name": name, "who": who, "total": 1000, "lines": lines, **stated} | more))


@pytest.fixture
def ana(store) -> str:
    told = customer(
        "a1", email="ana@example.org", first_name="Ana", last_name=EVIL, country="ES", created_at=at(500),
        attributes={"birthday": date(1984, 5, 31), "vegan": True, "note": EVIL},
        beneficiaries=(r.Beneficiary(name="Luna", relation="dog", dates={"birthday": date(2020, 4, 1)}),),
    )  # fmt: skip
    record(
        store,
        products=[
            r.Product(name="p1", title=f"Tea {EVIL}", category="Tea", brand="Leaf", currency="EUR", updated_at=at(600))
        ],
        customers=[told],
        orders=[order("1", 90), order("2", 60), order("3", 30, cancelled_at=at(29), status="cancelled"), order("4", 5)],
        refunds=[r.Refund(name="r1", order="2", refunded_at=at(50), updated_at=at(50), amount=400, reason=EVIL)],
        fulfilments=[
            r.Fulfilment(name="f1", order="1", updated_at=at(80), carrier="DHL", promised_at=at(88),
                         shipped_at=at(89), delivered_at=at(85)),
            r.Fulfilment(name="f2", order="2", updated_at=at(58), promised_at=at(55), shipped_at=at(59),
                         delivered_at=at(58)),
        ],
        tickets=[r.Ticket(name="t1", who=WHO, opened_at=at(84), updated_at=at(84), topic="late", complaint=True)],
        ratings=[r.Rating(name="g1", who=WHO, rated_at=at(70), updated_at=at(70), score=40, product="p1", body=EVIL)],
        carts=[r.Cart(name="k1", who=WHO, created_at=at(2), updated_at=at(2), currency="EUR", total=500)],
        consents=[
            r.Consent(who=WHO, channel="email", given=True, at=at(90), source="checkout", text_version="v1"),
            r.Consent(who=WHO, channel="email", given=False, at=at(10), source="link"),
            r.Consent(who=WHO, channel="sms", given=True, at=at(9), source="form"),
        ],
        sightings=[r.Sighting(who=WHO, visitor="own", at=at(3)), r.Sighting(who=WHO, visitor="shared", at=at(20))],
        behaviour=[
            r.Behaviour(name="b1", who=r.Who(visitor="own"), at=at(4), kind="product_viewed", product="p1"),
            r.Behaviour(name="b2", who=WHO, at=at(3), kind="cart_added", product="p1"),
        ],
    )  # fmt: skip
    figures(
        store, id_of("a1"), orders=3, occasions=3, revenue=2600, profit=900, aov=867, first_order_day=DAY - 90,
        last_order_day=DAY - 5, stage="active", rfm_group="loyal", rhythm="on_time", too_early=False, usual_gap=30.0,
        gap_low=10.0, gap_high=90.0, expected_day=DAY + 25, due_day=DAY + 60, lost_day=DAY + 120, probability=0.9,
        yearly_value=9000,
    )  # fmt: skip
    return f"/b/main/customers/{cus('a1')}/"


def text_of(answer, status: int = 200) -> str:
    assert answer.status_code == status, answer.status_code
    return answer.content.decode()


def test_the_page_shows_what_is_known(store, owner, ana):
    text = text_of(owner.get(ana))
    for told in (
        "Ana", "ana@example.org", "usually order again after 30 days", "Loyal", "Luna", "1984-05-31", "Leaf",
        "Complaint", "3 days late", "in time", "Rated 40 of 100", "Left a cart", "€4.00 refunded", "cancelled",
        "Permission withdrawn", "text v1", "1 step on the shop", "put into the cart",
    ):  # fmt: skip
        assert told in text, told
    assert EVIL not in text
    assert "&lt;script&gt;alert" in text
    assert "style=" not in text


def test_a_person_without_orders_or_figures_has_a_page(store, owner):
    record(store, customers=[customer("new", email="new@example.org")])
    assert "being computed" in text_of(owner.get(f"/b/main/customers/{cus('new')}/"))
    figures(store, id_of("new"))
    assert "No order yet" in text_of(owner.get(f"/b/main/customers/{cus('new')}/"))


def entries(text: str) -> list[str]:
    return re.findall(r'<li class="entry (\w+)"', text)


def test_the_story_comes_in_pages_each_entry_once_newest_first(store, owner, ana, monkeypatch):
    from perennial.values.time import to_us
    from perennial.web.customers import person, timeline

    who = person.find(store.brand_id, cus("a1"))
    assert who is not None
    whole, further = timeline.story(who, now_us=to_us(NOW), size=100)
    assert further == ""
    assert [entry.place for entry in whole] == sorted((entry.place for entry in whole), reverse=True)
    kinds = [entry.kind for entry in whole]
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {
        "order": 4, "cancelled": 1, "refund": 1, "delivery": 2, "ticket": 1, "rating": 1, "cart": 1, "consent": 3,
        "visit": 2,
    }  # fmt: skip
    for size in (1, 2, 3, 7):
        found, place = [], ""
        while True:
            part, place = timeline.story(
                who, now_us=to_us(NOW), before=timeline.place(place) if place else None, size=size
            )
            found += part
            if not place:
                break
        assert [entry.place for entry in found] == [entry.place for entry in whole], size
    monkeypatch.setattr(timeline.story, "__kwdefaults__", {"before": None, "size": 5})
    text = text_of(owner.get(ana))
    assert len([kind for kind in entries(text) if kind != "further"]) == 5
    further = re.search(r'hx-get="([^"]*story[^"]*)"', text)
    assert further is not None
    assert len(entries(text_of(owner.get(further[1].replace("&amp;", "&"))))) > 1


def test_many_things_at_one_instant_are_each_told_once(store, owner):
    from perennial.values.time import to_us
    from perennial.web.customers import person, timeline

    record(store, orders=[order(f"s{n}", 7) for n in range(9)])
    who = person.find(store.brand_id, cus("a1"))
    assert who is not None
    found, place = [], ""
    while True:
        part, place = timeline.story(who, now_us=to_us(NOW), before=timeline.place(place) if place else None, size=2)
        found += [entry.id for entry in part]
        if not place:
            break
    assert len(found) == len(set(found)) == 9


def test_what_a_browser_did_before_belongs_to_whose_it_was_then(store, owner, ana):
    from perennial.web.customers import person, visits

    other = r.Who(account="z9")
    record(
        store,
        sightings=[r.Sighting(who=other, visitor="shared", at=at(10))],
        behaviour=[
            r.Behaviour(name=f"s{days}", who=r.Who(visitor="shared"), at=at(days), kind="product_viewed")
            for days in (25, 15, 5)
        ],
    )  # fmt: skip
    shown = {}
    for account in ("a1", "z9"):
        who = person.find(store.brand_id, cus(account))
        assert who is not None
        shown[account] = {DAY - row["day"] for row in visits.days(who, before_us=None, limit=50)}
    assert shown == {"a1": {3, 4, 15, 25}, "z9": {5}}


@pytest.mark.django_db(transaction=True)
def test_favourites_are_those_of_insight(store, owner, ana):
    from perennial.figures.queries.answers import moment
    from perennial.figures.queries.mirror import tables_of
    from perennial.insight.favourites import favourites as by_insight
    from perennial.models import Product
    from perennial.web.customers import person
    from perennial.web.customers.favourites import favourites

    lines = [
        [("1", "p1", 1000), ("2", "p2", 3000)], [("1", "p2", 2000)], [("1", "p3", 5000), ("2", "p4", 1000)],
        [("1", "p5", 1000)],
    ]  # fmt: skip
    orders = [
        order(f"f{n}", 40 + n, total=100, lines=tuple(
            r.Line(name=name, product=p, title=p.upper(), total=100, quantity=q) for name, p, q in of))
        for n, of in enumerate(lines)
    ]  # fmt: skip
    back = r.RefundLine(line="1", quantity=5000, amount=50)
    refunds = [
        r.Refund(name="fr", order="f2", refunded_at=at(30), updated_at=at(30), amount=50, lines=(back,)),
        r.Refund(name="fs", order="f3", refunded_at=at(30), updated_at=at(30), amount=100),
    ]
    record(store, orders=orders, refunds=refunds)
    who = person.find(store.brand_id, cus("a1"))
    assert who is not None
    ours = [(one.product_id, one.orders, one.pieces, one.last_day) for one in favourites(who)["products"]]
    table = by_insight(tables_of(store.brand_id, who.ids), moment(store.brand_id, NOW)).order_by("rank").to_pyarrow()
    theirs = [(row["product_id"], row["orders"], row["quantity"], row["last_day"]) for row in table.to_pylist()]
    assert ours == theirs
    assert Product.objects.get(id=ours[0][0]).title == f"Tea {EVIL}"


@pytest.fixture
def support(store):
    return signed_in(store, "support")


def test_notes_are_written_changed_by_their_author_and_deleted(store, owner, support, ana):
    from perennial.models import Audit, Note

    assert support.post(f"{ana}notes/", {"body": f"Call back {EVIL}"}).status_code == 302
    note = Note.objects.get()
    assert EVIL not in text_of(owner.get(ana))
    change = f"{ana}notes/{note.id}/"
    assert owner.post(change, {"body": "mine now", "seen": "1"}).status_code == 400
    assert support.post(change, {"body": "Called", "seen": "1"}).status_code == 302
    late = text_of(support.post(change, {"body": "Never called", "seen": "1"}), 409)
    assert "Called" in late
    assert "Never called" in late
    note.refresh_from_db()
    assert (note.body, note.version) == ("Called", 2)
    assert text_of(support.post(f"{ana}notes/", {"body": "  "}), 400).count("needs a text") == 1
    assert owner.post(change, {"do": "delete"}).status_code == 302
    assert not Note.objects.exists()
    verbs = Audit.objects.filter(subject="customer").order_by("id").values_list("verb", flat=True)
    assert list(verbs) == ["note.write", "note.change", "note.delete"]


def seen(text: str, name: str) -> str:
    form = re.search(rf'name="name" value="{name}".*?name="seen" value="(\d+)"', text, re.DOTALL)
    assert form is not None
    return form[1]


def test_two_who_change_an_attribute_do_not_overwrite_each_other(store, owner, support, ana):
    from perennial.models import Attribute

    mine = seen(text_of(owner.get(ana)), "birthday")
    save = {"name": "birthday", "type": "date", "seen": mine, "of": str(id_of("a1"))}
    assert support.post(f"{ana}attributes/", {**save, "value": "1985-01-01"}).status_code == 302
    told = text_of(owner.post(f"{ana}attributes/", {**save, "value": "1986-02-02"}), 409)
    assert "1985-01-01" in told
    assert "1986-02-02" in told
    assert Attribute.objects.get(name="birthday").value == "1985-01-01"
    new = {"name": "birthday", "type": "date", "value": "1990-01-01"}
    assert owner.post(f"{ana}attributes/", new).status_code == 409
    again = seen(text_of(owner.get(ana)), "birthday")
    assert owner.post(f"{ana}attributes/", {**save, "seen": mine, "do": "remove"}).status_code == 409
    assert owner.post(f"{ana}attributes/", {**save, "seen": again, "do": "remove"}).status_code == 302
    assert not Attribute.objects.filter(name="birthday").exists()


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"name": "size", "type": "number", "value": "big"}, "is no number"),
        ({"name": "", "type": "text", "value": "x"}, "name"),
        ({"name": "day", "type": "date", "value": "31/02"}, "1984-05-31"),
        ({"name": "x", "type": "blob", "value": "x"}, "Kind"),
        ({"name": "x", "type": "bool", "value": "maybe"}, "yes or no"),
        ({"name": "n", "type": "number", "value": "nan"}, "no number"),
    ],
)  # fmt: skip
def test_an_attribute_that_cannot_be_kept_says_why(store, owner, ana, form: dict[str, str], told: str):
    from perennial.models import Attribute

    before = Attribute.objects.count()
    assert told in text_of(owner.post(f"{ana}attributes/", form), 400)
    assert Attribute.objects.count() == before


@pytest.mark.parametrize(
    ("part", "form", "kept"),
    [
        ("attributes", {"name": "size", "type": "number", "value": "big"},
         ['name="name" value="size"', '<option value="number" selected>', 'name="value" value="big"']),
        ("attributes", {"name": "birthday", "type": "date", "seen": "1", "value": "May"}, ['name="value" value="May"']),
        ("beneficiaries", {"name": f"Leo {EVIL}", "relation": "son", "label": ["a", ""], "day": ["soon", ""]},
         ['value="Leo &lt;', 'name="relation" value="son"', 'name="label" value="a"', 'type="date" value="soon"']),
        ("consents", {"channel": "pigeon", "purpose": "marketing", "given": "no", "why": "", "text_version": "v7"},
         ['value="no" checked', 'name="text_version" maxlength="255" value="v7"']),
        ("notes", {"body": f"{'x' * 5_001}"}, ["x" * 5_001]),
    ],
)  # fmt: skip
def test_a_form_that_was_refused_stands_open_with_what_was_written(owner, ana, part, form, kept):
    form = {"of": str(id_of("a1")), **form}
    text = text_of(owner.post(f"{ana}{part}/", form), 400)
    section = text[text.index(f'<section id="{part}"') :]
    section = section[: section.index("</section>")]
    assert [one for one in kept if one not in section] == []
    assert section.count(" open>") == (0 if part == "notes" else 1)
    assert EVIL not in section
    assert " open>" not in text.replace(section, "")


def test_those_they_buy_for_stay_whatever_the_shop_states_later(store, owner, ana):
    from perennial.models import Beneficiary

    form = {"name": "Leo", "relation": "son", "label": ["birthday", ""], "day": ["2015-06-07", ""], "seen": "0"}
    assert owner.post(f"{ana}beneficiaries/", form).status_code == 302
    record(store, customers=[customer("a1", email="ana@example.org", updated_at=NOW + timedelta(hours=1))])
    assert list(Beneficiary.objects.values_list("name", "dates")) == [("Leo", {"birthday": "2015-06-07"})]
    leo = Beneficiary.objects.get()
    assert owner.post(f"{ana}beneficiaries/", {**form, "id": str(leo.id), "name": "Leon"}).status_code == 409
    text = text_of(owner.get(ana))
    version = re.search(rf'name="id" value="{leo.id}".*?name="seen" value="(\d+)"', text, re.DOTALL)
    assert version is not None
    changed = {**form, "id": str(leo.id), "name": "Leon", "seen": version[1]}
    assert owner.post(f"{ana}beneficiaries/", changed).status_code == 302
    assert Beneficiary.objects.get().name == "Leon"
    assert text_of(owner.post(f"{ana}beneficiaries/", {**form, "day": ["soon", ""]}), 400).count("2026-02-28") == 1


def test_a_permission_is_written_down_with_its_source(store, support, ana):
    from perennial.facts.queries import consented
    from perennial.models import Consent, Touched
    from perennial.web.models import User

    Touched.objects.all().delete()
    form = {"channel": "phone", "purpose": "marketing", "given": "yes", "why": "desk:phone", "text_version": "p-1"}
    assert support.post(f"{ana}consents/", form).status_code == 302
    said = Consent.objects.get(channel="phone")
    assert (said.source, said.text_version) == ("desk:phone", "p-1")
    assert said.proof == f"user:{User.objects.get(email='support@example.org').id}"
    assert consented(
        brand_id=store.brand_id, customer_id=id_of("a1"), channel="phone", purpose="marketing", as_of=said.at
    )
    assert Touched.objects.filter(customer_id=id_of("a1")).exists()
    assert "They said so on the phone" in text_of(support.get(ana))
    assert support.post(f"{ana}consents/", {**form, "channel": "pigeon"}).status_code == 400


def test_a_guest_who_counts_as_somebody_by_their_address_can_be_confirmed_to_be_them(store, owner, ana):
    from perennial.models import Alias, Merge

    record(store, orders=[order("g1", 3, r.Who(email="ana@example.org"))])
    (guest,) = Alias.objects.filter(person_id=id_of("a1"), confirmed=False)
    named = public("cus", guest.id)
    assert f"?with={named}" in owner.get(f"{ana}merge/").content.decode()
    preview = text_of(owner.get(f"{ana}merge/?with={named}"))
    assert "What will happen" in preview
    assert "5 orders count" in preview
    assert owner.post(f"{ana}merge/", {"with": named, "why": "told us"}).status_code == 302
    guest.refresh_from_db()
    assert guest.confirmed
    assert Merge.objects.get().customer_id == guest.id
    assert "one person already" in text_of(owner.post(f"{ana}merge/", {"with": named}), 409)
    assert f"?with={named}" not in owner.get(f"{ana}merge/").content.decode()


def test_a_merge_is_shown_before_done_audited_and_undone(store, owner, ana):
    from perennial.models import Audit, Merge
    from tests.web.people import find_all

    record(store, customers=[customer("a2", first_name="Anna", email="anna@example.org")],
           orders=[order("x1", 3, r.Who(account="a2", email="anna@example.org"))])  # fmt: skip
    figures(store, id_of("a2"), orders=1)
    find_all(store)
    assert "anna@example.org" in text_of(owner.get(f"{ana}merge/?q=anna"))
    preview = text_of(owner.get(f"{ana}merge/?with={cus('a2')}"))
    assert "What will happen" in preview
    assert "5 orders count" in preview
    assert not Merge.objects.exists()
    assert owner.post(f"{ana}merge/", {"with": cus("a2"), "why": "told us"}).status_code == 302
    assert owner.get(f"/b/main/customers/{cus('a2')}/").headers["Location"] == ana
    assert "anna@example.org" in text_of(owner.get(ana))
    assert text_of(owner.post(f"{ana}merge/", {"with": cus("a2")}), 409).count("one person already") == 1
    merge = Merge.objects.get()
    assert merge.author == str(Audit.objects.get(verb="customer.merge").user_id)
    assert "1 order goes with them" in text_of(owner.get(f"{ana}unmerge/{merge.id}/"))
    assert owner.post(f"{ana}unmerge/{merge.id}/").status_code == 302
    assert owner.post(f"{ana}unmerge/{merge.id}/").status_code == 404
    assert owner.get(f"/b/main/customers/{cus('a2')}/").status_code == 200
    assert list(Audit.objects.filter(subject="customer").order_by("id").values_list("verb", flat=True)) == [
        "customer.merge", "customer.unmerge",
    ]  # fmt: skip


def test_who_may_only_look_changes_nothing(store, ana):
    reader = signed_in(store, "read_only")
    for part in ("notes/", "attributes/", "beneficiaries/", "consents/", "merge/", "card/"):
        assert reader.post(ana + part, {"body": "x"}).status_code == 403, part
    text = text_of(reader.get(ana))
    assert "<textarea" not in text
    assert "Join with another" not in text


@pytest.mark.parametrize("name", ["cus_1", "cus_zzzzzzzzzzzzz", "ord_0000000000001", "1", "cus_0000000000000"])
def test_nobody_has_no_page(store, owner, name: str):
    assert owner.get(f"/b/main/customers/{name}/").status_code == 404


def test_another_brand_can_neither_see_nor_change(store, ana):
    from perennial.facts.actions.stores import open_store
    from perennial.models import Note

    stranger = signed_in(open_store(now=NOW, key="other", brand="other"), "owner")
    assert stranger.get(ana).status_code == 404
    there = ana.replace("/b/main/", "/b/other/")
    assert stranger.get(there).status_code == 404
    assert stranger.post(f"{there}notes/", {"body": "x"}).status_code == 404
    assert not Note.objects.exists()
