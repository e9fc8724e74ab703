"""Finding people by words: what is cut from names and addresses, and what somebody types."""

from __future__ import annotations

import pytest

from perennial.facts.rules import records as r
from perennial.facts.rules import words
from tests.web.people import NOW, cus, customer, figures, find_all, id_of, make_many, record, source


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("María García", "maria garcia"), ("María García", "gar mar"), ("Łukasz Żak", "lukasz zak"),
        ("Søren Ærø", "soren aero"), ("Groß", "gross"), ("ΣΊΣΥΦΟΣ", "σισυφος"), ("İpek", "ipek"),
        ("O'Brien", "o'brien"), ("O'Brien", "o\N{RIGHT SINGLE QUOTATION MARK}br"), ("O'Brien", "obr"),
        ("O'Brien", "brien"),
        ("Jean-Luc", "jean-l"), ("Jean-Luc", "luc"), ("Jean-Luc", "jeanluc"), ("山田 太郎", "太郎"), ("Анна", "анн"),
        ("50%_off", "50%_o"), ("e\N{COMBINING ACUTE ACCENT}lan", "\N{LATIN SMALL LETTER E WITH ACUTE}lan"),
    ],
)  # fmt: skip
def test_a_name_is_found_by_the_beginnings_of_its_words(name: str, typed: str):
    held = words.of_name(name)
    assert words.typed(typed)
    assert all(any(word.startswith(term) for word in held) for term in words.typed(typed))


@pytest.mark.parametrize("typed", ["", "   ", "%", "_", "%%%", "'", "@", "\0"])
def test_signs_alone_are_no_words(typed: str):
    assert words.typed(typed) == ()


def test_an_address_is_found_whole_by_its_parts_and_by_its_domain():
    held = words.of_email("Jérôme.Lhô+News@Example.org")
    for typed in ("jerome.lho", "JEROME", "news", "example.org", "@example.org", "jerome.lho+news@example.org"):
        assert all(any(word.startswith(term) for word in held) for term in words.typed(typed)), typed


@pytest.mark.parametrize(
    "typed", ["+34 600 12 34 56", "0034600123456", "600 123", "600-12-34-56", "123456", "(600) 12"]
)
def test_a_phone_number_is_found_as_it_is_dialled(typed: str):
    held = words.of_phone("+34600123456")
    assert all(any(word.startswith(term) for word in held) for term in words.typed(typed))


def test_a_number_dialled_with_a_zero_at_home_is_found_so():
    assert "0612345678" in words.of_phone("+33612345678")


@pytest.fixture
def people(store):
    record(
        store,
        customers=[
            customer("a1", first_name="María José", last_name="García", email="mj@example.org", phone="+34600123456"),
            customer("a2", first_name="Mario", last_name="O'Brien", email="mario_o@shop%.example"),
            customer("a3", first_name="<script>alert(1)</script>", last_name="Zoë"),
        ],
    )
    for account in ("a1", "a2", "a3"):
        figures(store, id_of(account))
    find_all(store)


def listed(client, query: str, page: str = "/b/main/customers/") -> set[str]:
    answer = client.get(page, {"q": query}, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    text = answer.content.decode()
    return {account for account in ("a1", "a2", "a3") if f"/customers/{cus(account)}/" in text}


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("mar", {"a1", "a2"}), ("MARIA gar", {"a1"}), ("mar obr", {"a2"}), ("o'b", {"a2"}), ("mj@", {"a1"}),
        ("a3", {"a3"}), ("600 12 34", {"a1"}), ("123456", {"a1"}), ("zoe", {"a3"}), ("mario_", {"a2"}),
        ("mario%", {"a2"}), ("m%r", set()), ("m_r", set()), ("%", set()), ("shop%", {"a2"}),
        ("script", {"a3"}), ("nobody", set()), ("jose mario", set()),
    ],
)  # fmt: skip
def test_the_list_shows_whom_all_words_mean(store, owner, people, typed: str, found: set[str]):
    assert listed(owner, typed) == found


def test_script_in_a_name_stays_text(store, owner, people):
    text = owner.get("/b/main/customers/").content.decode()
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


