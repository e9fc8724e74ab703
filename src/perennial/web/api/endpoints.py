"""An endpoint: its address, the scope it needs, what it takes and gives. One list serves routing, docs and tests."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, get_type_hints

from django.http import HttpRequest, HttpResponse
from ninja import Router
from pydantic import BaseModel

from perennial.web.access.scopes import Scope
from perennial.web.api import bodies
from perennial.web.api.auth import AnyKey, Caller, SecretKey
from perennial.web.api.idempotency import once

router = Router()
View = Callable[..., Any]


@dataclass(frozen=True)
class Endpoint:
    """``gives``: status -> model. ``body``: what it takes. ``scope`` None: any secret key will do.

    ``once``: a POST with an effect, which takes an Idempotency-Key.
    """

    method: str
    path: str
    tag: str
    scope: Scope | None
    view: View
    gives: Mapping[int, type[BaseModel]]
    body: type[BaseModel] | None = None
    once: bool = False
    publishable: bool = False
    problems: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Its name in the description."""
        return self.view.__name__

    @property
    def title(self) -> str:
        """The first line of its docstring."""
        return inspect.cleandoc(self.view.__doc__ or "").partition("\n")[0]

    @property
    def text(self) -> str:
        """The rest of it."""
        return inspect.cleandoc(self.view.__doc__ or "").partition("\n")[2].strip()


ENDPOINTS: list[Endpoint] = []


@dataclass(frozen=True)
class Given:
    """An answer with another status than 200, or with headers."""

    model: BaseModel
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


def get(path: str, *, tag: str, scope: Scope | None, **more: Any) -> Callable[[View], View]:
    """A view ``(caller, **parameters) -> model``."""
    return _endpoint("GET", path, tag, scope, **more)


def delete(path: str, *, tag: str, scope: Scope, **more: Any) -> Callable[[View], View]:
    """A view ``(caller, **parameters) -> model``; done once, by its nature."""
    return _endpoint("DELETE", path, tag, scope, **more)


def put(path: str, *, tag: str, scope: Scope, body: type[BaseModel], **more: Any) -> Callable[[View], View]:
    """A view ``(caller, body, **parameters) -> model``; it may be sent twice by its nature."""
    return _endpoint("PUT", path, tag, scope, body=body, **more)


def post(
    path: str, *, tag: str, scope: Scope, body: type[BaseModel], most: int = 0, **more: Any
) -> Callable[[View], View]:
    """A view ``(caller, body, **parameters)`` that gives a function, which has the effect and gives a model.

    What can be checked and prepared before is done outside of that function: it runs in the transaction
    that also keeps the idempotency key.
    """
    return _endpoint("POST", path, tag, scope, body=body, most=most, once=True, **more)


def _endpoint(method: str, path: str, tag: str, scope: Scope | None, **more: Any) -> Callable[[View], View]:
    most: int = more.pop("most", 0)

    def decorate(view: View) -> View:
        hints = get_type_hints(view, include_extras=True)
        gives = more.pop("gives", None) or {200: hints["return"]}
        endpoint = Endpoint(method, path, tag, scope, view, gives, **more)
        ENDPOINTS.append(endpoint)
        auth = (AnyKey if endpoint.publishable else SecretKey)(scope)
        router.api_operation(
            [method], path, auth=auth, response=dict(gives), tags=[tag], operation_id=endpoint.name,
            summary=endpoint.title, description=endpoint.text, url_name=f"api_{endpoint.name}",
        )(_called(endpoint, hints, most))  # fmt: skip
        return view

    return decorate


def _called(endpoint: Endpoint, hints: Mapping[str, Any], most: int) -> Callable[..., HttpResponse]:
    """The view as the router calls it: body read, effect had once, model written out."""
    status = next(iter(endpoint.gives))

    def view(request: HttpRequest, **parameters: Any) -> HttpResponse:
        caller: Caller = request.auth  # type: ignore[attr-defined]
        if endpoint.body is None:
            return _written(endpoint.view(caller, **parameters), status)
        if endpoint.once:
            body = bodies.read(request, endpoint.body, most=most)
            effect = endpoint.view(caller, body, **parameters)
            return once(caller, request, lambda: (status, effect().model_dump_json()))
        return _written(endpoint.view(caller, bodies.read(request, endpoint.body, most=most), **parameters), status)

    taken = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=hints[name], default=one.default)
        for name, one in inspect.signature(endpoint.view).parameters.items()
        if name not in ("caller", "body")
    ]
    request = inspect.Parameter("request", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=HttpRequest)
    view.__signature__ = inspect.Signature([request, *taken])  # type: ignore[attr-defined]
    view.__name__, view.__doc__ = endpoint.name, endpoint.view.__doc__
    return view


def _written(found: BaseModel | Given, status: int) -> HttpResponse:
    given = found if isinstance(found, Given) else Given(found, status)
    response = HttpResponse(given.model.model_dump_json(), status=given.status, content_type="application/json")
    for name, value in given.headers.items():
        response.headers[name] = value
    return response
