"""The API's description of itself for machines: OpenAPI 3.1, made from the list of endpoints."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET
from ninja import NinjaAPI
from pydantic.json_schema import models_json_schema

from perennial.web.api.endpoints import ENDPOINTS, Endpoint
from perennial.web.api.examples import EXAMPLES
from perennial.web.api.idempotency import HEADER, REPLAYED
from perennial.web.api.problems import MEDIA_TYPE, PROBLEMS

_TEXT = (
    "Amounts are whole minor units with their currency; quantities are thousandths; instants are ISO 8601 in UTC; "
    "ids carry what they name (`cus_`, `ord_`, `sto_`). Lists come in pages: `next` is the cursor of the next one. "
    "Errors are problem details (RFC 9457)."
)
_ALWAYS = ("no_key", "scope", "invalid", "too_many", "away")
_WITH_BODY = ("malformed", "too_large", "media_type")
_ID = {"order_id": "ord", "customer_id": "cus"}
_PROBLEM = {
    "type": "object",
    "description": "What went wrong (RFC 9457). `code` says it to machines; `errors` name each place.",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "enum": list(PROBLEMS)},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["detail"],
                "properties": {name: {"type": "string"} for name in ("pointer", "parameter", "header", "detail")},
            },
        },
    },
}
_apis: list[NinjaAPI] = []


def install(api: NinjaAPI) -> None:
    """The API that is described."""
    _apis.append(api)


@require_GET
def openapi(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """The description for machines."""
    return HttpResponse(json.dumps(schema(), ensure_ascii=False), content_type="application/json")


@cache
def schema() -> dict[str, Any]:
    """OpenAPI 3.1 as JSON."""
    # A plain copy: the framework shares one object where two operations are alike.
    made: dict[str, Any] = json.loads(json.dumps(_apis[-1].get_openapi_schema(path_prefix="/api/v1/")))
    made["info"] = {"title": "Perennial", "version": "1", "description": _TEXT}
    made["servers"] = [{"url": "/"}]
    made["tags"] = [{"name": tag} for tag in sorted({one.tag for one in ENDPOINTS})]
    bodies = sorted({one.body for one in ENDPOINTS if one.body is not None}, key=lambda body: body.__name__)
    _, taken = models_json_schema(
        [(body, "validation") for body in bodies], ref_template="#/components/schemas/Taken{model}"
    )
    schemas = made["components"]["schemas"]
    # What is taken and what is given may share a name (Order), but not a shape.
    schemas |= {f"Taken{name}": one for name, one in taken["$defs"].items()}
    schemas["Problem"] = _PROBLEM
    for one in ENDPOINTS:
        _complete(made["paths"][f"/api/v1{one.path}"][one.method.lower()], one)
    return made


def _complete(operation: dict[str, Any], one: Endpoint) -> None:
    needs = f"Needs the scope `{one.scope}`." if one.scope else "Any secret key will do."
    operation["description"] = f"{one.text}\n\n{needs}"
    operation["parameters"] = [_parameter(each) for each in operation.get("parameters", [])]
    if one.once:
        operation["parameters"].append(
            {
                "in": "header", "name": HEADER, "required": False,
                "description": "Sent again with the same body within 30 days, the call has no second effect and "
                f"gets the first answer, with `{REPLAYED}: true`.",
                "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
            }
        )  # fmt: skip
    example = EXAMPLES[one.name]
    if one.body is not None:
        content = {"schema": {"$ref": f"#/components/schemas/Taken{one.body.__name__}"}, "example": example.body}
        operation["requestBody"] = {"required": True, "content": {"application/json": content}}
    first = str(next(iter(one.gives)))
    operation["responses"][first]["content"]["application/json"]["example"] = example.answer
    codes = (*_ALWAYS, *one.problems, *(_WITH_BODY if one.body is not None else ()))
    if one.once:
        codes = (*codes, "in_progress", "key_reused")
    statuses: dict[int, list[str]] = {400: ["malformed"]}
    for code in codes:
        statuses.setdefault(PROBLEMS[code][0], []).append(code)
    for status, told in sorted(statuses.items()):
        operation["responses"][str(status)] = {
            "description": "; ".join(f"{PROBLEMS[code][1]} (`{code}`)" for code in dict.fromkeys(told)),
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }


def _parameter(one: dict[str, Any]) -> dict[str, Any]:
    """A parameter that may be left out is left out, never the word null; an id has its shape."""
    schema = one["schema"]
    if kinds := [kind for kind in schema.pop("anyOf", []) if kind.get("type") != "null"]:
        schema.update(kinds[0])
    schema.pop("title", None)
    schema.pop("description", None)
    if one["name"] in _ID:
        prefix = _ID[one["name"]]
        schema["pattern"] = f"^{prefix}_[0-9a-hjkmnp-tv-z]{{13}}$"
        one["description"] = f"an id such as `{prefix}_0c2f7x9k1m3a0`"
    return one
