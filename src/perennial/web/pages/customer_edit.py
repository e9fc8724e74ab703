"""What staff write about a customer: notes, attributes, those they buy for, permissions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from itertools import zip_longest
from typing import Any, cast

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST
from pydantic import ValidationError

from perennial.facts.actions import amend, notes
from perennial.facts.actions.notes import Outdated
from perennial.facts.actions.record import Source
from perennial.facts.actions.stores import source_of
from perennial.values.reason import Refused
from perennial.web.customers import person as people
from perennial.web.customers.filters import CHANNELS
from perennial.web.customers.person import Person
from perennial.web.customers.words import ATTRIBUTE_TYPES, FIELDS, PURPOSES, TELLERS, refusal, unfit
from perennial.web.desk.inputs import Unsaved, plain
from perennial.web.desk.page import Desk, page
from perennial.web.pages.customer import found_or_404, shown

_LABEL = 64  # letters


class _Unfit(ValueError):
    """What a form says cannot be kept; the text is the remedy, in the reader's language."""


def _source(person: Person) -> Source:
    return source_of(people.latest_store(person), "desk")


def _saved(
    desk: Desk, person: Person, part: str, change: Callable[[], None], done: str, *, row: int | str = "new"
) -> HttpResponse:
    """Do ``change`` and go back to its part of the page; what is wrong with it is said there, nothing is changed.

    ``row``: of which the form was. Refused, it stands open with what was written into it.
    """
    unsaved = Unsaved(f"{part}:{row}", desk.request.POST)
    try:
        with transaction.atomic():
            change()
    except Outdated as told:
        return shown(desk, person, unsaved, status=409, conflict=_difference(desk, part, told.held))
    except ValidationError as wrong:
        return shown(desk, person, unsaved, status=400, problem=unfit(desk.words, wrong))
    except Refused as wrong:
        return shown(desk, person, unsaved, status=400, problem=refusal(desk.words, wrong))
    except _Unfit as wrong:
        return shown(desk, person, unsaved, status=400, problem=str(wrong))
    messages.success(desk.request, done)
    return redirect(desk.url("customer", person.public) + f"#{part}")


def _difference(desk: Desk, part: str, held: Any) -> dict[str, Any]:
    """What stands now beside what was to be saved: (name, now, yours) by field."""
    told = desk.request.POST
    now: dict[str, str] = {}
    yours: dict[str, str] = {}
    if part == "notes":
        now, yours = {"note": held.body}, {"note": told.get("body", "")}
    elif part == "attributes":
        now = {"value": "" if held is None else str(held.value)}
        yours = {"value": told.get("value", "")}
    elif part == "beneficiaries":
        now = {} if held is None else {"name": held.name, "relation": held.relation, **held.dates}
        yours = {"name": told.get("name", ""), "relation": told.get("relation", ""), **dict(_told_dates(desk))}
    fields = [*now, *(name for name in yours if name not in now)]
    return {
        "part": part,
        "gone": held is None,
        "fields": [
            (desk.words.text(FIELDS[name]) if name in FIELDS else name, now.get(name, ""), yours.get(name, ""))
            for name in fields
        ],
    }


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 20 else 0


@require_POST
@page("customers")
def customer_note(desk: Desk, customer: str) -> HttpResponse:
    """A new note."""
    person = found_or_404(desk, customer)

    def change() -> None:
        notes.write_note(
            brand_id=desk.brand.id, customer_id=person.id, author_id=desk.user_id,
            body=desk.request.POST.get("body", ""), now=desk.now,
        )  # fmt: skip
        desk.note("note.write", "customer", person.id, ("note",))

    return _saved(desk, person, "notes", change, desk.words.text("The note was saved."))


@require_POST
@page("customers")
def customer_note_change(desk: Desk, customer: str, note_id: int) -> HttpResponse:
    """One's own note, changed or deleted; an owner deletes anybody's."""
    person = found_or_404(desk, customer)
    told = desk.request.POST
    delete = told.get("do") == "delete"

    def change() -> None:
        if delete:
            author = None if desk.may("erase") else desk.user_id
            notes.delete_note(brand_id=desk.brand.id, note_id=note_id, author_id=author)
        else:
            notes.change_note(
                brand_id=desk.brand.id, note_id=note_id, author_id=desk.user_id, body=told.get("body", ""),
                version=_number(told.get("seen")), now=desk.now,
            )  # fmt: skip
        desk.note("note.delete" if delete else "note.change", "customer", person.id, ("note",))

    done = desk.words.text("The note was deleted.") if delete else desk.words.text("The note was saved.")
    return _saved(desk, person, "notes", change, done, row=note_id)


