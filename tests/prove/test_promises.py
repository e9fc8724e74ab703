"""The promises of `make prove`, each by the same function at a size that fits seconds."""

from __future__ import annotations

import pytest
from prove.outcome import Broken, Outcome

from prove import backups, erasure, histories, identifiers, imports, singles

DATABASES = ["SQLite", "PostgreSQL"]


@pytest.mark.django_db(transaction=True)
def test_any_order_of_arrival_gives_the_same_facts():
    outcome = histories.shuffled(seed=7, count=80)
    outcome.hold()
    assert len(outcome.claims) == 9


def test_the_reference_of_histories_takes_last_states():
    import random

    facts = histories.history("o1", random.Random(3))
    assert histories.folded(facts) == histories.folded(reversed(facts))
    placed = [fact for fact in facts if type(fact).__name__ == "Order"]
    net = sum(line.total for line in max(placed, key=lambda order: order.updated_at).lines)
    assert histories.folded(facts)[0] == net


def test_identifiers_of_many_processes_never_meet():
    identifiers.meet(seed=7, processes=4, each=10_000, kills=2).hold()


@pytest.mark.slow
@pytest.mark.parametrize("database", DATABASES)
def test_an_import_killed_anywhere_goes_on(database):
    outcome = Outcome("P28", "", "--seed 7")
    imports.kill_anywhere(outcome, database, seed=7, rows=2_000, kills=1)
    outcome.hold()


@pytest.mark.slow
@pytest.mark.parametrize("database", DATABASES)
def test_single_orders_beside_an_import_and_the_loop(database):
    outcome = Outcome(singles.NAME, "", "--seed 7")
    # The tests' machine may be busy with other tests: the promised 250 ms are for `make prove`.
    singles.wait(outcome, database, seed=7, rows=3_000, most_ms=2_000)
    outcome.hold()


@pytest.mark.slow
@pytest.mark.parametrize("database", DATABASES)
def test_nothing_names_an_erased_person(database):
    outcome = Outcome("P32", "", "--seed 7")
    erasure.erased(outcome, database, seed=7, customers=0)
    outcome.hold()
    assert len(outcome.claims) == 7


@pytest.mark.slow
@pytest.mark.parametrize("database", DATABASES)
def test_a_back_up_comes_back_on_an_empty_machine(database):
    outcome = Outcome("P31", "", "--seed 7")
    backups.restored(outcome, database, seed=7, customers=0, kills=1)
    backups.upgraded(outcome, database, seed=7, kills=1)
    outcome.hold()


def test_a_broken_promise_says_what_and_how_to_see_it_again():
    outcome = Outcome("P99", "Nothing is lost", "--seed 4")
    outcome.claim("all are there", "9 of 10", kept=False)
    outcome.claim("none twice", "none", kept=True)
    assert not outcome.kept
    with pytest.raises(Broken, match=r"P99 \(--seed 4\): all are there: 9 of 10$"):
        outcome.hold()
    assert "all are there | 9 of 10 | **no**" in outcome.text("2 cores")
