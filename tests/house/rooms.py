"""The rooms and their order, read from the import contracts: one list serves the linter and these tests."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

from tests.real import ROOT

SOURCE = ROOT / "src" / "perennial"


def project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def heights() -> dict[str, int]:
    """Return each room's height: a room may know those that are lower, never one as high as itself."""
    contracts = {contract["id"]: contract for contract in project()["tool"]["importlinter"]["contracts"]}
    layers = contracts["layers"]["layers"]
    return {room: len(layers) - place for place, layer in enumerate(layers) for room in re.findall(r"\w+", layer)}


def rooms() -> list[Path]:
    """Return the folders of the rooms that exist."""
    return sorted(init.parent for init in SOURCE.glob("*/__init__.py") if init.parent.name != "migrations")


def has_tables(room: Path) -> bool:
    return (room / "models.py").exists() or (room / "models").is_dir()


def body(path: Path) -> list[ast.stmt]:
    return ast.parse(path.read_text(), str(path)).body
