"""What the API takes: the bodies of calls that record."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from perennial.facts.rules.record_base import Minor, Name, Record, Short
from perennial.facts.rules.records import Batch

# Both together keep SQLite's one writer for less than 50 ms.
MOST_RECORDS = 200
MOST_LINES = 1_000
MOST_EVENTS = 100
_Kind = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*(:[a-z0-9_-]+)?$", max_length=64)]


class Facts(Record):
    """Records of a store. ``store``: its key or id; a key bound to a store, or the only store, needs none.

    ``history``: an import of the past, of which nothing that acts on customers hears.
    """

    store: Short = ""
    history: bool = False
    batch: Batch


class Seen(Record):
    """Something a visitor did. Give it an ``id``, so that it counts once however often it is sent."""

    id: Name | None = None
    kind: _Kind
    at: AwareDatetime | None = None
    product: Name | None = None
    order: Name | None = None
    value: Minor | None = None
    props: dict[str, str | int | bool] = {}


class Visit(Record):
    """What one visitor did. ``visitor`` is the browser's own random name, never an address."""

    store: Short = ""
    visitor: Name
    events: Annotated[tuple[Seen, ...], Field(min_length=1, max_length=MOST_EVENTS)]


class ConsentGiven(Record):
    """A permission given or withdrawn; ``at``: when, if not now. ``proof`` says where it is recorded."""

    channel: Literal["email", "sms", "post", "phone", "push", "onsite"]
    purpose: Literal["marketing", "transactional", "profiling", "publication"] = "marketing"
    given: bool
    at: AwareDatetime | None = None
    source: Short = "api"
    text_version: Short = ""
    proof: Short = ""
