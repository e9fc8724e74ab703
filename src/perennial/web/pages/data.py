"""Data: the newest files, what is wrong with the data, exchange rates, checks."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect

from perennial.facts.actions.convert import orders_wait
from perennial.facts.actions.jobs import want_job
from perennial.facts.actions.record import record
from perennial.facts.actions.stores import source_of
from perennial.facts.models.brands import Store
from perennial.facts.rules.records import Batch, Rate
from perennial.figures.models import Answer
from perennial.figures.queries.data_checks import COUNTS, KIND, WHOLE, Check, checked, mirror_waits
from perennial.stores.uploads.models import OrderFile
from perennial.values.money import check_currency, exponent
from perennial.values.numbers import NoNumber, decimal
from perennial.web.data.files import row, stores_of
from perennial.web.desk.answers import read
from perennial.web.desk.inputs import plain
from perennial.web.desk.newest import newest_order
from perennial.web.desk.page import Desk, page

_FILES = 5
_MOST = Decimal(10) ** 6  # a rate beyond this, or below its inverse, is a mistake
_DIGITS = 12  # before the point, of what is tried as a rate


@page("see")
def data(desk: Desk) -> HttpResponse:
    """What there is, what is wrong with it, what to do about it."""
    counts, whole = checked(desk.brand.id, COUNTS), checked(desk.brand.id, WHOLE)
    if counts.at is None and not counts.wanted:
        want_job(brand_id=desk.brand.id, kind=KIND, key=COUNTS, now=desk.now)
        counts = checked(desk.brand.id, COUNTS)
    files = OrderFile.objects.filter(brand_id=desk.brand.id).order_by("-uploaded_at")[:_FILES]
    return desk.render(
        "data.html",
        files=[row(desk, file) for file in files],
        stores=stores_of(desk),
        counts=counts,
        whole=whole,
        findings=_findings(desk, counts),
        foreign=counts.found.get("unconverted", []),
        converting=orders_wait(desk.brand.id),
        figures_as_of=_figures_as_of(desk),
        newest=newest_order(desk.brand.id),
        mirror=mirror_waits(desk.brand.id),
        today=desk.now.astimezone(desk.format.zone).date(),
    )


def _figures_as_of(desk: Desk) -> Any:
    found = Answer.objects.filter(brand_id=desk.brand.id, store_id=0, name="rhythm_store")
    return found.values_list("as_of", flat=True).first()


def _findings(desk: Desk, check: Check) -> list[dict[str, Any]]:
    """What is wrong, as sentences: how many, what it means, what to do."""
    if check.at is None:
        return []
    n, t, f = check.counts, desk.words.text, desk.format
    costed = read(desk.brand.id, "summary", now=desk.now).one.get("costed_share")
    found = [
        ("unconverted", t("Orders without an exchange rate"),
         t("They are kept, but left out of every sum until a rate is known. Enter one below.")),
        ("waiting_refunds", t("Refunds of orders that are not known"),
         t("They count as soon as their order is recorded. Import the orders of that time.")),
        ("waiting_parcels", t("Parcels of orders that are not known"),
         t("They count as soon as their order is recorded.")),
        ("without_customer", t("Orders that name no customer"),
         t("They count as revenue, and for nobody's history. Ask for an e-mail at the till.")),
        ("lone_guests", t("Guests without any order"),
         t("Known by an address only, from a sign-up, a ticket or a visit. Nothing needs to be done.")),
        ("without_cost", t("Products without a cost"),
         t("Profit is known for %(share)s of the revenue. Record what products cost you.", share=f.percent(costed))),
        ("unpromised", t("Orders of the last 90 days without a promised day"),
         t("Whether they came in time cannot be told. Record the day that the shop promised.")),
    ]  # fmt: skip
    of = {"without_customer": "orders", "without_cost": "products", "unpromised": "recent_orders"}
    return [
        {
            "key": key,
            "title": title,
            "n": n.get(key, 0),
            "meaning": meaning,
            "of": n.get(of[key]) if key in of else None,
        }
        for key, title, meaning in found
    ]


@page("data")
def check(desk: Desk) -> HttpResponse:
    """Have the loop check again."""
    if desk.request.method == "POST":
        with transaction.atomic():
            for key in (COUNTS, WHOLE):
                want_job(brand_id=desk.brand.id, kind=KIND, key=key, now=desk.now)
            desk.note("data.check", "brand", desk.brand.id)
        messages.success(desk.request, desk.words.text("The data is being checked: the results stand here soon."))
    return redirect(desk.url("data"))


@page("data")
def rates(desk: Desk) -> HttpResponse:
    """An exchange rate for a day, and from it on for those up to a month later that have none of their own."""
    if desk.request.method != "POST":
        return redirect(desk.url("data"))
    try:
        found = _rate(desk)
    except ValueError as wrong:
        messages.error(desk.request, str(wrong))
        return redirect(desk.url("data"))
    store = Store.objects.select_related("brand").filter(brand_id=desk.brand.id).order_by("id").first()
    if store is None:
        messages.error(desk.request, desk.words.text("Open a store first."))
        return redirect(desk.url("data_stores"))
    with transaction.atomic():
        done = record(Batch(rates=(found,)), source=source_of(store, "desk"), now=desk.now)
        desk.note("rate.record", "brand", desk.brand.id, ("rate",))
        want_job(brand_id=desk.brand.id, kind=KIND, key=COUNTS, now=desk.now)
    orders = done.counts["order.converted"]
    said = desk.words.plural(
        "The rate was saved; one order waited for it.", "The rate was saved; %(n)s orders waited for it.", orders
    )
    if done.counts["rate.later"]:
        said = desk.words.text("The rate was saved. Many orders waited for it: they are converted in a few minutes.")
    messages.success(desk.request, said)
    return redirect(desk.url("data"))


def _rate(desk: Desk) -> Rate:
    """What the form says; ValueError with a sentence that names the field and the remedy."""
    t, post = desk.words.text, desk.request.POST
    currency = post.get("currency", "").strip().upper()
    try:
        check_currency(currency)
    except ValueError:
        raise ValueError(t("Currency: write three letters, such as USD.")) from None
    if currency == desk.brand.currency:
        raise ValueError(t("Currency: %(text)s is what sums are in; it needs no rate.", text=currency))
    try:
        day = date.fromisoformat(post.get("day", ""))
    except ValueError:
        raise ValueError(t("Day: write it as 2026-02-28.")) from None
    try:
        rate = decimal(plain(post.get("rate", ""), desk.format.locale), digits=_DIGITS)
    except NoNumber:
        raise ValueError(t("Rate: write a number such as 0.92.")) from None
    # Told in whole units, kept in minor ones: a yen has none.
    minor = rate * Decimal(10) ** (exponent(desk.brand.currency) - exponent(currency))
    if not 1 / _MOST < minor < _MOST:
        raise ValueError(t("Rate: write how much one %(text)s is worth, a number above zero.", text=currency))
    return Rate(currency=currency, day=day, rate=float(minor))
