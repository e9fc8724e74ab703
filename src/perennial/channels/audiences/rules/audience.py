"""An audience: the document that keeps a segment in step with a list at a mailing service."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from perennial.documents.rules.body import Body, Key, Line, Names, Problem, closest
from perennial.documents.rules.kinds import Kind

ListId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]{4,64}$")]
"""The id of a list, as the service shows it. Letters and digits alone: it stands in addresses."""

Says = Annotated[
    str,
    StringConstraints(
        pattern=r"^(name|first_name|last_name|language|country|orders|revenue|last_order_day|rhythm|lifecycle"
        r"|label:[a-z][a-z0-9_]*(:[A-Za-z0-9._-]+)?)$",
        max_length=70,
    ),
]
"""What a field tells of a customer: one of `FIELDS`, or ``label:`` and the name of a label."""

FIELDS = (
    "name", "first_name", "last_name", "language", "country", "orders", "revenue", "last_order_day", "rhythm",
    "lifecycle",
)  # fmt: skip
MOST_FIELDS = 30
_MERGE_TAG = re.compile(r"[A-Z][A-Z0-9_]{0,9}")
_CUSTOM_KEY = re.compile(r"[A-Za-z][A-Za-z0-9]{0,99}")
_RESERVED = frozenset({"EMAIL", "INTERESTS", "UNSUB", "FORWARD", "REWARDS", "ARCHIVE", "USER_URL", "DATE", "TOEMAIL"})


class Mailchimp(Body):
    """A list (an "audience") of Mailchimp.

    ``server``: the last part of the API key (us6), where the key itself does not end with it.
    """

    kind: Literal["mailchimp"] = "mailchimp"
    list_id: ListId
    server: Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}\d{1,3}$")] | None = None


class CampaignMonitor(Body):
    """A subscriber list of Campaign Monitor."""

    kind: Literal["campaign_monitor"] = "campaign_monitor"
    list_id: ListId


class FieldMap(Body):
    """``tag``: the field's name at the service (FNAME). ``says``: what it tells of the customer."""

    tag: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    says: Says


class Audience(Body):
    """A segment at a mailing service.

    ``tag``: what marks its members there; None: nothing does, and then leavers are archived. ``leavers``: what
    becomes of those who leave the segment but may still be mailed: the tag is taken off, or they are archived.
    Never are they unsubscribed: that is their own word alone. ``paused``: nothing is sent until it is taken up
    again, but who was erased is still removed.
    """

    title: Line
    segment: Key
    where: Annotated[Mailchimp | CampaignMonitor, Field(discriminator="kind")]
    fields: Annotated[tuple[FieldMap, ...], Field(max_length=MOST_FIELDS)] = ()
    tag: Annotated[str, StringConstraints(min_length=1, max_length=100)] | None = None
    leavers: Literal["untag", "archive"] = "untag"
    paused: bool = False

    @property
    def place(self) -> tuple[str, str]:
        """The list at the service, which two audiences may share when each has a tag of its own."""
        return self.where.kind, self.where.list_id


def _check(body: Audience, names: Names) -> Iterable[Problem]:
    known = names.get("label", ())
    if f"segment:{body.segment}" not in known:
        keys = [label.removeprefix("segment:") for label in known if label.startswith("segment:")]
        yield Problem("segment", f"there is no segment {body.segment!r}{closest(body.segment, keys)}")
    if body.tag is None and body.leavers == "untag":
        yield Problem("leavers", "there is no tag to take off: name a tag, or archive those who leave")
    form = _MERGE_TAG if body.where.kind == "mailchimp" else _CUSTOM_KEY
    told = (
        "is no merge tag: write up to 10 capital letters, digits and _, such as FNAME"
        if body.where.kind == "mailchimp"
        else "is no name of a custom field: write letters and digits without spaces, such as LastOrder"
    )
    for index, one in enumerate(body.fields):
        if not form.fullmatch(one.tag) or one.tag in _RESERVED:
            yield Problem(f"fields[{index}].tag", f"{one.tag!r} {told}")
    twice = [tag for tag, count in Counter(one.tag.casefold() for one in body.fields).items() if count > 1]
    if twice:
        yield Problem("fields", f"{twice[0]!r} stands twice: a field tells one thing")
    if body.where.kind == "campaign_monitor" and body.tag is not None:
        if not _CUSTOM_KEY.fullmatch(body.tag):
            yield Problem("tag", f"{body.tag!r} {told}: Campaign Monitor has no tags, a custom field stands for one")
        elif body.tag.casefold() in {one.tag.casefold() for one in body.fields}:
            yield Problem("tag", f"{body.tag!r} is a field already: Campaign Monitor's tag is a field of its own")


def _among(key: str, body: Audience, others: Mapping[str, Audience]) -> Iterable[Problem]:  # noqa: ARG001  # beside all
    """Two audiences in one list would take away what the other put, unless tags tell them apart."""
    for name, other in others.items():
        if other.place != body.place:
            continue
        if body.tag is None or other.tag is None or body.leavers == "archive" or other.leavers == "archive":
            yield Problem("where.list_id", f"{name!r} fills this list, too: give each a tag and let leavers lose it")
        elif body.tag.casefold() == other.tag.casefold():
            yield Problem("tag", f"{name!r} puts the same tag in this list: choose another")


KIND = Kind(
    name="audience",
    title="A segment kept in step with a list at a mailing service",
    body=Audience,
    check=_check,
    among=_among,
)
