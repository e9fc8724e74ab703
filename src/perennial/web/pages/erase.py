"""What a person may ask for: a copy of everything, and to be erased. What will happen is told before it does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from perennial.database.backup.folder import kept
from perennial.display.wording import mark
from perennial.facts.actions.erase import NotErased, Plan, erase, plan_erasure
from perennial.facts.actions.erasing.steps import waiting_readers
from perennial.facts.models.erasure import Erased, Erasure
from perennial.web.customers.person import Person
from perennial.web.desk.page import Desk, page
from perennial.web.pages.customer import found_or_404
from perennial.web.person.at_once import blank_at_once
from perennial.web.person.export import customers_of, person_zip

# What goes, in the words of a merchant; tables that only machines know are summed as "other".
GOES = {
    "customer": mark("Name, addresses, language and country"),
    "identity": mark("Addresses and accounts by which they are known"),
    "attribute": mark("Attributes"),
    "beneficiary": mark("People they buy for"),
    "note": mark("Notes of the staff"),
    "consent": mark("Proofs of permissions"),
    "order": mark("Addresses and payment marks on orders"),
    "line": mark("Words on order lines"),
    "refund": mark("Reasons of refunds"),
    "fulfilment": mark("Tracking numbers of parcels"),
    "cart": mark("Contents of carts"),
    "rating": mark("Words of reviews"),
    "behaviour": mark("What they typed and read on the site"),
    "sighting": mark("Which browsers are theirs"),
    "word": mark("Words by which the search finds them"),
    "merge": mark("Reasons for joining records"),
}


@require_http_methods(["GET", "POST"])
@page("erase")
def customer_erase(desk: Desk, customer: str) -> HttpResponse:
    """What will happen; do it; how far it is."""
    person = found_or_404(desk, customer)
    posted = desk.request.method == "POST"
    likely = bool((desk.request.POST if posted else desk.request.GET).get("likely"))
    try:
        plan = plan_erasure(brand_id=desk.brand.id, customer_id=person.id, likely=likely)
    except NotErased:
        return _state(desk, person)
    word = desk.words.text("erase")
    problem = ""
    if posted:
        if desk.request.POST.get("word", "").strip().casefold() == word.casefold():
            return _do(desk, person, likely=likely)
        problem = desk.words.text("Nothing was erased: to go on, write the word %(word)s.") % {"word": word}
    return desk.render(
        "customer_erase.html", status=400 if problem else 200, person=person, plan=plan, likely=likely, word=word,
        problem=problem, rows=_rows(desk, plan), kept=kept(Path(settings.PERENNIAL_HOME)),
    )  # fmt: skip


def _do(desk: Desk, person: Person, *, likely: bool) -> HttpResponse:
    try:
        erase(
            brand_id=desk.brand.id, customer_id=person.id, likely=likely, by=desk.user_id, now=desk.now,
            also=lambda _: desk.note("customer.erase", "customer", person.id),
        )  # fmt: skip
    except NotErased:
        return redirect(desk.url("customer_erase", person.public))  # somebody else was quicker
    blank_at_once(brand_id=desk.brand.id, now=desk.now)
    return redirect(desk.url("customer_erase", person.public))


def _rows(desk: Desk, plan: Plan) -> list[tuple[str, int]]:
    shown = [(desk.words.text(GOES[table]), count) for table, count in plan.rows.items() if table in GOES]
    other = sum(count for table, count in plan.rows.items() if table not in GOES)
    return shown + ([(desk.words.text("Other"), other)] if other else [])


def _state(desk: Desk, person: Person) -> HttpResponse:
    """Of somebody erased: how far that is."""
    found = Erased.objects.filter(brand_id=desk.brand.id, id__in=person.ids).order_by("-at").first()
    erasure = Erasure.objects.filter(id=found.erasure_id).first() if found else None
    values: dict[str, Any] = {
        "person": person,
        "erasure": erasure,
        "waiting": waiting_readers(erasure) if erasure and erasure.done_at is None else [],
        "total": sum(erasure.counts.values()) if erasure else 0,
    }
    if desk.partial and erasure and erasure.done_at is not None:
        answer = HttpResponse(status=204)
        answer.headers["HX-Refresh"] = "true"
        return answer
    return desk.render("customer_erased_state.html" if desk.partial else "customer_erased.html", **values)


@require_http_methods(["GET", "POST"])
@page("export")
def customer_export(desk: Desk, customer: str) -> HttpResponse:
    """What the file holds; the file."""
    person = found_or_404(desk, customer)
    told = desk.request.POST if desk.request.method == "POST" else desk.request.GET
    customers = customers_of(desk.brand.id, person.id, likely=bool(told.get("likely")))
    if desk.request.method == "POST":
        with transaction.atomic():
            desk.note("customer.export", "customer", person.id)
        answer = StreamingHttpResponse(
            person_zip(brand=desk.brand, customers=customers, now=desk.now), content_type="application/zip"
        )
        answer.headers["Content-Disposition"] = f'attachment; filename="{person.public}.zip"'
        return answer  # type: ignore[return-value]  # a response like any other
    others = len(customers_of(desk.brand.id, person.id, likely=True)) - len(customers)
    return desk.render("customer_export.html", person=person, customers=customers, others=others)
