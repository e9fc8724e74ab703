"""The words by which people are found: how they are cut from names and addresses, and from what somebody types.

A word is compared without case and accents. Everything typed must begin a word of the person: "mar gar" finds
Maria García, "o'br" O'Brien, "obr" too, "example.org" all with an address there, "600 12" a phone number.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

LONGEST = 64  # signs of a word that are kept
_MOST_TERMS = 8
# Letters that are no letter with an accent in Unicode, but are typed as if they were.
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "æ": "ae", "œ": "oe", "þ": "th", "ŋ": "n", "ħ": "h", "`": "'"}
    | {"\N{LATIN SMALL LETTER DOTLESS I}": "i", "\N{NON-BREAKING HYPHEN}": "-", "\N{HYPHEN}": "-"}
    | {"\N{RIGHT SINGLE QUOTATION MARK}": "'", "\N{LEFT SINGLE QUOTATION MARK}": "'"}
    | {"\N{MODIFIER LETTER APOSTROPHE}": "'", "\N{ACUTE ACCENT}": "'"}
)
_APART = re.compile(r"[^\w]|_")
_EDGES = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~¡¿«»“”„…·\u200b\ufeff"
_NUMBER = re.compile(r"[+(]*\d[\d\s().+/-]*")
_PHONE = 4  # digits from which on something typed may be a phone number
_LAST = 6


@lru_cache(maxsize=65_536)
def plain(text: str) -> str:
    """``text`` in lower case without accents; words of other scripts stay as they are.

    "Łukasz O'Brien-García" becomes "lukasz o'brien-garcia".
    """
    # Before and after: "İ" has a dot of its own once it is small, "ǆ" is several letters once it is taken apart.
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text.translate(_LETTERS)).casefold())
    bare = "".join(sign for sign in apart if not unicodedata.combining(sign) or not _accent(sign))
    return unicodedata.normalize("NFC", bare).translate(_LETTERS)


def _accent(sign: str) -> bool:
    """Whether a combining sign is a mere accent: in Indic or Semitic scripts such signs are letters."""
    return "\u0300" <= sign <= "\u036f" or "\u1dc0" <= sign <= "\u1dff"


def of_name(name: str) -> set[str]:
    """The words of a first or last name: each part between spaces whole, in its pieces, and with these joined."""
    found: set[str] = set()
    for part in plain(name).split():
        whole = part.strip(_EDGES)
        pieces = [piece for piece in _APART.split(whole) if piece]
        found |= {whole, "".join(pieces), *(piece for piece in pieces if len(piece) > 1)}
    return _cut(found)


def of_email(address: str) -> set[str]:
    """An address whole (its beginning is the local part), the local part's pieces, and the domain."""
    whole = plain(address.strip())
    local, _, domain = whole.rpartition("@")
    return _cut({whole, domain, *(piece for piece in _APART.split(local) if len(piece) > 1)})


@lru_cache(maxsize=65_536)
def of_phone(number: str) -> frozenset[str]:
    """A number in E.164: all its digits, as it is dialled at home, and the last six."""
    import phonenumbers

    digits = "".join(sign for sign in number if sign.isdigit())
    found = {digits, digits[-_LAST:]}
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return frozenset(found - {""})
    national = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)
    return frozenset(
        (found | {"".join(sign for sign in national if sign.isdigit()), str(parsed.national_number)}) - {""}
    )


def of_account(name: str) -> set[str]:
    """A shop's own id of an account."""
    return _cut({plain(name.strip())})


def _cut(found: Iterable[str]) -> set[str]:
    # Letters beyond the length tell no two people apart; U+0000 is in no database's text.
    return {short for word in found if (short := word.replace("\0", "")[:LONGEST].strip())}


def typed(query: str) -> tuple[str, ...]:
    """What somebody typed as the beginnings of words, all of which a person must have; () where nothing is left.

    Digits with spaces and signs between are one phone number. At most eight terms count.
    """
    query = query.replace("\0", "").strip()
    if _NUMBER.fullmatch(query):
        digits = "".join(sign for sign in query if sign.isdigit())
        if len(digits) >= _PHONE:
            return (digits.removeprefix("00")[:LONGEST],) if len(digits.removeprefix("00")) else ()
    found: list[str] = []
    for part in plain(query).split():
        # An address keeps its inner signs; of "@example.org" the domain is meant.
        term = part.strip(_EDGES)[:LONGEST]
        if term and term not in found:
            found.append(term)
    # A longer word that begins with a shorter one says all that the shorter says.
    kept = [term for term in found if not any(other != term and other.startswith(term) for other in found)]
    return tuple(kept[:_MOST_TERMS])
