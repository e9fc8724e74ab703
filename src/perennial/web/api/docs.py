"""The API's description for people: a page made from the description for machines, with a sample of every call."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from perennial.web.api.description import schema
from perennial.web.api.endpoints import ENDPOINTS, Endpoint
from perennial.web.api.examples import EXAMPLES
from perennial.web.api.idempotency import HEADER
from perennial.web.api.problems import PROBLEMS

_ORDER = ("Record", "Customers", "Segments", "Lists", "Orders", "Figures", "Documents", "Key")
_TAKEN = "/Taken"


@require_GET
def docs(request: HttpRequest) -> HttpResponse:
    """The page. It needs no sign-in: it tells of no brand."""
    base = request.build_absolute_uri("/api/v1")
    groups: dict[str, list[dict[str, Any]]] = {tag: [] for tag in _ORDER}
    for one in ENDPOINTS:
        groups[one.tag].append(_page(one, base))
    problems = [
        {"code": code, "status": status, "title": title, "remedy": _code(remedy)}
        for code, (status, title, remedy) in PROBLEMS.items()
    ]
    values = {"groups": groups, "problems": problems, "base": base, "records": records(), "parts": parts()}
    return render(request, "api_docs.html", values, using="jinja2")


def _page(one: Endpoint, base: str) -> dict[str, Any]:
    operation = schema()["paths"][f"/api/v1{one.path}"][one.method.lower()]
    example = EXAMPLES[one.name]
    address = re.sub(r"{(\w+)}", lambda found: example.path[found[1]], one.path)
    return {
        "name": one.name, "method": one.method, "path": one.path, "title": one.title, "scope": one.scope,
        "text": _code(one.text), "sample": sample(one, base + address), "answer": _json(example.answer),
        "body": fields(one.body.__name__) if one.body else [],
        "parameters": [
            {"name": each["name"], "in": each["in"], "required": each["required"], "type": _type(each["schema"]),
             "text": _code(each.get("description", ""))}
            for each in operation["parameters"]
        ],
        "codes": {
            status: _code(told["description"])
            for status, told in operation["responses"].items() if int(status) >= 400
        },
    }  # fmt: skip


@cache
def records() -> dict[str, list[dict[str, Any]]]:
    """The kinds of records of a batch, each with its fields."""
    return {kind: fields(one["items"]["$ref"].rpartition(_TAKEN)[2]) for kind, one in _batch().items()}


@cache
def parts() -> dict[str, list[dict[str, Any]]]:
    """What records are made of: lines, addresses ..., by name."""
    named = {kind["items"]["$ref"].rpartition(_TAKEN)[2] for kind in _batch().values()}
    bodies = {one.body.__name__ for one in ENDPOINTS if one.body is not None}
    names = {name.removeprefix("Taken") for name in schema()["components"]["schemas"] if name.startswith("Taken")}
    return {name: fields(name) for name in sorted(names - named - bodies - {"Batch"})}


def _batch() -> dict[str, Any]:
    found: dict[str, Any] = schema()["components"]["schemas"]["TakenBatch"]["properties"]
    return found


def fields(name: str) -> list[dict[str, Any]]:
    """The fields of what is taken: name, type, whether it must be there, what it is."""
    model = schema()["components"]["schemas"][f"Taken{name}"]
    return [
        {
            "name": field, "type": _type(one), "must": field in model.get("required", []),
            "default": _json(one["default"]) if one.get("default") not in (None, "", {}, []) else "",
        }
        for field, one in model.get("properties", {}).items()
    ]  # fmt: skip


def _type(one: dict[str, Any]) -> str:
    if "$ref" in one:
        return str(one["$ref"]).rpartition(_TAKEN)[2]
    if "anyOf" in one:
        return " | ".join(_type(each) for each in one["anyOf"])
    if "enum" in one:
        return " | ".join(f'"{each}"' for each in one["enum"])
    if one.get("type") == "array":
        return f"[{_type(one['items'])}]"
    return str(one.get("format") or one.get("type") or "any")


def sample(one: Endpoint, address: str) -> str:
    """The call for a terminal."""
    example = EXAMPLES[one.name]
    key = "$PUBLISHABLE_KEY" if one.publishable else "$KEY"
    lines = [f"curl {'' if one.method == 'GET' else f'-X {one.method} '}\"{address}{example.query}\"",
             f'  -H "Authorization: Bearer {key}"']  # fmt: skip
    if one.once:
        lines.append(f'  -H "{HEADER}: 7f0c2a4e-1"')
    if one.body is not None:
        lines += [*(f"  -H '{header}'" for header in example.headers), '  -H "Content-Type: application/json"']
        lines.append("  -d '" + json.dumps(example.body, indent=2, ensure_ascii=False) + "'")
    return " \\\n".join(lines)


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _code(text: str) -> list[tuple[bool, str]]:
    """Text in pieces: (whether it is code, the piece)."""
    return [(index % 2 == 1, piece) for index, piece in enumerate(text.replace("\n", " ").split("`"))]
