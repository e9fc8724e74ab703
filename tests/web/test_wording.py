"""The desk's catalogues are whole in every language, and no sentence escapes them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tools.catalogues import OTHERS, WEB, messages, read, renewed

from perennial.stores.csv.parser.evidence import EVIDENCE
from perennial.stores.csv.parser.faults import SENTENCES

_FIELD = re.compile(r"{\w+(?:!r)?}")
_PLACE = re.compile(r"%\((\w+)\)s")


def forms(text: object) -> tuple[str, ...]:
    return tuple(text) if isinstance(text, (tuple, list)) else (str(text or ""),)


@pytest.mark.parametrize("lang", OTHERS)
def test_every_sentence_is_translated(lang: str):
    told = {entry.id: entry for entry in read(lang) if entry.id}
    wanted = messages()
    assert [message for message in wanted if message not in told] == []
    assert [message for message in told if message not in wanted] == []
    assert [entry.id for entry in told.values() if not all(forms(entry.string)) or entry.fuzzy] == []
    for entry in told.values():
        assert len(forms(entry.string)) == len(forms(entry.id)), entry.id


@pytest.mark.parametrize("lang", OTHERS)
def test_translations_keep_placeholders(lang: str):
    for entry in read(lang):
        if not entry.id:
            continue
        wanted = set().union(*(set(_PLACE.findall(one)) for one in forms(entry.id)))
        for told in forms(entry.string):
            assert set(_PLACE.findall(told)) == wanted, (entry.id, told)
            assert _PLACE.sub("", told).replace("%%", "").count("%") == _PLACE.sub("", forms(entry.id)[-1]).replace(
                "%%", ""
            ).count("%"), entry.id


@pytest.mark.parametrize("lang", OTHERS)
def test_what_files_are_told_keeps_its_places(lang: str):
    wanted = {*EVIDENCE.values(), *(said for pair in SENTENCES.values() for said in pair)}
    told = {entry.id: str(entry.string) for entry in read(lang) if entry.id in wanted}
    assert told.keys() == wanted
    assert [said for said, text in told.items() if sorted(_FIELD.findall(said)) != sorted(_FIELD.findall(text))] == []


@pytest.mark.parametrize("lang", OTHERS)
def test_the_catalogue_is_as_the_tool_writes_it(lang: str):
    assert {entry.id: forms(entry.string) for entry in renewed(lang) if entry.id} == {
        entry.id: forms(entry.string) for entry in read(lang) if entry.id
    }


# For developers, who read its code samples and the schema in English everywhere.
IN_ENGLISH = {"api_docs.html"}
CODES = re.compile(r"[A-Z]{2,3}(, [A-Z]{2,3})*|Europe/Madrid")


def test_templates_hold_no_bare_sentence():
    bare = []
    for path in sorted((WEB / "templates").rglob("*.html")):
        if path.name in IN_ENGLISH:
            continue
        text = re.sub(r"{#.*?#}", "", path.read_text(), flags=re.DOTALL)
        text = re.sub(r"{%.*?%}|{{.*?}}", "", text, flags=re.DOTALL)
        text = re.sub(r"<(script|style|svg)\b.*?</\1>", "", text, flags=re.DOTALL)
        text = re.sub(r"<code\b.*?</code>|<kbd\b.*?</kbd>|<pre\b.*?</pre>", "", text, flags=re.DOTALL)
        # Attributes that a macro writes stand outside of any tag.
        outside = re.sub(r"""\s[a-z-]+=("[^"]*"|'[^']*')""", "", text)
        between = [words.replace("Perennial", "").replace("nbsp", "") for words in re.findall(r">([^<]*)<", outside)]
        told = re.findall(r'\b(?:title|aria-label|placeholder|alt)="([^"{]*[A-Za-z]{2,}[^"{]*)"', text)
        name = path.relative_to(WEB).as_posix()
        bare += [
            (name, words.strip()) for words in (*between, *told) if re.search(r"[A-Za-z]{2,}", CODES.sub("", words))
        ]
    assert bare == []


def test_the_folder_holds_the_languages():
    assert {path.name for path in Path(WEB / "locale").glob("*.po")} == {f"{lang}.po" for lang in OTHERS}
