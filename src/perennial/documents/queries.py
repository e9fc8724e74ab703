"""Questions about documents: the newest, the one in force at an instant, the one that a decision names."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from perennial.documents.models import DRAFT, LIVE, RETIRED, Document
from perennial.documents.rules.body import B, Body
from perennial.documents.rules.kinds import Kind, Registry, installed

_REFERENCE = re.compile(r"([a-z0-9][a-z0-9_-]{0,63})@([1-9][0-9]{0,8})")


class Missing(LookupError):
    """There is no such document, or no such version of it."""


def history(*, brand_id: int, kind: str, key: str) -> QuerySet[Document]:
    """Every version, the newest first: who saved what, when, and from when on it was in force."""
    return Document.objects.filter(brand_id=brand_id, kind=kind, key=key).order_by("-version")


def latest(*, brand_id: int, kind: str, key: str) -> Document | None:
    """The newest version, be it a draft, live, scheduled or retired: what an editor opens."""
    return history(brand_id=brand_id, kind=kind, key=key).first()


def current(*, brand_id: int, kind: str, key: str, at: datetime) -> Document | None:
    """The version in force at the instant ``at``; None before the first and after a retirement."""
    deciding = history(brand_id=brand_id, kind=kind, key=key).filter(effective_from__lte=at).first()
    return deciding if deciding is not None and deciding.state == LIVE else None


def live(*, brand_id: int, at: datetime, kind: str | None = None) -> list[Document]:
    """The versions in force at the instant ``at``, one per document, ordered by kind and key."""
    effective = Document.objects.filter(brand_id=brand_id, effective_from__lte=at)
    if kind is not None:
        effective = effective.filter(kind=kind)
    same = Document.objects.filter(
        brand_id=brand_id, effective_from__lte=at, kind=OuterRef("kind"), key=OuterRef("key")
    )
    deciding = effective.filter(version=Subquery(same.order_by("-version").values("version")[:1]))
    return list(deciding.filter(state=LIVE).order_by("kind", "key"))


def scheduled(*, brand_id: int, kind: str, key: str, now: datetime) -> list[Document]:
    """The versions (live or retired) that will decide from some instant after ``now`` on, soonest first."""
    coming: list[Document] = []
    soonest: datetime | None = None
    for version in history(brand_id=brand_id, kind=kind, key=key).exclude(state=DRAFT):
        begins = version.effective_from
        assert begins is not None  # noqa: S101  # a constraint of the table
        if soonest is not None and begins >= soonest:
            continue  # withdrawn by a higher version that begins no later
        if begins <= now:
            break
        coming.append(version)
        soonest = begins
    return coming[::-1]


def resolve(*, brand_id: int, kind: str, reference: str) -> Document:
    """The very version that an entry or a decision names as ``key@version``; Missing if there is none."""
    match = _REFERENCE.fullmatch(reference)
    if not match:
        raise Missing(f"{reference!r} names no document: write key@version, such as spring@3")
    found = history(brand_id=brand_id, kind=kind, key=match[1]).filter(version=int(match[2])).first()
    if found is None:
        raise Missing(f"there is no {kind} {reference}")
    return found


def read(document: Document) -> Body:
    """The body, upgraded to the schema in force. Refused when the kind's plug-in is gone or older."""
    what = f"{document.kind} {document.reference}"
    kind: Kind[Any] = installed().kind(document.kind, what)
    body: Body = kind.read(document.stored, document.schema, what=what)
    return body


def effective(kind: Kind[B], *, brand_id: int, key: str, at: datetime) -> B | None:
    """What the document of this ``kind`` says at the instant ``at``, typed; None if none is in force."""
    found = current(brand_id=brand_id, kind=kind.name, key=key, at=at)
    if found is None:
        return None
    return kind.read(found.stored, found.schema, what=f"{kind.name} {found.reference}")


def newest(*, brand_id: int, kind: str) -> list[Document]:
    """The newest version of every document of a kind that is not retired, drafts included, by key."""
    same = Document.objects.filter(brand_id=brand_id, kind=OuterRef("kind"), key=OuterRef("key"))
    rows = Document.objects.filter(
        brand_id=brand_id, kind=kind, version=Subquery(same.order_by("-version").values("version")[:1])
    )
    return list(rows.exclude(state=RETIRED).order_by("key"))


def bodies(kind: Kind[B], *, brand_id: int) -> dict[str, B]:
    """What `newest` says of a kind, typed, by key."""
    return {
        one.key: kind.read(one.stored, one.schema, what=f"{kind.name} {one.reference}")
        for one in newest(brand_id=brand_id, kind=kind.name)
    }


def labels(*, brand_id: int) -> frozenset[str]:
    """``kind:key`` of every document of the brand that is not retired, drafts included: what labels may name."""
    same = Document.objects.filter(brand_id=brand_id, kind=OuterRef("kind"), key=OuterRef("key"))
    newest = Subquery(same.order_by("-version").values("version")[:1])
    rows = Document.objects.filter(brand_id=brand_id, version=newest).exclude(state=RETIRED)
    return frozenset(f"{kind}:{key}" for kind, key in rows.values_list("kind", "key"))


class BrandNames(Mapping[str, Collection[str]]):
    """What a body of a brand may name: the registry's names, and its documents as labels ``kind:key``.

    The database is asked only when a body names a label.
    """

    def __init__(self, registry: Registry, brand_id: int) -> None:
        self._registry, self._brand_id = registry, brand_id

    @cached_property
    def _labels(self) -> frozenset[str]:
        return frozenset(self._registry.names.get("label", ())) | labels(brand_id=self._brand_id)

    def __getitem__(self, sort: str) -> Collection[str]:
        return self._labels if sort == "label" else self._registry.names[sort]

    def __iter__(self) -> Iterator[str]:
        return iter({"label", *self._registry.names})

    def __len__(self) -> int:
        return len({"label", *self._registry.names})
