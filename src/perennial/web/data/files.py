"""A handed-in file as its page shows it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import Http404

from perennial.display.wording import mark
from perennial.facts.models.brands import Store
from perennial.stores.uploads.models import OrderFile
from perennial.stores.uploads.queries import told
from perennial.stores.uploads.rules import ACTIVE, ENCODINGS, KEPT, SEPARATORS, UNPACKED, Options
from perennial.web.data import words as w

if TYPE_CHECKING:
    from perennial.web.desk.page import Desk

_UNITS = ("B", "KB", "MB", "GB", "TB")
MOST_CHOICES = 30  # columns up to which every field has a list of them; beyond, one list serves all fields


def stores_of(desk: Desk) -> list[Store]:
    """The brand's stores."""
    return list(Store.objects.filter(brand_id=desk.brand.id).order_by("name", "id"))


def file_of(desk: Desk, file_id: int) -> OrderFile:
    """A file of the brand; 404."""
    found = OrderFile.objects.filter(id=file_id, brand_id=desk.brand.id).first()
    if found is None:
        raise Http404
    return found


def size(desk: Desk, count: float) -> str:
    """Bytes as people say them: 12.5 MB."""
    unit = 0
    while count >= 1000 and unit < len(_UNITS) - 1:
        count, unit = count / 1000, unit + 1
    return f"{desk.format.decimal(count, 1 if unit else 0)} {_UNITS[unit]}"


def most() -> int:
    """The largest upload, in bytes."""
    return int(settings.PERENNIAL_UPLOAD_MB) << 20


def row(desk: Desk, file: OrderFile) -> dict[str, Any]:
    """What a list and the head of the page say of it."""
    name, tone = w.STATES[file.state]
    recorded = file.counts.get("recorded", {})
    return {
        "file": file, "state": desk.words.text(name), "tone": tone, "size": size(desk, file.size),
        "address": desk.url("data_import", file.id), "until": file.uploaded_at + KEPT,
        "orders": sum(recorded.get(f"order.{state}", 0) for state in ("new", "changed", "same", "stale")),
        "active": file.state in ACTIVE,
    }  # fmt: skip


