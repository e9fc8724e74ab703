"""Two mailing services on this machine, with state, speaking their documented formats over real HTTP.

What they do follows https://mailchimp.com/developer/marketing/api/ and https://www.campaignmonitor.com/api/v3-3/.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

COMPLIANCE = "{} is in a compliance state due to unsubscribe, bounce, or compliance review and cannot be subscribed."
EXISTS = "{} is already a list member, do you want to update? please provide update_existing:true in the request body"
Reply = tuple[int, Any, dict[str, str]]


@dataclass
class Member:
    """Somebody in a list: Mailchimp's status or Campaign Monitor's state, values by field, tags."""

    address: str
    status: str
    values: dict[str, str] = field(default_factory=dict)
    tags: set[str] = field(default_factory=set)
    compliance: bool = False


@dataclass
class Service:
    """The lists of an account by id, then members by lower-case address; fields by list; calls as they came.

    ``trouble``: asked before each call with (method, path, body); a reply instead of the real one, "cut" to break
    the connection off before anything is done, "cut after" once it is done, None to go on.
    """

    key: str = "secret-us6"
    lists: dict[str, dict[str, Member]] = field(default_factory=dict)
    fields: dict[str, dict[str, str]] = field(default_factory=dict)
    calls: list[tuple[str, str, Any]] = field(default_factory=list)
    trouble: Callable[[str, str, Any], Any] = lambda method, path, body: None
    address: str = ""
    together: int = 0
    most_together: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    gauge: threading.Lock = field(default_factory=threading.Lock)

    def open(self, list_id: str, *fields: str) -> dict[str, Member]:
        self.lists[list_id] = {}
        self.fields[list_id] = dict.fromkeys(fields, "text")
        return self.lists[list_id]

    def asked(self, method: str, pattern: str = "") -> list[tuple[str, str, Any]]:
        return [call for call in self.calls if call[0] == method and re.search(pattern, call[1])]

    def active(self, list_id: str) -> dict[str, tuple[dict[str, str], set[str]]]:
        """Who is mailed, with values (empty ones left out) and tags."""
        return {
            one.address: ({key: value for key, value in one.values.items() if value}, one.tags)
            for one in self.lists[list_id].values()
            if one.status in {"subscribed", "Active"}
        }


def problem(status: int, title: str, detail: str) -> Reply:
    return status, {"type": "https://mailchimp.com/developer/marketing/docs/errors/", "title": title,
                    "status": status, "detail": detail, "instance": "1"}, {}  # fmt: skip


class Mailchimp(Service):
    def answer(self, method: str, path: str, query: dict[str, str], body: Any) -> Reply:  # noqa: PLR0911
        match = re.fullmatch(r"/3\.0/lists/(\w+)(?:/(.*))?", path)
        if not match or match[1] not in self.lists:
            return problem(404, "Resource Not Found", "The requested resource could not be found.")
        members, rest = self.lists[match[1]], match[2] or ""
        if not rest:
            if method == "GET":
                return 200, {"id": match[1], "name": "Newsletter"}, {}
            return self.batch(match[1], body)
        if rest == "merge-fields":
            return self.merge_fields(match[1], method, body)
        hash_, _, action = rest.removeprefix("members/").partition("/")
        found = next((one for one in members.values() if md5(one.address) == hash_), None)
        if method == "PUT":
            return self.upsert(match[1], found, body)
        if found is None:
            return problem(404, "Resource Not Found", "The requested resource could not be found.")
        if action == "tags":
            for tag in body["tags"]:
                (found.tags.add if tag["status"] == "active" else found.tags.discard)(tag["name"])
            return 204, None, {}
        if action == "actions/delete-permanent":
            del members[found.address.lower()]
            return 204, None, {}
        if found.status == "archived":
            return problem(405, "Method Not Allowed", "This list member cannot be removed. Please contact support.")
        found.compliance = found.compliance or found.status == "unsubscribed"
        found.status = "archived"
        return 204, None, {}

    def merge_fields(self, list_id: str, method: str, body: Any) -> Reply:
        if method == "GET":
            known = [{"tag": tag, "type": kind} for tag, kind in self.fields[list_id].items()]
            return 200, {"merge_fields": known, "list_id": list_id, "total_items": len(known)}, {}
        assert body["type"] in {"text", "number", "date"}
        assert body["name"]
        self.fields[list_id][body["tag"]] = body["type"]
        return 200, body, {}

    def batch(self, list_id: str, body: Any) -> Reply:
        assert 0 < len(body["members"]) <= 500
        assert body["update_existing"] is False
        members, new, errors = self.lists[list_id], [], []
        for one in body["members"]:
            address = one["email_address"]
            held = members.get(address.lower())
            if "@" not in address or "..." in address:
                errors.append((address, "Please provide a valid email address.", "ERROR_GENERIC"))
            elif held is not None and held.compliance:
                errors.append((address, COMPLIANCE.format(address), "ERROR_GENERIC"))
            elif held is not None:
                errors.append((address, EXISTS.format(address), "ERROR_CONTACT_EXISTS"))
            else:
                values = self.known(list_id, one["merge_fields"])
                members[address.lower()] = Member(address, one["status"], values, set(one["tags"]))
                new.append({"id": md5(address), "email_address": address, "status": one["status"]})
        told = [{"email_address": a, "error": e, "error_code": c, "field": "", "field_message": ""}
                for a, e, c in errors]  # fmt: skip
        return 200, {"new_members": new, "updated_members": [], "errors": told, "total_created": len(new),
                     "total_updated": 0, "error_count": len(told)}, {}  # fmt: skip

    def upsert(self, list_id: str, held: Member | None, body: Any) -> Reply:
        address = body["email_address"]
        if held is None:
            held = self.lists[list_id][address.lower()] = Member(address, body["status_if_new"])
        elif held.compliance and body.get("status") == "subscribed":
            return problem(400, "Member In Compliance State", COMPLIANCE.format(address))
        elif "status" in body:
            held.status = body["status"]
        held.values |= self.known(list_id, body["merge_fields"])
        return 200, {"id": md5(address), "email_address": address, "status": held.status}, {}

    def known(self, list_id: str, values: dict[str, str]) -> dict[str, str]:
        return {key: value for key, value in values.items() if key in self.fields[list_id]}


class CampaignMonitor(Service):
    def answer(self, method: str, path: str, query: dict[str, str], body: Any) -> Reply:  # noqa: PLR0911
        match = re.fullmatch(r"/api/v3\.3/(lists|subscribers)/(\w+)(?:/(\w+))?\.json", path)
        if not match or match[2] not in self.lists:
            return 400, {"Code": 101, "Message": "Invalid ListID"}, {}
        members, action = self.lists[match[2]], match[3]
        if match[1] == "lists":
            return self.of_list(match[2], method, action, body)
        if action == "import":
            return self.many(match[2], body)
        if method == "POST":
            failure = self.add(match[2], body, resubscribe=body["Resubscribe"])
            return (400, failure, {}) if failure else (201, body["EmailAddress"], {})
        held = members.get(query["email"].lower())
        if held is None:
            return 400, {"Code": 203, "Message": "Subscriber not in list or has already been removed."}, {}
        if method == "DELETE":
            held.status = "Deleted"
        elif method == "PUT":
            self.fill(match[2], held, body)
        else:
            told = [{"Key": f"[{key}]", "Value": value} for key, value in held.values.items()]
            return 200, {"EmailAddress": held.address, "State": held.status, "CustomFields": told}, {}
        return 200, None, {}

    def of_list(self, list_id: str, method: str, action: str | None, body: Any) -> Reply:
        if action is None:
            return 200, {"ListID": list_id, "Title": "Newsletter"}, {}
        if method == "GET":
            return 200, [{"FieldName": key, "Key": f"[{key}]", "DataType": kind}
                         for key, kind in self.fields[list_id].items()], {}  # fmt: skip
        assert body["DataType"] in {"Text", "Number", "Date"}
        self.fields[list_id][body["FieldName"]] = body["DataType"]
        return 201, f"[{body['FieldName']}]", {}

    def many(self, list_id: str, body: Any) -> Reply:
        assert 0 < len(body["Subscribers"]) <= 1000
        before = len(self.lists[list_id])
        wrong = [
            {"EmailAddress": one["EmailAddress"], **failure}
            for one in body["Subscribers"]
            if (failure := self.add(list_id, one, resubscribe=body["Resubscribe"]))
        ]
        new = len(self.lists[list_id]) - before
        result = {"FailureDetails": wrong, "TotalUniqueEmailsSubmitted": len(body["Subscribers"]),
                  "TotalExistingSubscribers": len(body["Subscribers"]) - new - len(wrong),
                  "TotalNewSubscribers": new, "DuplicateEmailsInSubmission": []}  # fmt: skip
        if wrong:
            return 400, {"ResultData": result, "Code": 210, "Message": "Subscriber Import had some failures"}, {}
        return 201, result, {}

    def add(self, list_id: str, one: Any, *, resubscribe: bool) -> dict[str, Any] | None:
        assert one["ConsentToTrack"] in {"Yes", "No", "Unchanged"}
        address = one["EmailAddress"]
        held = self.lists[list_id].get(address.lower())
        if "@" not in address or "..." in address:
            return {"Code": 1, "Message": "Invalid Email Address"}
        states = {"Deleted": (205, "Is Deleted"), "Unsubscribed": (206, "Is Unsubscribed"),
                  "Bounced": (207, "Is Bounced")}  # fmt: skip
        if held is not None and held.status in states and not resubscribe:
            code, message = states[held.status]
            return {"Code": code, "Message": message}
        if held is None:
            held = self.lists[list_id][address.lower()] = Member(address, "Active")
        held.status = "Active"
        self.fill(list_id, held, one)
        return None

    def fill(self, list_id: str, held: Member, one: Any) -> None:
        if "Name" in one:
            held.values["Name"] = one["Name"]
        for told in one["CustomFields"]:
            assert len(told["Value"]) <= 250
            if told["Key"] in self.fields[list_id]:
                cleared = told.get("Clear") or told["Value"] == "0000-00-00"
                held.values[told["Key"]] = "" if cleared else told["Value"]


def md5(address: str) -> str:
    return hashlib.md5(address.lower().encode()).hexdigest()


@contextmanager
def serving(service: Service) -> Iterator[Service]:
    """The service on a port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            parts = urlsplit(self.path)
            with service.gauge:
                service.together += 1
                service.most_together = max(service.most_together, service.together)
            with service.lock:
                service.calls.append((self.command, parts.path, body))
                reply = self.reply(parts, body)
            with service.gauge:
                service.together -= 1
            if reply is not None:
                self.say(*reply)

        def reply(self, parts, body) -> Reply | None:
            given = base64.b64decode(self.headers.get("authorization", "").removeprefix("Basic ")).decode()
            if service.key not in given.split(":"):
                return problem(401, "API Key Invalid", "Your API key may be invalid.")
            trouble = service.trouble(self.command, parts.path, body)
            if isinstance(trouble, tuple):
                return trouble
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            found = service.answer(self.command, parts.path, query, body) if trouble != "cut" else None
            if trouble in {"cut", "cut after"}:
                self.close_connection = True
                self.connection.close()
                return None
            return found

        def say(self, status: int, body: Any, headers: dict[str, str]) -> None:
            data = b"" if body is None else json.dumps(body).encode()
            self.send_response(status)
            for name, value in {
                "Content-Length": str(len(data)),
                "Content-Type": "application/json",
                **headers,
            }.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PUT = do_DELETE = handle_any  # noqa: N815  # the library names them

        def log_message(self, *told: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    service.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
