"""Addresses of the API: its endpoints, its description for machines and for people, and problems everywhere else."""

from __future__ import annotations

from typing import Any, NoReturn

from django.http import Http404, HttpRequest
from django.urls import URLPattern, re_path
from django.urls import path as route
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from perennial.web.api import (  # noqa: F401  # each adds its endpoints
    customers,
    description,
    docs,
    documents,
    explained,
    figures,
    lists,
    orders,
    places,
    previews,
    recording,
    segments,
)
from perennial.web.api.door import door, nowhere
from perennial.web.api.endpoints import router


def _raise(request: HttpRequest, error: Any) -> NoReturn:  # noqa: ARG001  # as the framework calls it
    raise error


def _api() -> NinjaAPI:
    made = NinjaAPI(title="Perennial", version="1", urls_namespace="api", openapi_url=None, docs_url=None)
    # The door tells every error in one way: the framework's own ways are not asked.
    for kind in (Exception, Http404, HttpError, ValidationError):
        made.add_exception_handler(kind, _raise)
    made.add_router("", router)
    return made


api = _api()
description.install(api)


def _guarded(pattern: URLPattern) -> URLPattern:
    pattern.callback = door(pattern.callback)
    return pattern


urlpatterns: list[URLPattern] = [
    route("openapi.json", door(description.openapi), name="api_openapi"),
    route("docs", docs.docs, name="api_docs"),
    *[_guarded(pattern) for pattern in api.urls[0] if isinstance(pattern, URLPattern) and pattern.name != "api-root"],
    re_path(r"^(?P<rest>.*)$", door(nowhere)),
]
