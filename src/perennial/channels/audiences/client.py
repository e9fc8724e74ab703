"""HTTP to a mailing service: one call, its answer as JSON, and what a failure means. No retries here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from perennial.channels.audiences.rules.outcome import Denied, Later, plain

_TIMEOUT = httpx.Timeout(60, connect=10)  # a full batch takes a service seconds; a lease of the loop lasts longer
_MOST_SECONDS = 6 * 3_600  # of what a service may ask us to wait
SIDE_BY_SIDE = 4  # of the 10 connections that Mailchimp allows an account at a time: others use it, too


@dataclass(frozen=True, slots=True)
class Answer:
    """``status`` below 500 and not 429; ``body``: JSON, or None where there was none."""

    status: int
    body: Any

    @property
    def fine(self) -> bool:
        """Whether the service did what was asked."""
        return self.status < 300


class Http:
    """Calls below one address, with basic authentication. Redirects are not followed: the key would go with them."""

    def __init__(self, base: str, user: str, password: str) -> None:
        self._client = httpx.Client(
            base_url=base,
            auth=(user, password),
            timeout=_TIMEOUT,
            limits=httpx.Limits(max_connections=SIDE_BY_SIDE, max_keepalive_connections=SIDE_BY_SIDE),
            headers={"Accept": "application/json", "User-Agent": "Perennial"},
            follow_redirects=False,
            trust_env=True,
        )

    def call(
        self, method: str, path: str, *, json: object = None, params: Mapping[str, str | int] | None = None
    ) -> Answer:
        """One call. Raises Later (busy, in trouble, no answer) and Denied (the key is refused)."""
        try:
            given = self._client.request(method, path, json=json, params=dict(params or {}))
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise Later(f"it cannot be reached ({type(error).__name__})") from None
        except httpx.HTTPError as error:
            raise Later(f"the call broke off ({type(error).__name__})", trouble=True) from None
        body = _json(given)
        if given.status_code == httpx.codes.TOO_MANY_REQUESTS:
            raise Later("it asked us to wait", _seconds(given))
        if given.status_code == httpx.codes.SERVICE_UNAVAILABLE and "retry-after" in given.headers:
            raise Later("it asked us to wait", _seconds(given))
        if given.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
            raise Later(f"it answered {given.status_code}", _seconds(given), trouble=True)
        if given.status_code == httpx.codes.UNAUTHORIZED:
            raise Denied("key_refused", said(body))
        if given.status_code == httpx.codes.FORBIDDEN:
            if body is None:  # a busy Mailchimp answers so, without its own form of errors
                raise Later("it turned the call away (403)")
            raise Denied("not_allowed", said(body))
        if httpx.codes.is_redirect(given.status_code):
            raise Denied("elsewhere")
        return Answer(given.status_code, body)

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()


def said(body: Any) -> str:
    """What an error body says: Mailchimp's problem document, or Campaign Monitor's Code and Message."""
    if not isinstance(body, Mapping):
        return ""
    if "Message" in body:
        return plain(f"{body['Message']} ({body.get('Code', '')})")
    return plain(": ".join(str(body[name]) for name in ("title", "detail") if body.get(name)))


def _json(given: httpx.Response) -> Any:
    try:
        return given.json() if given.content else None
    except ValueError:
        return None


def _seconds(given: httpx.Response) -> float | None:
    """How long to wait: Retry-After or X-RateLimit-Reset, both in seconds; None where neither says."""
    for name in ("retry-after", "x-ratelimit-reset"):
        text = given.headers.get(name, "")
        if text.isascii() and text.isdigit():
            return float(min(int(text), _MOST_SECONDS))
    return None
