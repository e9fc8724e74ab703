"""Amounts and quantities as people and spreadsheets write them, read exactly: whole ten-thousandths.

"1,234.50", "1.234,50 €", "EUR 12", "(3.10)", "12.50-" and "1'234.50" are amounts; which sign is the decimal
one is decided over the file (`decide`), and a sign used otherwise makes the cell wrong instead of a
hundredfold amount.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from perennial.values.reason import Reason

SCALE = 10_000
# Minor units are bounded by 10**13 (values of a record), in a currency with two digits.
LIMIT = 10**13 * SCALE // 100
_PLAIN = re.compile(r"(-?)([0-9]{1,12})(?:\.([0-9]{1,4}))?", re.ASCII)
_SPACES = {ord(c): " " for c in "\t\u00a0\u202f\u2009"}
_FORM = {
    ".": re.compile(r"(?:\d{1,3}(?:[, '\u2019]\d{3})+|\d+)(?:\.\d*)?|\.\d+"),
    ",": re.compile(r"(?:\d{1,3}(?:[. '\u2019]\d{3})+|\d+)(?:,\d*)?|,\d+"),
}
# What stands for a currency beside its signs: three capital letters, or what is usual in shops.
_CURRENCY = r"(?:[A-Z]{3}|[A-Z]{1,2}(?=\$)|(?i:kr|kc|kč|zl|zł|ft|lei|rs|sfr|fr|euros?|dollars?|lv|лв|tl|r)\.?)"
_BEFORE, _BEHIND = re.compile(rf"{_CURRENCY} ?(?=[\d\-+(.,$])"), re.compile(rf"(?<=[\d)\-.,]) ?{_CURRENCY}$")
_SCIENTIFIC = re.compile(r"[+-]?\d+(?:[.,]\d+)?[eE][+-]?\d+")
SIGNS = {"€": "EUR", "£": "GBP", "$": "USD", "¥": "JPY", "₹": "INR", "₩": "KRW", "zł": "PLN", "R$": "BRL"}


class Wrong(ValueError):
    """A text that is no value of its kind; ``code`` says why (see `faults`)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def parse_amount(text: str, decimal: str) -> int | None:
    """Ten-thousandths of the amount; None if there is none. More digits are rounded half to even."""
    quick = _PLAIN.fullmatch(text)
    if quick and (decimal == "." or quick[3] is None):
        value = int(quick[2] + (quick[3] or "").ljust(4, "0"))
        return _bounded(-value if quick[1] else value)
    bare = text.translate(_SPACES).replace("\u2212", "-").strip()
    if not bare or bare in ("-", "--"):
        return None
    if _SCIENTIFIC.fullmatch(bare):
        raise Wrong("cell.amount_scientific")
    bare, negative = _sign(bare)
    bare = _BEHIND.sub("", bare[_lead(bare) :])
    bare = "".join(c for c in bare if unicodedata.category(c) != "Sc").strip()
    if not negative:
        bare, negative = _sign(bare)
    if not _FORM[decimal].fullmatch(bare):
        raise Wrong("cell.amount")
    whole, _, digits = bare.partition(decimal)
    number = Decimal(re.sub(r"\D", "", whole) + "." + digits if digits else re.sub(r"\D", "", whole) or "0")
    if number > LIMIT:
        raise Wrong("cell.amount_range")
    value = int((number * SCALE).to_integral_value(ROUND_HALF_EVEN))
    return _bounded(-value if negative else value)


def _lead(text: str) -> int:
    """How many signs of a currency's name stand before the number."""
    found = _BEFORE.match(text)
    return found.end() if found else 0


def _sign(text: str) -> tuple[str, bool]:
    """The text without the one sign before or behind it or the brackets around it, and whether it is below zero."""
    if text.startswith("(") and text.endswith(")"):
        return text[1:-1].strip(), True
    if text[:1] in ("+", "-"):
        return text[1:].lstrip(), text[0] == "-"
    if text.endswith("-"):
        return text[:-1].rstrip(), True
    return text, False


def _bounded(value: int) -> int:
    if abs(value) > LIMIT:
        raise Wrong("cell.amount_range")
    return value


def parse_quantity(text: str, decimal: str) -> int | None:
    """Thousandths of a piece."""
    # An amount may bear a currency, pieces do not.
    if not text.isdecimal() and any(c.isalpha() or unicodedata.category(c) == "Sc" for c in text):
        raise Wrong("cell.quantity")
    try:
        value = parse_amount(text, decimal)
    except Wrong as wrong:
        raise Wrong("cell.quantity") from wrong
    if value is not None and (value % 10 or abs(value) > 10**12):
        raise Wrong("cell.quantity")
    return None if value is None else value // 10


@dataclass(frozen=True, slots=True)
class AmountStyle:
    """``decimal`` sign, the currency its signs speak of ("" if none), and why."""

    decimal: str
    currency: str
    evidence: Reason
    doubt: Reason | None = None


def decide(texts: Iterable[str], delimiter: str) -> AmountStyle:
    """The decimal sign of a file, by the amounts of its sample in which only one reading is possible."""
    votes = {".": 0, ",": 0}
    unsure = 0
    signs: dict[str, int] = {}
    for text in texts:
        bare = text.translate(_SPACES).replace(" ", "")
        for sign, code in SIGNS.items():
            if sign in bare:
                signs[code] = signs.get(code, 0) + 1
        last = re.search(r"([.,])(\d*)\D*$", bare)
        if not last:
            continue
        other = "," if last[1] == "." else "."
        if len(last[2]) != 3 or other in bare[: last.start()] or bare.count(last[1]) > 1:
            grouping = bare.count(last[1]) > 1
            votes[other if grouping else last[1]] += 1
        else:
            unsure += 1
    currency = max(signs, key=lambda code: signs[code]) if signs else ""
    if not votes["."] and not votes[","]:
        doubt = Reason.of("doubt.thousands", amounts=unsure) if unsure else None
        sign = "." if delimiter != ";" or not unsure else ","
        return AmountStyle(sign, currency, Reason.of("guess.no_decimals"), doubt)
    sign = "." if votes["."] >= votes[","] else ","
    doubt = None
    if votes["."] and votes[","]:
        doubt = Reason.of("doubt.other_decimals", amounts=min(votes.values()))
    return AmountStyle(sign, currency, Reason.of("guess.decimals", amounts=votes[sign], sign=sign), doubt)