def test_words_follow_a_change_a_merge_and_its_undoing(store, owner, people):
    from perennial.facts.actions.merge import merge, undo_merge

    record(store, customers=[customer("a1", first_name="Ana", last_name="García", updated_at=NOW.replace(hour=10))])
    find_all(store)
    assert listed(owner, "maria") == set()
    assert listed(owner, "ana") == {"a1"}
    done = merge(source=source(store), customer=id_of("a2"), into=id_of("a1"), why="", author="1", now=NOW)
    find_all(store)
    assert listed(owner, "ana brien") == {"a1"}
    undo_merge(source=source(store), merge_id=done, now=NOW)
    find_all(store)
    assert listed(owner, "ana brien") == set()
    assert listed(owner, "obrien") == {"a2"}


def test_a_rebuild_writes_what_is_missing_and_removes_what_is_too_much(store, people):
    from perennial.database import ids
    from perennial.facts.actions.search_words import everybody_steps
    from perennial.models import Word

    before = set(Word.objects.values_list("customer_id", "word"))
    Word.objects.filter(word__startswith="m").delete()
    Word.objects.create(id=ids.new(), brand_id=store.brand_id, customer_id=id_of("a1"), word="wrong")
    assert sum(everybody_steps(brand_id=store.brand_id)) == 3
    assert set(Word.objects.values_list("customer_id", "word")) == before


def test_an_order_is_found_by_its_number(store, owner, people):
    line = r.Line(name="1", product="p1", total=1000)
    who = r.Who(account="a1")
    stated = {"who": who, "ordered_at": NOW, "updated_at": NOW, "currency": "EUR", "total": 1000, "lines": (line,)}
    orders = [r.Order(name=f"n{n}", number=f"#10{n}", **stated) for n in range(3)]
    record(store, orders=orders)
    for typed, seen in (("102", 1), ("#10", 3), ("10", 3), ("n1", 1), ("99", 0)):
        text = owner.get("/b/main/customers/", {"q": typed}, headers={"HX-Request": "true"}).content.decode()
        assert text.count(">Order #10") == seen, typed


def test_another_brand_finds_nobody_of_this_one(store, people):
    from perennial.facts.actions.stores import open_store
    from tests.web.conftest import signed_in

    open_store(now=NOW, currency="EUR", zone="Europe/Madrid", key="other", brand="other")
    stranger = signed_in(open_store(now=NOW, key="other", brand="other"), "owner")
    assert listed(stranger, "mar", "/b/other/customers/") == set()
    assert stranger.get(f"/b/other/customers/{cus('a1')}/").status_code == 404
    assert stranger.get("/b/main/customers/?q=mar").status_code == 404


def test_a_frequent_word_is_found_by_a_walk_as_by_its_index(store, monkeypatch):
    from perennial.database import ids
    from perennial.models import Word
    from perennial.web.customers import listing
    from perennial.web.customers.conditions import has_word

    people = make_many(store, 120)
    Word.objects.bulk_create(
        Word(id=ids.new(), brand_id=store.brand_id, customer_id=id_, word="alba" if n % 2 else "bruno")
        for n, id_ in enumerate(people)
    )
    wanted = listing.Wanted(store.brand_id, [has_word(store.brand_id, "al")])
    whole = [id_ for part in listing.everybody(wanted, size=7) for id_ in part]
    monkeypatch.setattr(listing, "FEW", 10)
    monkeypatch.setattr(listing, "LOOKED_AT", 25)
    walked = [id_ for part in listing.everybody(wanted, size=7) for id_ in part]
    assert walked == whole
    assert sorted(walked) == sorted(people[1::2])


def test_the_command_writes_what_is_missing(store, people, monkeypatch):
    from click.testing import CliRunner

    from perennial.models import Word
    from perennial.work import commands

    monkeypatch.setattr(commands, "start", lambda: None)
    before = set(Word.objects.values_list("customer_id", "word"))
    Word.objects.all().delete()
    told = CliRunner().invoke(commands.search, ["rebuild"])
    assert told.exit_code == 0, told.output
    assert "3 customers" in told.output
    assert set(Word.objects.values_list("customer_id", "word")) == before
