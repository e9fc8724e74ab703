"""Stores: each with currency, zone, language, taxes, and its newest order."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.text import slugify

from perennial.facts.actions.stores import KeyTaken, StoreChanged, add_store, edit_store, version_of
from perennial.facts.models.brands import Store
from perennial.figures.queries.data_checks import COUNTS, checked
from perennial.values.money import check_currency
from perennial.values.time import from_us
from perennial.values.time import zone as check_zone
from perennial.web.data.files import stores_of
from perennial.web.desk.page import Desk, page

_LOCALE = re.compile(r"[a-z]{2,3}([-_][A-Za-z]{2,4})?")


@page("see")
def stores(desk: Desk) -> HttpResponse:
    """The list, and a form for one more."""
    if desk.request.method == "POST" and desk.may("data"):
        return _add(desk)
    return _listed(desk, {}, {})


def _listed(desk: Desk, given: dict[str, str], errors: dict[str, str]) -> HttpResponse:
    newest = checked(desk.brand.id, COUNTS)
    listed = []
    for store in stores_of(desk):
        orders, at = newest.found.get("stores", {}).get(str(store.id), (0, None))
        listed.append({"store": store, "orders": orders, "newest": _moment(at)})
    return desk.render(
        "stores.html", stores=listed, counted_at=newest.at, given=given, errors=errors, status=400 if errors else 200
    )


def _moment(us: int | None) -> datetime | None:
    return None if us is None else from_us(us)


def _add(desk: Desk) -> HttpResponse:
    post = desk.request.POST
    given = {name: post.get(name, "").strip() for name in ("name", "key", "currency", "zone", "locale", "taxes")}
    given["currency"] = given["currency"].upper()
    given["key"] = given["key"] or slugify(given["name"])[:64]
    errors = _wrong(desk, given)
    for name, test in (("currency", check_currency), ("zone", check_zone)):
        try:
            test(given[name])
        except ValueError:
            errors[name] = {
                "currency": desk.words.text("Write three letters, such as EUR."),
                "zone": desk.words.text("Write a time zone such as Europe/Madrid."),
            }[name]
    if not re.fullmatch(r"[-\w]{1,64}", given["key"], re.ASCII):
        errors["key"] = desk.words.text("Write a short key of letters, digits and hyphens, such as outlet.")
    if errors:
        return _listed(desk, given, errors)
    try:
        with transaction.atomic():
            store = add_store(
                brand=desk.brand, key=given["key"], name=given["name"], currency=given["currency"],
                zone=given["zone"], locale=given["locale"], taxes_included=given["taxes"] != "added", now=desk.now,
            )  # fmt: skip
            desk.note("store.add", "store", store.id, ("currency", "key", "locale", "name", "taxes_included", "zone"))
    except KeyTaken:
        return _listed(desk, given, {"key": desk.words.text("Another store has this key: write another.")})
    messages.success(desk.request, desk.words.text("%(name)s was added.", name=store.name))
    return redirect(desk.url("data_stores"))


def _wrong(desk: Desk, given: dict[str, str]) -> dict[str, str]:
    errors = {}
    if not 0 < len(given["name"]) <= 255:
        errors["name"] = desk.words.text("Write the store's name.")
    if not _LOCALE.fullmatch(given["locale"]):
        errors["locale"] = desk.words.text("Write a language such as es, or with its country: es-ES.")
    return errors


@page("see")
def store(desk: Desk, store_id: int) -> HttpResponse:
    """One store: what may be edited, and what may not."""
    found = Store.objects.filter(id=store_id, brand_id=desk.brand.id).first()
    if found is None:
        raise Http404
    if desk.request.method != "POST" or not desk.may("data"):
        return _form(desk, found, {})
    post = desk.request.POST
    given = {name: post.get(name, "").strip() for name in ("name", "locale", "taxes")}
    errors = _wrong(desk, given)
    if errors:
        return _form(desk, found, errors, given=given, status=400)
    try:
        with transaction.atomic():
            changed = edit_store(
                store=found, seen=post.get("seen", ""), name=given["name"], locale=given["locale"],
                taxes_included=given["taxes"] != "added",
            )  # fmt: skip
            if changed:
                desk.note("store.edit", "store", found.id, changed)
    except StoreChanged as meanwhile:
        return _form(desk, meanwhile.store, {}, given=given, status=409)
    messages.success(desk.request, desk.words.text("Saved."))
    return redirect(desk.url("data_store", found.id))


def _form(
    desk: Desk, found: Store, errors: dict[str, str], *, given: dict[str, str] | None = None, status: int = 200
) -> HttpResponse:
    stands: dict[str, Any] = {
        "name": found.name, "locale": found.locale, "taxes": "included" if found.taxes_included else "added",
    }  # fmt: skip
    return desk.render(
        "store.html", store=found, given=given or stands, errors=errors, seen=version_of(found), status=status,
        differs={key: value for key, value in stands.items() if given and given.get(key) != value}
        if status == 409 else {},
    )  # fmt: skip
