"""The examples of the pages run: commands are understood, Python does what stands beside it."""

from __future__ import annotations

import gzip
import re
import shlex
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from tools import reference

from tests.docs import reading
from tests.docs.reading import PAGES, README, page
from tests.real import ROOT

MAPPING = reading.code(page("import.md"), "yaml")[0]
ORDERS = next(block for block in reading.code(page("commands.md"), "text") if block.startswith("Order,"))
COMMANDS = [(path.name, line) for path in PAGES for line in reading.shell(path.read_text())]


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the files that the examples name, as the one in which they are run."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "orders.csv").write_text(ORDERS)
    (tmp_path / "more.csv.gz").write_bytes(gzip.compress(ORDERS.encode()))
    (tmp_path / "mapping.yaml").write_text(MAPPING)
    (tmp_path / "perennial-20260301-090000.tar.gz").touch()
    return tmp_path


def split(line: str) -> tuple[str, list[str]]:
    """The command of a line such as "perennial mirror rebuild --brand main", and what follows."""
    name, *rest = shlex.split(line, comments=True)
    assert name == "perennial"
    known = set(reference.commands())
    length = max(n for n in range(len(rest) + 1) if " ".join(rest[:n]) in known)
    return " ".join(rest[:length]), rest[length:]


@pytest.mark.parametrize(("where", "line"), [one for one in COMMANDS if one[1].startswith("perennial")])
def test_a_command_of_the_pages_is_understood(shop: Path, where: str, line: str):
    path, rest = split(line)
    assert path, f"{line}: there is no such command"
    command = reference.command(path)
    with command.make_context(path, rest) as context:  # reads the options, runs nothing
        assert context.args == []
    assert CliRunner().invoke(command, ["--help"]).exit_code == 0


@pytest.mark.parametrize(("where", "line"), [one for one in COMMANDS if not one[1].startswith("perennial")])
def test_a_target_of_the_pages_exists(where: str, line: str):
    makefile = (ROOT / "Makefile").read_text()
    words = shlex.split(line)
    targets = [word for word in words[1:] if "=" not in word]
    assert words[0] == "make"
    assert targets
    assert all(re.search(rf"^{target}:", makefile, re.MULTILINE) for target in targets)
    assert all(f"$({word.split('=')[0]})" in makefile for word in words if "=" in word)


ANALYST = [one for one in COMMANDS if re.match(r"perennial (ask|report) ", one[1]) and "sqlite:" not in one[1]]


@pytest.mark.parametrize(("where", "line"), ANALYST)
def test_an_analysts_command_gives_what_it_says(shop: Path, where: str, line: str):
    path, rest = split(line)
    done = CliRunner().invoke(reference.command(path), rest)
    assert done.exit_code == 0, done.output
    if done.output.startswith("Wrote "):
        assert (shop / done.output.removeprefix("Wrote ").strip()).stat().st_size > 0
    else:
        assert len(done.output.splitlines()) > 1


def test_a_dry_run_needs_no_database_and_leaves_nothing_behind(shop: Path):
    before = sorted(shop.iterdir())
    path, rest = split(next(line for _, line in COMMANDS if line.endswith("--dry-run")))
    program = "from perennial.cli import main; main()"
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(shop)}
    done = subprocess.run(
        [sys.executable, "-c", program, path, *rest],
        cwd=shop,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Nothing was recorded." in done.stderr
    assert "columns:" in done.stdout
    assert sorted(shop.iterdir()) == before


def test_the_answer_shown_is_the_answer_given(shop: Path):
    shown = next(block for block in reading.code(page("commands.md"), "text") if block.startswith("person_id"))
    done = CliRunner().invoke(reference.command("ask"), ["rfm", "orders.csv", "--as-of", "2024-04-30"])
    assert done.output == shown


@pytest.mark.parametrize("path", [README, reading.DOCS / "definitions.md"], ids=lambda path: path.name)
def test_the_analysts_python_runs_without_django(shop: Path, path: Path):
    (example,) = reading.code(path.read_text(), "python")
    (shop / "example.py").write_text(f"{example}\nimport sys\nassert 'django' not in sys.modules\n")
    done = subprocess.run([sys.executable, "example.py"], cwd=shop, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "person_id" in done.stdout


def test_the_mapping_file_of_the_page_is_read(shop: Path):
    from perennial.stores.csv.mapping.files import read_mapping

    found = read_mapping(MAPPING)
    assert found.columns["ordered_at"] == "Tag"
    assert (found.dates, found.decimal, found.currency, found.zone) == ("day_first", ",", "EUR", "Europe/Berlin")


@pytest.mark.django_db(transaction=True)
def test_the_developers_python_records_decides_and_reads(shop: Path, capsys: pytest.CaptureFixture[str]):
    from perennial.facts.models.brands import Brand
    from perennial.figures.queries.answers import treatment
    from perennial.figures.queries.mirror import folder
    from perennial.work.loop import Loop

    run(page("facts.md"), "facts.md")
    assert capsys.readouterr().out == "1\n"
    run(page("settings.md"), "settings.md")
    assert capsys.readouterr().out == "default@1\n"
    now, brand = datetime.now(UTC), Brand.objects.get(key="main")
    assert treatment(brand.id, now).shipping
    assert [ran.error for ran in Loop(clock=lambda: now).once() if ran.outcome != "done"] == []
    mirror = shop / "perennial-data" / "mirror"
    mirror.mkdir(parents=True)
    (mirror / str(brand.id)).symlink_to(folder(brand.id))
    run(page("mirror.md"), "mirror.md")
    assert re.search(r"^orders\s+1\b", capsys.readouterr().out, re.MULTILINE)


def run(text: str, name: str) -> None:
    (example,) = reading.code(text, "python")
    exec(compile(example, name, "exec"), {"__name__": "example"})
