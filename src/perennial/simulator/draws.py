"""Chance without a sequence: every draw is a function of (seed, stream, key, index) alone.

So a customer can be drawn again without the others, and blocks of any size give the same store. The bits
are two rounds of the 64-bit finaliser of SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom
number generators, OOPSLA 2014; multipliers of Stafford's variant 13) over key and index. Results of
logarithms and roots are meant to be rounded to whole units at once, so that the last bit in which
processors differ is not seen.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from perennial.values.hashing import stable_hash

Array = npt.NDArray[Any]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

_MASK = (1 << 64) - 1
_KEY, _INDEX = 0x9E3779B97F4A7C15, 0xD1B54A32D192ED03
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31, _S11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)
_UNIT = 2.0**-53


def _mix(z: npt.NDArray[np.uint64]) -> None:
    """SplitMix64's finaliser, in place."""
    z ^= z >> _S30
    z *= _FIRST
    z ^= z >> _S27
    z *= _SECOND
    z ^= z >> _S31


class Draws:
    """All chance of one seed. ``key`` is an int64 array (a customer), ``index`` a number or array (which)."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._bases: dict[str, np.uint64] = {}

    def _base(self, stream: str) -> np.uint64:
        base = self._bases.get(stream)
        if base is None:
            base = np.uint64((stable_hash("simulator", self._seed, stream) << 4) & _MASK)
            self._bases[stream] = base
        return base

    def uniform(self, stream: str, key: Ints, index: Ints | int = 0) -> Floats:
        """Uniform numbers strictly between 0 and 1, 53 bits."""
        z = key.astype(np.uint64)
        z *= np.uint64(_KEY)
        z += self._base(stream)
        _mix(z)
        if isinstance(index, int):
            z += np.uint64((index * _INDEX + 1) & _MASK)
        else:
            z += index.astype(np.uint64) * np.uint64(_INDEX) + np.uint64(1)
        _mix(z)
        z >>= _S11
        unit = z.view(np.int64).astype(np.float64)
        unit += 0.5
        unit *= _UNIT
        return unit

    def chance(self, stream: str, share: Floats | float, key: Ints, index: Ints | int = 0) -> Bools:
        """True for ``share`` of the keys."""
        return self.uniform(stream, key, index) < share

    def below(self, stream: str, count: Ints | int, key: Ints, index: Ints | int = 0) -> Ints:
        """Whole numbers in [0, count)."""
        return (self.uniform(stream, key, index) * count).astype(np.int64)

    def pick(self, stream: str, bounds: Floats, key: Ints, index: Ints | int = 0) -> Ints:
        """Places in ``bounds`` (see `bounds`): an index with the weight it was given."""
        return place(bounds, self.uniform(stream, key, index))

    def exponential(self, stream: str, key: Ints, index: Ints | int = 0) -> Floats:
        """Exponential with mean 1."""
        return -np.log(self.uniform(stream, key, index))

    def normal(self, stream: str, key: Ints, index: Ints | int = 0) -> Floats:
        """Standard normal (Box and Muller 1958)."""
        radius = np.sqrt(-2.0 * np.log(self.uniform(stream + "/r", key, index)))
        return np.asarray(radius * np.cos(2.0 * np.pi * self.uniform(stream + "/a", key, index)))

    def gamma(self, stream: str, shape: float, key: Ints) -> Floats:
        """Gamma with ``shape`` and scale 1 (Marsaglia and Tsang 2000; shapes below 1 by their boost)."""
        d = (shape if shape >= 1 else shape + 1) - 1 / 3
        c = 1 / (9 * d) ** 0.5
        value = np.zeros(len(key))
        left = np.arange(len(key))
        attempt = 0
        while len(left):
            keys = key[left]
            x = self.normal(stream + "/x", keys, attempt)
            v = (1 + c * x) ** 3
            u = self.uniform(stream + "/u", keys, attempt)
            good = v > 0
            good[good] = np.log(u[good]) < 0.5 * x[good] ** 2 + d * (1 - v[good] + np.log(v[good]))
            value[left[good]] = d * v[good]
            left = left[~good]
            attempt += 1
        if shape < 1:
            value *= self.uniform(stream + "/boost", key) ** (1 / shape)
        return value

    def beta(self, stream: str, a: float, b: float, key: Ints) -> Floats:
        """Beta(a, b) as a ratio of two gammas."""
        x = self.gamma(stream + "/a", a, key)
        return np.asarray(x / (x + self.gamma(stream + "/b", b, key)))

    def count(self, stream: str, mean: Floats | float, key: Ints, index: Ints | int = 0) -> Ints:
        """Geometric counts from 0 with this mean: clumped, as visits are."""
        rate = np.log1p(1 / np.maximum(mean, 1e-12))
        return (self.exponential(stream, key, index) / rate).astype(np.int64)


def bounds(weights: list[float] | Floats) -> Floats:
    """Cumulative shares of ``weights``, the last of them exactly 1."""
    total = np.cumsum(np.asarray(weights, np.float64))
    total /= total[-1]
    total[-1] = 1.0
    return total


def place(limits: Floats, unit: Floats) -> Ints:
    """Index of the first of ``limits`` above each of ``unit``."""
    return np.searchsorted(limits, unit, side="right").astype(np.int64)
