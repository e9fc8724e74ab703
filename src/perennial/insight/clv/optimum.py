"""The highest point of a log-likelihood within bounds, and how curved it is there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import optimize

from perennial.insight.clv.numerics import Floats

# From log-parameters to the log-likelihood of all customers and its derivatives.
Likelihood = Callable[[Floats], tuple[float, Floats]]
Bounds = list[tuple[float, float]]

_STEP = 1e-4  # of the central differences: error 1e-8 of the third derivative
_EDGE = 1e-3  # so near a bound counts as at it


@dataclass(frozen=True)
class Optimum:
    """Where, how high, and the covariance of the log-parameters (nan for those at a bound)."""

    logs: Floats
    log_likelihood: float
    covariance: Floats
    iterations: int
    converged: bool


def maximise(likelihood: Likelihood, start: Floats, bounds: Bounds, scale: float) -> Optimum:
    """L-BFGS-B from ``start``, then Newton's steps with a Hessian by differences of the gradient.

    The likelihood is divided by ``scale``, the customers who tell something, so that tolerances mean the same for every
    size of store.
    """

    def down(logs: Floats) -> tuple[float, Floats]:
        value, slope = likelihood(logs)
        return -value / scale, -slope / scale

    low, high = np.array(bounds).T
    start = np.clip(start, low, high)
    options = {"maxiter": 400, "maxfun": 800, "ftol": 1e-13, "gtol": 1e-8, "maxcor": 20}
    found = optimize.minimize(down, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options)
    logs, value = np.asarray(found.x, dtype=float), -float(found.fun) * scale
    curve = hessian(likelihood, logs)
    for _ in range(2):
        free = inside(logs, bounds)
        nearer = np.clip(logs + newton_step(likelihood(logs)[1], curve, free), low, high)
        higher = likelihood(nearer)[0]
        if not higher >= value or np.max(np.abs(nearer - logs)) > 0.5:
            break
        logs, value = nearer, higher
    # An abnormal end of the line search is the last digit's noise if the slope has gone.
    slope = np.abs(likelihood(logs)[1][inside(logs, bounds)]) / scale
    converged = bool(found.success or np.all(slope < 1e-5))
    return Optimum(logs, value, covariance_of(curve, inside(logs, bounds)), int(found.nit), converged)


def climb(likelihood: Likelihood, near: Optimum, bounds: Bounds) -> Optimum | None:
    """From the optimum of a likelihood very like this one: steps with *its* curvature until they are nothing.

    Each step leaves of the distance the share by which the curvatures differ; ends when a step is under a thousandth of
    a standard error, or with None where it does not climb.
    """
    logs, free = near.logs, inside(near.logs, bounds)
    low, high = np.array(bounds).T
    error = np.sqrt(np.where(free, np.diag(near.covariance), 0.0))
    value, slope = likelihood(logs)
    for count in range(1, 9):
        step = np.zeros_like(logs)
        step[free] = near.covariance[np.ix_(free, free)] @ slope[free]
        if not np.all(np.isfinite(step)) or np.any(np.abs(step) > 1.0):
            return None
        if np.all(np.abs(step[free]) <= 1e-3 * error[free]):
            return Optimum(logs, value, near.covariance, near.iterations + count, near.converged)
        logs = np.clip(logs + step, low, high)
        before = value
        value, slope = likelihood(logs)
        if value < before - 1e-9 * abs(before):
            return None
    return None


def hessian(likelihood: Likelihood, logs: Floats) -> Floats:
    """Second derivatives, by central differences of the gradient."""
    rows = []
    for i in range(logs.size):
        move = np.zeros_like(logs)
        move[i] = _STEP
        rows.append((likelihood(logs + move)[1] - likelihood(logs - move)[1]) / (2 * _STEP))
    full = np.array(rows)
    return np.asarray((full + full.T) / 2)


def inside(logs: Floats, bounds: Bounds) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Which parameters are not at a bound."""
    low, high = np.array(bounds).T
    return np.asarray((logs > low + _EDGE) & (logs < high - _EDGE))


def newton_step(slope: Floats, curve: Floats, free: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Floats:
    """Newton's step among the free parameters; none where the point is no peak."""
    step = np.zeros_like(slope)
    part = -curve[np.ix_(free, free)]
    try:
        np.linalg.cholesky(part)
        step[free] = np.linalg.solve(part, slope[free])
    except np.linalg.LinAlgError:
        return np.zeros_like(slope)
    return step


def covariance_of(curve: Floats, free: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Floats:
    """The inverse of the negative Hessian among the free parameters, nan elsewhere and where the point is no peak."""
    out = np.full(curve.shape, np.nan)
    part = -curve[np.ix_(free, free)]
    try:
        np.linalg.cholesky(part)
        out[np.ix_(free, free)] = np.linalg.inv(part)
    except np.linalg.LinAlgError:
        return out
    return out
