"""Set-up takes only parts that serve, keeps what it unpacks in its folder, tells failures with a remedy."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest
from tests.house.rooms import ROOT
from tools import debian, parts, running


def program(path: Path, says: str, code: int = 0) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{says}'\nexit {code}\n")
    path.chmod(0o755)


@pytest.mark.parametrize(
    ("says", "version"),
    [
        ("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)", "15.18"),
        ("postgres (PostgreSQL) 14.0", "14.0"),
        ("postgres (PostgreSQL) 19beta1", "19beta1"),
        ("postgres (PostgreSQL) 13.21", None),
        ("postgres (PostgreSQL) 9.6.24", None),
    ],
)
def test_a_postgresql_older_than_14_is_passed_over(tmp_path: Path, says: str, version: str | None):
    for name in ("postgres", "initdb", "pg_ctl"):
        program(tmp_path / name, says)
    assert parts._postgresql_version(tmp_path) == version


def test_a_postgresql_without_initdb_is_passed_over(tmp_path: Path):
    program(tmp_path / "postgres", "postgres (PostgreSQL) 17.2")
    assert parts._postgresql_version(tmp_path) is None


@pytest.mark.parametrize(
    ("says", "code", "version"),
    [
        ('openjdk version "17.0.15" 2025-04-15', 0, "17.0.15"),
        ('openjdk version "21" 2023-09-19', 0, "21"),
        ('openjdk version "11.0.27" 2025-04-15', 0, None),
        ('java version "1.8.0_452"', 0, None),
        ("Error: Could not create the Java Virtual Machine.", 1, None),
    ],
)
def test_a_java_older_than_17_or_without_vectors_is_passed_over(tmp_path, says, code, version):
    program(tmp_path / "bin" / "java", says, code)
    assert parts._java_version(tmp_path) == version


def test_links_of_an_unpacked_package_stay_in_its_folder(tmp_path: Path):
    config = tmp_path / "etc" / "java" / "java.security"
    config.parent.mkdir(parents=True)
    config.write_text("inside")
    link = tmp_path / "usr" / "lib" / "java.security"
    link.parent.mkdir(parents=True)
    link.symlink_to("/etc/java/java.security")
    elsewhere = tmp_path / "usr" / "lib" / "zoneinfo"
    elsewhere.symlink_to("/usr/share/zoneinfo")
    debian._keep_links_inside(tmp_path)
    assert link.read_text() == "inside"
    assert not link.readlink().is_absolute()
    assert elsewhere.readlink() == Path("/usr/share/zoneinfo")


def test_a_part_that_cannot_be_fetched_stops_set_up_with_a_remedy(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(debian, "available", lambda: False)
    with pytest.raises(running.SetupError, match=r"postgresql is not installed.*install it.*make again"):
        debian.fetch("postgresql", ["postgresql-15"], libraries=True)


def test_a_failing_command_tells_its_last_lines():
    with pytest.raises(running.SetupError, match=r"(?s)failed with code 3.*no space left.*Free some"):
        running.run(["sh", "-c", "echo no space left; exit 3"], remedy="Free some.")
    with pytest.raises(running.SetupError, match=r"no-such-program cannot be run"):
        running.run(["no-such-program"])


def test_an_old_python_is_told_what_to_do(monkeypatch: pytest.MonkeyPatch):
    script = compile((ROOT / "tools" / "setup.py").read_text(), "setup.py", "exec")
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    monkeypatch.setattr(sys, "stderr", told := io.StringIO())
    names: dict = {"__name__": "setup"}
    exec(script, names)
    assert names["main"]() == 1
    assert "Python 3.11 or newer is needed, this is 3.9" in told.getvalue()
    assert "make PYTHON=" in told.getvalue()


def test_help_lists_every_target():
    told = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for target in ("demo", "dev", "test", "check", "bench", "prove", "lock", "clean"):
        assert f"make {target} " in told


def test_ci_runs_the_same_steps():
    script = (ROOT / ".ci" / "run").read_text()
    assert [line for line in script.splitlines() if line.startswith("make ")] == ["make check", "make test"]
