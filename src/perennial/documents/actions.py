"""The verbs that write documents. Each adds one version, or none when nothing would change.

Whoever saves says which version they saw (0: none); when another one came between, nothing is written and
`Stale` tells what it changed. The same call made again, because its answer was lost, gives the version
that the first one made.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from django.db import IntegrityError, transaction

from perennial.database import ids
from perennial.documents import queries
from perennial.documents.models import DRAFT, LIVE, RETIRED, Document
from perennial.documents.queries import Missing
from perennial.documents.rules.body import Body, Problem, Refused
from perennial.documents.rules.changes import Change, diff
from perennial.documents.rules.kinds import Kind, installed
from perennial.values.hashing import canonical, fingerprint

_KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_AUTHOR = 64


class Stale(Exception):
    """Somebody saved in between (HTTP 409). Nothing was written.

    ``current``: the newest version. ``theirs``: what it changed since the version that was seen.
    ``yours``: what saving would have changed in it.
    """

    def __init__(
        self, seen_version: int, current: Document, theirs: tuple[Change, ...], yours: tuple[Change, ...]
    ) -> None:
        self.seen_version, self.current, self.theirs, self.yours = seen_version, current, theirs, yours
        changed = "; ".join(str(change) for change in theirs) or "nothing in the body"
        super().__init__(
            f"{current.kind} {current.key} is at version {current.version} ({current.state}, saved by "
            f"{current.author}), you saw {seen_version}; changed since: {changed}. "
            "Look at the newest version and save again"
        )


class AlreadyScheduled(Exception):
    """The new version would withdraw ``versions``, scheduled for later. Nothing was written."""

    def __init__(self, versions: tuple[Document, ...]) -> None:
        self.versions = versions
        told = ", ".join(f"{one.reference} ({one.state} from {one.effective_from})" for one in versions)
        super().__init__(f"this would withdraw what is scheduled: {told}. Pass withdraw=True if it should")


def save(
    *,
    brand_id: int,
    kind: str,
    key: str,
    body: Mapping[str, Any],
    author: str,
    seen_version: int,
    now: datetime,
    state: Literal["draft", "live"] = "draft",
    effective_from: datetime | None = None,
    schema: int | None = None,
    withdraw: bool = False,
) -> Document:
    """Save ``body`` as the next version, as a draft or live (from ``effective_from``, else from ``now`` on).

    ``seen_version``: the newest version that the author saw, 0 for a new document. ``schema``: the schema
    in which the body is written, if not the one in force; it is upgraded first. Gives back the new version,
    or the newest when it says the same already.

    Raises Refused (unknown kind, wrong body, unknown name in it, a start in the past), Stale, and
    AlreadyScheduled when a later scheduled version would fall away and ``withdraw`` is not set.
    """
    what = f"{kind} {key!r}"
    problems = []
    if not _KEY.fullmatch(key):
        problems.append(Problem("key", f"{key!r} is no key: write 1 to 64 small letters, digits, - or _"))
    if state == DRAFT and effective_from is not None:
        problems.append(Problem("effective_from", "a draft has none: save it live, or leave it out"))
    if problems:
        raise Refused(what, problems)
    registry = installed()
    known = registry.kind(kind, what)
    ready = known.prepare(body, queries.BrandNames(registry, brand_id), what=what, schema=schema)
    _beside(known, brand_id, key, ready, what)
    wish = _Wish(brand_id, kind, key, canonical(ready.content()), known.schema, state, effective_from)
    return _add(wish, author=author, seen_version=seen_version, now=now, withdraw=withdraw)


def publish(
    *,
    brand_id: int,
    kind: str,
    key: str,
    author: str,
    seen_version: int,
    now: datetime,
    effective_from: datetime | None = None,
    withdraw: bool = False,
) -> Document:
    """Make the newest version live, from ``effective_from``, else from ``now`` on: a new version, same body.

    The body is checked again, because what it names may be gone by now. Raises as `save`, and Missing.
    """
    what = f"{kind} {key!r}"
    registry = installed()
    known = registry.kind(kind, what)
    seen = _seen(brand_id, kind, key, seen_version)
    ready = known.prepare(seen.stored, queries.BrandNames(registry, brand_id), what=what, schema=seen.schema)
    _beside(known, brand_id, key, ready, what)
    wish = _Wish(brand_id, kind, key, canonical(ready.content()), known.schema, LIVE, effective_from)
    return _add(wish, author=author, seen_version=seen_version, now=now, withdraw=withdraw)


def schedule(
    *,
    brand_id: int,
    kind: str,
    key: str,
    author: str,
    seen_version: int,
    now: datetime,
    effective_from: datetime,
    withdraw: bool = False,
) -> Document:
    """Make the newest version live from the instant ``effective_from`` on. As `publish`."""
    return publish(
        brand_id=brand_id,
        kind=kind,
        key=key,
        author=author,
        seen_version=seen_version,
        now=now,
        effective_from=effective_from,
        withdraw=withdraw,
    )


def retire(
    *,
    brand_id: int,
    kind: str,
    key: str,
    author: str,
    seen_version: int,
    now: datetime,
    effective_from: datetime | None = None,
    withdraw: bool = False,
) -> Document:
    """End the document from ``effective_from``, else from ``now`` on; its versions stay readable for ever.

    Possible also when its body would be refused today, or its plug-in is gone. Publishing brings it back.
    Raises Missing, Stale and AlreadyScheduled.
    """
    seen = _seen(brand_id, kind, key, seen_version)
    wish = _Wish(brand_id, kind, key, seen.body, seen.schema, RETIRED, effective_from)
    return _add(wish, author=author, seen_version=seen_version, now=now, withdraw=withdraw)


def _beside(kind: Kind[Any], brand_id: int, key: str, ready: Body, what: str) -> None:
    """Refuse what does not go with the brand's other documents of the kind."""
    if kind.among is not None:
        others = queries.bodies(kind, brand_id=brand_id)
        others.pop(key, None)
        if problems := tuple(kind.among(key, ready, others)):
            raise Refused(what, problems)


