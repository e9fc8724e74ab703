"""Customers: the list of people, searched, filtered, sorted, kept as views, taken away as a file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast
from urllib.parse import urlencode

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST

from perennial.database import ids
from perennial.display.definitions import GROUPS, STAGES
from perennial.facts.models.catalogue import Product
from perennial.figures.models import CustomerFigures
from perennial.values.ids import public
from perennial.web.customers import export as csv_export
from perennial.web.customers.columns import COLUMNS, details
from perennial.web.customers.filters import CHANNELS, FIELDS, RHYTHMS, Asked, token, understand
from perennial.web.customers.listing import COUNTED, LOOKED_AT
from perennial.web.customers.listing import page as read_page
from perennial.web.customers.orders import by_number
from perennial.web.desk.inputs import clean
from perennial.web.desk.page import Desk, page
from perennial.web.models import SavedView

PAGE = "customers"
_LONGEST_NAME = 80
_KEPT = (*FIELDS, "sort", "column")


@require_GET
@page("see")
def customers(desk: Desk) -> HttpResponse:
    """The list, or only its rows where htmx asks for them."""
    asked = understand(desk, desk.request.GET)
    shown = _shown(desk, asked)
    if not desk.partial:
        return desk.render("customers.html", **shown, views=_views(desk), **_choices(desk))
    answer = desk.render("customers_list.html", **shown)
    answer.headers["HX-Push-Url"] = desk.url(
        "customers", **asked.given, after=token(asked.after), before=token(asked.before)
    )
    return answer


def _shown(desk: Desk, asked: Asked) -> dict[str, Any]:
    found = None
    rows: list[dict[str, Any]] = []
    if not asked.wrong and not asked.waiting:
        wanted = asked.wanted(desk.brand.id)
        found = read_page(wanted, after=asked.after, before=asked.before)
        rows = details(desk.brand.id, found.ids)
    orders = by_number(desk.brand.id, asked.one("q")) if asked.one("q") else []
    product = Product.objects.filter(brand_id=desk.brand.id, id=asked.product_id or 0).first()
    return {
        "asked": asked,
        "field_names": FIELDS,
        "query": urlencode(asked.given, doseq=True),
        "columns": {name: COLUMNS[name] for name in asked.columns},
        "all_columns": COLUMNS,
        "rows": [
            {
                "to": desk.url("customer", public("cus", row["id"])),
                "cells": [(COLUMNS[name], COLUMNS[name].show(desk, row)) for name in asked.columns],
            }
            for row in rows
        ],
        "orders": [(order, public("cus", order.person_id) if order.person_id else "") for order in orders],
        "product": product,
        "found": found,
        "counted": COUNTED,
        "looked_at": LOOKED_AT,
        "sorts": {name: _sorted_by(desk, asked, name) for name in asked.columns if COLUMNS[name].sort},
        "next": desk.url("customers", **asked.given, after=token(found.after)) if found and found.after else "",
        "previous": desk.url("customers", **asked.given, before=token(found.before)) if found and found.before else "",
        "nobody": found is not None
        and not rows
        and not asked.filtered
        and not CustomerFigures.objects.filter(brand_id=desk.brand.id).exists(),
    }


def _sorted_by(desk: Desk, asked: Asked, column: str) -> tuple[str, str]:
    """Where a column's head leads, and how the list is sorted by it now ("": it is not)."""
    key = COLUMNS[column].sort
    now = {f"-{key}": "descending", key: "ascending"}.get(asked.sort, "")
    return desk.url("customers", **{**asked.given, "sort": key if now == "descending" else f"-{key}"}), now


def _choices(desk: Desk) -> dict[str, Any]:
    w = desk.words
    return {
        "rhythms": {key: w.text(name) for key, name in RHYTHMS.items()},
        "stages": {key: w.text(name) for key, name in STAGES.items()},
        "groups": {key: w.text(name) for key, (name, _) in GROUPS.items()},
        "channels": {key: w.text(name) for key, name in CHANNELS.items()},
        "fields": {key: w.text(name) for key, name in FIELDS.items()},
    }


