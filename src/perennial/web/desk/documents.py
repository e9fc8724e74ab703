"""Saving a document from a page: by the version that was seen, told what others changed meanwhile."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NoReturn

from django import forms
from django.db import transaction

from perennial.documents import actions, queries
from perennial.documents.actions import AlreadyScheduled, Stale
from perennial.documents.models import Document
from perennial.documents.rules.body import Refused
from perennial.documents.rules.changes import ABSENT, Change

if TYPE_CHECKING:
    from perennial.web.desk.page import Desk


@dataclass(frozen=True, slots=True)
class Conflict:
    """Somebody saved in between: the version that is newest now, what they changed, what saving would change."""

    version: int
    theirs: tuple[dict[str, str], ...]
    yours: tuple[dict[str, str], ...]


@dataclass(frozen=True, slots=True)
class Opened:
    """A document as an editor opens it: the version in force (None: none is), and the newest one.

    The newest may be a draft, or begin later: what is in force is shown, and saving goes on from there.
    """

    held: Document | None
    newest: Document

    @property
    def seen_version(self) -> int:
        """The version to save with."""
        return self.newest.version

    @property
    def differs(self) -> bool:
        """Whether a draft, or a version that begins later, waits behind what is in force."""
        return self.held is not None and self.newest.version != self.held.version


def opened(desk: Desk, *, kind: str, key: str) -> Opened | None:
    """The document ``key``; None where it never was, or has ended."""
    newest = queries.latest(brand_id=desk.brand.id, kind=kind, key=key)
    if newest is None:
        return None
    return Opened(queries.current(brand_id=desk.brand.id, kind=kind, key=key, at=desk.now), newest)


def author(desk: Desk) -> str:
    """Who saves, as a code."""
    return f"usr:{desk.user_id}"


def put(
    desk: Desk,
    *,
    kind: str,
    key: str,
    body: Mapping[str, Any],
    seen_version: int,
    verb: str,
    state: Literal["draft", "live"] = "live",
) -> Conflict | Refused | AlreadyScheduled | None:
    """Save a document, live or as a draft, and note it in the log; what stood in the way, else None."""
    try:
        with transaction.atomic():
            saved = actions.save(
                brand_id=desk.brand.id, kind=kind, key=key, body=body, author=author(desk),
                seen_version=seen_version, now=desk.now, state=state,
            )  # fmt: skip
            if saved.created_at == desk.now:  # the same said again adds no version
                desk.note(verb, f"document.{kind}", saved.id, tuple(sorted(body)))
    except Stale as stale:
        return conflict(stale)
    except (Refused, AlreadyScheduled) as refused:
        return refused
    return None


def end(desk: Desk, *, kind: str, key: str, seen_version: int, verb: str) -> Conflict | AlreadyScheduled | None:
    """Retire a document and note it in the log; what stood in the way, else None."""
    try:
        with transaction.atomic():
            ended = actions.retire(
                brand_id=desk.brand.id, kind=kind, key=key, author=author(desk), seen_version=seen_version, now=desk.now
            )
            desk.note(verb, f"document.{kind}", ended.id)
    except Stale as stale:
        return conflict(stale)
    except AlreadyScheduled as scheduled:
        return scheduled
    return None


def conflict(stale: Stale) -> Conflict:
    """As a page shows it."""
    return Conflict(stale.current.version, _told(stale.theirs), _told(stale.yours))


def _told(changes: tuple[Change, ...]) -> tuple[dict[str, str], ...]:
    return tuple({"path": one.path, "old": _text(one.old), "new": _text(one.new)} for one in changes)


def _text(value: object) -> str:
    return "\N{EN DASH}" if value is ABSENT or value is None else str(value)


def blame(desk: Desk, form: forms.Form, refused: Refused | AlreadyScheduled, fields: Mapping[str, str]) -> None:
    """Show each problem of a refused body at the field that it comes from (``fields``: by the problem's path)."""
    if isinstance(refused, AlreadyScheduled):
        begins = refused.versions[0].effective_from
        form.add_error(None, desk.words.text(
            "The API has planned another version, which begins on %(when)s: this one would undo it. Let it begin, or "
            "withdraw it by the API first.", when=desk.format.moment(begins) if begins else ""))  # fmt: skip
        return
    for problem in refused.problems:
        form.add_error(fields.get(problem.path), problem.message)


def wrong(message: str) -> NoReturn:
    """Refuse what a field says; the message names the remedy."""
    raise forms.ValidationError(message)


def free_key(desk: Desk, kind: str, title: str, *, besides: Collection[str] = ("new",)) -> str:
    """A key made of the name, that no document of the kind has or had, and that is none of ``besides``."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    stem = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:48] or kind
    taken = set(besides) | set(
        Document.objects.filter(brand_id=desk.brand.id, kind=kind, key__startswith=stem)
        .values_list("key", flat=True).distinct()
    )  # fmt: skip
    return next(key for n in range(1, len(taken) + 2) if (key := stem if n == 1 else f"{stem}-{n}") not in taken)
