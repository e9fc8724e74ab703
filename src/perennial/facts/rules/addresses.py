"""How addresses are made comparable, and what a person is known by."""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from perennial.facts.rules.records import Who

_LONGEST_EMAIL = 254


def normal_email(text: str) -> str:
    """The e-mail address in one form (NFC, lower case, no spaces around); "" if it cannot be one.

    254 octets are the most that mail servers take (RFC 5321, 4.5.3.1).
    """
    address = unicodedata.normalize("NFC", text).strip().casefold()
    local, at, domain = address.rpartition("@")
    if not (at and local and domain) or "@" in local.strip('"') or any(sign.isspace() for sign in address):
        return ""
    if len(address.encode()) > _LONGEST_EMAIL:
        return ""
    return address


@lru_cache(maxsize=65_536)
def normal_phone(text: str, country: str) -> str:
    """The phone number in E.164; ``country`` (alpha-2 or "") reads national ones. "" if it cannot be one."""
    import phonenumbers

    try:
        number = phonenumbers.parse(text, country or None)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_possible_number(number):
        return ""
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def address_key(value: str) -> str:
    """The name under which an address stands in the table of names: its SHA-256."""
    return hashlib.sha256(value.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Key:
    """What names a customer: ``kind`` account (per store) or email or phone (per brand), and its name."""

    kind: str
    store_id: int
    name: str


@dataclass(frozen=True, slots=True)
class Known:
    """A `Who` made comparable: its key (None: anonymous), and its addresses in normal form."""

    key: Key | None
    email: str
    phone: str


def known(who: Who, store_id: int, country: str = "") -> Known:
    """Read ``who``: an account names a customer best, then an e-mail address, then a phone number."""
    email = normal_email(who.email) if who.email else ""
    phone = normal_phone(who.phone, country) if who.phone else ""
    if who.account is not None:
        key = Key("account", store_id, who.account)
    elif email:
        key = Key("email", 0, address_key(email))
    elif phone:
        key = Key("phone", 0, address_key(phone))
    else:
        key = None
    return Known(key, email, phone)
