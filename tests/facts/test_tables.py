"""What holds for every table: personal columns declared, ready to be sharded."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import models

from perennial.facts.rules.personal import IMPERSONAL, PERSONAL

TABLES = {model._meta.db_table: model for model in apps.get_app_config("perennial").get_models()}
NOT_OF_A_BRAND = {"brand", "user", "sign_in_link", "api_key"}  # the last three: asked before a brand is known


def text_columns(model) -> set[str]:
    kinds = (models.CharField, models.TextField, models.JSONField)
    return {field.column for field in model._meta.local_concrete_fields if isinstance(field, kinds)}


@pytest.mark.parametrize("table", sorted(TABLES))
def test_every_text_column_says_what_erasure_does_to_it(table):
    declared = set(PERSONAL.get(table, {})) | IMPERSONAL.get(table, frozenset())
    assert text_columns(TABLES[table]) - declared == set(), (
        f"declare these columns of {table} in facts/rules/personal.py"
    )
    # A number may be personal, too: which browser is whose.
    columns = {field.column for field in TABLES[table]._meta.local_concrete_fields}
    assert set(PERSONAL.get(table, {})) - columns == set(), f"{table} has no such columns any more"
    gone = IMPERSONAL.get(table, frozenset()) - text_columns(TABLES[table])
    assert gone == set(), f"{table} has no such texts any more"
    assert not set(PERSONAL.get(table, {})) & IMPERSONAL.get(table, frozenset())


@pytest.mark.parametrize("table", sorted(set(TABLES) - NOT_OF_A_BRAND))
def test_every_table_is_ready_to_be_sharded(table):
    model = TABLES[table]
    columns = {field.column: field for field in model._meta.local_concrete_fields}
    assert "brand_id" in columns
    key = columns["id"]
    assert isinstance(key, models.BigIntegerField), "ids are made by the application"
    assert not isinstance(key, models.BigAutoField)
    for constraint in model._meta.constraints:
        if isinstance(constraint, models.UniqueConstraint):
            first = model._meta.get_field(constraint.fields[0]).column
            assert first == "brand_id", f"{constraint.name} must begin with the brand"
    assert not any(field.unique and not field.primary_key for field in columns.values())


def test_the_lists_name_no_table_that_is_gone():
    assert set(PERSONAL) | set(IMPERSONAL) <= set(TABLES) | {"brand", "answer", "document"}
