"""Endpoints: static lists, of people whom somebody knows by an address, a number or an id."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Literal

from ninja import Query
from pydantic import Field

from perennial.facts.rules.record_base import Record
from perennial.segments.actions.list_files import way_of
from perennial.segments.actions.lists import add_to_list, make_list, remove_from_list
from perennial.segments.models import StaticList
from perennial.segments.queries import lists as queries
from perennial.segments.rules.listing import SENTENCES, Entry, entry
from perennial.values.ids import public
from perennial.values.reason import Reason, Refused
from perennial.web.access.audit import note
from perennial.web.api import shapes
from perennial.web.api.auth import Caller
from perennial.web.api.endpoints import delete, get, post
from perennial.web.api.paging import Cursor, Limit, Pager
from perennial.web.api.problems import Problem

MOST = 500
Kind = Literal["email", "phone", "account", "id"]
_Shown = Annotated[
    Literal["matched", "waiting"], Query("matched", description="Entries that lead to somebody, or to nobody yet.")
]
_Store = Annotated[str, Query("", max_length=64, description="Key of the store whose customer's number it is.")]


class ListHeld(shapes.Shape):
    """A list in use, and how many of its entries lead to a customer."""

    key: str
    title: str
    created_at: datetime
    matched: int
    waiting: int = Field(description="entries that lead to nobody yet; they are matched by themselves")


class ListsHeld(shapes.Shape):
    """All lists in use."""

    items: list[ListHeld]


class EntryHeld(shapes.Shape):
    """An entry, as it stands in the facts, and everybody it leads to."""

    kind: Kind
    value: str
    customers: list[str] = Field(description="several, where several customers share an address; empty: it waits")
    added_at: datetime


class ListRead(ListHeld):
    """A list with a page of its entries."""

    items: list[EntryHeld]
    next: str | None


class ListWanted(Record):
    """A new list. ``key``: how rules name it; made of the title where it is left out."""

    title: str = Field(min_length=1, max_length=120)
    key: str = Field(default="", max_length=64, pattern=r"^([a-z0-9][a-z0-9_-]{0,63})?$")


class EntriesWanted(Record):
    """Values to put on a list. ``kind`` null: each as it looks; ``store``: whose customers' numbers these are."""

    entries: list[Annotated[str, Field(min_length=1, max_length=400)]] = Field(min_length=1, max_length=MOST)
    kind: Kind | None = None
    store: str = Field(default="", max_length=64)


class NotRead(shapes.Shape):
    """A value that was not put on the list: its place from 0, why, and what to do."""

    index: int
    code: str
    detail: str


class EntriesAdded(shapes.Shape):
    """What became of the values. ``known``: on the list already, or stated twice."""

    new: int
    known: int
    matched: int
    not_read: list[NotRead]


class EntryRemoved(shapes.Shape):
    """Whether it was on the list."""

    removed: bool


@get("/lists", tag="Lists", scope="customers:read")
def list_lists(caller: Caller) -> ListsHeld:
    """List the lists

    All lists in use, by title.
    """
    caller.whole_brand("lists are of")
    return ListsHeld(items=[_held(one) for one in queries.lists(brand_id=caller.brand_id)])


@post("/lists", tag="Lists", scope="customers:write", body=ListWanted, gives={201: ListHeld})
def make_a_list(caller: Caller, body: ListWanted) -> Callable[[], ListHeld]:
    """Make a list

    Empty yet. Rules ask who is on it by its key: `listed("spring-fair")`.
    """
    caller.whole_brand("lists are of")

    def effect() -> ListHeld:
        try:
            made = make_list(brand_id=caller.brand_id, title=body.title, key=body.key, now=caller.now)
        except Refused as refused:
            raise _invalid(refused, "title" if refused.reason.code == "list.title" else "key") from None
        _note(caller, "list.make", made.id)
        return _held(made)

    return effect


@get("/lists/{list_key}", tag="Lists", scope="customers:read", gives={200: ListRead}, problems=("not_found", "cursor"))
def read_list(caller: Caller, list_key: str, show: _Shown, cursor: Cursor, limit: Limit) -> ListRead:
    """Read a list

    How many of its entries lead to somebody, and a page of them, by kind and value.
    """
    found = _found(caller, list_key)
    pager = Pager(caller, "list", key=list_key, show=show)
    after = pager.after(cursor)
    held = queries.entries(
        brand_id=caller.brand_id, list_id=found.id, matched=show == "matched", limit=limit + 1,
        after=None if after is None else Entry(*after),
    )  # fmt: skip
    page, following = pager.page(held, limit, lambda one: [one.entry.kind, one.entry.value, one.entry.store_id])
    items = [
        EntryHeld(
            kind=one.entry.kind, value=one.entry.value, added_at=one.added_at,
            customers=[public("cus", customer) for customer in one.customers],
        )
        for one in page
    ]  # fmt: skip
    return ListRead(**_held(found).model_dump(), items=items, next=following)


