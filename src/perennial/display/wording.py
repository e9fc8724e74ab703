"""A reader's language: gettext catalogues as they lie in ``locale`` folders, read by Babel, never compiled to files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from gettext import NullTranslations
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from babel.support import Translations

LOCALE = Path(__file__).parent / "locale"
SOURCE = "en"
LANGUAGES = (SOURCE, "es", "it", "fr")


def mark(message: str) -> str:
    """Name a message for the catalogues where it stands in a table; it is translated where it is shown."""
    return message


@dataclass(frozen=True)
class Words:
    """Sentences in one language; ``%(name)s`` in them are filled in by name."""

    lang: str
    gettext: Callable[[str], str]
    ngettext: Callable[[str, str, int], str]

    def text(self, message: str, /, **values: object) -> str:
        """The message, translated and filled in."""
        found = self.gettext(message)
        return found % values if values else found

    def plural(self, one: str, many: str, n: int, /, **values: object) -> str:
        """The form that ``n`` asks for; ``%(n)s`` is what ``values`` say, as a formatted number."""
        return self.ngettext(one, many, n) % {"n": n, **values}


@cache
def words(lang: str, *more: Path) -> Words:
    """The sentences of a language; ``more``: folders of catalogues beside the one here, later ones win.

    ValueError where nothing is written in it.
    """
    if lang not in LANGUAGES:
        raise ValueError(f"nothing is written in {lang!r}: choose one of {', '.join(LANGUAGES)}")
    if lang == SOURCE:
        plain = NullTranslations()
        return Words(lang, plain.gettext, plain.ngettext)
    found = _read(LOCALE / f"{lang}.po", lang)
    for folder in more:
        found.merge(_read(folder / f"{lang}.po", lang))
    return Words(lang, found.gettext, found.ngettext)


def _read(path: Path, lang: str) -> Translations:
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po
    from babel.support import Translations

    with path.open("rb") as file:
        catalogue = read_po(file, locale=lang)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)
