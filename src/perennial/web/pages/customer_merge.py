"""Joining two customers who are one person, and taking it back: what will happen is shown before it does."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from perennial.facts.actions.merge import NotMerged, merge, undo_merge
from perennial.facts.actions.stores import source_of
from perennial.facts.models.orders import Order
from perennial.facts.models.people import Alias, Customer, Identity, Merge
from perennial.facts.rules import words
from perennial.values.ids import public
from perennial.web.customers import person as people
from perennial.web.customers.columns import details, name_of
from perennial.web.customers.conditions import has_word
from perennial.web.customers.listing import Wanted
from perennial.web.customers.listing import page as read_page
from perennial.web.customers.person import Person
from perennial.web.customers.words import refusal
from perennial.web.desk.page import Desk, page
from perennial.web.pages.customer import found_or_404

_CANDIDATES, _LONGEST_WHY = 10, 200


@require_http_methods(["GET", "POST"])
@page("customers")
def customer_merge(desk: Desk, customer: str) -> HttpResponse:
    """Choose the other one, look at what will happen, do it."""
    person = found_or_404(desk, customer)
    told = desk.request.POST if desk.request.method == "POST" else desk.request.GET
    other = _other(desk, person, told.get("with", "")) if told.get("with") else None
    problem = ""
    if other is not None and other.id == person.id:
        other, problem = None, desk.words.text("These two are one person already.")
    elif told.get("with") and other is None:
        problem = desk.words.text("There is no such customer.")
    if desk.request.method == "POST" and other is not None:
        try:
            with transaction.atomic():
                merge(
                    source=source_of(people.latest_store(person), "desk"), customer=other.id, into=person.id,
                    why=told.get("why", "")[:_LONGEST_WHY], author=str(desk.user_id), now=desk.now,
                )  # fmt: skip
                desk.note("customer.merge", "customer", person.id, (other.public,))
        except NotMerged as wrong:
            problem = refusal(desk.words, wrong)
        else:
            messages.success(desk.request, desk.words.text("The two are one person now. It can be undone below."))
            return redirect(desk.url("customer", person.public))
    return desk.render(
        "customer_merge.html", person=person, other=other, problem=problem, typed=told.get("q", ""),
        candidates=_candidates(desk, person, told.get("q", "")),
        sides=[_side(_without(person, other)), _side(other)] if other else [],
        status=409 if problem and desk.request.method == "POST" else 200,
    )  # fmt: skip


def _other(desk: Desk, person: Person, text: str) -> Person | None:
    """Whom a public id names. A record that is this person by its address alone can still be said to be them."""
    found = people.find(desk.brand.id, text)
    if found is None or found.id != person.id:
        return found
    return next((one for one in _unconfirmed(person) if one.public == text), found)


def _unconfirmed(person: Person) -> list[Person]:
    """The records that are joined to a person in statistics only, each as somebody of their own."""
    return [Person(one, [], frozenset(), None) for one in person.others if one.id not in person.certain]


def _without(person: Person, other: Person) -> Person:
    return replace(person, others=[one for one in person.others if one.id not in other.ids])


def _side(person: Person) -> dict[str, Any]:
    brand = person.customer.brand_id
    return {
        "person": person,
        "orders": Order.objects.filter(brand_id=brand, customer_id__in=person.ids).count(),
        "addresses": sorted(
            {i.value for i in Identity.objects.filter(brand_id=brand, customer_id__in=person.ids, to_at=None)}
        ),
        "records": len(person.ids),
        "consents": people.consents(person),
    }


def _candidates(desk: Desk, person: Person, typed: str) -> list[dict[str, Any]]:
    """People whose words begin as typed.

    Before anything is typed: those whose address says that they are the same, and those with the same last name.
    """
    mine = [] if typed else [_listed(one) for one in _unconfirmed(person)][:_CANDIDATES]
    terms = words.typed(typed) if typed else words.typed(person.customer.last_name)
    if not terms:
        return mine
    wanted = Wanted(desk.brand.id, [has_word(desk.brand.id, term) for term in terms])
    found = [id_ for id_ in read_page(wanted, size=_CANDIDATES + 1).ids if id_ != person.id][:_CANDIDATES]
    return mine + [
        {"public": public("cus", row["id"]), "name": name_of(row), "email": row["email"], "orders": row["orders"]}
        for row in details(desk.brand.id, found)
    ]


def _listed(one: Person) -> dict[str, Any]:
    side = _side(one)
    return {
        "public": one.public, "name": one.name, "orders": side["orders"], "email": ", ".join(side["addresses"]),
    }  # fmt: skip


@require_http_methods(["GET", "POST"])
@page("customers")
def customer_unmerge(desk: Desk, customer: str, merge_id: int) -> HttpResponse:
    """Look at what taking a merge back will do; do it."""
    person = found_or_404(desk, customer)
    entry = Merge.objects.filter(brand_id=desk.brand.id, id=merge_id, customer_id__in=person.ids).first()
    if entry is None:
        raise Http404
    problem = ""
    if desk.request.method == "POST":
        try:
            with transaction.atomic():
                undo_merge(source=source_of(people.latest_store(person), "desk"), merge_id=merge_id, now=desk.now)
                desk.note("customer.unmerge", "customer", person.id, (public("cus", entry.customer_id),))
        except NotMerged as wrong:
            problem = refusal(desk.words, wrong)
        else:
            messages.success(desk.request, desk.words.text("They are two customers again."))
            return redirect(desk.url("customer", public("cus", entry.into_id)))
    leaving = _leaving(desk.brand.id, entry.customer_id)
    return desk.render(
        "customer_unmerge.html", person=person, entry=entry, problem=problem,
        record=Customer.objects.get(brand_id=desk.brand.id, id=entry.customer_id), leaving=len(leaving),
        orders=Order.objects.filter(brand_id=desk.brand.id, customer_id__in=leaving).count(),
        staying=Order.objects.filter(
            brand_id=desk.brand.id, customer_id__in=[id_ for id_ in person.ids if id_ not in leaving]
        ).count(),
        status=409 if problem else 200,
    )  # fmt: skip


def _leaving(brand_id: int, customer_id: int) -> set[int]:
    """The record that leaves, with all that was joined to it."""
    leaving, front = {customer_id}, [customer_id]
    while front:
        front = list(Alias.objects.filter(brand_id=brand_id, into_id__in=front).values_list("id", flat=True))
        front = [id_ for id_ in front if id_ not in leaving]
        leaving.update(front)
    return leaving
