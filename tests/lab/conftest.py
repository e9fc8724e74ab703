"""One shop with everything in it, asked once; its page in every language."""

from __future__ import annotations

import pytest
from babel import Locale

from perennial import lab
from perennial.display.numbers import Format
from perennial.display.wording import LANGUAGES, Words, words
from perennial.lab.report.build import render
from perennial.lab.report.gather import Found, gather
from perennial.lab.report.page import Page
from tests.lab.files import HOSTILE, made_shop, write_folder


def page_of(found: Found, lang: str = "en", said: Words | None = None) -> str:
    return render(Page(found, said or words(lang), Format(Locale.parse(lang), found.shop.currency)), lang)


@pytest.fixture(scope="session")
def found(tmp_path_factory: pytest.TempPathFactory) -> Found:
    """Answers about a shop whose first products have the worst of names."""
    folder = write_folder(made_shop(titles=HOSTILE[:4]), tmp_path_factory.mktemp("whole"))
    shop = lab.open(folder, currency="EUR", zone="Europe/Madrid")
    return gather(shop, shop.as_of())


@pytest.fixture(scope="session")
def pages(found: Found) -> dict[str, str]:
    return {lang: page_of(found, lang) for lang in LANGUAGES}