def _views(desk: Desk) -> list[dict[str, Any]]:
    mine = SavedView.objects.filter(brand_id=desk.brand.id, page=PAGE, user_id__in=[0, desk.user_id])
    return [
        {
            "id": view.id,
            "name": view.name,
            "shared": view.user_id == 0,
            "to": desk.url("customers", **view.query),
            "mine": view.user_id != 0 or desk.may("customers"),
        }
        for view in mine.order_by("name", "id")
    ]


@require_POST
@page("see")
def customers_view_save(desk: Desk) -> HttpResponse:
    """Keep the filters, order and columns of the list under a name; the same name again replaces them."""
    told = desk.request.POST
    query = _kept(clean(QueryDict(told.get("query", ""))))
    back = redirect(desk.url("customers", **query))
    name = told.get("name", "").strip()
    shared = told.get("shared") == "1"
    if not 0 < len(name) <= _LONGEST_NAME:
        messages.error(desk.request, desk.words.text("Name: a view needs a name of at most 80 letters."))
        return back
    if shared and not desk.may("customers"):
        messages.error(desk.request, desk.words.text("Your role may keep views for yourself only."))
        return back
    with transaction.atomic():
        view, _ = SavedView.objects.update_or_create(
            brand_id=desk.brand.id, user_id=0 if shared else desk.user_id, page=PAGE, name=name,
            defaults={"query": query, "at": desk.now},
            create_defaults={"id": ids.new(), "query": query, "at": desk.now},
        )  # fmt: skip
        desk.note("view.save", "saved_view", view.id, ("name", "query"))
    messages.success(desk.request, desk.words.text("The view was kept."))
    return back


@require_POST
@page("see")
def customers_view_delete(desk: Desk, view_id: int) -> HttpResponse:
    """Forget a view: one's own, or a shared one where the role allows."""
    owners = [desk.user_id, 0] if desk.may("customers") else [desk.user_id]
    with transaction.atomic():
        gone, _ = SavedView.objects.filter(brand_id=desk.brand.id, page=PAGE, id=view_id, user_id__in=owners).delete()
        if gone:
            desk.note("view.delete", "saved_view", view_id)
    if not gone:
        messages.error(desk.request, desk.words.text("There is no such view of yours: nothing was changed."))
    return redirect(desk.url("customers"))


def _kept(told: QueryDict) -> dict[str, list[str]]:
    return {name: values for name in _KEPT if (values := [v for v in told.getlist(name) if v])}


@require_POST
@page("export")
def customers_file(desk: Desk) -> HttpResponse:
    """The whole list as CSV, as it is filtered and sorted now."""
    asked = understand(desk, clean(QueryDict(desk.request.POST.get("query", ""))))
    if asked.wrong or asked.waiting:
        messages.error(desk.request, desk.words.text("The filters could not be read: nothing was exported."))
        return redirect(desk.url("customers", **asked.given))
    columns = asked.columns if "email" in asked.columns else ("name", "email", *asked.columns)
    columns = tuple(dict.fromkeys(columns))
    with transaction.atomic():  # before the first row leaves: a download that breaks off is in the log, too
        desk.note("customers.export", "customer", 0, tuple(sorted({*asked.given, *columns})))
    answer = StreamingHttpResponse(_told(desk, asked, columns), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="customers-{desk.now:%Y-%m-%d}.csv"'
    answer.headers["Cache-Control"] = "private, no-store"
    return cast(HttpResponse, answer)  # Django types a stream as no response of a view


def _told(desk: Desk, asked: Asked, columns: tuple[str, ...]) -> Iterator[str]:
    """The lines; at the end, however it comes, how many left is written into the log."""
    told = -1  # the head is no row
    try:
        for line in csv_export.lines(desk, asked.wanted(desk.brand.id), columns):
            told += 1
            yield line
    finally:
        with transaction.atomic():
            desk.note("customers.exported", "customer", 0, (f"{max(told, 0)} rows",))
