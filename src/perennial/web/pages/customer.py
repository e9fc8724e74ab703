"""One customer: who they are, what they brought, what happened with them, newest first."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from perennial.display.definitions import GROUPS, STAGES
from perennial.display.wording import SOURCE
from perennial.values.time import LocalDay, to_us
from perennial.web.customers import person as people
from perennial.web.customers.favourites import favourites
from perennial.web.customers.filters import CHANNELS, RHYTHMS
from perennial.web.customers.person import Person
from perennial.web.customers.rhythm import picture, sentences
from perennial.web.customers.timeline import place, story
from perennial.web.customers.words import ATTRIBUTE_TYPES, PURPOSES, TELLERS
from perennial.web.desk.answers import read
from perennial.web.desk.formats import formats
from perennial.web.desk.inputs import Unsaved
from perennial.web.desk.page import Desk, page
from perennial.web.segments.reading import of_person, titles

_NOTHING = Unsaved()


def found_or_404(desk: Desk, customer: str) -> Person:
    """The person that an address names."""
    person = people.find(desk.brand.id, customer)
    if person is None:
        raise Http404
    return person


@require_GET
@page("see")
def customer(desk: Desk, customer: str) -> HttpResponse:
    """Everything about one person; an address of a record that was joined leads to the person."""
    person = found_or_404(desk, customer)
    if person.public != customer:
        return redirect("customer", desk.brand.key, person.public)
    return shown(desk, person)


def shown(desk: Desk, person: Person, unsaved: Unsaved = _NOTHING, *, status: int = 200, **more: Any) -> HttpResponse:
    """The page; ``unsaved`` and ``more``: a form that was not saved, and why."""
    store = read(desk.brand.id, "summary", now=desk.now).one
    f = person.figures
    today = int(LocalDay.of(desk.now, desk.brand.zone))
    values = {
        "person": person,
        "figures": f,
        "store": {
            "revenue": store["known_revenue"] / store["customers"] if store.get("customers") else None,
            "orders": store.get("purchase_frequency"),
            "aov": store.get("aov"),
            "margin": store["profit"] / store["costed_revenue"]
            if store.get("profit") is not None and store.get("costed_revenue")
            else None,
        },
        "rhythm": sentences(desk, f) if f and f.orders else [],
        "picture": picture(person, today) if f and f.orders else None,
        "favourites": favourites(person),
        "identities": people.identities(person),
        "consents": people.consents(person),
        "suppressed": people.suppressed(person),
        "attributes": people.attributes(person),
        "beneficiaries": people.beneficiaries(person),
        "notes": people.notes(person),
        "segments": _segments(desk, person),
        "merges": people.merges(person),
        **names(),
        **_story(desk, person, ""),
        "unsaved": unsaved,
        "problem": "",
        "conflict": None,
    }
    return desk.render("customer.html", status=status, **{**values, **more})


def _segments(desk: Desk, person: Person) -> list[dict[str, Any]]:
    """The segments that they are in, and since when."""
    since = of_person(desk.brand.id, person.id)
    called = titles(desk.brand.id, desk.now) if since else {}
    return [{"key": key, "title": called[key], "since": at} for key, at in since.items() if key in called]


def names() -> dict[str, Any]:
    """What codes are called, still to be translated where they stand."""
    return {
        "stages": STAGES,
        "rhythms": RHYTHMS,
        "groups": GROUPS,
        "channels": CHANNELS,
        "purposes": PURPOSES,
        "tellers": TELLERS,
        "types": ATTRIBUTE_TYPES,
    }


@require_GET
@page("see")
def customer_story(desk: Desk, customer: str) -> HttpResponse:
    """The next page of the story, for htmx."""
    person = found_or_404(desk, customer)
    values = _story(desk, person, desk.request.GET.get("before", ""))
    return desk.render("customer_story.html", person=person, **values, **names())


def _story(desk: Desk, person: Person, before: str) -> dict[str, Any]:
    entries, further = story(person, now_us=to_us(desk.now), before=place(before) if before else None)
    lang = get_language() or SOURCE

    def money(minor: int | None, currency: str) -> str:
        return formats(lang, currency or desk.brand.currency, desk.brand.zone).money(minor, exact=True)

    return {
        "entries": entries,
        "further": desk.url("customer_story", person.public, before=further) if further else "",
        "money": money,
        "today": int(LocalDay.of(desk.now, desk.brand.zone)),
    }
