"""Charts in pages: drawn once per content by the renderer of the report, kept as files, shared by all workers."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from markupsafe import Markup

from perennial.display.axes import NARROW, WIDE, Spec, finish
from perennial.display.svg import render

if TYPE_CHECKING:
    from perennial.web.desk.page import Desk

_VERSION = "1"  # of the look: another one draws all charts anew
_NAME = re.compile(r"[0-9a-f]{32}")
_HEIGHT, _SMALL = 240, 220


def picture(desk: Desk, make: Callable[[bool], Spec], label: str, *, height: int = _HEIGHT) -> Markup:
    """The chart that ``make(wide)`` specifies, for wide and narrow screens; ``label`` says what it shows.

    A chart that was not drawn yet is drawn when the browser asks for it, so that no page waits for it.
    """
    specs = {
        "wide": finish(make(True), WIDE, height),
        "narrow": finish(make(False), NARROW, min(height, _SMALL)),
        "label": label,
    }
    text = json.dumps(specs, sort_keys=True)
    name = hashlib.blake2b(f"{_VERSION}{text}".encode(), digest_size=16).hexdigest()
    drawn = _folder() / f"{name}.html"
    if drawn.exists():
        return Markup(drawn.read_text())  # noqa: S704  # rebuilt from a list of harmless elements
    _write(_folder() / f"{name}.json", text)
    return Markup(
        '<div class="chart-wait" hx-get="{}" hx-trigger="load" hx-swap="outerHTML" data-failed="{}">{}</div>'
    ).format(
        desk.url("chart", name),
        desk.words.text("This chart could not be drawn. Its numbers are below."),
        desk.words.text("Drawing …"),
    )


def draw(name: str) -> str | None:
    """Both widths of a chart that a page asked for, as HTML; None if no page did."""
    if not _NAME.fullmatch(name):
        return None
    drawn, asked = _folder() / f"{name}.html", _folder() / f"{name}.json"
    if drawn.exists():
        return drawn.read_text()
    if not asked.exists():
        return None
    specs = json.loads(asked.read_text())
    label = specs["label"]
    wide, narrow = (render(specs[width], label) for width in ("wide", "narrow"))
    html = f'<div class="chart wide">{wide}</div><div class="chart narrow">{narrow}</div>'
    _write(drawn, html)
    asked.unlink(missing_ok=True)
    return html


def _folder() -> Path:
    home: Path = settings.PERENNIAL_HOME
    return home / "charts"


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}")
    draft.write_text(text)
    draft.replace(path)
