"""Bodies of every schema that was ever released load for ever.

A golden body is written when its schema is released, with every field set, and never edited afterwards: it
stands for the documents that merchants have saved.
"""

import importlib
import json
import pkgutil
from pathlib import Path

import pytest

import perennial
from perennial.documents.rules.kinds import Kind, discover
from perennial.values.hashing import canonical
from tests.documents.kinds import PERK

GOLDEN = Path(__file__).parent / "golden"


def in_house() -> dict[str, Kind]:
    """Every kind that stands in the rules of some room."""
    found: dict[str, Kind] = {}
    for module in pkgutil.walk_packages(perennial.__path__, "perennial."):
        if ".rules" in module.name:
            members = vars(importlib.import_module(module.name)).values()
            found |= {member.name: member for member in members if isinstance(member, Kind)}
    return found


KINDS = {**in_house(), "perk": PERK}
SCHEMAS = [(kind.name, schema) for kind in KINDS.values() for schema in range(1, kind.schema + 1)]


def load(kind: str, schema: int, folder: Path = GOLDEN):
    path = folder / kind / f"v{schema}.json"
    if not path.exists():
        pytest.fail(f"schema {schema} of kind {kind} has no golden body: write {path}", pytrace=False)
    return json.loads(path.read_text(encoding="utf-8"))


def settable(schema, body, at=""):
    """The fields of a schema that a golden body leaves out."""
    for name, field in schema.model_fields.items():
        if name not in body:
            yield f"{at}{name}"
        elif hasattr(field.annotation, "model_fields") and isinstance(body[name], dict):
            yield from settable(field.annotation, body[name], f"{at}{name}.")


@pytest.mark.parametrize(("name", "schema"), SCHEMAS)
def test_every_released_schema_has_a_golden_body_that_loads(name, schema):
    kind, body = KINDS[name], load(name, schema)
    assert list(settable(kind.schemas[schema - 1], body)) == []
    assert canonical(kind.schemas[schema - 1].model_validate_json(canonical(body)).content()) == canonical(body)
    upgraded = kind.read(body, schema).content()
    assert canonical(kind.read(upgraded, kind.schema).content()) == canonical(upgraded)


def test_no_golden_body_is_left_alone():
    """A kind or schema that disappeared would take merchants' documents with it."""
    kept = {(path.parent.name, int(path.stem.removeprefix("v"))) for path in GOLDEN.glob("*/v*.json")}
    assert kept == set(SCHEMAS)


def test_a_schema_without_its_golden_body_fails(tmp_path):
    with pytest.raises(pytest.fail.Exception, match="schema 2 of kind perk has no golden body"):
        load("perk", 2, tmp_path)


def test_every_kind_of_ours_is_an_entry_point():
    offered = {kind.name: kind for kind in discover()}
    assert {name: offered.get(name) for name in in_house()} == in_house()
    assert "reporting" in in_house()


def test_a_golden_body_of_an_old_schema_means_what_it_meant():
    assert PERK.read(load("perk", 1), 1).content() == {
        "title": "Welcome",
        "rules": [{"kind": "percent", "share": 0.15}],
        "within": "1 year",
        "only_for": None,
        "counters": [],
    }
