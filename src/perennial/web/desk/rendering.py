"""Templates: Jinja2, escaped always, in the reader's language."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from django.contrib.messages import get_messages
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language
from jinja2 import Environment, StrictUndefined

from perennial.display.definitions import TERMS
from perennial.display.wording import SOURCE, Words, words
from perennial.web.access.browsers import browser_of
from perennial.web.desk.assets import address
from perennial.web.desk.definitions import MORE_TERMS
from perennial.web.desk.formats import formats
from perennial.web.desk.loop import loop_state

LOCALE = Path(__file__).parents[1] / "locale"


def current() -> Words:
    """The sentences of the language of the request."""
    return words(get_language() or SOURCE, LOCALE)


@cache
def terms(lang: str) -> dict[str, tuple[str, str]]:
    """Name and meaning of every figure, in a language."""
    w = words(lang, LOCALE)
    return {key: (w.text(name), w.text(meaning)) for key, (name, meaning) in {**TERMS, **MORE_TERMS}.items()}


def moment_of(request: HttpRequest, at: datetime | None) -> str:
    """Day and time on a page of no brand: in the zone of the first brand that the person works with."""
    zone = next((brand.zone for brand, _ in request.brands().values()), "UTC")  # type: ignore[attr-defined]
    return formats(get_language() or SOURCE, "EUR", zone).moment(at)


def environment(**options: Any) -> Environment:
    """Called by Django once."""
    made = Environment(  # noqa: S701  # Django's options escape always
        **{**options, "undefined": StrictUndefined},
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.install_gettext_callables(  # type: ignore[attr-defined]
        lambda text: current().gettext(text), lambda one, many, n: current().ngettext(one, many, n), newstyle=True
    )
    made.globals.update(
        asset=address,
        url=lambda name, *args, **kwargs: reverse(name, args=args, kwargs=kwargs),
        term_of=lambda key: terms(get_language() or SOURCE)[key],
        LANG=lambda: get_language() or SOURCE,
        get_messages=get_messages,
        loop_state=loop_state,
        moment_of=moment_of,
        browser_of=browser_of,
    )
    return made
