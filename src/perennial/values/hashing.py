"""The stable hash: the only source of chance, the same on every engine, machine and version.

SHA-256 of the parts joined by U+001F; the number is its first 60 bits. Engines that offer SHA-256 can
compare the hex text (`hex_below`) and so make the same assignment without this code.
"""

from __future__ import annotations

import hashlib
import json

SEPARATOR = "\x1f"
_DIGITS = 15
SPACE: int = 16**_DIGITS


def stable_hex(*parts: str | int) -> str:
    """The first 15 hexadecimal digits (60 bits) of the hash of ``parts``."""
    text = SEPARATOR.join(str(part) for part in parts)
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]


def stable_hash(*parts: str | int) -> int:
    """A number in [0, 2**60) that depends on nothing but ``parts``."""
    return int(stable_hex(*parts), 16)


def chance(share: float, *parts: str | int) -> bool:
    """True for a stable ``share`` (0 to 1) of all keys."""
    return stable_hex(*parts) < hex_below(share)


def hex_below(share: float) -> str:
    """The bound under which the hex text of a stable ``share`` of keys lies; "g" is above all of them."""
    if not 0 <= share <= 1:
        raise ValueError(f"a share lies between 0 and 1, not {share}")
    bound = round(share * SPACE)
    return "g" if bound >= SPACE else f"{bound:0{_DIGITS}x}"


def bucket(count: int, *parts: str | int) -> int:
    """A stable bucket in [0, count)."""
    if count < 1:
        raise ValueError(f"there must be at least one bucket, not {count}")
    return stable_hash(*parts) * count // SPACE


def canonical(body: object) -> str:
    """One text for one JSON value: sorted keys (which must be text), no spaces, Unicode kept.

    A number that JSON does not have (NaN, infinity) raises ValueError.
    """
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def fingerprint(body: object) -> str:
    """32 hexadecimal digits that name the content of a JSON value."""
    return hashlib.blake2b(canonical(body).encode(errors="surrogatepass"), digest_size=16).hexdigest()
