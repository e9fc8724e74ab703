"""Every message of the report and of what it shows, as sources and templates hold them."""

from __future__ import annotations

import re
from pathlib import Path

from babel.messages.extract import extract_from_file

SOURCE = Path(__file__).parents[2] / "src" / "perennial"
REPORT, DISPLAY = SOURCE / "lab" / "report", SOURCE / "display"
Message = str | tuple[str, str]
KEYWORDS = {"mark": None, "text": None, "plural": (1, 2), "gettext": None, "ngettext": (1, 2)}


def messages() -> list[Message]:
    """In order of files and lines, each once; a pair where there is a plural."""
    found: dict[Message, None] = {}
    for path in sorted([*REPORT.glob("*.py"), *DISPLAY.glob("*.py")]):
        for _, message, _, _ in extract_from_file("python", path, keywords=KEYWORDS):
            found[_shaped(message)] = None
    for path in sorted(REPORT.glob("templates/*.html")):
        options = {"encoding": "utf-8", "newstyle_gettext": "true", "extensions": "jinja2.ext.i18n"}
        with path.open("rb") as file:
            from jinja2.ext import babel_extract

            for _, _, message, _ in babel_extract(file, tuple(KEYWORDS), (), options):
                found[_shaped(message)] = None
    # Titles that sources hold as a pair of marked messages are shown by number.
    from perennial.lab.report.problems import KNOWN

    for one, many, _ in KNOWN.values():
        found.pop(one, None)
        found.pop(many, None)
        found[one, many] = None
    return list(found)


def _shaped(message: object) -> Message:
    if isinstance(message, tuple):
        parts = [part for part in message if part is not None]
        return (parts[0], parts[1]) if len(parts) > 1 else parts[0]
    assert isinstance(message, str)
    return message


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"%\((\w+)\)[sd]", text))
