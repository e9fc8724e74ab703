"""The tests' own parts: the database asked for, seen by started commands too, and the server to be killed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from django.db import connection
from tests.postgres import PostgresServer

_ASK = """
import django
django.setup()
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("SELECT count(*) FROM house_probe")
    print(connection.vendor, cursor.fetchone()[0])
"""


@pytest.mark.django_db(transaction=True)
def test_a_started_command_sees_the_tests_database(tmp_path: Path):
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE house_probe (id integer)")
        cursor.execute("INSERT INTO house_probe VALUES (1), (2)")
    try:
        told = subprocess.run(
            [sys.executable, "-c", _ASK],
            cwd=tmp_path,
            env=os.environ,
            capture_output=True,
            text=True,
            check=True,
        )
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE house_probe")
    assert told.stdout.split() == [connection.vendor, "2"]


@pytest.mark.only_on("postgres")
@pytest.mark.django_db
def test_the_second_process_is_on_postgresql():
    assert connection.vendor == "postgresql"


@pytest.mark.only_on("sqlite")
@pytest.mark.django_db
def test_the_first_process_is_on_a_sqlite_file_in_its_own_home():
    assert connection.vendor == "sqlite"
    assert Path(connection.settings_dict["NAME"]).parent == Path(os.environ["PERENNIAL_HOME"])


def test_a_killed_postgresql_keeps_what_was_committed(killable_postgres: PostgresServer):
    address = killable_postgres.create("ledger")
    with psycopg.connect(address, autocommit=True) as session:
        session.execute("CREATE TABLE entry (points integer)")
        session.execute("INSERT INTO entry VALUES (50)")
        killable_postgres.kill()
        with pytest.raises(psycopg.OperationalError):
            session.execute("SELECT 1")
    killable_postgres.start()
    with psycopg.connect(address) as session:
        assert session.execute("SELECT points FROM entry").fetchall() == [(50,)]


def test_the_java_is_new_enough_for_spark(java_home: Path):
    told = subprocess.run([java_home / "bin" / "java", "-version"], capture_output=True, text=True, check=True)
    assert int(told.stderr.split('"')[1].split(".")[0]) >= 17
