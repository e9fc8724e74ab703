"""The card of a customer within a support desk: read only, without sign-in, by a signed link."""

from __future__ import annotations

from datetime import UTC, datetime

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_GET, require_POST

from perennial.display.wording import SOURCE
from perennial.facts.models.brands import Brand
from perennial.values.time import LocalDay, to_us
from perennial.web.customers import card as links
from perennial.web.customers import person as people
from perennial.web.customers.timeline import story
from perennial.web.desk.assets import address
from perennial.web.desk.formats import formats
from perennial.web.desk.once import sent_before
from perennial.web.desk.page import Desk, page
from perennial.web.pages.customer import found_or_404, names

# Others may frame this one page; it runs nothing, sends nothing, and may load our style sheet only.
_POLICY = "; ".join(
    ("default-src 'none'", "style-src 'self'", "frame-ancestors *", "form-action 'none'", "base-uri 'none'")
)
_SHOWN = 8


@require_GET
@xframe_options_exempt
def card(request: HttpRequest, token: str) -> HttpResponse:
    """The card, or (404) that the link is not good (any more), without saying why."""
    now = datetime.now(UTC)
    told = links.read_token(token, now=now)
    person = people.find(*told) if told else None
    if told is None or person is None:
        return _only_framed(
            render(request, "card_gone.html", {"style": address("desk.css")}, status=404, using="jinja2")
        )
    brand = Brand.objects.get(id=told[0])
    lang = get_language() or SOURCE
    entries, _ = story(person, now_us=to_us(now), size=_SHOWN)
    values = {
        "style": address("desk.css"),
        "brand": brand,
        "person": person,
        "figures": person.figures,
        "consents": people.consents(person),
        "entries": entries,
        "f": formats(lang, brand.currency, brand.zone),
        "money": lambda minor, currency: formats(lang, currency or brand.currency, brand.zone).money(minor, exact=True),
        "today": int(LocalDay.of(now, brand.zone)),
        **names(),
    }
    return _only_framed(render(request, "card.html", values, using="jinja2"))


def _only_framed(answer: HttpResponse) -> HttpResponse:
    answer.headers["Content-Security-Policy"] = _POLICY
    answer.headers["Cache-Control"] = "private, no-store"
    answer.headers["X-Robots-Tag"] = "noindex"
    answer.headers["Referrer-Policy"] = "no-referrer"  # the link itself must not travel on
    return answer


@require_POST
@page("customers")
def customer_card(desk: Desk, customer: str) -> HttpResponse:
    """A new link to the card of a customer, shown to be copied."""
    person = found_or_404(desk, customer)
    days = desk.request.POST.get("days", "")
    if days not in {str(n) for n in links.DAYS}:
        messages.error(desk.request, desk.words.text("Good for: choose one of the times listed."))
        return redirect(desk.url("customer", person.public))
    if sent_before(desk):
        return redirect(desk.url("customer", person.public))
    with transaction.atomic():
        token = links.link_token(
            brand_id=desk.brand.id, customer_id=person.id, user_id=desk.user_id, days=int(days), now=desk.now
        )
        desk.note("card.link", "customer", person.id, (f"{days} days",))
    link = desk.request.build_absolute_uri(reverse("card", args=[token]))
    return desk.render("customer_card.html", person=person, link=link, days=int(days))


@require_POST
@page("staff")
def customer_card_revoke(desk: Desk, customer: str) -> HttpResponse:
    """End all links to cards of the brand."""
    person = found_or_404(desk, customer)
    with transaction.atomic():
        ended = links.revoke(brand_id=desk.brand.id, now=desk.now)
        desk.note("card.revoke", "card_key", 0)
    if ended:
        messages.success(desk.request, desk.words.text("No link to a card made so far opens any more."))
    else:
        messages.info(desk.request, desk.words.text("There were no links to cards."))
    return redirect(desk.url("customer", person.public))
