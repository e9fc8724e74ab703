"""Around every endpoint: what is refused before it, headers after it, and problems for whatever goes wrong in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from perennial.web.api import problems
from perennial.web.api.idempotency import REPLAYED
from perennial.web.api.problems import Problem

# Pages of any shop may call this one. Without credentials: the key in the page is all that it takes.
_OPEN = "/behaviour"
_CORS = {"Access-Control-Allow-Origin": "*"}
_TOLD = f"{REPLAYED}, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, Retry-After"
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "POST",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key",
    "Access-Control-Max-Age": "86400",
}
View = Callable[..., HttpResponse]


def door(view: View) -> View:
    """The view of an endpoint as the world calls it."""

    @csrf_exempt  # no cookie lets anybody in here
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        is_open = request.path.endswith(_OPEN)
        if is_open and request.method == "OPTIONS":
            return _with(HttpResponse(status=204), {**_CORS, **_PREFLIGHT})
        try:
            _readable(request)
            response = view(request, *args, **kwargs)
            _allowed(request, response)
        except Exception as error:  # noqa: BLE001  # whatever it is, the caller gets a problem, and the log the rest
            response = problems.answer(problems.of(error))
        if (left := getattr(request, "limit_left", None)) is not None:
            _with(response, {**left.headers(), **dict(response.headers)})
        if is_open:
            _with(response, {**_CORS, "Access-Control-Expose-Headers": _TOLD})
        return _with(response, {"Cache-Control": "no-store"})

    return wrapped


def _readable(request: HttpRequest) -> None:
    if "\0" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
        raise Problem("malformed", "The address holds the character NUL, which no database keeps.")


def _allowed(request: HttpRequest, response: HttpResponse) -> None:
    if response.status_code == 405:
        allow = response.headers["Allow"]
        raise Problem("method", f"{request.method} is not allowed here: {allow}.", headers={"Allow": allow})


def nowhere(request: HttpRequest, rest: str = "") -> HttpResponse:  # noqa: ARG001  # what there is not
    """There is nothing at this address."""
    raise Problem("not_found", "There is nothing at this address: see /api/v1/docs.")


def _with(response: HttpResponse, headers: dict[str, str]) -> HttpResponse:
    for name, value in headers.items():
        response.headers[name] = value
    return response
