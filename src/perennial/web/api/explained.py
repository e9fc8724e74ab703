"""Endpoint: why a customer is in a segment, or is not. What is not worked out yet is asked of the work loop."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from perennial.segments.actions.previews import want_explanation
from perennial.values.time import LocalDay, from_us
from perennial.web.api import shapes, visible
from perennial.web.api.auth import Caller
from perennial.web.api.endpoints import Given, get
from perennial.web.api.problems import Problem
from perennial.web.segments import reading

_WAIT = "2"
_TREE = (
    "the rule as a tree: `sort` (all, any, not, segment, condition), `text`, `holds`, `wanted` (false within a not), "
    "`parts`, and of a segment `key` and `title`; of a condition `held`: the customer's own `value` in its `unit` "
    "(money: minor units of `currency`; pieces: thousandths; share: parts of 1; day: a date), held against `op`, "
    "`low`, `high`, or `among`; `missing`: what would have to happen (`how`, `amount`, `unit`); `until`: the last "
    "day on which the value stays so if nothing is recorded; `stays`: the last on which `holds` does"
)


class Stay(shapes.Shape):
    """A stay in the segment. Why: fact, time, rule, store or merge."""

    entered: datetime
    entered_why: str
    left: datetime | None
    left_why: str


class Explained(shapes.Shape):
    """Why a customer is in a segment (``inside``), or is not, as of ``as_of``, by ``version`` of the segment."""

    key: str
    title: str
    version: int
    inside: bool
    stays: list[Stay] = Field(description="the newest first")
    as_of: datetime
    currency: str
    verdict: dict[str, Any] = Field(description=_TREE)


class ExplanationAwaited(shapes.Shape):
    """Being worked out: ask again after Retry-After seconds. ``error``: why the last try failed."""

    key: str
    state: Literal["explaining"]
    error: str


@get(
    "/customers/{customer_id}/segments/{key}", tag="Segments", scope="segments:read",
    gives={200: Explained, 202: ExplanationAwaited}, problems=("not_found",),
)  # fmt: skip
def explain_segment(caller: Caller, customer_id: str, key: str) -> Explained | Given:
    """Explain why a customer is in a segment

    Or is not: each condition with the customer's value, what is missing and until when. 202 with Retry-After while it
    is being worked out; what is older than a minute is worked out anew.
    """
    caller.whole_brand("segments are about")
    customer = visible.customer(caller, customer_id)
    held = reading.segment(caller.brand_id, key, caller.now)
    if held is None or held.live is None:
        raise Problem("not_found", "There is no such live segment.")
    one = want_explanation(
        brand_id=caller.brand_id, person=visible.person_of(caller, customer.id), segment=key, now=caller.now
    )  # fmt: skip
    if one.found is None or one.wanted_at is not None:
        return Given(ExplanationAwaited(key=key, state="explaining", error=one.error), 202, {"Retry-After": _WAIT})
    found = one.found
    stays = [
        Stay(
            entered=from_us(each["entered_at"]), entered_why=each["entered_why"],
            left=None if each["left_at"] is None else from_us(each["left_at"]), left_why=each["left_why"],
        )
        for each in found["stays"]
    ]  # fmt: skip
    return Explained(
        key=key, title=held.body.title, version=found["version"], inside=bool(stays) and stays[0].left is None,
        stays=stays, as_of=from_us(found["as_of"]), currency=found["currency"], verdict=_dated(found["verdict"]),
    )  # fmt: skip


def _dated(node: dict[str, Any]) -> dict[str, Any]:
    """A tree with its local days as dates."""
    told = node | {name: _date(node[name]) for name in ("until", "stays")}
    told["parts"] = [_dated(part) for part in node["parts"]]
    held = node["held"]
    if held is not None and held["unit"] == "day":
        told["held"] = held | {name: _date(held[name]) for name in ("value", "low", "high")}
    return told


def _date(day: int | None) -> str | None:
    return None if day is None else LocalDay(day).date.isoformat()
