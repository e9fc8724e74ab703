"""A list at Mailchimp, over its Marketing API 3.0.

Basic authentication with any user name and the key; the key's end names the server (us6). At most 10 connections
at a time, else 429 (https://mailchimp.com/developer/marketing/docs/fundamentals/#throttling).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from perennial.channels.audiences.client import SIDE_BY_SIDE, Answer, Http, said
from perennial.channels.audiences.mailchimp import mapping
from perennial.channels.audiences.rules.audience import Audience, Mailchimp
from perennial.channels.audiences.rules.outcome import Denied, Outcome, Put, Stopped, Take, asking, plain

_MOST = 500  # members of a batch
_MISSING, _GONE, _NOT_ALLOWED = 404, 410, 405
_Item = TypeVar("_Item", Put, Take)


class MailchimpList:
    """See `rules.outcome.Service`. ``base``: another address of the API than the server's own."""

    most = _MOST

    def __init__(self, body: Audience, key: str, base: str = "") -> None:
        if not isinstance(body.where, Mailchimp):
            raise TypeError(f"{body.where.kind} is not Mailchimp")
        server = body.where.server or key.rpartition("-")[2]
        if not base and not (server.isascii() and server.isalnum() and server != key):
            raise Denied("no_server")
        self._body = body
        self._list = f"lists/{body.where.list_id}"
        self._http = Http(f"{base or f'https://{server}.api.mailchimp.com'}/3.0/", "perennial", key)

    def close(self) -> None:
        """Let go of connections."""
        self._http.close()

    def look(self) -> str:
        """The list's name."""
        return str(self._whole(self._http.call("GET", self._list, params={"fields": "id,name"})).get("name", ""))

    def prepare(self) -> None:
        """Look whether the list is there; make the merge fields that are missing."""
        found = self._whole(self._http.call("GET", f"{self._list}/merge-fields", params={"count": 1000}))
        known = {str(one.get("tag")) for one in found.get("merge_fields") or ()}
        for one in self._body.fields:
            if one.tag not in known:
                made = self._http.call("POST", f"{self._list}/merge-fields", json=mapping.new_field(one))
                if not made.fine:
                    raise Denied("field_refused", f"{one.tag}: {said(made.body)}")

    def put(self, members: Sequence[Put]) -> list[Outcome]:
        """Newcomers in one call; whoever is there already, one by one, so that nobody's status changes unasked."""
        fresh = [one for one in members if not one.there]
        done: list[Outcome] = []
        again = [one for one in members if one.there]
        if fresh:
            with asking(one.row for one in fresh):
                answer = self._http.call("POST", self._list, json=mapping.batch(fresh, self._body.tag))
            found, there = mapping.outcomes(fresh, self._whole(answer))
            done += found
            again += there
        try:
            return done + self._each(again, self._put_one)
        except Stopped as stopped:
            stopped.done = done + stopped.done
            raise

    def take(self, members: Sequence[Take]) -> list[Outcome]:
        """Take off the tag, archive, or delete for good whoever was erased."""
        return self._each(members, self._take_one)

    def _put_one(self, one: Put) -> Outcome:
        place = f"{self._list}/members/{one.key}"
        params = {"skip_merge_validation": "true"}
        answer = self._http.call("PUT", place, json=mapping.upsert(one), params=params)
        if answer.fine and answer.body.get("status") == "archived":
            # Archived, not unsubscribed: they agreed to mail, so they may be there again. Whoever unsubscribed
            # before they were archived is in a compliance state, and Mailchimp refuses.
            answer = self._http.call("PUT", place, json=mapping.upsert(one, subscribe=True), params=params)
        if not answer.fine:
            self._missing_list(answer)
            return mapping.refused(one, said(answer.body))
        found = mapping.after(one, str(answer.body.get("status", "")))
        if self._body.tag and one.there != "in" and not found.refused:
            tagged = self._http.call("POST", f"{place}/tags", json=mapping.tags(self._body.tag, on=True))
            if not tagged.fine:
                return Outcome(one.row, "doubt", plain(said(tagged.body), one.address) or "the tag was refused")
        return found

    def _take_one(self, one: Take) -> Outcome:
        place = f"{self._list}/members/{one.key}"
        if one.how == "untag" and self._body.tag:
            answer = self._http.call("POST", f"{place}/tags", json=mapping.tags(self._body.tag, on=False))
            after = "out"
        elif one.how == "forget":
            answer = self._http.call("POST", f"{place}/actions/delete-permanent")
            after = ""
        else:
            answer = self._http.call("DELETE", place)
            after = "gone"
        if answer.fine:
            return Outcome(one.row, after)
        if answer.status in {_MISSING, _GONE}:
            if self._http.call("GET", self._list, params={"fields": "id"}).status == _MISSING:
                raise Denied("no_list", said(answer.body))
            return Outcome(one.row, "")  # not there: nothing to take back
        if answer.status == _NOT_ALLOWED and one.how == "archive":
            # "This list member cannot be removed": archived already, or in a state that is theirs.
            return Outcome(one.row, "gone")
        return Outcome(one.row, "doubt", plain(said(answer.body), one.address) or f"it answered {answer.status}")

    def _each(self, items: Sequence[_Item], do: Callable[[_Item], Outcome]) -> list[Outcome]:
        """One member after another, a few side by side. Where one stops, those that began are waited for."""
        found: list[Outcome] = []
        for start in range(0, len(items), SIDE_BY_SIDE):
            with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
                asked = [pool.submit(self._one, item, do) for item in items[start : start + SIDE_BY_SIDE]]
            stopped = next((error for one in asked if isinstance(error := one.exception(), Stopped)), None)
            if stopped is None:
                found += [one.result() for one in asked]
                continue
            also = [one.exception() for one in asked]
            stopped.asked = frozenset().union(*(error.asked for error in also if isinstance(error, Stopped)))
            stopped.done = found + [one.result() for one, error in zip(asked, also, strict=True) if error is None]
            raise stopped
        return found

    @staticmethod
    def _one(item: _Item, do: Callable[[_Item], Outcome]) -> Outcome:
        with asking([item.row]):
            return do(item)

    def _missing_list(self, answer: Answer) -> None:
        if answer.status == _MISSING:
            raise Denied("no_list", said(answer.body))

    def _whole(self, answer: Answer) -> dict[str, Any]:
        """The body of an answer about the list itself."""
        self._missing_list(answer)
        if not answer.fine or not isinstance(answer.body, dict):
            raise Denied("refused", said(answer.body) or f"it answered {answer.status}")
        return answer.body