@dataclass(frozen=True, slots=True)
class _Wish:
    """The version that a verb wants to add."""

    brand_id: int
    kind: str
    key: str
    body: str
    schema: int
    state: str
    effective_from: datetime | None  # None: a draft, or from now on

    def stands(self, newest: Document, now: datetime) -> bool:
        """Whether ``newest`` says this already."""
        if (newest.state, newest.schema, newest.body) != (self.state, self.schema, self.body):
            return False
        if self.state == DRAFT or newest.effective_from is None:
            return True
        if self.effective_from is None:
            return newest.effective_from <= now
        return newest.effective_from == self.effective_from

    def refused(self, place: str, message: str) -> Refused:
        """The error for something that is wrong beside the body."""
        return Refused(f"{self.kind} {self.key!r}", [Problem(place, message)])


def _seen(brand_id: int, kind: str, key: str, seen_version: int) -> Document:
    """The version that the author saw; the verb's own check tells when it is not the newest any more."""
    found = queries.history(brand_id=brand_id, kind=kind, key=key).filter(version__lte=seen_version).first()
    if found is None:
        found = queries.latest(brand_id=brand_id, kind=kind, key=key)
    if found is None:
        raise Missing(f"there is no {kind} {key!r}: save it first")
    return found


def _add(wish: _Wish, *, author: str, seen_version: int, now: datetime, withdraw: bool) -> Document:
    """Add the version in one transaction; of two at once, the unique constraint lets one through."""
    if not 0 < len(author) <= _AUTHOR:
        raise wish.refused("author", f"has 1 to {_AUTHOR} letters: give the code of a person or a door")
    try:
        with transaction.atomic():
            return _settled(wish, author, seen_version, now) or _insert(
                wish, author, seen_version + 1, now, withdraw=withdraw
            )
    except IntegrityError:
        # Another process added this very version first: it is seen now, so this tells Stale, or the same.
        settled = _settled(wish, author, seen_version, now)
        if settled is None:
            raise
        return settled


def _settled(wish: _Wish, author: str, seen_version: int, now: datetime) -> Document | None:
    """The newest version when it makes adding one needless; None when one may be added; else Stale."""
    newest = queries.latest(brand_id=wish.brand_id, kind=wish.kind, key=wish.key)
    if newest is None and seen_version == 0:
        return None
    if newest is None:
        raise Missing(f"there is no {wish.kind} {wish.key!r}: save it with seen_version=0")
    repeated = newest.version == seen_version + 1 and newest.author == author
    if (newest.version == seen_version or repeated) and wish.stands(newest, now):
        return newest
    if newest.version == seen_version:
        return None
    versions = queries.history(brand_id=wish.brand_id, kind=wish.kind, key=wish.key)
    seen = versions.filter(version=seen_version).first()
    base = _comparable(wish.kind, seen.body, seen.schema) if seen else {}
    theirs = _comparable(wish.kind, newest.body, newest.schema)
    yours = _comparable(wish.kind, wish.body, wish.schema)
    raise Stale(seen_version, newest, diff(base, theirs), diff(theirs, yours))


def _comparable(kind: str, body: str, schema: int) -> dict[str, Any]:
    """A stored body in the schema in force, so that only what people changed differs."""
    content: dict[str, Any] = json.loads(body)
    known = installed().kinds.get(kind)
    if known is None or schema > known.schema:
        return content
    current: Body = known.read(content, schema)
    return current.content()


def _insert(wish: _Wish, author: str, version: int, now: datetime, *, withdraw: bool) -> Document:
    begins = None if wish.state == DRAFT else wish.effective_from or now
    if begins is not None and begins < now:
        raise wish.refused("effective_from", f"{begins} is past: what was in force then stays as it was")
    if begins is not None and not withdraw:
        coming = queries.scheduled(brand_id=wish.brand_id, kind=wish.kind, key=wish.key, now=now)
        later = tuple(one for one in coming if one.effective_from and one.effective_from > begins)
        if later:
            raise AlreadyScheduled(later)
    document = Document(
        id=ids.new(),
        brand_id=wish.brand_id,
        kind=wish.kind,
        key=wish.key,
        version=version,
        schema=wish.schema,
        body=wish.body,
        fingerprint=fingerprint(json.loads(wish.body)),
        state=wish.state,
        effective_from=begins,
        author=author,
        created_at=now,
    )
    document.save()
    return document
