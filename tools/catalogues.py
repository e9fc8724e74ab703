"""Bring the desk's catalogues up to date: `python -m tools.catalogues`.

New sentences are added without a translation, sentences that nobody says any more are removed, and what is
left to translate is counted. Translations are written into the .po files by hand.
"""

from __future__ import annotations

import sys
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po
from jinja2.ext import babel_extract

from perennial.stores.csv.parser.evidence import EVIDENCE
from perennial.stores.csv.parser.faults import SENTENCES

WEB = Path(__file__).parents[1] / "src" / "perennial" / "web"
OTHERS = ("es", "it", "fr")
# Functions whose first argument is a sentence (or the first two: one and many).
SAID = {
    "mark": None, "text": None, "say": None, "_say": None, "t": None, "_": None, "gettext": None,
    "plural": (1, 2), "ngettext": (1, 2),
}  # fmt: skip
Message = str | tuple[str, str]


def messages() -> dict[Message, list[tuple[str, int]]]:
    """Every sentence of the desk and where it is said, in order of files and lines."""
    found: dict[Message, list[tuple[str, int]]] = {}

    def keep(said: object, path: Path, line: int) -> None:
        if message := _shaped(said):
            found.setdefault(message, []).append((path.relative_to(WEB).as_posix(), line))

    for path in sorted(WEB.rglob("*.py")):
        for line, said, _, _ in extract_from_file("python", path, keywords=SAID):
            keep(said, path, line)
    options = {"encoding": "utf-8", "newstyle_gettext": "true", "extensions": "jinja2.ext.i18n", "trimmed": "true"}
    for path in sorted((WEB / "templates").rglob("*.html")):
        with path.open("rb") as file:
            for line, _, said, _ in babel_extract(file, tuple(SAID), (), options):
                keep(said, path, line)
    # Of files and rows, said by the door they came through.
    for said in (*(said for pair in SENTENCES.values() for said in pair), *EVIDENCE.values()):
        keep(said, WEB / "data" / "words.py", 0)
    return found


def _shaped(said: object) -> Message | None:
    """A sentence, or one and many; None where a variable is said, whose sentences stand elsewhere."""
    parts = [part for part in (said if isinstance(said, tuple) else (said,)) if isinstance(part, str) and part]
    return None if not parts else (parts[0], parts[1]) if len(parts) > 1 else parts[0]


def read(lang: str) -> Catalog:
    """The catalogue of a language as it stands; an empty one where there is none."""
    path = WEB / "locale" / f"{lang}.po"
    if not path.exists():
        return Catalog(locale=lang)
    with path.open("rb") as file:
        return read_po(file, locale=lang)


def renewed(lang: str) -> Catalog:
    """The catalogue with exactly the sentences that are said, those translated that were."""
    old = read(lang)
    new = Catalog(locale=lang, charset="utf-8", fuzzy=False)
    for message, places in messages().items():
        entry = old.get(message[0] if isinstance(message, tuple) else message)
        string = (
            entry.string if entry is not None and (isinstance(entry.id, tuple) == isinstance(message, tuple)) else None
        )
        new.add(message, string=string, locations=[(place, 0) for place, _ in places[:1]])
    return new


def main() -> None:
    """Write the catalogues; exit code 1 while something is not translated."""
    left = 0
    for lang in OTHERS:
        catalogue = renewed(lang)
        catalogue.header_comment = ""
        empty = [entry for entry in catalogue if entry.id and not all(_forms(entry.string))]
        left += len(empty)
        text = BytesIO()
        write_po(text, catalogue, width=0, omit_header=False, include_lineno=False, sort_output=False)
        lines = [
            line
            for line in text.getvalue().decode().splitlines()
            if not line.startswith(
                ('"POT-', '"PO-', '"Last-', '"Language-Team', '"Generated-By', '"Project-Id', '"Report-')
            )
        ]
        # Whole or not at all: whoever reads it at the same time must not lose what was translated.
        draft = WEB / "locale" / f"{lang}.po.part"
        draft.write_text("\n".join(lines).strip() + "\n")
        draft.replace(WEB / "locale" / f"{lang}.po")
        print(f"{lang}: {len(list(catalogue)) - 1} sentences, {len(empty)} to translate")
    sys.exit(1 if left else 0)


def _forms(string: object) -> tuple[str, ...]:
    return tuple(string) if isinstance(string, (tuple, list)) else (str(string or ""),)


if __name__ == "__main__":
    main()
