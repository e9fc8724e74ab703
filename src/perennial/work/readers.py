"""The table of readers: who hears of which events, and how old they may be."""

from __future__ import annotations

from perennial.facts.rules.readers import Reader

FIGURES = Reader("figures", touched=True, history=True)
SEARCH = Reader("search", touched=True, history=True)
AUDIENCES = Reader("audiences", kinds=frozenset({"customer.erased"}), history=True)

READERS: tuple[Reader, ...] = (FIGURES, SEARCH, AUDIENCES)
