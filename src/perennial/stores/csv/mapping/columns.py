"""A text column read at once: every different text is read once, by the exact functions for one text."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from perennial.stores.csv.mapping.amounts import Wrong
from perennial.stores.csv.parser.arrow import integers, numbers

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

# What a column's cache may hold before it is begun anew: texts repeat nearby, and memory is bounded.
_KEPT = 20_000
_EMPTY, _WRONG = -(2**63), -(2**63) + 1
Parse = Callable[[str], "int | tuple[int, int] | None"]
Bulk = Callable[["pa.Array"], "tuple[np.ndarray, np.ndarray, np.ndarray]"]


class Column:
    """Reads one column, block by block. ``parse`` gives a number, or a pair of which `second` is kept too.

    ``bulk`` reads many texts at once: first numbers, second numbers, and which of them it could read.
    """

    def __init__(self, parse: Parse, bulk: Bulk | None = None) -> None:
        self._parse, self._bulk = parse, bulk
        self._cache: dict[str, tuple[int, int]] = {}
        self.codes: dict[str, str] = {}

    def read(self, column: pa.ChunkedArray | pa.Array) -> Values:
        """The values of a block of texts."""
        import pyarrow as pa

        whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
        coded = whole.dictionary_encode()
        if isinstance(coded, pa.ChunkedArray):
            coded = coded.combine_chunks()
        if len(self._cache) > _KEPT:
            self._cache.clear()
            self.codes.clear()
        first, second = self._distinct(coded.dictionary)
        indices = numbers(coded.indices)
        flaws = bool((first <= _WRONG).any())
        return Values(first[indices], second[indices] if second.any() else None, flaws=flaws)

    def _distinct(self, texts: pa.Array) -> tuple[np.ndarray, np.ndarray]:
        import numpy as np

        if self._bulk is None:
            return self._by_text(texts.to_pylist())
        first, second, known = self._bulk(texts)
        left = np.flatnonzero(~known)
        if len(left):
            first[left], second[left] = self._by_text(texts.take(integers(left)).to_pylist())
        return first, second

    def _by_text(self, texts: list[str]) -> tuple[np.ndarray, np.ndarray]:
        import numpy as np

        cache, one = self._cache, self._one
        found = [cache[text] if text in cache else one(text) for text in texts]
        first, second = np.ascontiguousarray(np.array(found, np.int64).reshape(-1, 2).T)
        return first, second

    def _one(self, text: str) -> tuple[int, int]:
        try:
            value = self._parse(text)
        except Wrong as wrong:
            self.codes[text] = wrong.code
            value = _WRONG
        pair = value if isinstance(value, tuple) else (_EMPTY if value is None else value, 0)
        self._cache[text] = pair
        return pair


class Values:
    """The numbers of a column: the first and, for instants, the second; empty and wrong cells marked."""

    def __init__(self, first: np.ndarray, second: np.ndarray | None, *, flaws: bool) -> None:
        self._first, self._second = first, second
        self.flaws = flaws  # whether any cell is empty or wrong

    @property
    def wrong(self) -> np.ndarray:
        """Where the text could not be read."""
        found: np.ndarray = self._first == _WRONG
        return found

    @property
    def empty(self) -> np.ndarray:
        """Where there was no text."""
        found: np.ndarray = self._first == _EMPTY
        return found

    def array(self, *, second: bool = False) -> pa.Array:
        """Arrow int64, null where empty or wrong."""
        import numpy as np

        held = self._first
        if second:
            held = np.zeros(len(self._first), np.int64) if self._second is None else self._second
        return integers(held, self._first > _WRONG if self.flaws else None)
