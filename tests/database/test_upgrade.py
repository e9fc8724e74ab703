"""An upgrade stopped between the change of the tables and the note that it was made."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

# In a process of its own: it starts from no tables at all. Each migration is stopped once before its note is
# written, then run again; where the change had stayed, "table already exists" would end it.
STOPPED = """
from perennial.database.start import start, upgrade
start(migrate=False)
from django.db.migrations.executor import MigrationExecutor
write, stopped, tries = MigrationExecutor.record_migration, set(), 0

class Stopped(Exception): pass

def record(self, migration):
    if (name := (migration.app_label, migration.name)) not in stopped:
        stopped.add(name)
        raise Stopped
    write(self, migration)

MigrationExecutor.record_migration = record
while True:
    try:
        upgrade()
        break
    except Stopped:
        tries += 1
from django.db import connection
from perennial.database.append_only import missing
from perennial.facts.models.brands import Brand
with connection.cursor() as cursor:
    cursor.execute("SELECT count(*) FROM django_migrations")
    (noted,) = cursor.fetchone()
print(tries, noted, len(missing()), Brand.objects.count())
"""


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_an_upgrade_stopped_before_any_of_its_notes_goes_on(
    request: pytest.FixtureRequest, tmp_path: Path, database: str
) -> None:
    given = {**os.environ, "PERENNIAL_HOME": str(tmp_path)}
    given.pop("PERENNIAL_DATABASE_URL", None)
    if database == "postgres":
        given["PERENNIAL_DATABASE_URL"] = request.getfixturevalue("postgres_server").create("upgraded")
    done = subprocess.run([sys.executable, "-c", STOPPED], env=given, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    tries, noted, unguarded, brands = map(int, done.stdout.split())
    assert tries == noted > 30
    assert (unguarded, brands) == (0, 0)
