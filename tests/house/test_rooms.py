"""The house keeps its shape: direction of imports and of foreign keys, names of files, their sizes."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import models
from tests.house.rooms import ROOT, SOURCE, body, has_tables, heights, rooms
from tools.sizes import too_long

CLOSED_LIST = {"rules", "compile", "models", "actions", "queries", "mapping", "client", "transport"}
FOLDERS_BESIDE = {"templates", "static", "locale", "schedules", "playbooks", "__pycache__"}
# Each shop system and each channel is a folder of its own inside these rooms.
ROOMS_OF_ADAPTERS = {"stores", "channels"}
NAMED_BY_CONTENT = {"values", "insight", "simulator", "web", "work", "lab", "database", "display"}


def test_a_room_imports_only_the_rooms_below_it():
    linter = Path(sys.executable).parent / "lint-imports"
    told = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout + told.stderr


def test_every_room_stands_in_the_contracts():
    assert {room.name for room in rooms()} <= heights().keys()


def room_of(model: type[models.Model]) -> str:
    return model.__module__.split(".")[1]


def upward(model: type[models.Model], target: type[models.Model]) -> str | None:
    """Say why a table may not point at another; a reference by string is an import the linter cannot see."""
    own, other = room_of(model), room_of(target)
    if own == other or heights()[other] < heights()[own]:
        return None
    return f"{own}.{model.__name__} points at {other}.{target.__name__}, which is not below it"


def test_a_foreign_key_points_only_downwards():
    tables = apps.get_app_config("perennial").get_models(include_auto_created=True)
    found = [
        upward(model, field.related_model)
        for model in tables
        for field in model._meta.get_fields()
        if field.is_relation and field.concrete and field.related_model is not None
    ]
    assert [breach for breach in found if breach] == []


def test_a_foreign_key_upwards_would_be_seen():
    lower = type("Order", (), {"__module__": "perennial.facts.models"})
    higher = type("Wallet", (), {"__module__": "perennial.loyalty.models.wallet"})
    beside = type("Answer", (), {"__module__": "perennial.surveys.models"})
    assert upward(higher, lower) is None
    assert upward(lower, lower) is None
    assert upward(lower, higher) is not None
    assert upward(higher, beside) is not None


def outside_the_list(room: Path) -> list[str]:
    """Name the files of a room with tables that ARCHITECTURE's closed list does not know."""
    found = []
    for entry in sorted(room.iterdir()):
        python = entry.suffix == ".py" or (entry / "__init__.py").exists()
        name = entry.stem
        if entry.name == "__init__.py" or name in (CLOSED_LIST if python else FOLDERS_BESIDE):
            continue
        if entry.is_dir() and (room.name in ROOMS_OF_ADAPTERS or not any(entry.rglob("*.py"))):
            continue
        found.append(str(entry.relative_to(room.parent)))
    return found


def test_rooms_with_tables_hold_only_the_files_of_the_closed_list():
    found = [
        name
        for room in rooms()
        if has_tables(room) and room.name not in NAMED_BY_CONTENT
        for name in outside_the_list(room)
    ]
    assert found == []


def test_a_file_outside_the_closed_list_would_be_seen(tmp_path: Path):
    room = tmp_path / "loyalty"
    for name in (
        "models.py",
        "services.py",
        "actions/__init__.py",
        "helpers/__init__.py",
        "templates/card.html",
    ):
        (room / name).parent.mkdir(parents=True, exist_ok=True)
        (room / name).touch()
    assert outside_the_list(room) == ["loyalty/helpers", "loyalty/services.py"]


def test_the_door_of_a_room_is_one_docstring():
    wrong = []
    for room in rooms():
        if room.name == "lab":  # what analysts import: its names come when asked for
            continue
        statements = body(room / "__init__.py")
        only_text = len(statements) == 1 and isinstance(statements[0], ast.Expr)
        if not (only_text and isinstance(statements[0].value, ast.Constant)):
            wrong.append(room.name)
    assert wrong == []


def test_no_file_is_too_long_to_be_read_in_one_go():
    assert list(too_long()) == []


def test_a_file_too_long_would_be_seen(tmp_path: Path):
    for folder, lines in (("src", 299), ("src", 300), ("tests", 499), ("tests", 500)):
        path = tmp_path / folder / f"of_{lines}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text("pass\n" * lines)
    assert [line.split(":")[0] for line in too_long(tmp_path)] == ["src/of_300.py", "tests/of_500.py"]


@pytest.mark.django_db
def test_every_change_of_a_table_has_its_migration():
    try:
        call_command("makemigrations", check=True, dry_run=True, verbosity=0)
    except SystemExit:
        pytest.fail("a model changed without a migration: run perennial's makemigrations", pytrace=False)


def test_sources_hold_no_promise_to_be_kept_later():
    marks = ("TO" + "DO", "FIX" + "ME", "XX" + "X")
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in sorted(SOURCE.rglob("*.py"))
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if any(f"# {mark}" in line or f"{mark}:" in line for mark in marks)
    ]
    assert found == []
