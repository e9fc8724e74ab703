"""Two who save at once: one of them wins, the other is told, on the database at hand."""

import json
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.db import connection, transaction

from perennial.documents import actions, queries
from perennial.documents.actions import Stale
from perennial.documents.models import Document
from tests.documents.conftest import NOON

pytestmark = pytest.mark.django_db(transaction=True)
PLACE = {"brand_id": 1, "kind": "note", "key": "race"}
RACERS = 6


def race(call):
    """What each of the racers got, all let go at once, each on a connection of its own."""
    barrier = threading.Barrier(RACERS)

    def run(number):
        try:
            connection.ensure_connection()
            barrier.wait(30)
            return call(number)
        except Stale as stale:
            return stale
        finally:
            connection.close()

    with ThreadPoolExecutor(RACERS) as pool:
        return list(pool.map(run, range(RACERS)))


def test_one_of_many_wins_each_version():
    for version in range(5):
        told = race(
            lambda number, seen=version: actions.save(
                **PLACE,
                body={"text": f"{number} after {seen}"},
                author=f"usr_{number}",
                seen_version=seen,
                now=NOON,
            )
        )
        winners = [one for one in told if isinstance(one, Document)]
        stale = [one for one in told if isinstance(one, Stale)]
        assert len(winners) == 1
        assert len(stale) == RACERS - 1
        assert {one.current for one in stale} == set(winners)
        assert winners[0].version == version + 1
    assert queries.history(**PLACE).count() == 5


def test_the_same_call_sent_many_times_at_once_makes_one_version():
    told = race(
        lambda _: actions.save(**PLACE, body={"text": "once"}, author="api", seen_version=0, now=NOON, state="live")
    )
    assert {one.id for one in told} == {Document.objects.get().id}


def test_publishing_and_retiring_at_once_leaves_one_of_them():
    actions.save(**PLACE, body={"text": "a"}, author="api", seen_version=0, now=NOON)
    verbs = (actions.publish, actions.retire)
    told = race(lambda number: verbs[number % 2](**PLACE, author=f"usr_{number}", seen_version=1, now=NOON))
    assert sum(isinstance(one, Document) for one in told) == 1
    assert queries.latest(**PLACE).version == 2


@pytest.mark.only_on("postgres")
@pytest.mark.parametrize("words", ["other", "mine"])
def test_the_constraint_decides_between_two_open_transactions(words):
    """Neither sees the other's row when it looks; the second waits at the unique index until the first commits."""
    actions.save(**PLACE, body={"text": "a"}, author="api", seen_version=0, now=NOON)
    inserted, done = threading.Event(), threading.Event()

    def first():
        try:
            with transaction.atomic():
                actions.save(**PLACE, body={"text": words}, author="api", seen_version=1, now=NOON)
                inserted.set()
                with connection.cursor() as cursor:
                    waiting = 0
                    while not waiting and not done.is_set():
                        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
                        waiting = cursor.fetchone()[0]
            return waiting
        finally:
            inserted.set()
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(first)
        assert inserted.wait(30)
        try:
            told = actions.save(**PLACE, body={"text": "mine"}, author="api", seen_version=1, now=NOON)
        except Stale as stale:
            told = stale
        finally:
            done.set()
        assert other.result(30) == 1
    if words == "mine":
        assert told == queries.latest(**PLACE)
    else:
        assert isinstance(told, Stale)
        assert told.current.stored == {"text": "other"}
    assert queries.latest(**PLACE).version == 2


SAVE = """
import json, sys
from datetime import datetime
import django
django.setup()
from perennial.documents import actions
from perennial.documents.actions import Stale
from perennial.documents.rules.kinds import Registry, install
from tests.documents.kinds import NOTE
install(Registry.of([NOTE]))
sys.stdin.readline()
place = json.loads(sys.argv[1])
won = []
for version in range(20):
    try:
        actions.save(**place, body={"text": f"{sys.argv[2]} {version}"}, author=sys.argv[2],
                     seen_version=version, now=datetime.fromisoformat(sys.argv[3]))
        won.append(version + 1)
    except Stale:
        pass
print(json.dumps(won))
"""


def test_processes_share_the_versions_among_them():
    root = Path(__file__).parents[2]
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", SAVE, json.dumps(PLACE), f"usr_{number}", NOON.isoformat()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=root,
        )
        for number in range(2)
    ]
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    won = [json.loads(process.communicate(timeout=60)[0]) for process in processes]
    assert sorted(won[0] + won[1]) == list(range(1, 21))
    assert [one.version for one in queries.history(**PLACE)] == list(range(20, 0, -1))
