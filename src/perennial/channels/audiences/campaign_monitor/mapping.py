"""Subscribers as Campaign Monitor's API 3.3 writes them.

By its reference: https://www.campaignmonitor.com/api/v3-3/subscribers/ (importing many, adding, deleting) and
/api/v3-3/lists/ (custom fields).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from perennial.channels.audiences.rules.audience import FieldMap
from perennial.channels.audiences.rules.member import sort_of
from perennial.channels.audiences.rules.outcome import Outcome, Put, plain

NAME = "Name"  # the one field that is no custom field
MARK = "yes"  # what the custom field that stands for a tag says of members
PARTLY, NOT_THERE, DELETED = 210, 203, 205  # codes in bodies
# In the suppression list, unsubscribed, bounced, unconfirmed: only they themselves can change that.
_THEIRS = frozenset({204, 206, 207, 208})
_TYPES = {"number": "Number", "date": "Date", "text": "Text"}
_NO_DAY = "0000-00-00"


def subscriber(one: Put, fields: Sequence[FieldMap], tag: str | None) -> dict[str, Any]:
    """A subscriber, in the call for many and for one.

    ``ConsentToTrack`` is required; "Unchanged" leaves it as the list has it: agreeing to mail is not agreeing to
    be tracked.
    """
    told: dict[str, Any] = {
        "EmailAddress": one.address,
        "CustomFields": custom_fields(one.values, fields) + ([{"Key": tag, "Value": MARK}] if tag else []),
        "ConsentToTrack": "Unchanged",
    }
    return {**told, "Name": one.values[NAME]} if NAME in one.values else told


def custom_fields(values: Mapping[str, str], fields: Sequence[FieldMap]) -> list[dict[str, Any]]:
    """Values by key. What is not sent stays, so that an empty field is sent as cleared."""
    says = {one.tag: one.says for one in fields}
    return [
        {"Key": key, "Value": _date(value) if sort_of(says[key]) == "date" else value} if value else _cleared(key, says)
        for key, value in values.items()
        if key != NAME
    ]


def _date(value: str) -> str:
    return value.replace("-", "/")  # as its reference asks for: yyyy/mm/dd


def _cleared(key: str, says: Mapping[str, str]) -> dict[str, Any]:
    if sort_of(says[key]) == "date":
        return {"Key": key, "Value": _NO_DAY}
    return {"Key": key, "Value": "", "Clear": True}


def many(members: Sequence[Put], fields: Sequence[FieldMap], tag: str | None) -> dict[str, Any]:
    """The body of POST /subscribers/{listid}/import.json. Never resubscribes: who unsubscribed stays so."""
    return {
        "Subscribers": [subscriber(one, fields, tag) for one in members],
        "Resubscribe": False,
        "QueueSubscriptionBasedAutoResponders": False,
        "RestartSubscriptionBasedAutoresponders": False,
    }


def unmarked(address: str, tag: str) -> dict[str, Any]:
    """The body of PUT /subscribers/{listid}.json?email= that takes the mark off."""
    return {
        "EmailAddress": address,
        "CustomFields": [{"Key": tag, "Value": "", "Clear": True}],
        "Resubscribe": False,
        "ConsentToTrack": "Unchanged",
    }


def new_field(name: str, says: str) -> dict[str, Any]:
    """The body of POST /lists/{listid}/customfields.json."""
    return {"FieldName": name, "DataType": _TYPES[sort_of(says)], "Options": [], "VisibleInPreferenceCenter": False}


def outcomes(members: Sequence[Put], result: Mapping[str, Any]) -> tuple[list[Outcome], list[Put]]:
    """What became of an import: (done or refused, those whom we ourselves deleted there and who come back).

    ``FailureDetails`` names who was not taken; everybody else was.
    """
    wrong: dict[str, Mapping[str, Any]] = {
        str(one.get("EmailAddress", "")).lower(): one for one in result.get("FailureDetails") or ()
    }
    found: list[Outcome] = []
    back: list[Put] = []
    for one in members:
        error = wrong.get(one.address.lower())
        if error is None:
            found.append(Outcome(one.row, "in"))
        elif error.get("Code") == DELETED and one.there == "gone":
            back.append(one)
        else:
            found.append(refused(one, error))
    return found, back


def refused(one: Put, error: Mapping[str, Any]) -> Outcome:
    """A subscriber that Campaign Monitor does not take."""
    code = error.get("Code")
    theirs = code in _THEIRS or code == DELETED
    told = plain(f"{error.get('Message', '')} ({code})", one.address)
    return Outcome(one.row, "other" if theirs else "", told, barred=theirs)
