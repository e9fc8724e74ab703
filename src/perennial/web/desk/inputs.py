"""What people type: fields without signs that no database keeps, numbers in their language, numbers to be tried.

The numbers that a reader tries in the place of measured ones stand in the address and change nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import TYPE_CHECKING

from django.http import QueryDict

from perennial.values.numbers import decimal

if TYPE_CHECKING:
    from babel import Locale

    from perennial.web.desk.page import Desk

_MOST, _DIGITS = 10**12, 15
_THOUSANDS = re.compile(r"[-+]?\d{1,3},\d{3}")  # 1,234: to a reader of English over a thousand


@dataclass(frozen=True, slots=True)
class Unsaved:
    """A form that was not saved: ``form`` is its part and row, ``told`` what was written into it."""

    form: str = ""
    told: QueryDict = field(default_factory=QueryDict)

    def value(self, form: str, name: str, stored: str) -> str:
        """What a field shows: what was written into it, if it is of this form; else what is stored."""
        return self.told.get(name, stored) if form == self.form else stored

    def pairs(self, form: str, stored: Mapping[str, str]) -> list[tuple[str, str]]:
        """The same for rows of label and day."""
        if form != self.form:
            return list(stored.items())
        labels, days = self.told.getlist("label"), self.told.getlist("day")
        return [pair for pair in zip_longest(labels, days, fillvalue="") if any(pair)]


def clean(told: QueryDict) -> QueryDict:
    """The fields without U+0000, which PostgreSQL keeps in no text and compares with none."""
    if not any("\0" in text for name, texts in told.lists() for text in (name, *texts)):
        return told
    made = QueryDict(mutable=True)
    for name, texts in told.lists():
        made.setlist(name.replace("\0", ""), [text.replace("\0", "") for text in texts])
    return made


def plain(text: str, locale: Locale) -> str:
    """A number as somebody types it, with a point for its decimal sign: "42,5" is "42.5".

    A comma that may part thousands in the reader's language stays one, so that whoever reads the number refuses
    it: better than taking 1,234 for little more than one.
    """
    text = text.strip()
    if text.count(",") != 1 or "." in text:
        return text
    if str(locale.number_symbols["latn"]["decimal"]) != "," and _THOUSANDS.fullmatch(text):
        return text
    return text.replace(",", ".")


@dataclass(frozen=True, slots=True)
class Input:
    """One field: ``given`` as typed (empty: the measured value holds), ``wrong``: what is wrong with it."""

    key: str
    name: str
    measured: str
    given: str
    wrong: str


@dataclass(frozen=True, slots=True)
class Inputs:
    """``values`` by key: what was given and can be used, else what was measured (None: neither)."""

    fields: tuple[Input, ...]
    values: Mapping[str, float | None]
    changed: bool

    @classmethod
    def of(cls, desk: Desk, measured: Mapping[str, float | None], names: Mapping[str, str]) -> Inputs:
        """Read from the address of the page."""
        fields: list[Input] = []
        values: dict[str, float | None] = {}
        for key, value in measured.items():
            given = desk.request.GET.get(key, "").strip()[:24]
            number = _number(plain(given, desk.format.locale))
            wrong = ""
            if given and number is None:
                wrong = desk.words.text("“%(given)s” is no number from 0 on: write it as 12.5", given=given)
            values[key] = value if number is None else number
            fields.append(Input(key, names[key], _told(value), given, wrong))
        return cls(tuple(fields), values, any(field.given for field in fields))


def _number(text: str) -> float | None:
    try:
        number = decimal(text, digits=_DIGITS)
    except ValueError:
        return None
    return float(number) if 0 <= number <= _MOST else None


def _told(value: float | None) -> str:
    """As a field of numbers takes it."""
    return "" if value is None else f"{value:.2f}".rstrip("0").rstrip(".")
