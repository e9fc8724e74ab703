"""People put on a list and taken off it, whoever is waited for as a file, and the end of a list."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import cast

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_POST

from perennial.database import ids
from perennial.segments.actions.list_files import Told, add_rows, hand_in, place, tell_added, way_of
from perennial.segments.actions.lists import remove_from_list, retire_list
from perennial.segments.models import StaticList
from perennial.segments.queries.lists import everybody_waiting
from perennial.segments.rules.listing import Way
from perennial.segments.rules.listing_rows import rows_of_text
from perennial.values.reason import Refused
from perennial.web.customers.export import harmless
from perennial.web.data.files import most, size
from perennial.web.data.receiving import FIELD, Received, Receiver
from perennial.web.desk.inputs import Unsaved
from perennial.web.desk.page import Desk, page
from perennial.web.lists import words as w
from perennial.web.lists.shown import entry_of, list_of
from perennial.web.pages.lists import show

AT_ONCE = 1_000  # pasted lines that are added while the browser waits; more are left to the work loop
_LONGEST = 1_000_000  # letters pasted


@require_POST
@page("programme")
def add(desk: Desk, key: str) -> HttpResponse:
    """Put pasted people on the list."""
    found = list_of(desk, key)
    try:
        text, way = _asked(desk)
        if text.count("\n") >= AT_ONCE:
            return _left_to_the_loop(desk, found, text, way)
        return _at_once(desk, found, text, way)
    except Refused as wrong:
        unsaved = Unsaved("add", desk.request.POST)
        return show(desk, found, wrong=w.refused(desk.words, wrong), unsaved=unsaved, status=400)


def _asked(desk: Desk) -> tuple[str, Way]:
    """What was pasted, and how it is to be read. Raises Refused."""
    text = desk.request.POST.get("people", "")
    if not text.strip():
        raise Refused(desk.words.text("People: paste at least one address, phone number or id."), "list.nobody")
    if len(text) > _LONGEST:
        raise Refused(desk.words.text("People: that is too much to paste. Upload it as a file."), "list.long")
    return text, _way(desk)


def _way(desk: Desk) -> Way:
    told = desk.request.POST
    return way_of(brand_id=desk.brand.id, kind=told.get("kind", ""), store_key=told.get("store", ""))


def _at_once(desk: Desk, found: StaticList, text: str, way: Way) -> HttpResponse:
    brand_id = desk.brand.id
    rows = rows_of_text(text, way)
    steps = add_rows(brand_id=brand_id, list_id=found.id, rows=rows, told=Told(), now=desk.now)
    *_, told = itertools.chain((Told(),), steps)
    with transaction.atomic():
        tell_added(brand_id=brand_id, list_id=found.id, name="", told=told, now=desk.now)
        desk.note("list.add", "static_list", found.id)
    new, wrong = told.counts["new"], told.counts["unread"]
    said = desk.words.plural("%(n)s was put on the list.", "%(n)s were put on the list.", new)
    if told.counts["known"]:
        said += " " + desk.words.plural(
            "%(n)s stood on it already, or twice in what you pasted: that counts once.",
            "%(n)s stood on it already, or twice in what you pasted: that counts once.", told.counts["known"],
        )  # fmt: skip
    if new or not wrong:
        messages.success(desk.request, said)
    if wrong:
        messages.warning(desk.request, desk.words.plural(
            "%(n)s line was not understood: see below which and why.",
            "%(n)s lines were not understood: see below which and why.", wrong,
        ))  # fmt: skip
    return redirect(desk.url("list", found.key))


def _left_to_the_loop(desk: Desk, found: StaticList, text: str, way: Way) -> HttpResponse:
    path = place(ids.new()).with_suffix(".part")
    path.touch(mode=0o600)
    try:
        path.write_text(text.replace("\r\n", "\n"), encoding="utf-8", errors="replace")
        _hand_in(desk, found, path, "", way)
    finally:
        path.unlink(missing_ok=True)
    return redirect(desk.url("list", found.key))


def _hand_in(desk: Desk, found: StaticList, path: Path, name: str, way: Way) -> None:
    with transaction.atomic():
        hand_in(brand_id=desk.brand.id, list_id=found.id, path=path, name=name, way=way, now=desk.now)
        desk.note("list.add", "static_list", found.id)
    messages.success(desk.request, desk.words.text("It is being worked on: you may leave this page."))


@page("programme", form=False)
def _allowed(desk: Desk, key: str) -> HttpResponse:
    """Only for whom this is may anything be sent: the body is not read before."""
    found = list_of(desk, key)
    if desk.request.method != "POST":
        return redirect(desk.url("list", found.key))
    receiver = Receiver(desk.request, most())
    desk.request.upload_handlers = [receiver]
    return _protected(desk.request, desk, found, receiver)


@csrf_protect
def _protected(request: HttpRequest, desk: Desk, found: StaticList, receiver: Receiver) -> HttpResponse:
    try:
        file = _received(desk, receiver)
        _hand_in(desk, found, file.path, (file.name or "").replace("\0", ""), _way(desk))
    except Refused as wrong:
        unsaved = Unsaved("upload", request.POST)
        return show(desk, found, wrong=w.refused(desk.words, wrong), unsaved=unsaved, status=400)
    return redirect(desk.url("list", found.key))


def _received(desk: Desk, receiver: Receiver) -> Received:
    """The file that arrived. Raises Refused."""
    file = desk.request.FILES.get(FIELD)
    if isinstance(file, Received) and not receiver.failure:
        return file
    told = {
        "too_large": desk.words.text("The file is larger than %(most)s: cut it, or pack it as .gz or .zip.",
                                     most=size(desk, most())),
        "full": desk.words.text("The disk of this machine is full, so the file was not kept. Free some room, then"
                                " upload it again."),
    }  # fmt: skip
    raise Refused(told.get(receiver.failure) or desk.words.text("Choose a file first."), "list.no_file")


# Called by the address: what protects forms reads the body, so it comes after what asks who it is.
upload = csrf_exempt(_allowed)


@require_POST
@page("programme")
def remove(desk: Desk, key: str) -> HttpResponse:
    """Take those that were ticked off the list."""
    found = list_of(desk, key)
    asked = [entry for text in desk.request.POST.getlist("entry")[:500] if (entry := entry_of(text)) is not None]
    back = desk.url("list", found.key, show=desk.request.POST.get("show", ""), q=desk.request.POST.get("q", ""))
    if not asked:
        messages.error(desk.request, desk.words.text("Tick whom to take off the list first."))
        return redirect(back)
    try:
        with transaction.atomic():
            gone = remove_from_list(brand_id=desk.brand.id, list_id=found.id, entries=asked)
            desk.note("list.remove", "static_list", found.id)
    except Refused as wrong:
        messages.error(desk.request, w.refused(desk.words, wrong))
        return redirect(desk.url("lists"))
    said = desk.words.plural("%(n)s was taken off the list.", "%(n)s were taken off the list.", gone)
    messages.success(desk.request, said)
    return redirect(back)


@require_POST
@page("programme")
def retire(desk: Desk, key: str) -> HttpResponse:
    """End the list."""
    found = list_of(desk, key)
    try:
        with transaction.atomic():
            retire_list(brand_id=desk.brand.id, list_id=found.id, now=desk.now)
            desk.note("list.retire", "static_list", found.id)
    except Refused as wrong:
        messages.error(desk.request, w.refused(desk.words, wrong))
        return redirect(desk.url("list", found.key))
    messages.success(desk.request, desk.words.text("The list “%(name)s” is retired.", name=found.title))
    return redirect(desk.url("lists"))


@require_GET
@page("export")
def waiting(desk: Desk, key: str) -> HttpResponse:
    """Whoever is waited for, as CSV."""
    found = list_of(desk, key)
    with transaction.atomic():
        desk.note("list.export", "static_list", found.id)
    answer = StreamingHttpResponse(_lines(desk.brand.id, found.id), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{found.key}-waiting.csv"'
    answer.headers["Cache-Control"] = "private, no-store"
    return cast(HttpResponse, answer)  # Django types a stream as no response of a view


class _Line:
    """What csv writes to; hands the line on."""

    def write(self, text: str) -> str:
        return text


def _lines(brand_id: int, list_id: int) -> Iterator[str]:
    writer = csv.writer(_Line())
    yield "\ufeff" + writer.writerow(["kind", "value"])  # the mark tells a spreadsheet that it is UTF-8
    for one in everybody_waiting(brand_id=brand_id, list_id=list_id):
        yield writer.writerow([one.kind, harmless(one.value)])
