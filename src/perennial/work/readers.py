"""The table of readers: who hears of which events, and how old they may be."""

from __future__ import annotations

from perennial.facts.rules.readers import Reader

FIGURES = Reader("figures", touched=True, history=True)
SEARCH = Reader("search", touched=True, history=True)
SEGMENTS = Reader("segments", touched=True, history=True)
# Of people by name alone: those who get an address may stand on a list. Whoever is known already costs nothing.
LISTS = Reader("lists", named=True, history=True)
AUDIENCES = Reader("audiences", kinds=frozenset({"customer.erased"}), history=True)

READERS: tuple[Reader, ...] = (FIGURES, SEARCH, SEGMENTS, LISTS, AUDIENCES)
