"""Which back-ups stay, what a killed one leaves, and that the erased stay erased whatever is restored."""

from __future__ import annotations

import shutil
import signal
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from perennial.database.backup import archive, folder
from perennial.facts.actions.erasing import journal
from tests.work.restorer import NOW
from tests.work.test_backups import Home, made


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return made(tmp_path_factory.mktemp("house"), "o1,o2")


def ran(home: Home, *arguments: str, module: str = "perennial") -> str:
    done = home.run(*arguments, module=module)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_as_many_stay_as_were_chosen_last_whoever_makes_the_next(house: Home):
    for day in range(12):
        with archive.Writer(folder.next_path(house.path, NOW - timedelta(days=day))) as writer:
            writer.add_text(archive.MANIFEST, '{"format": 1}')
    ran(house, "backup", "--keep", "9")
    nine = {one.name for one in folder.listed(house.path)}
    assert (len(nine), folder.kept(house.path)) == (9, 9)
    ran(house, "asked", module="tests.work.restorer")
    ran(house, "work", "--once")
    left = {one.name for one in folder.listed(house.path)}
    assert (len(left), len(left - nine)) == (9, 1)
    ran(house, "backup")
    assert len(folder.listed(house.path)) == 9


def test_what_a_killed_one_left_elsewhere_goes_with_the_next(house: Home, tmp_path: Path):
    killed = house.run("cut-short", str(tmp_path / "monday.tar.gz"), module="tests.work.restorer")
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    (left,) = tmp_path.iterdir()
    assert left.suffix == ".part"
    ran(house, "backup", str(tmp_path / "tuesday.tar.gz"))
    assert [path.name for path in tmp_path.iterdir()] == ["tuesday.tar.gz"]
    assert "outside" not in {path.name for path in folder.folder(house.path).iterdir()}


def test_who_was_erased_stays_so_when_an_older_back_up_is_restored_after_a_newer_one(house: Home, tmp_path: Path):
    older, newer = (tmp_path / name / "perennial.tar.gz" for name in ("older", "newer"))
    for path in (older, newer):
        path.parent.mkdir()
    ran(house, "backup", str(older))
    with closing(sqlite3.connect(house.database)) as opened:
        (email,) = opened.execute("SELECT value FROM identity WHERE kind = 'email' LIMIT 1").fetchone()
    ran(house, "erase", email, "--yes")
    ran(house, "backup", str(newer))
    fresh = Home(tmp_path / "fresh")
    ran(fresh, "restore", str(newer))
    assert [entry.id for entry in journal.read(fresh.path / "backups" / journal.NAME)]
    told = ran(fresh, "restore", "--replace", str(older))
    assert "Erased again" in told
    with closing(sqlite3.connect(fresh.database)) as opened:
        assert opened.execute("SELECT count(*) FROM identity WHERE value = ?", [email]).fetchone() == (0,)
        assert opened.execute("SELECT count(*) FROM erased").fetchone()[0] > 0
    lines = (fresh.path / "backups" / journal.NAME).read_text().splitlines()
    assert len(lines) == len(set(lines)) == 1
    shutil.rmtree(fresh.path)


@pytest.mark.django_db
def test_a_wish_that_meets_another_back_up_waits_for_it(settings, tmp_path: Path):
    from perennial.facts.actions.jobs import want_job
    from perennial.facts.models.loop import Job
    from perennial.work.backups import KIND, backup_steps, wanted

    settings.PERENNIAL_HOME = tmp_path
    want_job(brand_id=1, kind=KIND, key="", now=NOW)
    with folder.alone(tmp_path):
        list(backup_steps(brand_id=1, now=NOW))
    job = Job.objects.get()
    assert (job.state, job.error) == ("wanted", "")
    assert wanted(1)