@require_POST
@page("customers")
def customer_attribute(desk: Desk, customer: str) -> HttpResponse:
    """An attribute: written, changed or removed."""
    person = found_or_404(desk, customer)
    told = desk.request.POST
    name, type_, remove = told.get("name", ""), told.get("type", ""), told.get("do") == "remove"
    seen = _number(told.get("seen")) or None
    owner = _owner(person, _number(told.get("of")))

    def change() -> None:
        source = _source(person)
        if remove:
            amend.remove_attribute(source=source, customer_id=owner, name=name, seen=seen or 0, now=desk.now)
        else:
            if type_ not in ATTRIBUTE_TYPES:
                raise _Unfit(desk.words.text("Kind: choose one of those listed."))
            value = told.get("value", "")
            amend.set_attribute(
                source=source, customer_id=owner, name=name, type_=cast(amend.Type, type_),
                value=amend.typed(type_, plain(value, desk.format.locale) if type_ == "number" else value),
                seen=seen, now=desk.now,
            )  # fmt: skip
        desk.note("attribute.remove" if remove else "attribute.set", "customer", owner, (name[:64],))

    done = desk.words.text("It was removed.") if remove else desk.words.text("It was saved.")
    return _saved(desk, person, "attributes", change, done, row=name if seen else "new")


def _told_dates(desk: Desk) -> list[tuple[str, str]]:
    """Label and day of every row of which at least one is filled in."""
    labels, days = desk.request.POST.getlist("label"), desk.request.POST.getlist("day")
    pairs = [(label.strip(), day.strip()) for label, day in zip_longest(labels, days, fillvalue="")]
    return [pair for pair in pairs if any(pair)]


def _dates(desk: Desk) -> dict[str, date]:
    """All that were told; what of it could only be kept by dropping something is refused."""
    t = desk.words.text
    dates: dict[str, date] = {}
    for label, day in _told_dates(desk):
        if not label:
            raise _Unfit(t("%(what)s: say which day this is, or empty it.", what=day))
        if not day:
            raise _Unfit(t("%(what)s: say when this is, or empty it.", what=label))
        if len(label) > _LABEL:
            raise _Unfit(t("%(field)s: write at most %(most)s letters.", field=t("Which day"), most=_LABEL))
        if label in dates:
            raise _Unfit(t("“%(what)s” stands there twice: give each day a name of its own.", what=label))
        try:
            dates[label] = date.fromisoformat(day)
        except ValueError:
            raise _Unfit(t("%(what)s is no day: write it like 2026-02-28", what=day)) from None
    return dates


@require_POST
@page("customers")
def customer_beneficiary(desk: Desk, customer: str) -> HttpResponse:
    """Someone they buy for: written, changed or removed."""
    person = found_or_404(desk, customer)
    told = desk.request.POST
    remove, seen, id_ = told.get("do") == "remove", _number(told.get("seen")), _number(told.get("id"))
    owner = _owner(person, _number(told.get("of")))

    def change() -> None:
        source = _source(person)
        if remove:
            amend.remove_beneficiary(source=source, customer_id=owner, id_=id_, seen=seen, now=desk.now)
        else:
            amend.put_beneficiary(
                source=source, customer_id=owner, id_=id_ or None, name=told.get("name", ""),
                relation=told.get("relation", ""), dates=_dates(desk), seen=seen, now=desk.now,
            )  # fmt: skip
        desk.note("beneficiary.remove" if remove else "beneficiary.set", "customer", owner, ("name", "dates"))

    done = desk.words.text("They were removed.") if remove else desk.words.text("They were saved.")
    return _saved(desk, person, "beneficiaries", change, done, row=id_ or "new")


@require_POST
@page("customers")
def customer_consent(desk: Desk, customer: str) -> HttpResponse:
    """A permission given or withdrawn, as the customer told the staff."""
    person = found_or_404(desk, customer)
    told = desk.request.POST
    channel, purpose, why = told.get("channel", ""), told.get("purpose", ""), told.get("why", "")
    given = told.get("given")

    def change() -> None:
        if channel not in CHANNELS or purpose not in PURPOSES or why not in TELLERS or given not in ("yes", "no"):
            raise _Unfit(desk.words.text("Permission: choose channel, purpose, answer and how they told you."))
        amend.state_consent(
            source=_source(person), customer_id=person.id, channel=channel, purpose=purpose, given=given == "yes",
            why=why, text_version=told.get("text_version", "")[:255], proof=f"user:{desk.user_id}", now=desk.now,
        )  # fmt: skip
        desk.note("consent.given" if given == "yes" else "consent.withdrawn", "customer", person.id, (channel, purpose))

    return _saved(desk, person, "consents", change, desk.words.text("The permission was written down."))


def _owner(person: Person, told: int) -> int:
    """Which of the person's records a row hangs on."""
    return told if told in person.ids else person.id
