"""What goes wrong, told the same way everywhere: problem details of RFC 9457."""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import DisallowedHost, RequestDataTooBig, SuspiciousOperation
from django.db import DataError
from django.http import Http404, HttpResponse, UnreadablePostError
from ninja.errors import AuthenticationError, ValidationError

from perennial.values.reason import named
from perennial.web.access.outage import kind_of

log = logging.getLogger("perennial.web.api")

# code -> (status, title, what to do). The docs page has an anchor for each; problems point at it.
PROBLEMS: Mapping[str, tuple[int, str, str]] = {
    "malformed": (400, "The request cannot be read", "Send the parts that `errors` names as the docs show them."),
    "cursor": (400, "The cursor is not good here", "Use `next` as it came, with the same filters, or begin again."),
    "no_key": (401, "No good key", "Send `Authorization: Bearer <key>` with a key that is not revoked."),
    "scope": (403, "The key may not do this", "Make a key with the scope that `detail` names."),
    "not_found": (404, "There is no such thing", "Check the id and the address. Another brand's things are not there."),
    "method": (405, "The method is not allowed here", "Use one of the methods in the header Allow."),
    "in_progress": (409, "The same call is being worked on", "Send it again after Retry-After seconds."),
    "stale": (409, "Somebody changed it in between", "Read the newest version, and save with its number."),
    "scheduled": (409, "This would withdraw what is scheduled", "Send `withdraw: true` if it should."),
    "list_changed": (409, "The list was computed anew in between", "Begin again without a cursor."),
    "too_large": (413, "The request is too large", "Send it in parts."),
    "media_type": (415, "The body is no JSON", "Send `Content-Type: application/json`."),
    "invalid": (422, "Something in the request is wrong", "Mend what `errors` names; nothing was changed."),
    "key_reused": (422, "The idempotency key was used for another call", "Use a new key for a new call."),
    "no_version": (428, "Which version did you see?", 'Send `If-Match: "<version>"`, or `If-None-Match: *` for new.'),
    "too_many": (429, "Too many calls", "Go on after Retry-After seconds."),
    "broken": (500, "This is our mistake", "Report it with the time of the call."),
    "away": (503, "The database cannot be reached or written", "Send it again after Retry-After seconds."),
}
_FIRST_ERRORS = 100
_TOO_LARGE = "The body is too large: send at most 2.5 MB and 200 records at once."
_KNOWN: tuple[tuple[tuple[type[Exception], ...], str, str], ...] = (
    ((AuthenticationError,), "no_key", "This call needs a key: send it as `Authorization: Bearer <key>`."),
    ((Http404,), "not_found", "There is nothing at this address."),
    ((RequestDataTooBig,), "too_large", _TOO_LARGE),
    ((UnreadablePostError, DisallowedHost, SuspiciousOperation), "malformed", "The request cannot be read."),
    ((DataError,), "invalid", "A value does not fit into its place: it is too long or too large."),
)
MEDIA_TYPE = "application/problem+json"


@dataclass
class Problem(Exception):
    """Raised anywhere in an endpoint; becomes the answer.

    ``errors``: each with ``detail`` and where it is: ``pointer`` (RFC 6901, into the body), ``parameter`` or
    ``header``. ``more``: further members; ``headers``: of the answer.
    """

    code: str
    detail: str
    errors: list[dict[str, str]] = field(default_factory=list)
    more: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def status(self) -> int:
        """The HTTP status."""
        return PROBLEMS[self.code][0]


def answer(problem: Problem) -> HttpResponse:
    """The problem as an HTTP answer."""
    status, title, _ = PROBLEMS[problem.code]
    told: dict[str, Any] = {
        "type": f"/api/v1/docs#{problem.code}",
        "title": title,
        "status": status,
        "code": problem.code,
        "detail": problem.detail,
        **problem.more,
    }
    if problem.errors:
        told["errors"] = problem.errors[:_FIRST_ERRORS]
        if len(problem.errors) > _FIRST_ERRORS:
            told["errors_in_all"] = len(problem.errors)
    response = HttpResponse(json.dumps(told, ensure_ascii=False), status=status, content_type=MEDIA_TYPE)
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="Perennial"'
    for name, value in problem.headers.items():
        response.headers[name] = value
    return response


def of(error: Exception) -> Problem:
    """Any error as a problem. What we did not foresee is a 500 and goes to the log, without the values it was about."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, ValidationError):
        return Problem("invalid", "The address or its parameters are wrong.", _of_parameters(error.errors))
    for kinds, code, detail in _KNOWN:
        if isinstance(error, kinds):
            return Problem(code, detail)
    if kind := kind_of(error):
        log.error("an API call found the database %s: %s", kind, named(error, 255))
        why = f"The database is {kind}. Nothing of the call was kept."
        return Problem("away", why, headers={"Retry-After": "5"})
    where = "".join(traceback.format_tb(error.__traceback__, limit=-8))
    log.error("an API call failed: %s\n%s", named(error, 255), where)
    return Problem("broken", "The call failed and changed nothing. The log of the server says why.")


def too_large() -> Problem:
    """The body is larger than is taken."""
    return Problem("too_large", _TOO_LARGE)


def pointer(place: Iterable[str | int]) -> str:
    """A JSON pointer as a URI fragment: ``#/batch/orders/3/total``."""
    return "#" + "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in place)


def _of_parameters(errors: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    told = []
    for error in errors:
        source, *place = error["loc"]
        name = ".".join(str(part) for part in place)
        told.append({"header" if source == "header" else "parameter": name, "detail": str(error["msg"])})
    return told
