"""One segment: what it says, who is in it, how it grows, who came and went, its versions; taken away as a file."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, cast

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST

from perennial.documents.actions import AlreadyScheduled
from perennial.segments.actions.previews import want_preview
from perennial.segments.rules.segment import KIND
from perennial.values.ids import public
from perennial.values.time import LocalDay, from_us, to_us
from perennial.web.customers.columns import COLUMNS
from perennial.web.customers.export import Line, harmless
from perennial.web.desk import naming
from perennial.web.desk.documents import end
from perennial.web.desk.page import Desk, page
from perennial.web.segments import reading
from perennial.web.segments.picture import size_over_time
from perennial.web.segments.previewed import counted
from perennial.web.segments.reading import Held
from perennial.web.segments.recomputed import recomputed
from perennial.web.segments.saying import said
from perennial.web.segments.versions import versions
from perennial.web.segments.words import STATES, WHY

_YEAR = 365
_COLUMNS = ("name", "orders", "revenue", "last_order_day")
_TAKEN = ("name", "email", "phone", "country", "orders", "revenue", "last_order_day")


def found_or_404(desk: Desk, key: str) -> Held:
    """The segment that an address names."""
    found = reading.segment(desk.brand.id, key, desk.now)
    if found is None:
        raise Http404
    return found


@require_GET
@page("see")
def segment(desk: Desk, key: str) -> HttpResponse:
    """The page."""
    held = found_or_404(desk, key)
    return shown(desk, held)


def shown(desk: Desk, held: Held, *, status: int = 200, **more: Any) -> HttpResponse:
    """The page; ``more``: what stood in the way of ending it."""
    body, brand = held.body, desk.brand.id
    names = reading.titles(brand, desk.now)
    today = LocalDay.of(desk.now, desk.brand.zone)
    days = reading.sizes(brand, today.plus(-_YEAR), held.key).get(held.key, [])
    state, tone = STATES[held.state]
    everybody = reading.everybody(brand)
    found = reading.preview(brand, reading.preview_key(body.rule))
    if found is None or found.counted_at is None or LocalDay.of(found.counted_at, desk.brand.zone) < today:
        found = want_preview(brand_id=brand, rule=body.rule, now=desk.now)
    values = {
        "held": held,
        "body": body,
        "said": said(desk, body.rule, names),
        "text": body.rule.text(),
        "state": desk.words.text(state),
        "tone": tone,
        "share": desk.format.percent(held.members / everybody) if everybody and held.members is not None else "",
        "sizes": size_over_time(desk, days),
        "counted": counted(desk, found, names, own=held.key),
        "moves": _moves(desk, held.key),
        "versions": versions(desk, held.key),
        "waiting": held.live is not None and held.newest.version != held.live.version,
        "conflict": None,
        "refused": "",
        **_members(desk, held),
    }
    return desk.render("segment.html", status=status, **{**values, **more})


def _on(desk: Desk) -> tuple[LocalDay | None, str]:
    """The past day whose members are asked for, and what is wrong with it."""
    given = (desk.request.GET if desk.request.method == "GET" else desk.request.POST).get("on", "").strip()
    if not given:
        return None, ""
    try:
        day = LocalDay.on(date.fromisoformat(given))
    except ValueError:
        return None, desk.words.text("Day: write a day that there is, such as 2026-03-01.")
    if day >= LocalDay.of(desk.now, desk.brand.zone):
        return None, desk.words.text("Day: choose a day that is over; today's members are below.")
    return day, ""


def _members(desk: Desk, held: Held) -> dict[str, Any]:
    day, wrong = _on(desk)
    at = None if day is None else day.end(desk.brand.zone)
    stays = reading.members(desk.brand.id, held.key, after=_place(desk, at), limit=reading.PAGE + 1, at=at)
    more, stays = len(stays) > reading.PAGE, stays[: reading.PAGE]
    people = reading.people(desk.brand.id, [one.customer_id for one in stays])
    on = day.date.isoformat() if day is not None else ""
    after = "" if not more else f"{stays[-1].customer_id}" if at is None else (
        f"{to_us(stays[-1].entered_at)}.{stays[-1].id}"
    )  # fmt: skip
    size = None if day is None else reading.size_at(desk.brand.id, held.key, int(day))
    return {
        "on": on,
        "on_day": "" if day is None else desk.format.long_day(int(day)),
        "on_wrong": wrong,
        "on_size": "" if size is None else desk.format.count(size),
        "recomputed": None if day is None else recomputed(desk, held, day),
        "columns": [COLUMNS[name] for name in _COLUMNS],
        "people": [
            {
                "to": desk.url("customer", public("cus", one.customer_id)),
                "cells": [COLUMNS[name].show(desk, people[one.customer_id]) for name in _COLUMNS],
                "since": desk.format.moment(one.entered_at),
                "why": desk.url("customer_segment", public("cus", one.customer_id), held.key),
            }
            for one in stays
            if one.customer_id in people
        ],
        "first": not desk.request.GET.get("after"),
        "next": desk.url("segment", held.key, on=on, after=after) if after else "",
        "back": desk.url("segment", held.key, on=on),
    }


def _place(desk: Desk, at: datetime | None) -> tuple[Any, ...] | None:
    """Where a page of members begins; what was not made here is passed over."""
    parts = desk.request.GET.get("after", "").split(".")
    if len(parts) != (1 if at is None else 2) or not all(p.isascii() and p.isdigit() and len(p) < 19 for p in parts):
        return None
    if at is None:
        return (int(parts[0]),)
    moment = int(parts[0])
    return (from_us(moment), int(parts[1])) if moment < to_us(desk.now) else None


def _moves(desk: Desk, key: str) -> list[dict[str, Any]]:
    found = reading.moves(desk.brand.id, key)
    names = naming.people(desk.brand.id, {one.customer_id for one in found})
    return [
        {
            "came": one.came,
            "name": names.get(one.customer_id, public("cus", one.customer_id)),
            "to": desk.url("customer", public("cus", one.customer_id)),
            "at": desk.format.moment(one.at),
            "why": desk.words.text(WHY[one.why]) if one.why in WHY else one.why,
        }
        for one in found
    ]


@require_GET
@page("see")
def segments_counted(desk: Desk, counted_key: str) -> HttpResponse:
    """How far the counting of a rule is, for htmx."""
    found = reading.preview(desk.brand.id, counted_key)
    if found is None:
        raise Http404
    told = counted(desk, found, reading.titles(desk.brand.id, desk.now))
    full = desk.request.GET.get("full") == "1"
    return desk.render("segment_counted.html", counted=told, full=full)


@require_POST
@page("programme")
def segment_end(desk: Desk, key: str) -> HttpResponse:
    """A segment that is no more; its versions and who was in it stay."""
    held = found_or_404(desk, key)
    text = desk.request.POST.get("seen_version", "")
    seen = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
    found = end(desk, kind=KIND.name, key=key, seen_version=seen, verb="segment.end")
    if found is None:
        messages.success(desk.request, desk.words.text("The segment is retired."))
        return redirect(desk.url("segments"))
    if isinstance(found, AlreadyScheduled):
        told = desk.words.text("Another version is planned by the API: withdraw it there first. Nothing was changed.")
    else:
        told = desk.words.text("Somebody else saved this meanwhile. Nothing was changed: look at it, then retire it.")
    return shown(desk, held, status=409, refused=told)


@require_POST
@page("export")
def segment_file(desk: Desk, key: str) -> HttpResponse:
    """Who is in it, or was on a past day, as CSV."""
    held = found_or_404(desk, key)
    day, wrong = _on(desk)
    if wrong:
        messages.error(desk.request, wrong)
        return redirect(desk.url("segment", key))
    with transaction.atomic():  # before the first row leaves: a download that breaks off is in the log, too
        desk.note("customers.export", "document.segment", held.shown.id, _TAKEN)
    at = None if day is None else day.end(desk.brand.zone)
    answer = StreamingHttpResponse(_lines(desk, held, at), content_type="text/csv; charset=utf-8")
    name = f"{key}-{day.date if day is not None else desk.now.date():%Y-%m-%d}.csv"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "private, no-store"
    return cast(HttpResponse, answer)  # Django types a stream as no response of a view


def _lines(desk: Desk, held: Held, at: datetime | None) -> Iterator[str]:
    """The lines; at the end, however it comes, how many left is written into the log."""
    writer, columns, told = csv.writer(Line()), [COLUMNS[name] for name in _TAKEN], 0
    try:
        yield "\ufeff" + writer.writerow(["id", *_TAKEN])  # the mark tells a spreadsheet that it is UTF-8
        for ids in reading.everyone(desk.brand.id, held.key, at):
            people = reading.people(desk.brand.id, ids)
            for id_ in ids:
                if (row := people.get(id_)) is None:
                    continue
                cells = [c.raw(desk, row) if c.number else harmless(c.raw(desk, row)) for c in columns]
                yield writer.writerow([public("cus", id_), *cells])
                told += 1
    finally:
        with transaction.atomic():
            desk.note("customers.exported", "document.segment", held.shown.id, (f"{told} rows",))
