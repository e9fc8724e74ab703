"""Lists of people as somebody has them: what one cell says, what a column is called, what cannot be read and why.

A value stands in a list exactly as the facts have it, so that the one finds the other: an e-mail address in normal
form, a phone number in E.164, the name of a shop account as the shop states it, a customer's id as ``cus_...``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from perennial.facts.rules.addresses import normal_email, normal_phone
from perennial.stores.csv.mapping.fields import fold
from perennial.stores.csv.mapping.synonyms import SYNONYMS
from perennial.values.ids import parse, public
from perennial.values.reason import Reason

Kind = Literal["email", "phone", "account", "id"]
# In this order they are looked for where a row has several of them.
KINDS: tuple[Kind, ...] = ("id", "email", "phone", "account")
LONGEST = 255
_ID = "cus"
_SEPARATORS = re.compile(r"[,;|\t]")  # pasted lines may part with another sign than their neighbours
_FORMULA = ("+", "-", "=", "@")
_FEWEST_DIGITS = 5  # a shorter number is no phone number anywhere

# code: (what is wrong, what to do), as the desk, the API and the command line say it.
SENTENCES: Mapping[str, tuple[str, str]] = {
    "listing.email": ("this is no e-mail address", "write it as ana@example.com"),
    "listing.phone": ("this is no phone number", "write it with its country, as +34 600 123 456"),
    "listing.id": ("this is no customer's id", "copy it from the customer's page: cus_ and 13 letters and digits"),
    "listing.account": (
        "this is no number of a customer in the shop", f"write 1 to {LONGEST} letters, as the shop states it",
    ),
    "listing.unknown": (
        "this is neither an e-mail address, nor a phone number, nor a customer's id",
        "say what the values are, if they are numbers of customers in the shop",
    ),
    "listing.empty": ("nothing stands where the address should be", "fill it in, or leave the line out"),
    "listing.signs": ("it holds signs that cannot be read", "save the file as UTF-8 and add it again"),
    "listing.quotes": ("a quote is opened or closed in the wrong place", "close it, or double it where it is text"),
    "listing.too_large": ("the file unpacks to too much", "cut it into smaller files"),
    "listing.cut": ("the file breaks off: what stands before was added", "copy or export it again, and add it again"),
    "listing.gone": ("the file is no longer there", "add it again: who is on the list already counts once"),
    "listing.erased": ("this person was erased, and stays so", "leave the line out"),
}  # fmt: skip

_NUMBERS = """
    id; customer id; customerid; customer no; customer number; client id; user id; member id; account id; buyer id;
    account number; account no; id cliente; cliente id; codigo cliente; codigo de cliente; numero cliente;
    numero de cliente; id de cliente; id usuario; codice cliente; numero di cliente; id utente; id client; code client;
    numero client; numero de client; id utilisateur; shopify customer id"""
_PHONES = (
    "tel; cell; cell phone; mobile phone; telefono movil; numero; numero di cellulare; tel portable; gsm; whatsapp"
)
_EMAILS = (
    "e mail address; mail address; direccion de correo; correo e; posta; email 1; email adresse; adresse de courriel"
)


def _folded(words: str) -> tuple[str, ...]:
    return tuple(fold(word) for word in words.split(";"))


_NAMES: Mapping[str, Literal["email", "phone", "number"]] = {
    **dict.fromkeys((*SYNONYMS["email"], *_folded(_EMAILS)), "email"),
    **dict.fromkeys((*SYNONYMS["phone"], *_folded(_PHONES)), "phone"),
    **dict.fromkeys(_folded(_NUMBERS), "number"),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """Somebody on a list: ``value`` in its normal form. ``store_id``: whose account (0: not of a store)."""

    kind: Kind
    value: str
    store_id: int = 0


@dataclass(frozen=True, slots=True)
class Way:
    """How values are to be read. ``kind`` "": each as it looks. ``country`` (alpha-2 or "") reads national phones.

    ``store_id``: the store whose customers' numbers these are.
    """

    kind: Kind | Literal[""] = ""
    country: str = ""
    store_id: int = 0


def entry(text: str, way: Way) -> Entry | Reason:
    """What one cell says, or why it says nothing."""
    text = text.strip().strip("\ufeff\u200b")
    if text[:1] == "'" and text[1:2] in _FORMULA:
        text = text[1:]  # as lists are taken away from here, so that no spreadsheet takes a phone for a formula
    if not text:
        return Reason.of("listing.empty")
    if "\ufffd" in text or "\0" in text:
        return Reason.of("listing.signs")
    kind = way.kind or _looks_like(text)
    if not kind:
        return Reason.of("listing.unknown")
    value = _normal(kind, text, way.country)
    if not value:
        return Reason.of(f"listing.{kind}")
    return Entry(kind, value, way.store_id if kind == "account" else 0)


def _normal(kind: Kind, text: str, country: str) -> str:
    """A value in the form in which the facts have it; "" where it cannot be one."""
    if kind == "email":
        return normal_email(_bare(text))
    if kind == "phone":
        return normal_phone(_bare(text), country)
    if kind == "id":
        try:
            return public(_ID, parse(_ID, text))
        except ValueError:
            return ""
    # Numbers that went through a spreadsheet end in .0; shops write 0 for a guest.
    name = text.removesuffix(".0") if text.removesuffix(".0").isdecimal() else text
    return name if name != "0" and len(name) <= LONGEST else ""


def _looks_like(text: str) -> Kind | Literal[""]:
    if "@" in text:
        return "email"
    if text[:4].lower() == f"{_ID}_":
        return "id"
    digits = sum(sign.isdigit() for sign in text)
    others = sum(sign.isalpha() for sign in text)
    return "phone" if digits >= _FEWEST_DIGITS and not others else ""


def _bare(text: str) -> str:
    """The address of ``Ana <ana@example.com>`` and of ``mailto:ana@example.com``."""
    if text.endswith(">") and "<" in text:
        text = text[text.rindex("<") + 1 : -1]
    scheme, colon, rest = text.partition(":")
    return rest if colon and scheme.strip().lower() in ("mailto", "tel") else text


@dataclass(frozen=True, slots=True)
class Columns:
    """Where in a row the values stand: (place, how it is read), the surest first. Empty: in any cell."""

    header: bool
    places: tuple[tuple[int, Way], ...] = ()


def columns(first: Sequence[str], way: Way) -> Columns:
    """What the first row tells: whether it is a header, and in which columns to look."""
    named = [(index, sort) for index, cell in enumerate(first) if (sort := _NAMES.get(fold(cell)))]
    if not named or any(isinstance(entry(cell, Way(country=way.country)), Entry) for cell in first):
        return Columns(False, ((0, way),) if way.kind == "account" else ())
    wanted = {"email": "email", "phone": "phone", "id": "number", "account": "number"}
    found = []
    for kind in (way.kind,) if way.kind else KINDS:
        found += [(index, Way(kind, way.country, way.store_id)) for index, sort in named if sort == wanted[kind]]
    if found:
        return Columns(True, tuple(found))
    # It names columns, but none of the sort that was asked for.
    return Columns(True, ((0, way),) if way.kind == "account" else ())


def entries(cells: Sequence[str], where: Columns, way: Way) -> list[Entry] | Reason:
    """Whom a row names: one where its columns are known, else all that stand in it. Or why it names nobody."""
    if where.places:
        return _of_columns(cells, where)
    why: Reason | None = None
    found: list[Entry] = []
    for text in _parts(cells):
        read = entry(text, way)
        if isinstance(read, Entry):
            found.append(read)
        elif why is None or why.code == "listing.unknown":
            why = read
    return found or why or Reason.of("listing.empty")


def _of_columns(cells: Sequence[str], where: Columns) -> list[Entry] | Reason:
    why: Reason | None = None
    for index, way in where.places:
        text = cells[index] if index < len(cells) else ""
        if way.kind == "id" and not text.strip().lower().startswith(f"{_ID}_"):
            continue  # a shop's own number stands in the same column
        read = entry(text, way)
        if isinstance(read, Entry):
            return [read]
        if why is None or why.code == "listing.empty":
            why = read
    return why or Reason.of("listing.id" if where.places[0][1].kind == "id" else "listing.empty")


def _parts(cells: Sequence[str]) -> list[str]:
    """The cells that hold something; addresses with nothing but spaces between them one by one."""
    found: list[str] = []
    for cell in cells:
        for part in _SEPARATORS.split(cell):
            if part.count("@") > 1 and "<" not in part:
                found += part.split()
            elif part.strip():
                found.append(part)
    return found
