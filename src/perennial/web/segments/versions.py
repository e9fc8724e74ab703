"""The versions of a segment as its page tells them: who, when, and how the text differs from the one before."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from perennial.documents import queries
from perennial.segments.rules.segment import KIND
from perennial.web.models import ApiKey, User
from perennial.web.segments.difference import difference
from perennial.web.segments.reading import read

if TYPE_CHECKING:
    from perennial.web.desk.page import Desk

_MOST = 20


def versions(desk: Desk, key: str) -> list[dict[str, Any]]:
    """The newest versions, the newest first."""
    found = list(queries.history(brand_id=desk.brand.id, kind=KIND.name, key=key)[: _MOST + 1])
    bodies = [read(one) for one in found]
    names = authors(desk.brand.id, {one.author for one in found})
    told: list[dict[str, Any]] = []
    for n, (one, body) in enumerate(zip(found, bodies, strict=True)):
        before = bodies[n + 1] if n + 1 < len(bodies) else body
        later = one.effective_from is not None and one.effective_from > desk.now
        told.append(
            {
                "version": one.version,
                "state": one.state,
                "at": desk.format.moment(one.created_at),
                "begins": desk.format.moment(one.effective_from) if later else "",
                "author": names.get(one.author, ""),
                "title": body.title if before.title != body.title else "",
                "parts": difference(before.rule.text(), body.rule.text()),
            }
        )
    return told[:_MOST]


def authors(brand_id: int, codes: Iterable[str]) -> dict[str, str]:
    """Who saved, by the code that a version keeps: colleagues by name, machines by their key's."""
    given = [(code, *code.partition(":")[::2]) for code in codes]
    people = {int(rest): code for code, sort, rest in given if sort == "usr" and rest.isdigit()}
    keys = {rest: code for code, sort, rest in given if sort == "key"}
    users = User.objects.filter(id__in=list(people)).values_list("id", "name", "email")
    machines = ApiKey.objects.filter(brand_id=brand_id, prefix__in=list(keys)).values_list("prefix", "name")
    return {people[id_]: name or email for id_, name, email in users} | {
        keys[prefix]: f"{name} ({prefix})" for prefix, name in machines
    }
