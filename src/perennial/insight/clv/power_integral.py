"""The one integral of Pareto/NBD, with its derivatives:

    K(p, A; q, B; d) = integral of (1 + u/A)^-p (1 + u/B)^-q over u in [0, d]

The difference of two 2F1 in the literature's likelihood is K: here nothing is subtracted, so nothing cancels, and
neither alpha = beta nor s -> 0 nor a million orders is a special place. With c = min(A, B) and v = ln(1 + u/c) the
integrand's singularities lie at Im v = +-pi or at infinity, so Gauss-Legendre converges like (pi / length)^(-2 nodes);
where the powers are large, the end is moved in to where e^-38 is left. Rows take 8, 16, 32 or 96 nodes by how far the
integrand falls: right to 1e-11 for times that differ by less than a factor of 10^6.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from perennial.insight.clv.numerics import DECAY, Floats, legendre

_CHUNK = 8192
# (nodes, falls by at most so many nats, over at most this length of v)
_GRADES = ((8, 1.2, 1.2), (16, 8.0, 4.5), (32, 1e9, 7.0), (96, 1e9, 1e9))


class PowerIntegral(NamedTuple):
    """ln K, and the derivatives of ln K in p, A, q, B (empty where not asked for)."""

    log: Floats
    by_p: Floats
    by_big_a: Floats
    by_q: Floats
    by_big_b: Floats


def power_integral(
    p: ArrayLike, big_a: ArrayLike, q: ArrayLike, big_b: ArrayLike, d: ArrayLike, *, gradient: bool = False
) -> PowerIntegral:
    """ln K and its derivatives (see the module); p, q >= 0, A, B > 0, d >= 0; ln 0 = -inf where d = 0."""
    arrays = np.broadcast_arrays(*(np.asarray(v, dtype=float) for v in (p, big_a, q, big_b, d)))
    shape = arrays[0].shape
    p, big_a, q, big_b, d = (array.ravel() for array in arrays)
    swap = big_b < big_a  # c is the smaller of the two; powers and derivatives change places with them
    c, other = np.where(swap, big_b, big_a), np.where(swap, big_a, big_b)
    near, far = np.where(swap, q, p), np.where(swap, p, q)
    ratio = c / other
    length, fall = _cut(near, far, ratio, np.log1p(d / c))
    out = np.zeros((5, c.size))
    taken = np.zeros(c.size, dtype=bool)
    for nodes, most, longest in _GRADES:
        fits = ~taken & (fall <= most) & (length <= longest)
        taken |= fits
        rows = np.flatnonzero(fits)
        for start in range(0, rows.size, _CHUNK):
            some = rows[start : start + _CHUNK]
            out[:, some] = _sums((near[some], far[some], ratio[some], length[some]), nodes, gradient=gradient)
    with np.errstate(divide="ignore"):
        log = np.log(out[0] * length) + np.log(c)
    if not gradient:
        none = np.zeros(0)
        return PowerIntegral(log.reshape(shape), none, none, none, none)
    total = np.where(out[0] > 0, out[0], 1.0)
    by_near, by_c, by_far, by_other = out[1] / total, out[2] / total / c, out[3] / total, out[4] / total / other
    pairs = ((by_near, by_far), (by_c, by_other), (by_far, by_near), (by_other, by_c))
    return PowerIntegral(log.reshape(shape), *(np.where(swap, b, a).reshape(shape) for a, b in pairs))


def _cut(near: Floats, far: Floats, ratio: Floats, length: Floats) -> tuple[Floats, Floats]:
    """The length of v to sum over, and by how many nats the integrand falls on it."""

    def fallen(v: Floats, some: slice | np.ndarray[tuple[int], np.dtype[np.intp]]) -> Floats:
        return near[some] * v + far[some] * np.log1p(ratio[some] * np.expm1(np.minimum(v, 700.0)))

    fall = fallen(length, slice(None))
    long = np.flatnonzero(fall > DECAY)
    if long.size:
        # A convex function of v: from beyond the root Newton comes down to it and never passes it.
        v = np.minimum(length[long], DECAY / (near[long] + far[long] * ratio[long]))
        for _ in range(4):
            grown = ratio[long] * np.exp(v)
            slope = near[long] + far[long] * grown / (1.0 - ratio[long] + grown)
            v = v - (fallen(v, long) - DECAY) / slope
        length, fall = length.copy(), fall.copy()
        length[long], fall[long] = v, fallen(v, long)
    return length, fall


def _sums(rows: tuple[Floats, Floats, Floats, Floats], nodes: int, *, gradient: bool) -> Floats:
    """The integral / (c length) and, not yet divided by it, what differentiation in its four parameters adds."""
    near, far, ratio, length = rows
    out = np.zeros((5, near.size))
    apart = 1.0 - ratio
    for node, weight in zip(*legendre(nodes), strict=True):
        v = node * length
        e = np.exp(v)
        spread = ratio * e
        whole = apart + spread  # 1 + u / other
        log = np.log(whole)
        f = weight * np.exp(v - near * v - far * log)
        out[0] += f
        if gradient:
            out[1] -= f * v
            out[3] -= f * log
            out[2] += f * (1.0 - 1.0 / e)
            out[4] += f * (1.0 - 1.0 / whole)
    out[2] *= near
    out[4] *= far
    return out
