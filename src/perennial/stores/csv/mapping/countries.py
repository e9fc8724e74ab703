"""Countries as exports name them, by ISO 3166 alpha-2 code."""

from __future__ import annotations

from functools import lru_cache

from perennial.stores.csv.mapping.fields import fold

_OTHER = {
    "eire": "IE", "usa": "US", "uk": "GB", "england": "GB", "scotland": "GB", "wales": "GB", "rsa": "ZA", "uae": "AE",
    "great britain": "GB", "united states of america": "US", "holland": "NL", "czech republic": "CZ",
    "estados unidos de america": "US", "the netherlands": "NL", "russian federation": "RU", "south korea": "KR",
    "republic of ireland": "IE", "turkey": "TR", "channel islands": "JE", "hong kong": "HK", "viet nam": "VN",
    "korea republic of": "KR", "taiwan province of china": "TW",
}  # fmt: skip


@lru_cache(maxsize=1)
def _codes() -> tuple[dict[str, str], frozenset[str]]:
    from babel import Locale

    names: dict[str, str] = {}
    codes: set[str] = set()
    for language in ("en", "es", "it", "fr", "de"):
        for code, name in Locale(language).territories.items():
            if len(code) == 2 and code.isalpha() and code not in ("ZZ", "EU", "EZ", "UN", "XA", "XB", "QO"):
                names.setdefault(fold(name), code)
                codes.add(code)
    return names | _OTHER, frozenset(codes)


@lru_cache(maxsize=4096)
def country_code(text: str) -> str | None:
    """The code of a country's name in English, Spanish, Italian, French or German, or of a code; else None."""
    text = text.strip()
    if not text:
        return None
    names, codes = _codes()
    if len(text) == 2 and text.upper() in codes:
        return text.upper()
    return names.get(fold(text))
