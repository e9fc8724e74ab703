"""Endpoints: rules of segments, read from text and JSON, and counted."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from perennial.documents import queries
from perennial.documents.rules.body import Problem as Wrong
from perennial.documents.rules.body import Refused, validate
from perennial.documents.rules.kinds import installed
from perennial.facts.rules.record_base import Record
from perennial.segments.actions.previews import want_preview
from perennial.segments.models import Preview
from perennial.segments.rules.contradictions import contradictions
from perennial.segments.rules.rule import Rule
from perennial.segments.rules.rule import read as read_text
from perennial.segments.rules.segment import KIND, Segment, among
from perennial.segments.rules.text.said import NotUnderstood
from perennial.values.ids import public
from perennial.web.api import shapes
from perennial.web.api.auth import Caller
from perennial.web.api.endpoints import Given, get, post
from perennial.web.api.problems import Problem, pointer
from perennial.web.api.shapes import money
from perennial.web.segments import reading

_STEP = re.compile(r"[^.\[\]]+")
_KEY = re.compile(r"[0-9a-f]{32}")
_WAIT = "2"


class RuleGiven(Record):
    """A rule, as text or as JSON."""

    rule: str | dict[str, Any]


class RuleRead(shapes.Shape):
    """A rule in both of its forms. ``contradictions``: why it can hold for nobody, as far as that can be told."""

    rule: dict[str, Any]
    text: str
    contradictions: list[str]


class PreviewAsked(shapes.Shape):
    """A rule that is being counted: ask for ``id``. The same rule has the same id."""

    id: str
    state: Literal["counting", "counted"]


class Overlap(shapes.Shape):
    """Another segment: how many are in it, and in both."""

    segment: str
    members: int
    both: int


class PreviewFound(shapes.Shape):
    """How many customers a rule holds for, out of ``of``; who some of them are, and how they can be reached."""

    id: str
    state: Literal["counted"]
    rule: dict[str, Any]
    text: str
    as_of: datetime
    members: int
    of: int
    sample: list[str]
    reach: dict[str, int] = Field(description="members that may be written to, by channel")
    overlap: list[Overlap]
    revenue: shapes.Money
    orders: int


class PreviewAwaited(shapes.Shape):
    """A rule that is not counted yet: ask again after Retry-After seconds. ``error``: why the last try failed."""

    id: str
    state: Literal["counting"]
    error: str


@post("/segments/parse", tag="Segments", scope="segments:read", body=RuleGiven, gives={200: RuleRead})
def parse_rule(caller: Caller, body: RuleGiven) -> Callable[[], RuleRead]:
    """Read a rule

    Text gives JSON, JSON gives text. What is wrong is told in `errors`; of text, `at` says at which letters
    (`start` to `end`, not included). Nothing is kept.
    """
    del caller
    found = _read(body.rule)
    read = RuleRead(rule=found.content(), text=found.text(), contradictions=list(contradictions(found)))
    return lambda: read


@post("/segments/preview", tag="Segments", scope="segments:read", body=RuleGiven, gives={202: PreviewAsked})
def preview_rule(caller: Caller, body: RuleGiven) -> Callable[[], PreviewAsked]:
    """Ask how many a rule holds for

    The rule is counted by the work loop, and nothing else comes of it: no segment is made. What was counted less
    than ten minutes ago is not counted again.
    """
    caller.whole_brand("segments are about")
    found = _read(body.rule)
    _may_hold(caller, found)

    def effect() -> PreviewAsked:
        asked = want_preview(brand_id=caller.brand_id, rule=found, now=caller.now)
        return PreviewAsked(id=asked.key, state="counted" if asked.wanted_at is None else "counting")

    return effect


@get(
    "/segments/preview/{preview_id}", tag="Segments", scope="segments:read",
    gives={200: PreviewFound, 202: PreviewAwaited}, problems=("not_found",),
)  # fmt: skip
def read_preview(caller: Caller, preview_id: str) -> PreviewFound | Given:
    """Read how many a rule holds for

    200 with what was found; 202 with Retry-After while it is being counted.
    """
    caller.whole_brand("segments are about")
    one = reading.preview(caller.brand_id, preview_id) if _KEY.fullmatch(preview_id) else None
    if one is None:
        raise Problem("not_found", "There is no such preview: ask for one with POST /segments/preview.")
    if one.found is None or one.wanted_at is not None:
        return Given(PreviewAwaited(id=one.key, state="counting", error=one.error), 202, {"Retry-After": _WAIT})
    return _found(caller, one, one.found)


def _read(given: str | dict[str, Any]) -> Rule:
    """The rule of a body; Problem 422 names its place."""
    if isinstance(given, str):
        try:
            return read_text(given)
        except NotUnderstood as wrong:
            at = {"start": wrong.at.start, "end": wrong.at.end}
            errors = [{"pointer": pointer(("rule",)), "detail": wrong.message}]
            raise Problem("invalid", "The rule is not understood.", errors, more={"at": at}) from None
    try:
        return validate(Segment, {"title": "-", "rule": given}, what="the rule").rule
    except Refused as refused:
        raise _refused(refused.problems) from None


def _may_hold(caller: Caller, rule: Rule) -> None:
    """Refuse a rule that no segment could have: it contradicts itself, or names what is not there."""
    names = queries.BrandNames(installed(), caller.brand_id)
    try:
        ready = KIND.prepare({"title": "-", "rule": rule.content()}, names, what="the rule")
    except Refused as refused:
        raise _refused(refused.problems) from None
    if problems := tuple(among("", ready, queries.bodies(KIND, brand_id=caller.brand_id))):
        raise _refused(problems)


def _refused(problems: Sequence[Wrong]) -> Problem:
    errors = [{"pointer": pointer(_STEP.findall(one.path)), "detail": one.message} for one in problems]
    return Problem("invalid", "The rule cannot be used as it stands.", errors)


def _found(caller: Caller, one: Preview, found: dict[str, Any]) -> PreviewFound:
    as_of = one.as_of or one.counted_at
    assert as_of is not None  # noqa: S101  # what was found has one
    sample: Sequence[int] = found["sample"]
    rule = validate(Segment, {"title": "-", "rule": one.rule}, what="the rule").rule
    return PreviewFound(
        id=one.key, state="counted", rule=rule.content(), text=rule.text(), as_of=as_of, members=found["members"],
        of=found["of"], sample=[public("cus", id_) for id_ in sample], reach=found["reach"],
        overlap=[Overlap(**each) for each in found["overlap"]],
        revenue=money(found["revenue"], caller.brand.currency), orders=found["orders"],
    )  # fmt: skip
