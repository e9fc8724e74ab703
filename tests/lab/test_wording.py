"""The catalogues are whole, and nothing on the page escapes them."""

from __future__ import annotations

import re

import pytest
from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from perennial.display.definitions import FAMILY, GROUPS, REASONS, STATES
from perennial.display.wording import LANGUAGES, LOCALE, SOURCE, Words, words
from perennial.insight.rfm import GROUPS as CELLS
from perennial.insight.service import BAD
from perennial.lab.report.gather import Found
from perennial.lab.report.problems import KNOWN, REJECTED
from perennial.stores.csv.parser.faults import SENTENCES
from tests.lab.catalogue import Message, messages, placeholders
from tests.lab.conftest import page_of
from tests.lab.html import parsed

OTHERS = [lang for lang in LANGUAGES if lang != SOURCE]


def catalogue(lang: str) -> Catalog:
    with (LOCALE / f"{lang}.po").open("rb") as file:
        return read_po(file, locale=lang)


def forms(message: Message) -> tuple[str, ...]:
    return message if isinstance(message, tuple) else (message,)


@pytest.mark.parametrize("lang", OTHERS)
def test_every_sentence_is_translated(lang: str):
    found = {entry.id: entry for entry in catalogue(lang) if entry.id}
    wanted = messages()
    assert len(wanted) > 250
    assert [message for message in wanted if message not in found] == []
    assert [id_ for id_ in found if id_ not in wanted] == []
    for message in wanted:
        entry = found[message]
        assert not entry.fuzzy, message
        told = forms(entry.string)
        assert all(told), message
        assert len(told) == len(forms(message)), message


@pytest.mark.parametrize("lang", OTHERS)
def test_translations_keep_the_placeholders(lang: str):
    for entry in catalogue(lang):
        if not entry.id:
            continue
        wanted = set().union(*(placeholders(one) for one in forms(entry.id)))
        for told in forms(entry.string):
            assert placeholders(told) == wanted, entry.id
            assert re.sub(r"%\(\w+\)s", "", told).count("%") == 0, entry.id
            assert told.count("<") == forms(entry.id)[0].count("<"), entry.id


@pytest.mark.parametrize("lang", OTHERS)
def test_plural_forms_follow_the_language(lang: str):
    said = words(lang)
    one, many = "%(n)s customer", "%(n)s customers"
    assert said.plural(one, many, 1) != said.plural(one, many, 2)
    # In French nothing is singular, elsewhere it is plural.
    nothing = said.plural(one, many, 0).removeprefix("0 ")
    assert nothing == said.plural(one, many, 1 if lang == "fr" else 2).split(" ", 1)[1]


def test_whatever_insight_and_the_file_door_may_say_has_a_word():
    assert set(CELLS.values()) == set(GROUPS) == set(FAMILY)
    assert {*BAD, "unknown"} == set(REASONS)
    assert list(STATES) == ["on_time", "due", "drifting", "lost"]
    of_rows = {code for code in SENTENCES if code.split(".")[0] in ("row", "cell", "order")}
    assert of_rows <= set(REJECTED)
    assert not set(REJECTED) & set(KNOWN)


def visible(page: str) -> list[str]:
    """The texts a reader sees or hears, but those that are the data's own."""
    found = parsed(page)
    seen = [text for text, around in found.texts if "style" not in around and "bdi" not in around]
    spoken = [a["aria-label"] or "" for _, a in found.elements if a.get("aria-label")]
    return seen + spoken


def test_nothing_escapes_the_catalogues(found: Found):
    """In a language in which all is bracketed, whatever stands outside of brackets is a number or a name."""
    plain = words("en")
    marked = Words(
        "en",
        lambda text: f"⟦{plain.gettext(text)}⟧",
        lambda one, many, n: f"⟦{plain.ngettext(one, many, n)}⟧",
    )
    left = []
    for text in visible(page_of(found, "en", marked)):
        bare = text
        while (shorter := re.sub(r"⟦[^⟦⟧]*⟧", "", bare)) != bare:
            bare = shorter
        bare = re.sub(r"⟦[^⟦⟧]*$|^[^⟦⟧]*⟧", "", bare)  # a sentence around a name
        left += re.findall(r"[^\W\d_]{2,}", re.sub(r"cus_\w+", "", bare))
    english = Locale.parse("en").months["format"]
    months = {english[width][n] for width in ("abbreviated", "wide") for n in range(1, 13)}
    names = {"Perennial", "Nordpost", "Lumaca", "whole", "tea", "cups", "Spain", "Italy", "France"}
    assert set(left) <= months | names, sorted(set(left) - months - names)


@pytest.mark.parametrize("lang", OTHERS)
def test_no_english_is_left_on_the_page(pages: dict[str, str], lang: str):
    told = "\n".join(visible(pages[lang]))
    said = words(lang)
    for message in messages():
        for one in forms(message):
            pieces = [piece.strip() for piece in re.split(r"%\(\w+\)s|<[^>]*>", one)]
            if max(len(piece) for piece in pieces) < 8 or (isinstance(message, str) and said.gettext(message) == one):
                continue
            piece = max(pieces, key=len)
            assert not re.search(rf"(?<!\w){re.escape(piece)}(?!\w)", told), piece


@pytest.mark.parametrize("lang", OTHERS)
def test_few_words_are_the_same_as_in_english(lang: str):
    said = words(lang)
    same = {m for m in messages() if isinstance(m, str) and said.gettext(m) == m}
    assert same <= {"Champions"}, same


def test_numbers_are_written_as_the_language_writes_them(pages: dict[str, str]):
    assert re.search(r"\d,\d{3}", pages["en"])
    assert "€" in pages["en"]
    assert re.search(r"\d\s€", pages["es"])
    assert re.search(r"\d\u202f\d{3}", pages["fr"])
    assert re.search(r"\d\.\d{3}", pages["it"])
