"""Endpoints: documents, which say what the merchant wants. Saved with the version that was seen, else 409."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any, Literal

from django.db import transaction
from ninja import Header
from pydantic import AwareDatetime, Field

from perennial.documents import queries
from perennial.documents.actions import AlreadyScheduled, Stale, save
from perennial.documents.models import Document
from perennial.documents.queries import Missing
from perennial.documents.rules.body import Refused
from perennial.documents.rules.changes import ABSENT, Change
from perennial.documents.rules.kinds import installed
from perennial.facts.rules.record_base import Record
from perennial.web.access.audit import note
from perennial.web.api import shapes
from perennial.web.api.auth import Caller
from perennial.web.api.endpoints import Given, get, put
from perennial.web.api.problems import Problem, pointer

_ETAG = re.compile(r'\s*(?:W/)?"(\d{1,9})"\s*')
_STEP = re.compile(r"[^.\[\]]+")


class Saved(shapes.Shape):
    """A version of a document. ``effective_from``: since when, or from when on, it is in force; null: a draft."""

    kind: str
    key: str
    version: int
    schema_number: int = Field(description="number of the schema in which `body` is written")
    state: Literal["draft", "live", "retired"]
    effective_from: datetime | None
    author: str
    created_at: datetime
    body: dict[str, Any]


class Wanted(Record):
    """What to save: as a draft, or live from ``effective_from`` (null: now) on.

    ``withdraw``: versions that are scheduled for later fall away.
    """

    state: Literal["draft", "live"] = "draft"
    effective_from: AwareDatetime | None = None
    withdraw: bool = False
    body: dict[str, Any]


@get("/documents/{kind}/{key}", tag="Documents", scope="documents:read", gives={200: Saved}, problems=("not_found",))
def read_document(caller: Caller, kind: str, key: str) -> Given:
    """Read a document

    Its newest version, be it a draft or live. The header ETag holds the version to save with.
    """
    found = queries.latest(brand_id=caller.brand_id, kind=kind, key=key) if kind in installed().kinds else None
    if found is None:
        raise Problem("not_found", "There is no such document.")
    return _told(found)


@put(
    "/documents/{kind}/{key}", tag="Documents", scope="documents:write", body=Wanted, gives={200: Saved},
    problems=("not_found", "stale", "scheduled", "no_version"),
)  # fmt: skip
def save_document(
    caller: Caller,
    body: Wanted,
    *,
    kind: str,
    key: str,
    if_match: Annotated[str | None, Header(None, alias="If-Match", description="the version you saw, as in ETag")],
    if_none_match: Annotated[str | None, Header(None, alias="If-None-Match", description="`*` for a new document")],
) -> Given:
    """Save a document

    Adds a version. Where somebody saved since the version you saw, nothing is written and the answer (409) tells
    what they changed and what you would.
    """
    caller.whole_brand("documents are about")
    if kind not in installed().kinds:
        raise Problem("not_found", "There is no such kind of document.")
    seen = _seen(if_match, if_none_match)
    try:
        with transaction.atomic():
            found = save(
                brand_id=caller.brand_id, kind=kind, key=key, body=body.body, author=f"key:{caller.key.prefix}",
                seen_version=seen, now=caller.now, state=body.state, effective_from=body.effective_from,
                withdraw=body.withdraw,
            )  # fmt: skip
            if found.created_at == caller.now:
                note(
                    brand_id=caller.brand_id, now=caller.now, verb="document.save", subject=f"document.{kind}"[:32],
                    subject_id=found.id, fields=["body"], api_key_id=caller.key.id,
                )  # fmt: skip
    except Stale as stale:
        more = {
            "version": stale.current.version,
            "theirs": [_change(one) for one in stale.theirs],
            "yours": [_change(one) for one in stale.yours],
        }
        raise Problem("stale", f"It is at version {stale.current.version}, you saw {seen}.", more=more) from None
    except AlreadyScheduled as scheduled:
        raise Problem("scheduled", str(scheduled).partition(". Pass")[0]) from None
    except Missing as missing:
        raise Problem("not_found", str(missing)) from None
    except Refused as refused:
        errors = [{"pointer": _pointer(one.path), "detail": one.message} for one in refused.problems]
        raise Problem("invalid", f"{kind} {key} is refused; nothing was saved.", errors) from None
    return _told(found)


def _seen(if_match: str | None, if_none_match: str | None) -> int:
    if if_none_match is not None and if_none_match.strip() == "*" and if_match is None:
        return 0
    match = _ETAG.fullmatch(if_match or "")
    if match is None or if_none_match is not None:
        raise Problem("no_version", 'Say which version you saw: If-Match: "3", or If-None-Match: * for a new document.')
    return int(match[1])


def _told(one: Document) -> Given:
    saved = Saved(
        kind=one.kind, key=one.key, version=one.version, schema_number=one.schema, state=one.state,
        effective_from=one.effective_from, author=one.author, created_at=one.created_at, body=one.stored,
    )  # fmt: skip
    return Given(saved, 200, {"ETag": f'"{one.version}"'})


def _change(one: Change) -> dict[str, Any]:
    """RFC 6902 in short: where, before, after; what was not there is left out."""
    told: dict[str, Any] = {"pointer": _pointer(one.path)}
    if one.old is not ABSENT:
        told["old"] = one.old
    if one.new is not ABSENT:
        told["new"] = one.new
    return told


def _pointer(path: str) -> str:
    """``rules[2].amount`` as ``#/body/rules/2/amount``."""
    if path in ("key", "effective_from"):
        return pointer((path,))
    return pointer(("body", *_STEP.findall(path)))
