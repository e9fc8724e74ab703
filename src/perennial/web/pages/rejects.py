"""Rejected rows: shown with why, edited in place, downloaded, imported again as a file of their own."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect

from perennial.facts.models.brands import Store
from perennial.stores.csv.parser.rejects import EXTRA, reason_of
from perennial.stores.uploads.actions.hand_in import hand_in_mended, mended_copy
from perennial.stores.uploads.actions.mend import MendedMeanwhile, mend, version
from perennial.stores.uploads.models import OrderFile
from perennial.stores.uploads.queries import place, rejected_rows
from perennial.web.data import words as w
from perennial.web.data.files import file_of
from perennial.web.desk.page import Desk, page

_CELLS = 600  # on one page: what a browser and its reader can bear


@page("data")
def rejects(desk: Desk, file_id: int) -> HttpResponse:
    """A page of rejected rows, each cell of which can be mended."""
    file = file_of(desk, file_id)
    if not place(file.id, "rejects").exists():
        raise Http404
    if desk.request.method == "POST":
        return _save(desk, file)
    return desk.render("rejects.html", **_shown(desk, file))


def _save(desk: Desk, file: OrderFile) -> HttpResponse:
    post = desk.request.POST
    cells: dict[int, dict[int, str]] = {}
    for name, text in post.items():
        # cell-<row>-<column>
        kind, _, rest = name.partition("-")
        row, _, column = rest.partition("-")
        if kind == "cell" and _place(row) and _place(column):
            cells.setdefault(int(row), {})[int(column)] = str(text).replace("\r\n", "\n")
    first = post.get("first", "")
    first = first if _place(first) else ""
    try:
        changed = mend(file=file, seen=post.get("seen", ""), cells=cells)
    except MendedMeanwhile:
        # Their cells are shown again beside what stands now, so that nothing that was typed is lost.
        return desk.render("rejects.html", status=409, **_shown(desk, file, cells))
    if post.get("do") == "import":
        return _import(desk, file)
    with transaction.atomic():
        desk.note("file.mend", "order_file", file.id)
    said = desk.words.plural("One cell was changed.", "%(n)s cells were changed.", changed)
    messages.success(desk.request, said)
    return redirect(desk.url("data_rejects", file.id, first=first))


def _place(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 10


def _import(desk: Desk, file: OrderFile) -> HttpResponse:
    """Hand the mended rows in as a file of their own."""
    store = Store.objects.get(id=file.store_id, brand_id=desk.brand.id)
    with mended_copy(file) as copy, transaction.atomic():
        desk.note("file.mend", "order_file", file.id)
        made, _ = hand_in_mended(file=file, copy=copy, store=store, user_id=desk.user_id, now=desk.now)
        desk.note("file.upload", "order_file", made.id)
    messages.success(
        desk.request, desk.words.text("The mended rows are a file of their own now. Look at it, then import it.")
    )
    return redirect(desk.url("data_import", made.id))


def _shown(desk: Desk, file: OrderFile, wanted: dict[int, dict[int, str]] | None = None) -> dict[str, Any]:
    header = next(rejected_rows(file.id), [])
    own = header[: -len(EXTRA)]
    size = max(1, _CELLS // max(1, len(own)))
    asked = desk.request.POST.get("first") or desk.request.GET.get("first", "0")
    first = int(asked) if _place(asked) else 0
    rows = list(rejected_rows(file.id, first, size + 1))[1:]
    listed = []
    for number, row in enumerate(rows[:size], first):
        line, column, said, remedy, code = row[-len(EXTRA) :]
        why = reason_of(code)
        if why is not None:
            said, remedy = w.problem(desk.words, why.as_json())
        theirs = (wanted or {}).get(number, {})
        cells = [(at, name, theirs.get(at, row[at]), row[at] if theirs.get(at, row[at]) != row[at] else None)
                 for at, name in enumerate(own)]  # fmt: skip
        listed.append({
            "number": number, "line": line, "column": column, "reason": said, "remedy": remedy,
            "sibling": why is not None and why.code == "row.sibling",
            "wrong": [cell for cell in cells if cell[1] == column],
            "others": [cell for cell in cells if cell[1] != column],
        })  # fmt: skip
    return {
        "file": file, "rows": listed, "seen": version(file), "first": first,
        "before": max(0, first - size) if first else None, "behind": first + size if len(rows) > size else None,
        "conflict": wanted is not None,
    }  # fmt: skip


@page("data")
def download(desk: Desk, file_id: int) -> Any:  # a stream
    """The rejects as a file, to be mended in a spreadsheet."""
    file = file_of(desk, file_id)
    path = place(file.id, "rejects")
    if not path.exists():
        raise Http404
    with transaction.atomic():
        desk.note("file.rejects", "order_file", file.id)
    stem = file.name.partition(".")[0]
    return FileResponse(path.open("rb"), as_attachment=True, filename=f"{stem}.rejects.csv", content_type="text/csv")
