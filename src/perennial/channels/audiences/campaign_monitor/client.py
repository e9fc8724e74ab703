"""A list at Campaign Monitor, over its API 3.3.

Basic authentication with the key as user name and any password. Errors are {Code, Message}; 429 where calls are too
many, with X-RateLimit-Reset in seconds (https://www.campaignmonitor.com/api/v3-3/getting-started/).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from perennial.channels.audiences.campaign_monitor import mapping
from perennial.channels.audiences.client import Answer, Http, said
from perennial.channels.audiences.rules.audience import Audience, CampaignMonitor
from perennial.channels.audiences.rules.outcome import Denied, Outcome, Put, Stopped, Take, asking, plain

ADDRESS = "https://api.createsend.com"
_MOST = 1_000  # subscribers of an import
_NO_LIST = 101
_ACTIVE = "Active"
_Item = TypeVar("_Item", Put, Take)


class CampaignMonitorList:
    """See `rules.outcome.Service`. ``base``: another address of the API than its own."""

    most = _MOST

    def __init__(self, body: Audience, key: str, base: str = "") -> None:
        if not isinstance(body.where, CampaignMonitor):
            raise TypeError(f"{body.where.kind} is not Campaign Monitor")
        self._body = body
        self._id = body.where.list_id
        self._http = Http(f"{base or ADDRESS}/api/v3.3/", key, "x")

    def close(self) -> None:
        """Let go of connections."""
        self._http.close()

    def look(self) -> str:
        """The list's title."""
        found = self._whole(self._http.call("GET", f"lists/{self._id}.json"))
        return str(found.get("Title", "")) if isinstance(found, Mapping) else ""

    def prepare(self) -> None:
        """Look whether the list is there; make the custom fields that are missing."""
        found = self._http.call("GET", f"lists/{self._id}/customfields.json")
        self._whole(found)
        known = {str(one.get("Key", "")).strip("[]").casefold() for one in found.body or ()}
        wanted = [(one.tag, one.says) for one in self._body.fields if one.tag != mapping.NAME]
        if self._body.tag:
            wanted.append((self._body.tag, "name"))
        for name, says in wanted:
            if name.casefold() not in known:
                made = self._http.call(
                    "POST", f"lists/{self._id}/customfields.json", json=mapping.new_field(name, says)
                )
                if not made.fine:
                    raise Denied("field_refused", f"{name}: {said(made.body)}")

    def put(self, members: Sequence[Put]) -> list[Outcome]:
        """All in one call; whoever comes back whom we had deleted, one by one."""
        body = mapping.many(members, self._body.fields, self._body.tag)
        with asking(one.row for one in members):
            answer = self._http.call("POST", f"subscribers/{self._id}/import.json", json=body)
        told = answer.body if isinstance(answer.body, Mapping) else {}
        if not answer.fine:
            if told.get("Code") != mapping.PARTLY or not isinstance(told.get("ResultData"), Mapping):
                self._whole(answer)
            told = told["ResultData"]
        done, back = mapping.outcomes(members, told)
        return done + _each(back, self._back, done)

    def take(self, members: Sequence[Take]) -> list[Outcome]:
        """Take off the mark, or delete: never unsubscribe, which would close the door to them for good."""
        return _each(members, self._take_one, [])

    def _back(self, one: Put) -> Outcome:
        """Somebody whom we deleted while they were subscribed: the one case in which to subscribe again."""
        body = mapping.subscriber(one, self._body.fields, self._body.tag) | {"Resubscribe": True}
        if self._state(one.address) != "Deleted":
            return Outcome(one.row, "other", "they unsubscribed, or their mail bounced", barred=True)
        answer = self._http.call("POST", f"subscribers/{self._id}.json", json=body)
        if answer.fine:
            return Outcome(one.row, "in")
        return mapping.refused(one, answer.body if isinstance(answer.body, Mapping) else {})

    def _take_one(self, one: Take) -> Outcome:
        state = self._state(one.address) if one.address else None
        if state is None:
            return Outcome(one.row, "")  # not there, or deleted before and known by a hash alone
        params = {"email": one.address}
        if one.how == "untag" and self._body.tag:
            body = mapping.unmarked(one.address, self._body.tag)
            answer = self._http.call("PUT", f"subscribers/{self._id}.json", json=body, params=params)
            after = "out"
        elif state != _ACTIVE and one.how != "forget":
            # Unsubscribed or bounced by themselves: deleting would hide that, and they could be added anew.
            return Outcome(one.row, "other")
        else:
            answer = self._http.call("DELETE", f"subscribers/{self._id}.json", params=params)
            after = "gone" if one.how != "forget" else ""
        if answer.fine:
            return Outcome(one.row, after)
        if isinstance(answer.body, Mapping) and answer.body.get("Code") == mapping.NOT_THERE:
            return Outcome(one.row, "")
        self._no_list(answer)
        return Outcome(one.row, "doubt", plain(said(answer.body), one.address) or f"it answered {answer.status}")

    def _state(self, address: str) -> str | None:
        """Active, Unsubscribed, Bounced, Unconfirmed or Deleted; None: not in the list."""
        answer = self._http.call("GET", f"subscribers/{self._id}.json", params={"email": address})
        if answer.fine and isinstance(answer.body, Mapping):
            return str(answer.body.get("State", ""))
        if isinstance(answer.body, Mapping) and answer.body.get("Code") == mapping.NOT_THERE:
            return None
        self._whole(answer)
        return None

    def _no_list(self, answer: Answer) -> None:
        if isinstance(answer.body, Mapping) and answer.body.get("Code") == _NO_LIST:
            raise Denied("no_list", said(answer.body))

    def _whole(self, answer: Answer) -> Any:
        """The body of an answer about the list itself."""
        self._no_list(answer)
        if not answer.fine:
            raise Denied("refused", said(answer.body) or f"it answered {answer.status}")
        return answer.body


def _each(items: Sequence[_Item], do: Callable[[_Item], Outcome], before: Sequence[Outcome]) -> list[Outcome]:
    """One subscriber after another; where one stops, what was done ``before`` and until then is told with it."""
    found: list[Outcome] = []
    for item in items:
        try:
            with asking([item.row]):
                found.append(do(item))
        except Stopped as stopped:
            stopped.done = [*before, *found]
            raise
    return found
