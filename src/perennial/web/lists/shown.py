"""A list as its page shows it: what was added and what became of it, entries a page at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core import signing
from django.http import Http404

from perennial.facts.models.brands import Store
from perennial.facts.models.loop import Job
from perennial.segments.models import StaticList
from perennial.segments.queries import lists as queries
from perennial.segments.rules.listing import Entry
from perennial.values.ids import public
from perennial.web.desk.naming import people
from perennial.web.lists import words as w

if TYPE_CHECKING:
    from perennial.web.desk.page import Desk

_ON_A_PAGE = 50
_LINES = 50  # that were not understood, of one addition
_SALT = "list-entries"


def list_of(desk: Desk, key: str) -> StaticList:
    """A list in use; 404."""
    found = queries.list_of(brand_id=desk.brand.id, key=key)
    if found is None:
        raise Http404
    return found


def row(desk: Desk, one: StaticList) -> dict[str, Any]:
    """A list among others."""
    matched, waiting = one.counts.get("matched", 0), one.counts.get("waiting", 0)
    return {"list": one, "address": desk.url("list", one.key), "matched": matched, "waiting": waiting,
            "all": matched + waiting}  # fmt: skip


def additions(desk: Desk, one: StaticList) -> list[dict[str, Any]]:
    """The newest additions, each with its counts and the first lines that were not understood."""
    return [_addition(desk, job) for job in queries.additions(brand_id=desk.brand.id, list_id=one.id)]


def _addition(desk: Desk, job: Job) -> dict[str, Any]:
    told, counts = job.cursor, job.counts
    unread = []
    for line, code in told.get("unread", [])[:_LINES]:
        what, remedy = w.problem(desk.words, {"code": code})
        unread.append({"line": line, "what": what, "remedy": remedy})
    return {
        "at": job.created_at, "name": told.get("name") or desk.words.text("pasted"),
        "active": job.state in ("wanted", "running"), "rows": told.get("rows", 0), "new": counts.get("new", 0),
        "known": counts.get("known", 0), "matched": counts.get("matched", 0), "wrong": counts.get("unread", 0),
        "unread": unread, "problem": w.problem(desk.words, told["problem"]) if "problem" in told else None,
    }  # fmt: skip


def entries(desk: Desk, one: StaticList) -> dict[str, Any]:
    """A page of entries: those that the address asks for."""
    get = desk.request.GET
    waiting = get.get("show") == "waiting" or ("show" not in get and not one.counts.get("matched", 0))
    search = get.get("q", "").strip()[:255]
    found = queries.entries(
        brand_id=desk.brand.id, list_id=one.id, matched=not waiting, search=search.casefold(),
        after=_place(get.get("after", "")), limit=_ON_A_PAGE + 1,
    )  # fmt: skip
    more, found = len(found) > _ON_A_PAGE, found[:_ON_A_PAGE]
    names = people(desk.brand.id, {customer for entry in found for customer in entry.customers})
    stores = dict(Store.objects.filter(brand_id=desk.brand.id).values_list("id", "name"))
    show = "waiting" if waiting else "matched"
    here = {"show": show, "q": search}
    return {
        "waiting": waiting, "search": search, "show": show,
        "rows": [
            {
                "token": token(entry.entry), "kind": desk.words.text(w.KINDS[entry.entry.kind]),
                "value": entry.entry.value, "store": stores.get(entry.entry.store_id, "") if len(stores) > 1 else "",
                "added_at": entry.added_at,
                "people": [(desk.url("customer", public("cus", one_)), names.get(one_, public("cus", one_)))
                           for one_ in entry.customers],
            }
            for entry in found
        ],
        "next": desk.url("list", one.key, **here, after=token(found[-1].entry)) if more else "",
        "first": desk.url("list", one.key, **here) if get.get("after") else "",
        "tabs": [
            (desk.words.text("Matched"), desk.url("list", one.key, show="matched", q=search), not waiting),
            (desk.words.text("Waiting"), desk.url("list", one.key, show="waiting", q=search), waiting),
        ],
    }  # fmt: skip


def token(entry: Entry) -> str:
    """An entry as a form or an address names it."""
    return signing.dumps([entry.kind, entry.value, entry.store_id], salt=_SALT)


def _place(text: str) -> Entry | None:
    return entry_of(text) if text else None


def entry_of(text: str) -> Entry | None:
    """What `token` wrote; None for what it did not."""
    try:
        return Entry(*signing.loads(text, salt=_SALT))
    except signing.BadSignature:
        return None
