"""Static lists: who is put on, joined now or when they appear, counted once, taken off, erased."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from perennial.facts.models.loop import Job, Touched
from perennial.facts.rules import records as r
from perennial.segments.actions.list_files import (
    Told,
    forget_left_over,
    hand_in,
    list_steps,
    place,
    something_waits,
    way_of,
)  # fmt: skip
from perennial.segments.actions.lists import add_to_list, make_list, remove_from_list, retire_list
from perennial.segments.actions.match_listed import somebody_is_named
from perennial.segments.models import Listed, StaticList
from perennial.segments.queries.lists import additions, entries, list_of, listed, lists
from perennial.segments.rules.listing import Entry, Way
from perennial.values.ids import public
from perennial.values.reason import Refused
from tests.segments.people import NOW, House

pytestmark = pytest.mark.django_db(transaction=True)
ANA = r.Who(account="17", email="ana@example.com", phone="+34600123456")
BO = r.Who(email="bo@example.com")


@pytest.fixture
def house(emptied_home: None) -> House:
    return House()


@pytest.fixture
def emptied_home() -> None:
    for path in place(0).parent.iterdir():
        path.unlink()


def of(list_id: int) -> dict[str, set[int | None]]:
    found: dict[str, set[int | None]] = {}
    for value, customer in Listed.objects.filter(list_id=list_id).values_list("value", "customer_id"):
        found.setdefault(value, set()).add(customer)
    return found


def test_whoever_is_known_is_joined_at_once_and_judged_again(house: House):
    ana, bo = house.meet(ANA, BO)
    house.judged_again()
    spring = house.a_list()
    told = house.add(spring, f"ANA@example.com\n{public('cus', bo)}\n+34 611 222 333\nnobody")
    assert dict(told.counts) == {"new": 3, "known": 0, "matched": 2, "unread": 1}
    assert told.unread == [[4, "listing.unknown"]]
    assert of(spring) == {"ana@example.com": {ana}, public("cus", bo): {bo}, "+34611222333": {None}}
    assert house.counts(spring) == (2, 1)
    assert house.judged_again() == {ana, bo}
    assert listed(brand_id=house.brand_id, customers=[ana, bo]) == {
        ana: frozenset({"spring-fair"}), bo: frozenset({"spring-fair"}),
    }  # fmt: skip


def test_the_same_value_twice_counts_once(house: House):
    spring = house.a_list()
    told = house.add(spring, "ana@example.com\nAna@Example.com\nana@example.com, ANA@example.com")
    assert (told.counts["new"], told.counts["known"]) == (1, 3)
    told = house.add(spring, "ana@example.com\nbo@example.com")
    assert (told.counts["new"], told.counts["known"]) == (1, 1)
    assert house.counts(spring) == (0, 2)


@pytest.mark.parametrize("history", [False, True])
def test_an_unmatched_entry_is_joined_when_the_customer_is_recorded_later(house: House, history: bool):
    spring = house.a_list()
    house.add(spring, "ana@example.com\n600123456\nbo@example.com")
    house.add(spring, "17\n18", kind="account")
    added_at = Listed.objects.get(value="ana@example.com").added_at
    assert house.counts(spring) == (0, 5)
    (ana,) = house.meet(ANA, history=history)
    assert somebody_is_named(house.brand_id)
    house.judged_again()
    house.match()
    assert not somebody_is_named(house.brand_id)
    assert house.counts(spring) == (3, 2)
    assert house.judged_again() == {ana}
    row = Listed.objects.get(value="ana@example.com")
    assert (row.customer_id, row.added_at, row.matched_at) == (ana, added_at, NOW)


def test_an_order_of_somebody_known_leaves_no_mark(house: House):
    house.meet(ANA)
    house.match()
    house.meet(ANA)
    assert not Touched.objects.filter(reader="lists").exists()
    house.meet(r.Who(account="17", email="ana.new@example.com"))
    assert Touched.objects.filter(reader="lists").count() == 1


def test_all_at_one_address_are_joined_also_those_who_come_later(house: House):
    spring = house.a_list()
    house.add(spring, "ana@example.com")
    (first,) = house.meet(ANA)
    house.match()
    assert of(spring) == {"ana@example.com": {first}}
    _, second = house.meet(r.Who(account="99", email="ana@example.com"))
    house.judged_again()
    house.match()
    assert of(spring) == {"ana@example.com": {first, second}}
    assert house.counts(spring) == (1, 0)
    assert house.judged_again() == {second}
    assert house.add(spring, "ana@example.com").counts["known"] == 1
    other = house.a_list("Autumn")
    assert house.add(other, "ana@example.com").counts["matched"] == 1
    assert of(other) == {"ana@example.com": {first, second}}


def test_an_account_called_by_its_address_is_found_by_it(house: House):
    spring = house.a_list()
    house.add(spring, "zoe@example.com")
    (zoe,) = house.meet(r.Who(account="zoe@example.com"))
    house.match()
    assert of(spring) == {"zoe@example.com": {zoe}}
    other = house.a_list("Autumn")
    house.add(other, "zoe@example.com")
    assert of(other) == {"zoe@example.com": {zoe}}


def test_a_number_is_that_of_one_store(house: House):
    from perennial.facts.actions.stores import open_store

    beside = open_store(now=NOW, currency="EUR", zone="Europe/Madrid", key="beside", brand="main")
    house.meet(r.Who(account="17"))
    spring = house.a_list()
    with pytest.raises(Refused) as wrong:
        way_of(brand_id=house.brand_id, kind="account")
    assert wrong.value.reason.code == "list.which_store"
    theirs = way_of(brand_id=house.brand_id, kind="account", store_key="beside")
    assert theirs.store_id == beside.id
    add_to_list(brand_id=house.brand_id, list_id=spring, entries=[Entry("account", "17", beside.id)], now=NOW)
    assert house.counts(spring) == (0, 1)
    house.match()
    assert house.counts(spring) == (0, 1)


def test_lists_of_another_brand_hear_nothing(house: House):
    theirs = House("other")
    spring = theirs.a_list()
    theirs.add(spring, "ana@example.com")
    house.meet(ANA)
    house.match()
    theirs.match()
    assert theirs.counts(spring) == (0, 1)
    with pytest.raises(Refused):
        add_to_list(brand_id=house.brand_id, list_id=spring, entries=[], now=NOW)
    assert list_of(brand_id=house.brand_id, key="spring-fair") is None


def test_taken_off_and_judged_again(house: House):
    (ana,) = house.meet(ANA)
    spring = house.a_list()
    house.add(spring, "ana@example.com\nbo@example.com")
    house.judged_again()
    off = [Entry("email", "ana@example.com"), Entry("email", "bo@example.com"), Entry("email", "cy@example.com")]
    assert remove_from_list(brand_id=house.brand_id, list_id=spring, entries=off) == 2
    assert house.counts(spring) == (0, 0)
    assert house.judged_again() == {ana}
    assert house.add(spring, "ana@example.com").counts["new"] == 1


def test_titles_and_keys(house: House):
    brand = house.brand_id
    assert make_list(brand_id=brand, title=" Été  à Paris ", now=NOW).key == "ete-a-paris"
    assert make_list(brand_id=brand, title="Été à Paris", now=NOW).key == "ete-a-paris-2"
    assert make_list(brand_id=brand, title="茶", now=NOW).key == "list"
    assert make_list(brand_id=brand, title="New", now=NOW).key == "new-2"
    assert [one.title for one in lists(brand_id=brand)] == ["New", "Été à Paris", "Été à Paris", "茶"]
    for told, code in (
        ({"title": " "}, "list.title"), ({"title": "x" * 121}, "list.title"), ({"title": "x", "key": "A"}, "list.key"),
        ({"title": "x", "key": "list"}, "list.taken"),
    ):  # fmt: skip
        with pytest.raises(Refused) as wrong:
            make_list(brand_id=brand, now=NOW, **told)
        assert wrong.value.reason.code == code
    assert StaticList.objects.count() == 4


def test_a_list_that_a_segment_names_is_not_retired(house: House):
    from perennial.documents.actions import save

    spring = house.a_list()
    body = {"title": "Fair goers", "rule": 'listed("spring-fair") and orders >= 1'}
    save(
        brand_id=house.brand_id, kind="segment", key="fair", body=body, author="test", seen_version=0, now=NOW,
        state="live",
    )  # fmt: skip
    with pytest.raises(Refused) as wrong:
        retire_list(brand_id=house.brand_id, list_id=spring, now=NOW)
    assert wrong.value.reason.code == "list.named"
    assert "Fair goers" in str(wrong.value)
    assert list_of(brand_id=house.brand_id, key="spring-fair") is not None


def test_a_retired_list_is_emptied_by_the_loop(house: House):
    (ana,) = house.meet(ANA)
    spring = house.a_list()
    house.add(spring, "\n".join(f"p{n}@example.com" for n in range(1_200)) + "\nana@example.com")
    house.judged_again()
    retire_list(brand_id=house.brand_id, list_id=spring, now=NOW)
    assert lists(brand_id=house.brand_id) == []
    assert listed(brand_id=house.brand_id, customers=[ana]) == {}
    steps = list_steps(brand_id=house.brand_id, now=NOW)
    next(steps)
    steps.close()  # killed in the middle
    assert 0 < Listed.objects.count() < 1_201
    list(list_steps(brand_id=house.brand_id, now=NOW))
    assert house.counts(spring) == (0, 0)
    assert Listed.objects.count() == 0
    assert house.judged_again() == {ana}
    assert not something_waits(house.brand_id)
    for act in (
        lambda: house.add(spring, "x@example.com"),
        lambda: retire_list(brand_id=house.brand_id, list_id=spring, now=NOW),
    ):
        with pytest.raises(Refused) as wrong:
            act()
        assert wrong.value.reason.code == "list.gone"


def handed_in(house: House, list_id: int, data: bytes, tmp_path: Path, kind: str = "") -> Job:
    path = tmp_path / "upload"
    path.write_bytes(data)
    way = way_of(brand_id=house.brand_id, kind=kind)
    job = hand_in(brand_id=house.brand_id, list_id=list_id, path=path, name="fair.csv", way=way, now=NOW)
    assert not path.exists()
    return Job.objects.get(id=job)


def a_file(number: int) -> bytes:
    lines = [f"person{n}@example.com,Person {n}" for n in range(number)]
    lines[number // 2] = "nonsense,x"
    return ("email,name\n" + "\n".join(lines)).encode()


def test_a_file_killed_in_the_middle_goes_on_and_counts_once(house: House, tmp_path: Path):
    spring = house.a_list()
    house.add(spring, "person0@example.com")
    job = handed_in(house, spring, a_file(2_000), tmp_path)
    assert something_waits(house.brand_id)
    runs = 0
    while something_waits(house.brand_id):
        steps = list_steps(brand_id=house.brand_id, now=NOW)
        next(steps, None)
        steps.close()  # killed between two transactions
        runs += 1
    assert runs > 3
    job.refresh_from_db()
    assert job.state == "done"
    assert job.counts == {"new": 1_998, "known": 1, "matched": 0, "unread": 1}
    assert (job.cursor["rows"], job.cursor["unread"]) == (2_000, [[1_002, "listing.email"]])
    assert house.counts(spring) == (0, 1_999)
    assert not place(job.cursor["file"]).exists()
    assert [one.id for one in additions(brand_id=house.brand_id, list_id=spring)] == [job.id]


def test_a_transaction_that_breaks_leaves_neither_rows_nor_progress(house: House, tmp_path: Path, monkeypatch):
    spring = house.a_list()
    job = handed_in(house, spring, a_file(900), tmp_path)
    steps = list_steps(brand_id=house.brand_id, now=NOW)
    next(steps)
    before = house.counts(spring)
    monkeypatch.setattr("perennial.segments.actions.list_files.move_job", _broken)
    with pytest.raises(OSError, match="full"):
        next(steps)
    assert house.counts(spring) == before
    monkeypatch.undo()
    list(list_steps(brand_id=house.brand_id, now=NOW))
    job.refresh_from_db()
    assert (job.state, job.counts["new"], job.counts["known"]) == ("done", 899, 0)


def _broken(**_: object) -> None:
    raise OSError("the disk is full")


@pytest.mark.parametrize(
    ("data", "code"), [(b"%PDF-1.7", "csv.not_csv"), (b"", "csv.empty"), (b"\x1f\x8b\x08\x00broken", "listing.cut")]
)
def test_what_is_no_list_ends_with_its_reason(house: House, tmp_path: Path, data: bytes, code: str):
    spring = house.a_list()
    job = handed_in(house, spring, data, tmp_path)
    list(list_steps(brand_id=house.brand_id, now=NOW))
    job.refresh_from_db()
    assert (job.state, job.error, job.cursor["problem"]["code"]) == ("failed", code, code)
    assert not place(job.cursor["file"]).exists()
    assert not something_waits(house.brand_id)


def test_what_a_killed_process_left_is_forgotten(house: House, tmp_path: Path):
    spring = house.a_list()
    job = handed_in(house, spring, a_file(10), tmp_path)
    left = place(1)
    left.touch()
    forget_left_over(datetime.fromtimestamp(left.stat().st_mtime, UTC) + timedelta(hours=23))
    assert left.exists()
    forget_left_over(datetime.fromtimestamp(left.stat().st_mtime, UTC) + timedelta(hours=25))
    assert not left.exists()
    assert place(job.cursor["file"]).exists()


def test_entries_are_shown_in_order_and_found(house: House):
    ana, _ = house.meet(ANA, BO)
    spring = house.a_list()
    house.add(spring, "\n".join(f"p{n:03}@example.com" for n in range(120)) + "\nana@example.com\n+34699111222")
    seen: list[str] = []
    after = None
    while some := entries(brand_id=house.brand_id, list_id=spring, matched=False, after=after):
        seen += [one.entry.value for one in some]
        after = some[-1].entry
    assert seen == [f"p{n:03}@example.com" for n in range(120)] + ["+34699111222"]
    (one,) = entries(brand_id=house.brand_id, list_id=spring, matched=True)
    assert (one.entry.value, one.customers, one.matched_at) == ("ana@example.com", (ana,), NOW)
    found = entries(brand_id=house.brand_id, list_id=spring, matched=False, search="p11")
    assert [one.entry.value for one in found] == [f"p11{n}@example.com" for n in range(10)]


def test_two_who_add_the_same_at_once_count_it_once(house: House):
    from django.db import connections

    spring = house.a_list()
    barrier, failed = threading.Barrier(3), []

    def add() -> None:
        barrier.wait()
        try:
            house.add(spring, "\n".join(f"p{n}@example.com" for n in range(400)))
        except Exception as error:  # noqa: BLE001  # told below
            failed.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=add) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert house.counts(spring) == (0, 400)


def test_a_told_thing_keeps_no_more_lines_than_it_may():
    from perennial.segments.actions.list_files import KEPT
    from perennial.segments.actions.lists import Added
    from perennial.segments.rules.listing_rows import rows_of_text

    rows = list(rows_of_text("nobody\n" * (KEPT + 5), Way()))
    told = Told().after(rows, Added())
    assert (told.counts["unread"], len(told.unread)) == (KEPT + 5, KEPT)
