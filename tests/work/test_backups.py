"""A back-up is whole or not there; a restore is done or has changed nothing, killed wherever it may be."""

from __future__ import annotations

import gzip
import json
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from perennial.database.backup import archive, folder, in_place, sqlite_copy
from tests.real import ROOT

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
POINTS = ("checked", "unpacked", "before the rename", "after the rename", "database moved")


class Home:
    """A folder of data on SQLite, and commands on it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.database = path / "perennial.sqlite3"

    def run(self, *arguments: str, module: str = "perennial") -> subprocess.CompletedProcess[str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith("PERENNIAL_")}
        return subprocess.run(
            [sys.executable, "-m", module, *arguments], cwd=ROOT, text=True, capture_output=True, check=False,
            env=kept | {"PERENNIAL_HOME": str(self.path)},
        )  # fmt: skip

    def orders(self) -> list[str]:
        with closing(sqlite3.connect(self.database)) as opened:
            return [name for (name,) in opened.execute('SELECT name FROM "order" ORDER BY name')]

    @property
    def key(self) -> str:
        return (self.path / "secret-key").read_text()


def made(path: Path, orders: str) -> Home:
    home = Home(path)
    done = home.run("orders", orders, module="tests.work.restorer")
    assert done.returncode == 0, done.stderr
    return home


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, Path]:
    """An installation with two orders, and its back-up."""
    home = made(tmp_path_factory.mktemp("house"), "o1,o2")
    done = home.run("backup")
    assert done.returncode == 0, done.stderr
    (one,) = folder.listed(home.path)
    return home, folder.folder(home.path) / one.name


def test_what_comes_back_is_what_was_there(house, tmp_path):
    home, backup = house
    assert backup.stat().st_mode & 0o077 == 0
    fresh = Home(tmp_path / "fresh")
    done = fresh.run("restore", str(backup))
    assert done.returncode == 0, done.stderr
    assert fresh.orders() == ["o1", "o2"]
    assert fresh.key == home.key
    assert fresh.run("work", "--once").returncode == 0
    checked = fresh.run("check")
    assert checked.returncode == 0, checked.stdout
    left = {path.name for path in fresh.path.iterdir()}
    assert not {name for name in left if name.startswith((in_place.STAGING, in_place.READY))}


def test_a_home_that_is_not_empty_is_left_alone_without_a_word_to_replace_it(house, tmp_path):
    other = made(tmp_path / "other", "x1")
    refused = other.run("restore", str(house[1]))
    assert refused.returncode == 1
    assert "nothing was restored" in refused.stderr
    assert "--replace" in refused.stderr
    assert other.orders() == ["x1"]
    mirror = other.path / "mirror" / "old"
    mirror.mkdir(parents=True)
    done = other.run("restore", "--replace", str(house[1]))
    assert done.returncode == 0, done.stderr
    assert (other.orders(), other.key) == (["o1", "o2"], house[0].key)
    assert not mirror.exists(), "it was of other facts"


def test_a_database_in_use_is_not_replaced(house, tmp_path):
    other = made(tmp_path / "other", "x1")
    with closing(sqlite3.connect(other.database)) as busy:
        busy.execute('SELECT count(*) FROM "order"').fetchone()
        refused = other.run("restore", "--replace", str(house[1]))
    assert refused.returncode == 1
    assert "stop `perennial serve`" in refused.stderr
    assert other.orders() == ["x1"]


@pytest.mark.parametrize("point", POINTS)
def test_killed_anywhere_it_is_the_old_or_the_new_and_starts(house, tmp_path, point):
    other = made(tmp_path / "other", "x1")
    killed = other.run("killed", point, str(house[1]), module="tests.work.restorer")
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    begun = other.run("work", "--once")
    assert begun.returncode == 0, begun.stderr
    new = POINTS.index(point) >= POINTS.index("after the rename")
    assert other.orders() == (["o1", "o2"] if new else ["x1"])
    assert (other.key == house[0].key) is new
    left = [path.name for path in other.path.iterdir() if path.name.startswith((in_place.STAGING, in_place.READY))]
    assert left == []
    assert other.run("check").returncode == 0
    done = other.run("restore", "--replace", str(house[1]))
    assert done.returncode == 0, done.stderr
    assert other.orders() == ["o1", "o2"]


def test_a_full_disk_leaves_no_half_back_up_and_changes_nothing(house, tmp_path):
    home = house[0]
    names = [one.name for one in folder.listed(home.path)]
    full = home.run("full", "100000", "backup", module="tests.work.restorer")
    assert full.returncode == 1
    assert "no back-up was made" in full.stderr
    assert [one.name for one in folder.listed(home.path)] == names
    assert not [
        path.name for path in folder.folder(home.path).iterdir() if "part" in path.name or "making" in path.name
    ]
    other = made(tmp_path / "other", "x1")
    full = other.run("full", "100000", "restore", "--replace", str(house[1]), module="tests.work.restorer")
    assert full.returncode == 1
    assert "nothing was restored" in full.stderr
    assert other.orders() == ["x1"]
    assert other.run("work", "--once").returncode == 0


def altered(backup: Path, path: Path, how: str) -> Path:
    data = bytearray(backup.read_bytes())
    if how == "cut":
        data = data[: len(data) // 2]
    elif how == "a bit":
        plain = bytearray(gzip.decompress(bytes(data)))
        place = plain.index(b"SQLite format 3") + 5_000
        plain[place] ^= 1
        data = bytearray(gzip.compress(bytes(plain)))
    elif how == "text":
        data = bytearray(b"Order,Customer\n1,2\n")
    path.write_bytes(bytes(data))
    return path


@pytest.mark.parametrize(
    ("how", "said"), [("cut", "no whole back-up"), ("a bit", "is not what it was"), ("text", "no whole")]
)
def test_a_damaged_file_is_refused_before_anything_is_touched(house, tmp_path, how, said):
    fresh = Home(tmp_path / "fresh")
    done = fresh.run("restore", str(altered(house[1], tmp_path / "damaged.tar.gz", how)))
    assert done.returncode == 1
    assert said in done.stderr
    assert not fresh.database.exists()


def test_a_file_of_a_newer_version_or_of_another_database_is_refused(house, tmp_path):
    for change, said in (({"format": 9}, "this version reads 1"), ({"database": "postgresql"}, "give the address"),
                         ({"migrations": [["perennial", "9999_later"]]}, "newer version")):  # fmt: skip
        path = tmp_path / "other.tar.gz"
        with archive.Writer(path) as writer:
            for name, file in archive.members(house[1]):
                data = file.read()
                if name == archive.MANIFEST:
                    data = json.dumps(json.loads(data) | change).encode()
                if name != archive.CHECKSUMS:
                    writer.add_text(name, data.decode()) if name != "perennial.sqlite3" else _add(writer, name, data)
        fresh = Home(tmp_path / f"fresh-{said.split()[0]}")
        done = fresh.run("restore", str(path))
        assert done.returncode == 1
        assert said in done.stderr
        assert not fresh.database.exists()


def _add(writer: archive.Writer, name: str, data: bytes) -> None:
    import io

    writer.add(name, len(data), io.BytesIO(data))


def test_a_copy_is_of_one_moment_while_others_write(tmp_path):
    source, target = tmp_path / "a.sqlite3", tmp_path / "b.sqlite3"
    with closing(sqlite3.connect(source, isolation_level=None)) as opened:
        opened.execute("PRAGMA journal_mode=WAL")
        opened.execute("CREATE TABLE t (n INTEGER, filler BLOB)")
        opened.execute("BEGIN")
        opened.executemany("INSERT INTO t VALUES (?, randomblob(20000))", [(n,) for n in range(3_000)])
        opened.execute("COMMIT")
        words: list[tuple[int, int]] = []

        def told(done: int, of: int) -> None:
            words.append((done, of))
            opened.execute("INSERT INTO t VALUES (-1, NULL)")  # a writer in the middle of the copy

        sqlite_copy.copy(source, target, told)
    assert len(words) > 3, "it is copied in pieces"
    assert sqlite_copy.check(target) == ""
    with closing(sqlite3.connect(target)) as copied:
        assert copied.execute("SELECT count(*), min(n) FROM t").fetchone() == (3_000, 0)


def test_two_back_ups_at_once_are_one_and_a_killed_one_leaves_nothing(tmp_path):
    left = folder.folder(tmp_path) / "making-1"
    left.mkdir()
    (folder.folder(tmp_path) / "x.tar.gz.1.part").touch()
    with folder.alone(tmp_path):
        assert not left.exists()
        with pytest.raises(folder.AlreadyAtIt), folder.alone(tmp_path):
            pytest.fail("two had it")
    assert [path.name for path in folder.folder(tmp_path).iterdir()] == ["lock"]


def _half(writer: archive.Writer) -> None:
    writer.add_text(archive.MANIFEST, '{"format": 1}')
    raise OSError("the disk is full")


def test_an_archive_is_only_there_when_it_is_whole(tmp_path):
    path = tmp_path / "a.tar.gz"
    writer = archive.Writer(path)
    with pytest.raises(OSError, match="full"), writer:
        _half(writer)
    assert list(tmp_path.iterdir()) == []
    with archive.Writer(path) as writer:
        writer.add_text(archive.MANIFEST, '{"format": 1}')
    assert archive.verify(path) == {"format": 1}
