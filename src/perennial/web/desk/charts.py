"""Charts in pages: drawn once per content by the renderer of the report, kept as files, shared by all workers."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
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
_KEPT = timedelta(days=30)  # then it is drawn once more if a page still shows it


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
    if (html := _drawn(name)) is not None:
        return Markup(html)  # noqa: S704  # rebuilt from a list of harmless elements
    asked = _folder() / f"{name}.json"
    if not asked.exists():  # to replace a file has some disks write everything out first: a page would wait for them
        _write(asked, text)
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
    if (html := _drawn(name)) is not None:
        return html
    asked = _folder() / f"{name}.json"
    if not asked.exists():
        return None
    specs = json.loads(asked.read_text())
    label = specs["label"]
    wide, narrow = (render(specs[width], label) for width in ("wide", "narrow"))
    html = f'<div class="chart wide">{wide}</div><div class="chart narrow">{narrow}</div>'
    _write(_folder() / f"{name}.html", html)
    asked.unlink(missing_ok=True)
    return html


def forget_charts(*, brand_id: int, now: datetime) -> Iterator[int]:  # noqa: ARG001  # all brands' are in one folder
    """Remove drawings of thirty days ago: figures change daily, and each change makes a drawing of its own."""
    oldest = (now - _KEPT).timestamp()
    taken = 0
    for path in _folder().glob("*"):
        with suppress(FileNotFoundError):  # a page replaces a draft meanwhile
            if path.stat().st_mtime < oldest:
                path.unlink()
                taken += 1
    yield taken


def _drawn(name: str) -> str | None:
    # Read at once, not looked for first: the loop may remove it in between.
    try:
        return (_folder() / f"{name}.html").read_text()
    except FileNotFoundError:
        return None


def _folder() -> Path:
    home: Path = settings.PERENNIAL_HOME
    return home / "charts"


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}")
    draft.write_text(text)
    draft.replace(path)