@post(
    "/lists/{list_key}/entries", tag="Lists", scope="customers:write", body=EntriesWanted, gives={200: EntriesAdded},
    problems=("not_found",),
)  # fmt: skip
def add_entries(caller: Caller, body: EntriesWanted, list_key: str) -> Callable[[], EntriesAdded]:
    """Put people on a list

    At most 500 at once. Values that are none are told, the others are added; whoever is on the list already counts
    once. Those that lead to nobody wait, and are matched by themselves when the customer is recorded.
    """
    found = _found(caller, list_key)
    try:
        way = way_of(brand_id=caller.brand_id, kind=body.kind or "", store_key=body.store)
    except Refused as refused:
        raise _invalid(refused, "store") from None
    read = [entry(text, way) for text in body.entries]

    def effect() -> EntriesAdded:
        good = [one for one in read if isinstance(one, Entry)]
        try:
            added = add_to_list(brand_id=caller.brand_id, list_id=found.id, entries=good, now=caller.now)
        except Refused:
            raise Problem("not_found", _NONE) from None
        _note(caller, "list.add", found.id)
        erased = Reason.of("listing.erased")
        why = [erased if isinstance(one, Entry) and one in added.erased else one for one in read]
        not_read = [
            NotRead(index=index, code=one.code, detail=". To mend it: ".join(SENTENCES[one.code]))
            for index, one in enumerate(why)
            if isinstance(one, Reason)
        ]
        return EntriesAdded(new=added.new, known=added.known, matched=added.matched, not_read=not_read)

    return effect


@delete(
    "/lists/{list_key}/entries", tag="Lists", scope="customers:write", gives={200: EntryRemoved},
    problems=("not_found",),
)  # fmt: skip
def remove_entry(
    caller: Caller,
    list_key: str,
    value: Annotated[str, Query(min_length=1, max_length=400, description="The address, number or id.")],
    kind: Annotated[Kind | None, Query(None, description="What it is; left out: as it looks.")],
    store: _Store,
) -> EntryRemoved:
    """Take somebody off a list

    By the value by which they stand on it.
    """
    found = _found(caller, list_key)
    try:
        way = way_of(brand_id=caller.brand_id, kind=kind or "", store_key=store)
    except Refused as refused:
        raise Problem("invalid", "The store is wrong.", [{"parameter": "store", "detail": str(refused)}]) from None
    one = entry(value, way)
    if isinstance(one, Reason):
        told = ". To mend it: ".join(SENTENCES[one.code])
        raise Problem("invalid", "The value is none.", [{"parameter": "value", "detail": told}])
    try:
        gone = remove_from_list(brand_id=caller.brand_id, list_id=found.id, entries=[one])
    except Refused:
        raise Problem("not_found", _NONE) from None
    if gone:
        _note(caller, "list.remove", found.id)
    return EntryRemoved(removed=bool(gone))


_NONE = "There is no such list."


def _found(caller: Caller, key: str) -> StaticList:
    caller.whole_brand("lists are of")
    found = queries.list_of(brand_id=caller.brand_id, key=key)
    if found is None:
        raise Problem("not_found", _NONE)
    return found


def _held(one: StaticList) -> ListHeld:
    return ListHeld(
        key=one.key, title=one.title, created_at=one.created_at, matched=one.counts.get("matched", 0),
        waiting=one.counts.get("waiting", 0),
    )  # fmt: skip


def _note(caller: Caller, verb: str, list_id: int) -> None:
    note(
        brand_id=caller.brand_id, now=caller.now, verb=verb, subject="static_list", subject_id=list_id,
        api_key_id=caller.key.id,
    )  # fmt: skip


def _invalid(refused: Refused, field: str) -> Problem:
    return Problem("invalid", "Something in the body is wrong; nothing was changed.",
                   [{"pointer": f"#/{field}", "detail": str(refused)}])  # fmt: skip
