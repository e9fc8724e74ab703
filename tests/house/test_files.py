"""What stands in the tracked files: no place of anyone's machine, locks that are whole and hashed."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from tests.house.rooms import ROOT, project

# Put together from pieces, so that this file does not find itself.
HOME = re.compile(r"(?<![\w./:])/(?:home|Users)/[a-z]\w*|(?<![\w./:])/ro" + r"ot/\w")
INDEX = re.compile(r"pypi\.org/" + r"simple|files\.python" + r"hosted\.org|--(?:extra-)?index" + r"-url")


def places(text: str) -> list[str]:
    return [match[0] for pattern in (HOME, INDEX) for match in pattern.finditer(text)]


def tracked_files() -> list[Path]:
    told = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [path for name in told.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def test_no_file_names_a_place_of_one_machine_or_an_index():
    files = tracked_files()
    assert ROOT / "pyproject.toml" in files
    found = {
        str(path.relative_to(ROOT)): named
        for path in files
        if (named := places(path.read_bytes().decode("utf-8", "replace")))
    }
    assert found == {}


@pytest.mark.parametrize(
    "text",
    ["open('/ho" + "me/ada/orders.csv')", "=/ro" + "ot/perennial", "--index" + "-url https://mirror.example"],
)
def test_such_a_place_would_be_seen(text: str):
    assert places(text)


@pytest.mark.parametrize("text", ["--no-emit-index" + "-url", "https://shop.example/home/hats", "/usr/lib"])
def test_other_paths_may_stand(text: str):
    assert places(text) == []


def locked(name: str) -> dict[str, set[str]]:
    """Return the packages of a lock with their pins; each must carry a hash."""
    pins: dict[str, set[str]] = {}
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    for block in re.split(r"\n(?=\S)", text.strip()):
        requirement = Requirement(block.split(" \\\n")[0])
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", block), f"{name}.txt: {requirement} has no hash"
        assert str(requirement.specifier).startswith("=="), f"{name}.txt: {requirement} is not pinned"
        pins.setdefault(canonicalize_name(requirement.name), set()).add(str(requirement))
    return pins


def declared(*lists: list[str]) -> set[str]:
    return {canonicalize_name(Requirement(line).name) for lines in lists for line in lines}


def test_the_locks_hold_every_declared_dependency():
    told = project()
    extras = told["project"]["optional-dependencies"]
    run = declared(told["project"]["dependencies"], extras["postgres"])
    assert run - locked("run").keys() == set()
    everything = run | declared(*extras.values(), told["dependency-groups"]["dev"])
    assert everything - locked("dev").keys() == set()


def test_what_runs_is_what_is_tested():
    dev = locked("dev")
    for name in ("run", "bootstrap"):
        differing = {key for key, pins in locked(name).items() if key != "uv" and dev.get(key) != pins}
        assert differing == set(), f"{name}.txt and dev.txt differ: run make lock"


def test_the_locked_versions_are_those_the_project_allows():
    told = project()
    dev = locked("dev")
    lines = [*told["project"]["dependencies"], *told["dependency-groups"]["dev"]]
    for requirement in map(Requirement, lines):
        for pin in dev[canonicalize_name(requirement.name)]:
            for exact in Requirement(pin).specifier:
                assert requirement.specifier.contains(exact.version), f"{pin}: run make lock"
