"""Members as Mailchimp's Marketing API 3.0 writes them.

By Mailchimp's reference: https://mailchimp.com/developer/marketing/api/lists/batch-subscribe-or-unsubscribe/,
/api/list-members/, /api/list-member-tags/, /api/list-merges/; errors: /docs/errors/.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from perennial.channels.audiences.rules.audience import FieldMap
from perennial.channels.audiences.rules.member import sort_of
from perennial.channels.audiences.rules.outcome import Outcome, Put, plain

EXISTS = "ERROR_CONTACT_EXISTS"
_TYPES = {"number": "number", "date": "date", "text": "text"}
_COMPLIANCE = "compliance state"


def batch(members: Sequence[Put], tag: str | None) -> dict[str, Any]:
    """The body of POST /lists/{list_id}: newcomers alone.

    ``update_existing`` stays off: with it the call would set the status of whoever is there already, and so
    subscribe people again whom somebody unsubscribed.
    """
    return {
        "members": [
            {
                "email_address": one.address,
                "status": "subscribed",
                "merge_fields": merge_fields(one.values),
                "tags": [tag] if tag else [],
            }
            for one in members
        ],
        "update_existing": False,
    }


def merge_fields(values: Mapping[str, str]) -> dict[str, str]:
    """Values by merge tag; an empty text clears a field. Mailchimp reads numbers and days (2026-03-31) from text."""
    return dict(values)


def upsert(one: Put, *, subscribe: bool = False) -> dict[str, Any]:
    """The body of PUT /lists/{list_id}/members/{hash}: who is there keeps their status, unless ``subscribe``."""
    body: dict[str, Any] = {
        "email_address": one.address,
        "status_if_new": "subscribed",
        "merge_fields": merge_fields(one.values),
    }
    return {**body, "status": "subscribed"} if subscribe else body


def tags(tag: str, *, on: bool) -> dict[str, Any]:
    """The body of POST .../members/{hash}/tags."""
    return {"tags": [{"name": tag, "status": "active" if on else "inactive"}]}


def new_field(one: FieldMap) -> dict[str, Any]:
    """The body of POST /lists/{list_id}/merge-fields."""
    return {"tag": one.tag, "name": one.tag.replace("_", " ").title(), "type": _TYPES[sort_of(one.says)],
            "required": False, "public": False}  # fmt: skip


def outcomes(members: Sequence[Put], answer: Mapping[str, Any]) -> tuple[list[Outcome], list[Put]]:
    """What became of a batch: (done or refused, those who were there already).

    The answer is 200 even where it refused some: ``errors`` names them by address. Somebody it names nowhere is
    asked for one by one: nothing is taken for done that it does not say.
    """
    wrong: dict[str, Mapping[str, Any]] = {
        str(one.get("email_address", "")).lower(): one for one in answer.get("errors") or ()
    }
    done = {
        str(one.get("email_address", "")).lower(): str(one.get("status", ""))
        for name in ("new_members", "updated_members")
        for one in answer.get(name) or ()
    }
    found: list[Outcome] = []
    there: list[Put] = []
    for one in members:
        error = wrong.get(one.address.lower())
        if error is None and one.address.lower() in done:
            found.append(after(one, done[one.address.lower()]))
        elif error is None or error.get("error_code") == EXISTS or "already a list member" in str(error.get("error")):
            there.append(one)
        else:
            found.append(refused(one, str(error.get("error", ""))))
    return found, there


def after(one: Put, status: str) -> Outcome:
    """What a member's status at Mailchimp means for us."""
    if status == "subscribed":
        return Outcome(one.row, "in")
    return Outcome(one.row, "other", f"status: {status}", barred=True)


def refused(one: Put, detail: str) -> Outcome:
    """A member that Mailchimp does not take; whoever is in a compliance state is not to be asked for again."""
    barred = _COMPLIANCE in detail.lower()
    return Outcome(one.row, "other" if barred else "", plain(detail, one.address) or "no reason given", barred)