def problems(desk: Desk, found: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Faults as sentences: place, what is wrong, what to do."""
    rows = []
    for fault in found:
        what, remedy = w.problem(desk.words, fault)
        rows.append({"line": fault["line"], "column": fault["column"], "part": fault["part"], "what": what,
                     "remedy": remedy})  # fmt: skip
    return rows


def counts(desk: Desk, found: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(name, value) of what was counted, without zeros."""
    shown = []
    for key, name in w.COUNTS.items():
        value = found.get(key, 0)
        if value not in (0, "0", "0.00", ""):
            shown.append((desk.words.text(name), _number(desk, value)))
    return shown


def _number(desk: Desk, value: int | str) -> str:
    """A count, a decimal kept as text, or a word such as a currency."""
    if isinstance(value, int):
        return desk.format.count(value)
    return desk.format.decimal(float(value), 2) if re.fullmatch(r"-?\d+(\.\d+)?", value) else value


def recorded(desk: Desk, found: Mapping[str, int]) -> list[tuple[str, str]]:
    """(name, count) of what became of the orders."""
    return [
        (desk.words.text(name), desk.format.count(found[key])) for key, name in w.RECORDED.items() if found.get(key)
    ]


def guess_lines(desk: Desk, found: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """(what, how it is taken, why) for each thing that was guessed."""
    t = desk.words.text
    why = {name: w.evidence(desk.words, told) for name, told in found["evidence"].items()}
    separators = {",": t("commas"), ";": t("semicolons"), "\t": t("tabs"), "|": t("bars")}
    container = t(w.CONTAINERS.get(found["container"], found["container"]))
    lines = t("lines of orders") if found["by_line"] else t("one order each")
    return [
        (t("Layout"), t(w.TITLES.get(found["title"], found["title"])), why.get("layout", "")),
        (t("File"), f"{container}, {found['encoding']}", why.get("encoding", "")),
        (t("Cells parted by"), separators.get(found["delimiter"], found["delimiter"]), why.get("delimiter", "")),
        (t("Rows"), lines, why.get("rows", "")),
        (t("Dates"), t(w.DATES.get(found["dates"], found["dates"])), why.get("dates", "")),
        (t("Decimal sign"), found["decimal"], why.get("decimal", "")),
        (t("Currency"), found["currency"], why.get("currency", "")),
        (t("Time zone"), found["zone"], why.get("zone", "")),
    ]


def samples(desk: Desk, found: list[Mapping[str, Any]], zone: str) -> list[dict[str, Any]]:
    """The first orders, with amounts in their own currency and times in the ``zone`` that the file is read in."""
    from perennial.web.desk.formats import formats

    shown = []
    for order in found:
        f = formats(str(desk.format.locale), order["currency"], zone)
        lines = [
            (desk.format.decimal(line["quantity"] / 1000, 3), line["title"], f.money(line["total"], exact=True))
            for line in order["lines"]
        ]
        shown.append({"name": order["name"], "at": f.moment(datetime.fromisoformat(order["at"])), "lines": lines,
                      "total": f.money(order["total"], exact=True), "more": order["more"]})  # fmt: skip
    return shown


def form(desk: Desk, file: OrderFile, seen: Mapping[str, Any]) -> dict[str, Any]:
    """The form that says how a file is to be read: what is chosen, and what can be."""
    options = Options.of(file.options)
    guess = seen.get("guess", {})
    chosen = dict(options.columns) or guess.get("columns") or seen.get("proposed", {})
    header, cells = seen.get("header", []), seen.get("cells", {})
    t = desk.words.text
    choices = [(name, f"{name} ({cells[name]})" if cells.get(name) else name) for name in header]
    return {
        "stores": stores_of(desk), "options": options, "guess": guess, "choices": choices,
        "long": len(choices) > MOST_CHOICES, "own": bool(options.columns) or not guess,
        "known": guess.get("layout", "plain") != "plain",
        "groups": [(t(title), [(key, t(name), chosen.get(key, "")) for key, name in fields.items()])
                   for title, fields in w.FIELDS],
        "dates": [(key, desk.words.text(name)) for key, name in w.DATES.items()],
        "encodings": ENCODINGS,
        "separators": list(zip(SEPARATORS, map(desk.words.text, _SEPARATORS), strict=True)),
    }  # fmt: skip


_SEPARATORS = (mark("comma"), mark("semicolon"), mark("tab"), mark("bar"))


def shown(desk: Desk, file: OrderFile) -> dict[str, Any]:
    """Everything that the page of a file shows."""
    look, result = told(file.id, "look"), told(file.id, "result") if file.state == "done" else {}
    trouble = None
    if file.problem:
        what, remedy = w.problem(desk.words, file.problem, size(desk, most() * UNPACKED))
        trouble = {"what": what, "remedy": remedy, "line": look.get("fault", {}).get("line", 0)}
    done = file.state == "done"
    return {
        "one": row(desk, file),
        "trouble": trouble,
        "guess": guess_lines(desk, look["guess"]) if "guess" in look else [],
        "doubts": [w.evidence(desk.words, doubt) for doubt in look.get("guess", {}).get("doubts", [])],
        "samples": samples(desk, look.get("samples", []), look.get("guess", {}).get("zone", desk.brand.zone)),
        "counts": counts(desk, file.counts.get("read", {}) if done else look.get("counts", {})),
        "orders": look.get("counts", {}).get("orders", 0),
        "recorded": recorded(desk, file.counts.get("recorded", {})),
        "problems": problems(desk, (result if done else look).get("problems", [])),
        "more": (result if done else look).get("more", False),
        "resumed": result.get("resumed_at", 0),
        "form": form(desk, file, look) if look and not file.expired_at else None,
        "progress": progress(file, look),
    }  # fmt: skip


def progress(file: OrderFile, look: Mapping[str, Any]) -> dict[str, int]:
    """Rows read of so many (0: not known yet), orders recorded of so many."""
    found = look.get("counts", {})
    rows = found.get("rows", 0) + found.get("rejected", 0)
    return {"rows": min(file.progress.get("rows", 0), rows) if rows else file.progress.get("rows", 0), "of_rows": rows,
            "orders": file.progress.get("orders", 0), "of": file.progress.get("of", 0)}  # fmt: skip
