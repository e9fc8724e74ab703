"""The API as it describes itself: whole, with examples that are true, and a page that shows all of it."""

from __future__ import annotations

import json
import re
import sys

import jsonschema_rs
import pytest
from django.test import Client

from perennial.web.api.endpoints import ENDPOINTS
from perennial.web.api.examples import EXAMPLES
from perennial.web.api.problems import PROBLEMS
from perennial.web.api.urls import api
from tests.docs import reading
from tests.docs.reading import DOCS
from tests.web.api.conftest import House, told
from tests.web.api.curl import calls

assert api
NAMES = sorted(one.name for one in ENDPOINTS)
BY_NAME = {one.name: one for one in ENDPOINTS}


@pytest.fixture
def described() -> dict:
    from perennial.web.api.description import schema

    return schema()


@pytest.fixture
def page(db: None) -> str:
    answer = Client(headers={"host": "localhost"}).get("/api/v1/docs")
    assert answer.status_code == 200
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    return answer.content.decode()


def test_it_is_openapi_3_1_and_needs_no_key(db: None, described: dict):
    found = told(Client(headers={"host": "localhost"}).get("/api/v1/openapi.json"))
    assert found == described
    assert found["openapi"].startswith("3.1")
    assert {f"/api/v1{one.path}" for one in ENDPOINTS} == set(found["paths"])


def references(value: object) -> set[str]:
    if isinstance(value, dict):
        return {value["$ref"]} if "$ref" in value else set().union(*map(references, value.values()), set())
    return set().union(*map(references, value), set()) if isinstance(value, list) else set()


def test_every_reference_leads_somewhere(described: dict):
    names = {f"#/components/schemas/{name}" for name in described["components"]["schemas"]}
    assert references(described) - names == set()


@pytest.mark.parametrize("name", NAMES)
def test_an_example_is_as_it_is_described(described: dict, name: str):
    one, example = BY_NAME[name], EXAMPLES[name]
    operation = described["paths"][f"/api/v1{one.path}"][one.method.lower()]
    answered = operation["responses"][str(next(iter(one.gives)))]["content"]["application/json"]
    whole = {**answered["schema"], "components": described["components"]}
    jsonschema_rs.validator_for(whole).validate(example.answer)
    model = next(iter(one.gives.values()))
    assert model.model_validate_json(json.dumps(example.answer))
    if one.body is not None:
        assert one.body.model_validate_json(json.dumps(example.body), strict=True)
    assert set(example.path) == set(re.findall(r"{(\w+)}", one.path))


def test_examples_are_of_endpoints_alone():
    assert set(EXAMPLES) == set(BY_NAME)


@pytest.mark.parametrize("name", NAMES)
def test_the_sample_of_every_call_works(house: House, name: str):
    """What stands in the docs, sent as it stands, but for the ids."""
    from perennial.web.api.docs import sample

    one = BY_NAME[name]
    (call,) = calls(sample(one, "http://localhost/api/v1" + one.path))
    known = {
        "customer_id": house.ours.customer, "order_id": house.ours.order, "list_key": "fair",
        "preview_id": house.preview,
    }  # fmt: skip
    if "/segments/" in one.path:
        known["key"] = "default"
    path = re.sub(r"{(\w+)}", lambda part: known.get(part[1]) or EXAMPLES[name].path[part[1]], call.path)
    assert call.key == ("$PUBLISHABLE_KEY" if one.publishable else "$KEY")
    assert call.method == one.method
    body = call.body
    if name == "record_facts":
        body["store"] = "here"  # the only difference: this brand has several stores
    if name == "read_document":
        house.call("PUT", path, body={"body": {}}, if_none_match="*")
    found = house.call(call.method, path, "page" if one.publishable else "all", body, **call.headers)
    assert found.status_code in one.gives, found.content


def test_the_calls_of_the_guide_work(house: House):
    text = (DOCS / "api.md").read_text()
    made = [call for block in reading.code(text, "bash") for call in calls(block)]
    assert len(made) > 5
    for call in made:
        if call.body and "store" in call.body:
            call.body["store"] = "here"
        found = house.call(call.method, call.path, "page" if "PUBLISHABLE" in call.key else "all", call.body,
                           **call.headers)  # fmt: skip
        assert found.status_code in (200, 202), (call, found.content)


def test_the_guide_names_every_scope_and_kind_of_record():
    from perennial.facts.rules.records import Batch

    text = (DOCS / "api.md").read_text()
    scopes = {one.scope for one in ENDPOINTS if one.scope}
    assert [name for name in (*scopes, *Batch.model_fields) if f"`{name}`" not in text] == []


def test_the_page_shows_every_call_record_and_problem(page: str):
    from perennial.facts.rules.records import Batch

    for one in ENDPOINTS:
        assert f'id="{one.name}"' in page
        assert f"/api/v1{one.path}" in page
    for kind in Batch.model_fields:
        assert f'id="records-{kind}"' in page
    for code in PROBLEMS:
        assert f'<tr id="{code}">' in page
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(ids)


def test_the_page_runs_and_styles_nothing_inline(page: str):
    assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=|<style|javascript:", page)
    assert "//cdn" not in page


def test_after_calls_nothing_heavy_is_loaded(house: House):
    """In a process of its own: this one has run other tests."""
    import subprocess

    code = (
        "import django, sys; django.setup()\n"
        "from perennial.web.api.urls import urlpatterns\n"
        "from perennial.web.api.description import schema; schema()\n"
        "print([name for name in ('ibis', 'duckdb', 'scipy', 'pyarrow', 'pandas', 'numpy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    heavy = {name for name in ("ibis", "duckdb", "scipy", "pyarrow") if name in sys.modules}
    for one in ENDPOINTS:
        if one.method == "GET":
            path = one.path.format(
                customer_id=house.ours.customer,
                order_id=house.ours.order,
                name="summary",
                kind="goal",
                key="x",
                list_key="fair",
                preview_id=house.preview,
            )
            assert house.call("GET", path).status_code in (200, 202, 404)
    assert {name for name in ("ibis", "duckdb", "scipy", "pyarrow") if name in sys.modules} == heavy
