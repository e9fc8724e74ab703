"""When the database is locked, full or away: a page that says so, and that nothing was lost."""

from __future__ import annotations

import errno
import json
from collections.abc import Callable

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import get_template

_AGAIN = "10"  # seconds after which a client may try again
_FULL = ("disk is full", "database or disk is full", "no space left", "could not extend", "disk quota")
_LOCKED = ("locked", "lock timeout", "deadlock", "statement timeout", "could not serialize")
_TITLES = {
    "locked": "The database is busy",
    "full": "The disk is full",
    "away": "The database cannot be reached",
}


def kind_of(error: BaseException | None) -> str:
    """What an error says of the database: locked, full, away; empty where it says nothing of the kind."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "full"
    if not isinstance(error, (OperationalError, InterfaceError)):
        return ""
    text = str(error).lower()
    if any(word in text for word in _FULL):
        return "full"
    return "locked" if any(word in text for word in _LOCKED) else "away"


def outage(request: HttpRequest, error: BaseException | None) -> HttpResponse | None:
    """The answer for such an error, which asks nothing of the database; None for any other error."""
    kind = kind_of(error)
    if not kind:
        return None
    if request.path.startswith("/api/"):
        problem = {"type": "about:blank", "title": _TITLES[kind], "status": 503,
                   "detail": "Nothing was changed. Try again in a moment."}  # fmt: skip
        answer = HttpResponse(json.dumps(problem), status=503, content_type="application/problem+json")
    else:
        # Rendered without the request's context processors: they ask for the session.
        page = get_template("outage.html", using="jinja2").template.render(  # type: ignore[attr-defined]
            request=request, kind=kind, wrote=request.method not in ("GET", "HEAD")
        )
        answer = HttpResponse(page, status=503)
    answer.headers["Retry-After"] = _AGAIN
    return answer


class Outage:
    """Answers for views that such an error ended."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer, where it is such an error."""
        return outage(request, exception)
