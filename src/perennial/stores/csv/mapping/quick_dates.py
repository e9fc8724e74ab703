"""ISO dates of a whole block at once; what is not plainly one is left to `dates.instant`, text by text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perennial.stores.csv.mapping.dates import FIRST_US, LAST_US, steady_gap
from perennial.values.time import DAY_US

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

# length -> places of the separators and what may stand there: 2024-01-31, with 09:05 or 09:05:59 behind it.
_DAY = {4: b"-", 7: b"-"}
_SHAPES = {10: _DAY, 16: _DAY | {10: b" T", 13: b":"}, 19: _DAY | {10: b" T", 13: b":", 16: b":"}}
_MINUTE = 60_000_000


def quick_instants(texts: pa.Array, zone_name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Microseconds since the epoch, local day, and which of the texts these are known of.

    The same as `dates.instant` where known. Not known: other shapes, dates that are none, times outside the
    years that are accepted, and the days around a change of the clocks.
    """
    import numpy as np

    offsets, data = _bytes(texts)
    lengths = np.diff(offsets)
    us, known = np.zeros(len(texts), np.int64), np.zeros(len(texts), bool)
    for length, separators in _SHAPES.items():
        (found,) = np.nonzero(lengths == length)
        if len(found):
            letters = data[offsets[found][:, None] + np.arange(length)]
            us[found], known[found] = _local(letters, separators)
    known &= (us >= FIRST_US) & (us < LAST_US)
    gap, steady = _gaps(us // DAY_US, known, zone_name)
    known &= steady
    us -= gap
    gap, steady = _gaps(us // DAY_US, known, zone_name)
    return us, (us + gap) // DAY_US, known & steady


def _bytes(texts: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    import numpy as np
    import pyarrow as pa

    wide = texts.cast(pa.large_string())
    _, offsets, data = wide.buffers()
    bounds = np.frombuffer(offsets, np.int64)[wide.offset : wide.offset + len(wide) + 1]
    return bounds, np.frombuffer(data, np.uint8) if data is not None else np.zeros(0, np.uint8)


def _local(letters: np.ndarray, separators: dict[int, bytes]) -> tuple[np.ndarray, np.ndarray]:
    """Local microseconds of texts of one shape (n, length), and which are dates."""
    import numpy as np

    length = letters.shape[1]
    right = np.ones(len(letters), bool)
    for place, allowed in separators.items():
        right &= np.isin(letters[:, place], np.frombuffer(allowed, np.uint8))
    figures = letters - np.uint8(ord("0"))
    for place in range(length):
        if place not in separators:
            right &= figures[:, place] <= 9

    def number(first: int, last: int) -> np.ndarray:
        value = np.zeros(len(letters), np.int64)
        for place in range(first, last):
            value = value * 10 + figures[:, place]
        return np.where(right, value, 1)

    year, month, day = number(0, 4), number(5, 7), number(8, 10)
    right &= (year >= 1) & (month >= 1) & (month <= 12) & (day >= 1)
    months = ((year - 1970) * 12 + np.where(right, month, 1) - 1).astype("datetime64[M]")
    start = months.astype("datetime64[D]").astype(np.int64)
    right &= day <= (months + 1).astype("datetime64[D]").astype(np.int64) - start
    us = (start + day - 1) * DAY_US
    if length > 10:
        hour, minute = number(11, 13), number(14, 16)
        right &= (hour < 24) & (minute < 60)
        us += (hour * 60 + minute) * _MINUTE
    if length > 16:
        second = number(17, 19)
        right &= second < 60
        us += second * 1_000_000
    return us, right


def _gaps(days: np.ndarray, known: np.ndarray, zone_name: str) -> tuple[np.ndarray, np.ndarray]:
    """Local less UTC on each day, and whether it is one and the same all through the days around."""
    import numpy as np

    each, back = np.unique(np.where(known, days, 0), return_inverse=True)
    told = [steady_gap(day, zone_name) for day in each.tolist()]
    gaps = np.array([0 if gap is None else gap for gap in told], np.int64)
    return gaps[back], np.array([gap is not None for gap in told], bool)[back]
