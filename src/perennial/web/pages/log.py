"""The log: who changed what, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse

from perennial.values.ids import public
from perennial.web.access import audit
from perennial.web.access.verbs import FIELDS, SUBJECTS, VERBS
from perennial.web.desk.page import Desk, page
from perennial.web.models import ApiKey, Audit, Member, User

_LINES = 100
_MACHINE = "machine"
_DIGITS = 20  # more than an identifier has


@page("staff")
def log(desk: Desk) -> HttpResponse:
    """One page of lines; `who` ("user-<id>", "key-<id>", "machine"), `what` (a subject) and `before` (a line)."""
    asked = desk.request.GET
    who, what, before = asked.get("who", ""), asked.get("what", ""), asked.get("before", "")
    kind, _, number = who.partition("-")
    of_whom: dict[str, int] = {}
    if kind in ("user", "key") and _id(number):
        of_whom = {"user_id" if kind == "user" else "api_key_id": _id(number)}
    elif who == _MACHINE:
        of_whom = {"user_id": 0, "api_key_id": 0}
    found = audit.lines(desk.brand.id, before=_id(before), subject=what, limit=_LINES + 1, **of_whom)
    shown = found[:_LINES]
    people, keys = _names(desk, shown)
    subjects = audit.subjects(desk.brand.id)
    return desk.render(
        "log.html",
        lines=[_line(desk, line, people, keys) for line in shown],
        older=desk.url("log", who=who, what=what, before=shown[-1].id) if len(found) > _LINES else "",
        newest=desk.url("log", who=who, what=what) if before else "",
        who=who,
        what=what,
        persons=_persons(desk, people),
        subjects=[(subject, desk.words.text(SUBJECTS.get(subject, subject))) for subject in subjects],
    )


def _id(text: str) -> int:
    """The identifier that an address names; 0 where it is none."""
    number = int(text) if text.isascii() and text.isdigit() and len(text) < _DIGITS else 0
    return number if number < 2**63 else 0


def _names(desk: Desk, lines: Sequence[Audit]) -> tuple[dict[int, str], dict[int, str]]:
    """People by id, those of the lines and all who work or worked with the brand; the brand's keys by id."""
    members = Member.objects.filter(brand_id=desk.brand.id).values_list("user_id", flat=True)
    ids = {line.user_id for line in lines} | {line.subject_id for line in lines if line.subject == "member"}
    people = User.objects.filter(id__in={*ids, *members} - {0}).values_list("id", "name", "email")
    keys = ApiKey.objects.filter(brand_id=desk.brand.id).values_list("id", "name", "prefix")
    return (
        {user_id: name or email for user_id, name, email in people},
        {key_id: f"{name} ({prefix})" for key_id, name, prefix in keys},
    )


def _persons(desk: Desk, people: dict[int, str]) -> list[tuple[str, str]]:
    keys = ApiKey.objects.filter(brand_id=desk.brand.id).order_by("name").values_list("id", "name", "prefix")
    return [
        *((f"user-{user_id}", name) for user_id, name in sorted(people.items(), key=lambda one: one[1].lower())),
        *((f"key-{key_id}", f"{name} ({prefix})") for key_id, name, prefix in keys),
        (_MACHINE, desk.words.text("A command on the machine")),
    ]


def _line(desk: Desk, line: Audit, people: dict[int, str], keys: dict[int, str]) -> dict[str, Any]:
    say = desk.words.text
    about, to = "", ""
    if line.subject == "member" and line.subject_id != line.user_id:
        about = people.get(line.subject_id, str(line.subject_id))
    elif line.subject == "key":
        about = keys.get(line.subject_id, str(line.subject_id))
    elif line.subject != "member" and line.subject_id:
        about = say(SUBJECTS.get(line.subject, line.subject))
        if line.subject == "customer":
            about = public("cus", line.subject_id)
            to = desk.url("customer", about)
    if line.user_id:
        who = people.get(line.user_id, str(line.user_id))
    elif line.api_key_id:
        who = keys.get(line.api_key_id, str(line.api_key_id))
    else:
        who = say("A command on the machine")
    return {
        "at": line.at,
        "who": who,
        "did": say(VERBS[line.verb]) if line.verb in VERBS else line.verb,
        "about": about,
        "to": to,
        "fields": [say(FIELDS[name]) if name in FIELDS else name for name in line.fields],
    }
