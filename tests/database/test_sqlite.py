"""Transactions on SQLite: whoever writes waits in line, and always lets go."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import connection, transaction

from perennial.database import ids
from perennial.database.fairlock import FairLock
from perennial.facts.actions.decide import decide
from perennial.facts.actions.jobs import begin_job, end_job, move_job
from perennial.facts.models.loop import Counter, Job

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.only_on("sqlite")]
NOW = datetime(2026, 3, 1, tzinfo=UTC)


def lock() -> FairLock:
    return FairLock.at(Path(connection.settings_dict["NAME"] + "-queue"))


def free() -> bool:
    taken = lock()._threads.acquire(blocking=False)
    if taken:
        lock()._threads.release()
    return taken


@pytest.fixture
def turns(monkeypatch):
    """How often somebody queued."""
    seen: list[int] = []
    queue = FairLock.acquire

    def counted(self) -> None:
        seen.append(1)
        queue(self)

    monkeypatch.setattr(FairLock, "acquire", counted)
    return seen


def count(name: str) -> None:
    Counter.objects.create(id=ids.new(), brand_id=1, name=name, n=1)


def test_a_write_waits_in_line_once_and_lets_go(turns):
    with transaction.atomic():
        assert not free()
        with transaction.atomic():
            count("a")
        assert not free()
    assert free()
    assert len(turns) == 1


def test_an_error_inside_and_a_database_that_cannot_begin_let_go(monkeypatch):
    with pytest.raises(RuntimeError), transaction.atomic():  # noqa: PT012  # all of it is the case
        count("a")
        raise RuntimeError
    assert free()
    connection.connection.close()  # what BEGIN finds is no connection any more
    with pytest.raises(Exception, match="closed"), transaction.atomic():
        count("b")
    assert free()
    connection.close()
    with transaction.atomic():
        count("c")
    assert list(Counter.objects.values_list("name", flat=True)) == ["c"]


def test_a_commit_that_fails_lets_go(monkeypatch):
    from django.db import DatabaseError
    from django.db.backends.base.base import BaseDatabaseWrapper

    def full(self):
        raise DatabaseError("database or disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(BaseDatabaseWrapper, "_commit", full)
        with pytest.raises(DatabaseError, match="full"), transaction.atomic():
            count("a")
    assert free()
    assert not Counter.objects.exists()


def test_a_connection_closed_inside_a_transaction_lets_go():
    with pytest.raises(Exception, match="closed"), transaction.atomic():  # noqa: PT012  # all of it is the case
        count("a")
        connection.close()
        count("b")
    assert free()
    assert not Counter.objects.exists()


def test_a_forked_child_waits_in_a_line_of_its_own():
    with transaction.atomic():
        child = os.fork()
        if child == 0:
            try:
                os._exit(0 if lock()._threads.acquire(blocking=False) else 1)
            finally:
                os._exit(2)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert not free()
        count("a")
    assert free()


def test_whatever_is_written_outside_a_transaction_of_the_callers_waits_in_line_too(turns):
    job = begin_job(brand_id=1, kind="import", key="k", now=NOW)
    assert len(turns) == 1
    move_job(job=job.id, cursor={"checkpoint": 1}, counts={}, now=NOW)
    assert len(turns) == 2
    end_job(job=job.id, now=NOW)
    assert len(turns) == 3
    decide(
        brand_id=1, kind="k", subject_id=1, customer_id=None, documents=[], inputs={}, outcome={}, reasons=[], now=NOW
    )
    assert len(turns) == 4
    assert Job.objects.get().state == "done"
