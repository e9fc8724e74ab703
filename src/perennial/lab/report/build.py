"""`build(shop)`: the page as text."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

from perennial.display.definitions import TERMS
from perennial.display.numbers import Format
from perennial.display.wording import Words, words
from perennial.lab.report.gather import gather
from perennial.lab.report.page import Page

if TYPE_CHECKING:
    from perennial.lab.shop import Shop, When

_HERE = Path(__file__).parent


def build(shop: Shop, lang: str = "en", as_of: When = None, *, wording: Words | None = None) -> str:
    """The report of a shop as one HTML page without scripts or anything outside it.

    ``lang``: en, es, it or fr. ``as_of``: a day (its end) or moment; default: the day of the last order.
    ``wording``: other sentences than the language's own. ValueError for a language that is not there.
    """
    said = wording or words(lang)
    starting = prepare()
    found = gather(shop, shop.as_of(as_of))
    starting.join()
    from babel import Locale

    page = Page(found, said, Format(Locale.parse(lang), shop.currency))
    return render(page, lang)


@cache
def prepare() -> Thread:
    """Begin to load what building needs, beside whatever else is done (reading a file); done once."""
    starting = Thread(target=_load, daemon=True)
    starting.start()
    return starting


def _load() -> None:
    from importlib import import_module

    from perennial.display.svg import warm_up

    for name in ("ibis.backends.duckdb", "babel.dates", "babel.numbers", "jinja2.ext"):
        import_module(name)

    warm_up()


def render(page: Page, lang: str) -> str:
    """The page of answers that are there."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    w = page.words
    environment.install_gettext_callables(w.gettext, w.ngettext, newstyle=True)  # type: ignore[attr-defined]
    style = (_HERE / "templates" / "page.css").read_text()
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    sections = _sections(page)
    return environment.get_template("page.html").render(
        lang=lang,
        style=style,
        style_hash=f"sha256-{digest}",
        terms={key: (w.text(name), w.text(meaning)) for key, (name, meaning) in TERMS.items()},
        listed=[key for key in TERMS if key not in _unused(sections, page)],
        **sections,
    )


def _unused(sections: Mapping[str, Any], page: Page) -> set[str]:
    """Terms of sections that are not there: they need no explaining."""
    of_section = {
        "few": ("pareto",),
        "balance": ("new",),
        "lifetime": ("lifetime", "stay"),
        "drifting": ("rhythm", "worth"),
        "reasons": ("reasons",),
        "products": ("first",),
        "delivery": ("delivery",),
        "conversion": ("conversion", "basket"),
    }
    absent = {term for section, of in of_section.items() if not sections.get(section) for term in of}
    return absent if page.costs_known else absent | {"profit"}


def _sections(page: Page) -> dict[str, Any]:
    from perennial.lab.report import (
        view_customers,
        view_data,
        view_drifting,
        view_money,
        view_returning,
        view_shop,
    )
    from perennial.values.money import NO_CURRENCY

    f, shop, summary = page.format, page.found.shop, page.found.one("summary")
    anybody = bool(summary["customers"])
    common: dict[str, Any] = {
        "source": _shown(shop.source),
        "currency": None if shop.currency == NO_CURRENCY else shop.currency,
        "as_of": f.long_day(page.found.as_of.day),
        "since": f.long_day(shop.first_day),
        "treatment": view_data.treatment(page),
        "masked": shop.keys is not None,
        "anybody": anybody,
        "wrong": view_data.wrong(page),
    }
    if not anybody:
        return common | {"orders": f.count(summary["orders"]), "revenue": f.money(summary["revenue"])}
    return common | {
        "lead": view_customers.lead(page),
        "tiles": view_customers.tiles(page),
        "who": view_customers.who(page),
        "returning": view_returning.returning(page),
        "few": view_money.few(page),
        "balance": view_money.balance(page),
        "lifetime": view_money.lifetime(page),
        "drifting": view_drifting.drifting(page),
        "reasons": view_drifting.reasons(page),
        "products": view_shop.products(page),
        "delivery": view_shop.delivery(page),
        "conversion": view_shop.conversion(page),
        "early": view_data.early(page),
        "missing": view_data.missing(page),
    }


def _shown(source: str) -> str:
    """The file's own name: where it lies on somebody's disk is nobody's business."""
    return Path(source).name or source
