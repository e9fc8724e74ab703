"""Numbers that a reader may try in the place of measured ones. They stand in the address and change nothing."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from perennial.web.desk.page import Desk

_MOST = 1e12


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
            number = _number(given)
            wrong = ""
            if given and number is None:
                wrong = desk.words.text("“%(given)s” is no number from 0 on: write it as 12.5", given=given)
            values[key] = value if number is None else number
            fields.append(Input(key, names[key], _told(value), given, wrong))
        return cls(tuple(fields), values, any(field.given for field in fields))


def _number(text: str) -> float | None:
    try:
        number = float(text.replace(",", ".")) if text.count(",") + text.count(".") <= 1 else math.nan
    except ValueError:
        return None
    return number if math.isfinite(number) and 0 <= number <= _MOST else None


def _told(value: float | None) -> str:
    """As a field of numbers takes it."""
    return "" if value is None else f"{value:.2f}".rstrip("0").rstrip(".")
