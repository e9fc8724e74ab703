"""A call that is made twice has its effect once: the header Idempotency-Key, kept with the answer in `web.models.Call`.

The row of the key and the effect commit in one transaction, so that a crash in between loses both or
neither: whoever got no answer sends the same call again. Only calls that had their effect are kept; a call
that was refused may be mended and sent with the same key.

Two equal calls at once: on PostgreSQL the second is told that the first is at it (409, Retry-After); on
SQLite it waits in the line of writers until the first is done, and gets the first one's answer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from django.db import connection
from django.http import HttpRequest, HttpResponse

from perennial.database import ids
from perennial.database.transactions import atomically
from perennial.facts.rules.versions import name_hash
from perennial.web.api.auth import Caller
from perennial.web.api.problems import Problem
from perennial.web.models import Call

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
_LONGEST = 255
Effect = Callable[[], tuple[int, str]]
"""Has the effect and gives status and body. It must leave nothing behind but rows: it may run again."""


def once(caller: Caller, request: HttpRequest, effect: Effect) -> HttpResponse:
    """Run ``effect`` in a transaction, once per idempotency key; without a key, once per call."""
    key = _key(request)
    if key is None:
        return _response(*atomically(effect))
    mark = hashlib.sha256(b"\n".join((str(request.method).encode(), request.path.encode(), request.body))).hexdigest()
    if (held := _held(caller, key)) is not None:
        return _again(held, mark)
    replayed: list[Call] = []

    def run() -> tuple[int, str]:
        _hold(caller, key)
        # Another process may have been quicker: it is done by now, for we hold the key's place.
        if (held := _held(caller, key)) is not None:
            replayed.append(held)
            return held.status, held.body
        status, body = effect()
        Call.objects.create(
            id=ids.new(), brand_id=caller.brand_id, api_key_id=caller.key.id, idempotency_key=key, fingerprint=mark,
            status=status, body=body, at=caller.now,
        )  # fmt: skip
        return status, body

    found = atomically(run)
    return _again(replayed[0], mark) if replayed else _response(*found)


def _key(request: HttpRequest) -> str | None:
    key = request.headers.get(HEADER)
    if key is None:
        return None
    if not 0 < len(key) <= _LONGEST or not key.isascii() or not key.isprintable():
        raise Problem(
            "malformed", "The idempotency key cannot be read.",
            [{"header": HEADER, "detail": f"has 1 to {_LONGEST} letters, digits and signs of ASCII"}],
        )  # fmt: skip
    return key


def _held(caller: Caller, key: str) -> Call | None:
    return Call.objects.filter(
        brand_id=caller.brand_id, api_key_id=caller.key.id, idempotency_key=key
    ).first()  # fmt: skip


def _hold(caller: Caller, key: str) -> None:
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [name_hash("call", caller.key.id, key)])
        if not cursor.fetchone()[0]:
            raise Problem(
                "in_progress", "A call with this idempotency key is being worked on.", headers={"Retry-After": "1"}
            )


def _again(held: Call, mark: str) -> HttpResponse:
    if held.fingerprint != mark:
        raise Problem(
            "key_reused", "This idempotency key was used for another call, or for another body.",
            [{"header": HEADER, "detail": "was used before: take a new one for a new call"}],
        )  # fmt: skip
    response = _response(held.status, held.body)
    response.headers[REPLAYED] = "true"
    return response


def _response(status: int, body: str) -> HttpResponse:
    return HttpResponse(body, status=status, content_type="application/json")
