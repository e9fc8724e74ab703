"""Reading by ADBC: fresh, from a process of its own on SQLite, and never in the writers' way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest
from django.db import connection

from perennial.database import arrow
from perennial.database.arrow import ReadFailed, source
from perennial.facts.models.brands import Brand
from tests.figures.facts import House

pytestmark = pytest.mark.django_db(transaction=True)
COUNT = "SELECT CAST(count(*) AS BIGINT) AS n FROM brand"


def brands(opened: arrow.Source) -> int:
    return int(opened.read(COUNT).column("n")[0].as_py())


def test_each_read_sees_what_is_committed_by_then() -> None:
    with source() as opened:
        before = brands(opened)
        House()
        assert brands(opened) == before + 1
        Brand.objects.filter(store=None).delete()


def test_a_bad_question_is_an_error_and_the_next_one_is_answered() -> None:
    with source() as opened, pytest.raises(Exception, match="no_such_table"):
        opened.read("SELECT * FROM no_such_table")
    with source() as opened:
        assert brands(opened) >= 0


@pytest.mark.only_on("sqlite")
def test_nothing_can_be_written_by_it() -> None:
    house = House()
    with source() as opened, pytest.raises(ReadFailed):
        opened.read(f"DELETE FROM store WHERE brand_id = {house.id} RETURNING id")
    assert Brand.objects.filter(id=house.id, store__key="s").exists()


@pytest.mark.only_on("sqlite")
def test_the_database_file_is_opened_by_one_copy_of_sqlite_only() -> None:
    """Two copies in one process lose each other's locks: the reader is a process of its own."""
    script = """
import django, sys
django.setup()
from perennial.database.arrow import source
with source() as opened:
    assert opened.read("SELECT id FROM brand").num_rows == 1
assert not [name for name in sys.modules if name.startswith("adbc")]
"""
    House()
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)


@pytest.mark.only_on("sqlite")
def test_a_reader_that_dies_is_reported_and_replaced() -> None:
    with source() as opened:
        assert brands(opened) >= 0
        process = arrow._Reader.of_this_process()._process
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        with pytest.raises((ReadFailed, BrokenPipeError)):
            brands(opened)
    with source() as opened:
        assert brands(opened) >= 0


@pytest.mark.only_on("sqlite")
def test_reading_does_not_keep_the_log_from_being_folded_back() -> None:
    with source() as opened:
        brands(opened)
        House()
        brands(opened)
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            busy, left, _ = cursor.fetchone()
        assert (busy, left) == (0, 0)
