"""Ready-made segments in words: all of them, in the same order, in four languages."""

from __future__ import annotations

from pathlib import Path

import pytest

import perennial.web
from perennial.display.wording import LANGUAGES, words
from perennial.segments.rules.ready import READY
from perennial.segments.rules.segment import KIND
from perennial.web.desk.formats import formats
from perennial.web.segments import ready_words
from perennial.web.segments.sentence import sentence

LOCALE = Path(perennial.web.__file__).parent / "locale"


def test_every_one_has_its_words_in_the_order_in_which_they_are_offered():
    assert list(ready_words.READY) == list(READY)
    assert set(ready_words.ASKED) == {name for one in READY.values() for name in one.asked}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_titles_tell_them_apart_and_fit_a_segment(lang):
    w = words(lang, LOCALE)
    titles = [w.text(title) for title, _ in ready_words.READY.values()]
    assert len(set(titles)) == len(titles)
    for key, (title, purpose) in ready_words.READY.items():
        KIND.prepare(
            {"title": w.text(title), "purpose": w.text(purpose), "rule": READY[key].text()}, names={"label": []}
        )


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_one_is_said_in_one_sentence_of_its_own(lang):
    w, f = words(lang, LOCALE), formats(lang, "EUR", "UTC")
    told = [sentence(one.rule(), w, f, "EUR") for one in READY.values()]
    assert len(set(told)) == len(told)
    assert all(said and "%(" not in said for said in told)
